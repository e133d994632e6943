"""Executables: one native call, the same bits on any number of threads, memory that is planned once."""

import gc
import resource
import threading

import numpy as np
import pytest

import wengert as wg
from tests.compiler.differential import Compiled
from tests.compiler.graphs import record
from tests.compiler.random_graphs import arguments_for, grow
from wengert.base.errors import IndexRangeError, ShapeError, UsageError
from wengert.runtime import executable
from wengert.runtime.executable import Executable
from wengert.runtime.interpreted import Interpreted
from wengert.runtime.storage import Storage

KINDS = [Executable, Interpreted]


@pytest.fixture
def small_work_is_shared(monkeypatch):
    monkeypatch.setattr(executable, "SMALL_WORK", 0)
    before = wg.get_threads()
    yield
    wg.set_threads(before)


def state_step(v, x):
    return x + v, v * 2.0


@pytest.mark.parametrize("kind", KINDS)
def test_arguments_come_with_calls_and_state_stays(kind):
    graph = record(lambda x, v: state_step(v, x), "f32[n,2]", "f32[2]")
    state = np.array([1.0, 2.0], "f")
    run = kind(graph, 1, [Storage(state)], {1: 1})
    for n, factor in ((3, 1), (1, 2), (0, 4)):
        (out,) = run.run([np.zeros((n, 2), "f")])
        assert out.numpy().tolist() == [[factor, 2 * factor]] * n
    assert state.tolist() == [8, 16]


@pytest.mark.parametrize("kind", KINDS)
def test_a_failing_index_names_the_step_and_leaves_the_state(kind):
    graph = record(lambda i, v: (wg.take(v, i, axis=0), v + 1.0), "i64[n]", "f32[3]")
    state = np.zeros(3, "f")
    run = kind(graph, 1, [Storage(state)], {1: 1})
    with pytest.raises(IndexRangeError, match=r"take.*got (index )?7.*test_executable\.py"):
        run.run([np.array([0, 7])])
    assert state.tolist() == [0, 0, 0]
    run.run([np.array([0, 2])])
    assert state.tolist() == [1, 1, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_programs_without_arguments_run(kind):
    state = np.array([1.0], "f")
    run = kind(record(lambda v: (v + 1.0,), "f32[1]"), 0, [Storage(state)], {0: 0})
    for _ in range(3):
        assert run.run([]) == []
    assert state.tolist() == [4]


@pytest.mark.parametrize("kind", KINDS)
def test_an_output_may_be_an_input(kind):
    x = np.arange(3.0)
    a, b = kind(record(lambda x: (x, x), "f64[n]"), 1, [], {}).run([x])
    assert a.numpy().tolist() == b.numpy().tolist() == [0, 1, 2]
    assert not np.shares_memory(a.value, x)
    assert not np.shares_memory(a.value, b.value)


def test_an_executable_knows_its_memory_before_it_runs():
    def f(x, w):
        return wg.tanh(wg.tanh(x @ w) @ w) @ w

    run = Executable(record(f, "f32[n,64]", "f32[64,64]"), 2, [], {})
    assert run.memory()["arguments"].names() == {"n"}
    assert run.memory(n=100)["arena"] == 2 * 100 * 64 * 4
    run.run([np.zeros((100, 64), "f"), np.zeros((64, 64), "f")])
    assert run._arena.nbytes == 2 * 100 * 64 * 4
    with pytest.raises(UsageError, match="the interpreter plans no memory"):
        Interpreted(record(f, "f32[n,64]", "f32[64,64]"), 2, [], {}).memory()


def test_a_length_that_a_step_cannot_have_is_refused_before_it_runs():
    state = np.zeros(2, "f")
    run = Executable(
        record(lambda x, v: (wg.max(x), v + 1.0), "f32[n]", "f32[2]"), 1, [Storage(state)], {1: 1}
    )
    with pytest.raises(ShapeError, match="reduce_max: there must be an element"):
        run.run([np.zeros(0, "f")])
    assert state.tolist() == [0, 0]
    assert run.run([np.array([3.0], "f")])[0].item() == 3


@pytest.mark.parametrize("seed", range(12))
def test_the_bits_do_not_depend_on_the_number_of_threads(seed, small_work_is_shared):
    rng = np.random.default_rng(1000 + seed)
    program = grow(rng, 12)
    args = arguments_for(program, rng, 33)
    compiled = Compiled.of(program, args)
    results = []
    for threads in (1, 2, 4, 2):
        wg.set_threads(threads)
        try:
            results.append([a.tobytes() for a in compiled(args)])
        except wg.errors.WengertError as e:
            results.append(str(e))
    assert all(r == results[0] for r in results)


def test_long_sums_have_the_same_bits_on_any_number_of_threads(small_work_is_shared):
    f = wg.function(
        lambda x, w: (wg.sum(x), wg.sum(x, axis=0), x.T @ x, wg.mean(x * w, axis=1)),
        signature=("f32[n,70]", "f32[70]"),
    )
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(1231, 70)).astype("f"), rng.normal(size=70).astype("f")
    results = []
    for threads in (1, 2, 3, 4):
        wg.set_threads(threads)
        results.append([t.numpy().tobytes() for t in f(x, w)])
    assert all(r == results[0] for r in results)


def test_threads_of_python_may_share_an_executable():
    run = Executable(record(lambda x: (wg.cumsum(x, axis=0),), "f64[n]"), 1, [], {})
    wrong = []

    def work(k):
        x = np.arange(float(50 + k))
        for _ in range(100):
            if not np.array_equal(run.run([x])[0].numpy(), np.cumsum(x)):
                wrong.append(k)

    team = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in team:
        t.start()
    for t in team:
        t.join()
    assert not wrong


def resident() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_runs_and_new_lengths_leak_nothing():
    f = wg.function(lambda x: wg.sum(wg.exp(x) * 2.0, axis=1), signature=("f32[n,32]",))
    f(np.ones((600, 32), "f"))
    for n in range(500):
        f(np.ones((n + 1, 32), "f"))
    gc.collect()
    before = resident()
    for n in range(3000):
        f(np.ones((n % 600 + 1, 32), "f"))
    gc.collect()
    assert resident() - before <= 2**20


def test_dropped_executables_give_their_memory_back():
    run = Executable(record(lambda x: (wg.exp(x) @ x,), "f32[64,64]"), 1, [], {})
    run.run([np.ones((64, 64), "f")])
    import weakref

    gone = weakref.ref(run)
    del run
    gc.collect()
    assert gone() is None
