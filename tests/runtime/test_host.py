"""Steps that run in Python from inside of a compiled program: same results, own exceptions, no deadlock."""

import _thread
import gc
import os
import threading

import numpy as np
import pytest

import wengert as wg
from tests.reliability.process import run_python
from wengert.base.dtypes import available
from wengert.base.errors import ShapeError, UsageError, ValueRangeError
from wengert.ir.primitive import REGISTRY, Primitive
from wengert.ir.types import TensorType
from wengert.runtime import executable

item = REGISTRY["item"]


@pytest.fixture
def primitive():
    """Makes primitives that have a NumPy rule and nothing to lower."""
    made = []

    def make(numpy_rule, type_rule=lambda x, **_: x):
        made.append(Primitive(f"host{len(made)}", type_rule=type_rule, numpy_rule=numpy_rule))
        return made[-1]

    yield make
    for p in made:
        del REGISTRY[p.name]


@pytest.fixture(params=[1, 2, 4])
def threads(request, monkeypatch):
    monkeypatch.setattr(executable, "SMALL_WORK", 0)
    before = wg.get_threads()
    wg.set_threads(request.param)
    yield request.param
    wg.set_threads(before)


def agree(f, *args, signature=None):
    """The compiled function gives what the interpreter gives."""
    got = wg.function(f, signature=signature)(*args)
    want = wg.function(f, signature=signature, compiled=False)(*args)
    for g, w in zip(*([x] if isinstance(x, wg.Tensor) else x for x in (got, want)), strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-5, atol=1e-6)
    return got


def two(x):
    return (x[:, ::-1] * 3, x.sum(1))


def two_types(x):
    return (x, TensorType(x.shape[:1], x.dtype))


def test_it_runs_between_kernels_with_every_length(primitive, threads):
    flip = primitive(lambda x: x[::-1])
    f = wg.function(lambda x: wg.tanh(flip(x * 2.0) + x), signature=("f32[n,3]",))
    for n in (5, 0, 1, 700):
        x = np.arange(3 * n, dtype="f").reshape(n, 3)
        np.testing.assert_allclose(f(x), np.tanh(2 * x[::-1] + x), rtol=1e-6)
    assert f.compiles == 1


def test_it_reads_views_and_gives_several_results(primitive, threads):
    both = primitive(two, two_types)

    def f(x):
        turned = both(wg.transpose(x)[1:, 1:][::2])
        repeated = both(wg.broadcast_to(x[0], (4, 5)))
        return item(turned, index=0), item(turned, index=1) + 1.0, item(repeated, index=1)

    agree(f, np.arange(20, dtype="f").reshape(4, 5))


def test_a_result_that_nobody_asks_for_has_its_place(primitive):
    both = primitive(two, two_types)
    agree(lambda x: item(both(x), index=1) * 2.0, np.ones((2, 3), "f"))


@pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "bfloat16", "float64"])
def test_dtypes(primitive, dtype):
    flip = primitive(lambda x: x[::-1])
    x = wg.Tensor(np.array([3, 0, 1]).astype(np.dtype(available(dtype))))
    got = wg.function(lambda x: flip(x))(x)
    assert got.dtype == dtype
    assert got.numpy().astype(float).tolist() == x.numpy().astype(float)[::-1].tolist()


def test_complex_numbers(threads):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 3, 3, 2)) @ [1, 1j]
    agree(lambda x, y: (wg.real(x * 2.0 + wg.conj(y)) + 1.0, x @ y, wg.transpose(x)[1:]), x, y)
    agree(lambda x: wg.scan(lambda c, row: (c * row, c + row), x[0], wg.transpose(x)), x)


def test_its_inputs_cannot_be_written(primitive):
    def spoil(x):
        x[0] = 5
        return x

    with pytest.raises(ValueError, match="read-only"):
        wg.function(primitive(spoil))(np.ones(3, "f"))


def test_it_runs_in_loops_and_branches(primitive, threads):
    twice = primitive(lambda x: x * 2)

    def f(x, n):
        rows = wg.scan(lambda c, row: (twice(c) + row, twice(row)), x[0], x)
        grown = wg.while_loop(lambda v: wg.sum(v) < 100.0, twice, x)
        chosen = wg.cond(wg.sum(x) > 0.0, lambda: twice(x), lambda: x - twice(x))
        return *rows, grown, chosen

    for sign in (1, -1):
        x = sign * np.linspace(0.1, 1, 12, dtype="f").reshape(4, 3)
        if sign > 0:
            agree(f, x, 3)
        agree(lambda x: wg.cond(wg.sum(x) > 0.0, lambda: twice(x), lambda: x - twice(x)), x)


def test_it_runs_under_vmap(primitive):
    norm = primitive(lambda x: np.linalg.norm(x), lambda x: TensorType((), x.dtype))
    x = np.arange(12, dtype="f").reshape(4, 3)
    got = wg.function(wg.vmap(lambda row: norm(row) + 1.0))(x)
    np.testing.assert_allclose(got, np.linalg.norm(x, axis=1) + 1, rtol=1e-6)


def test_an_exception_comes_out_as_it_is_and_changes_nothing(primitive, threads):
    def careful(x):
        if x[0] < 0:
            raise ValueRangeError(f"careful: x must not be negative; got {x[0]}.")
        return 1 / x if x[0] else {}["zero"]

    step, total = primitive(careful), wg.Variable(np.zeros(3, "f"))

    @wg.function
    def f(x):
        total.assign(total + x)
        y = step(x)
        total.assign(total * 2.0 + y)
        return wg.sum(y)

    x = np.ones(3, "f")
    f(x)
    before = total.numpy().copy()
    with pytest.raises(ValueRangeError, match=r"careful: .* got -1\.0\. \[.*test_host\.py:\d+"):
        f(-x)
    with pytest.raises(KeyError, match="zero") as error:
        f(0 * x)
    assert "test_host.py" in error.value.__notes__[0]
    np.testing.assert_array_equal(total.numpy(), before)
    assert float(f(x)) == 3.0
    assert total.numpy()[0] == (before[0] + 1) * 2 + 1


def test_of_several_exceptions_the_first_comes_out_and_is_forgotten(primitive, threads):
    def failing(what):
        def rule(x):
            if x[0] == what:
                raise KeyError(what)
            return x

        return rule

    one, two = (
        primitive(failing(1)),
        primitive(failing(1)),
    )
    three = primitive(failing(2))
    f = wg.function(lambda x: (one(x), two(x), three(x)))
    for _ in range(2):
        for k in (1, 2):
            with pytest.raises(KeyError, match=str(k)):
                f(np.full(2, k, "f"))
        assert f(np.zeros(2, "f"))[2].numpy().tolist() == [0, 0]


def test_ctrl_c_comes_out(primitive, threads):
    calls = []

    def interrupted(x):
        calls.append(1)
        if len(calls) == 1:
            _thread.interrupt_main()
            for _ in range(1000):
                pass
        return x

    f = wg.function(primitive(interrupted))
    with pytest.raises(KeyboardInterrupt):
        f(np.ones(3, "f"))
    assert f(np.ones(3, "f")).numpy().tolist() == [1, 1, 1]


def test_the_result_must_be_of_the_promised_shape(primitive):
    with pytest.raises(ShapeError, match=r"\(3,\); got \(2,\)"):
        wg.function(primitive(lambda x: x[1:]))(np.ones(3, "f"))


def test_it_may_run_another_program_but_not_its_own(primitive, threads):
    inner = wg.function(lambda x: wg.exp(x) + 1.0)
    outer = wg.function(lambda x: primitive(lambda x: inner(x).numpy())(x) * 2.0)
    x = np.linspace(0, 1, 5000, dtype="f")
    np.testing.assert_allclose(outer(x), 2 * (np.exp(x) + 1), rtol=1e-6)

    again = wg.function(primitive(lambda x: again(x).numpy()))
    for _ in range(2):
        with pytest.raises(UsageError, match="must not run itself"):
            again(x)


def test_python_threads_call_it_at_once(primitive, threads):
    flip = primitive(lambda x: x[::-1])
    same = wg.function(lambda x: flip(x) + 1.0)
    own = [wg.function(lambda x, k=k: flip(x) * float(k)) for k in range(4)]
    x, wrong = np.arange(1000, dtype="f"), []

    def work(k):
        for _ in range(20):
            if not (np.array_equal(same(x), x[::-1] + 1) and np.array_equal(own[k](x), x[::-1] * k)):
                wrong.append(k)

    workers = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for w in workers:
        w.start()
    for w in workers:
        w.join(30)
        assert not w.is_alive()
    assert not wrong


def test_it_is_listed_and_its_results_are_planned(primitive):
    both = primitive(two, two_types)
    f = wg.function(lambda x: wg.sum(item(both(wg.exp(x)), index=0)), signature=("f32[n,4]",))
    x = np.ones((8, 4), "f")
    f(x)
    listed = {k.name: k for k in f.kernels(x)}
    step = listed["numpy host0 f32[n,4], f32[n]"]
    assert (step.runs, step.nbytes, step.loops) == (1, 4 * (32 + 32 + 8), "a call of NumPy")
    assert "test_host.py" in step.lines[0]
    assert f.memory(n=8)["arena"] >= 4 * (32 + 32 + 8)


def test_verified_runs_compare_it(primitive, monkeypatch):
    monkeypatch.setenv("WENGERT_VERIFY", "1")
    flip = primitive(lambda x: x[::-1])
    wg.function(lambda x: flip(x) + 1.0)(np.ones(3, "f"))


def test_verified_runs_compare_steps_of_several_results(monkeypatch):
    monkeypatch.setenv("WENGERT_VERIFY", "1")
    x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("f")
    f = wg.function(lambda x: (wg.linalg.svd(wg.tanh(x)), wg.fft.fft(x), wg.linalg.slogdet(x[:, :3])))
    (_, s, _), _, _ = f(x)
    np.testing.assert_allclose(s, np.linalg.svdvals(np.tanh(x)), rtol=1e-5)


def test_a_program_that_is_dropped_is_gone(primitive):
    flip = primitive(lambda x: x[::-1])
    f = wg.function(lambda x: flip(x))
    f(np.ones(3, "f"))
    gc.collect()
    before = sum(type(o).__name__ == "HostSteps" for o in gc.get_objects())
    del f
    gc.collect()
    assert sum(type(o).__name__ == "HostSteps" for o in gc.get_objects()) == before - 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_it_runs_in_the_child_of_a_fork():
    body = """
    import os, warnings
    import numpy as np
    import wengert as wg
    from wengert.ir.primitive import Primitive

    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    flip = Primitive("flip", type_rule=lambda x: x, numpy_rule=lambda x: x[::-1])
    f = wg.function(lambda x: flip(wg.exp(x @ x)) + x)
    x = np.linspace(0, 1, 10_000, dtype="f").reshape(100, 100)
    want = f(x).numpy()
    pid = os.fork()
    if pid == 0:
        os._exit(0 if np.array_equal(f(x).numpy(), want) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    print(np.array_equal(f(x).numpy(), want))
    """
    assert run_python(body) == "True"
