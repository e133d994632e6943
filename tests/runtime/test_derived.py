"""What is made of variables once is never stale: every way in which a variable changes is seen by the next call."""

import copy
import gc
import itertools
import pickle
import threading
import weakref

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import CompileError, IndexRangeError, NotFiniteError
from wengert.runtime import derived
from wengert.runtime.executable import Executable
from wengert.runtime.storage import Change, Storage, changing

ROWS, SIZE = 16, 192
FRESH = itertools.count(100)


def matrix(seed=None, dtype="f"):
    """Random numbers; others each time without a seed."""
    rng = np.random.default_rng(next(FRESH) if seed is None else seed)
    return rng.normal(size=(SIZE, SIZE)).astype(dtype)


X = np.random.default_rng(99).normal(size=(ROWS, SIZE)).astype("f")


@pytest.fixture
def v():
    return wg.Variable(matrix(0))


def product_with(v):
    """x @ v.T, which keeps panels of v's columns."""
    f = wg.function(lambda x: x @ v.value.T)
    for _ in range(2):
        check(f, v)
    assert f.memory()["derived"] > 0
    return f


def check(f, v):
    np.testing.assert_allclose(f(X).numpy(), X @ v.numpy().T, rtol=1e-4, atol=1e-3)


def derived_of(f):
    return f._one_program("test").executable._derived


def compiled_step(v):
    wg.function(lambda x: v.assign(v * 0.5 + wg.sum(x)))(X)


def interpreted_step(v):
    wg.function(lambda x: v.assign(v * 0.5 + wg.sum(x)), compiled=False)(X)


def swap(v):
    """Each new value needs the other's old one: one of the two is copied when all else is done."""
    other = wg.Variable(matrix())

    @wg.function
    def exchange():
        old = v.value
        v.assign(other.value.T)
        other.assign(old.T)

    exchange()


CHANGES = {
    "assign": lambda v: v.assign(matrix()),
    "assign_add": lambda v: v.assign_add(matrix()),
    "assign_sub": lambda v: v.assign_sub(1.0),
    "a compiled step": compiled_step,
    "an interpreted step": interpreted_step,
    "a swap": swap,
    "another dtype": lambda v: v.assign(matrix(dtype="d")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_each_change_is_seen(change, v):
    f = product_with(v)
    for _ in range(3):
        before = v.numpy()
        change(v)
        assert not np.array_equal(before, v.numpy())
        check(f, v)
        check(f, v)


def test_a_step_compiled_before_or_after_is_seen_at_each_run(v):
    step = wg.function(lambda x: v.assign(v * 0.9 + wg.sum(x)))
    f = product_with(v)
    for _ in range(3):
        step(X)
        check(f, v)


def test_a_variable_that_the_program_assigns_itself_is_read_anew(v):
    @wg.function
    def f(x):
        y = x @ v.value.T
        v.assign(v * 0.5)
        return y

    for _ in range(3):
        before = v.numpy()
        np.testing.assert_allclose(f(X).numpy(), X @ before.T, rtol=1e-4, atol=1e-3)
    assert f.memory()["derived"] == 0


def test_two_programs_that_share_a_variable_both_see_it(v):
    f, g = product_with(v), product_with(v)
    for k in range(3):
        v.assign(matrix(k))
        check(f, v)
        check(g, v)


def test_of_two_variables_either_counts():
    v, w = wg.Variable(matrix(0)), wg.Variable(matrix(1))
    f = wg.function(lambda x: (x @ v.value.T) @ w.value.T)
    for k, changed in enumerate([v, w, v, w]):
        changed.assign(matrix(k + 2))
        np.testing.assert_allclose(f(X).numpy(), (X @ v.numpy().T) @ w.numpy().T, rtol=1e-3, atol=1e-1)


def test_what_does_not_change_is_made_once(v, monkeypatch):
    f = product_with(v)
    ran = []
    look = derived.Derived.look

    def noted(self):
        seen = look(self)
        ran.append(bool(self.changed[0]))
        return seen

    monkeypatch.setattr(derived.Derived, "look", noted)
    for _ in range(3):
        f(X)
    v.assign(matrix(1))
    for _ in range(3):
        f(X)
    assert ran == [False, False, False, True, False, False]


def test_the_array_cannot_be_written_to(v):
    f = product_with(v)
    with pytest.raises(ValueError, match="read-only"):
        v.array[0, 0] = 7.0
    with pytest.raises(ValueError, match="read-only"):
        v.value.numpy()[0, 0] = 7.0
    for copied in (v.numpy(), np.asarray(v), np.array(v)):
        copied[...] = 7.0
    assert not np.shares_memory(np.from_dlpack(v), v.array)
    check(f, v)


def test_what_numeric_checks_put_back_is_seen(v):
    f = product_with(v)
    step = wg.function(lambda x: v.assign(v * x))
    with wg.check_finite(), pytest.raises(NotFiniteError):
        step(np.float32(np.inf))
    check(f, v)


def test_what_verification_puts_back_is_seen(v, monkeypatch):
    monkeypatch.setenv("WENGERT_VERIFY", "1")
    f = product_with(v)
    step = wg.function(lambda x: v.assign(v * x))
    step(np.float32(1.0))
    run = Executable.run

    def wrong(self, args):
        results = run(self, args)
        if self._assigned:
            with changing(self._assigned):
                self.arrays[0][0, 0] += 1.0
            check(f, v)  # somebody looks meanwhile
        return results

    monkeypatch.setattr(Executable, "run", wrong)
    with pytest.raises(CompileError):
        step(np.float32(0.5))
    check(f, v)


def test_a_stale_weight_would_be_refused_by_verification(v, monkeypatch):
    monkeypatch.setenv("WENGERT_VERIFY", "1")
    f = product_with(v)
    v.storage.array[...] = matrix(3)  # past all that notes it
    with pytest.raises(CompileError, match="WENGERT_VERIFY"):
        f(X)


def test_a_step_that_fails_leaves_it_as_it_was(v):
    f = product_with(v)

    @wg.function(signature=("i64[n]",))
    def step(at):
        v.assign(v + wg.sum(wg.take(v.value, at, axis=0)))

    with pytest.raises(IndexRangeError):
        step(np.array([SIZE]))
    check(f, v)
    step(np.array([1]))
    check(f, v)


def test_measuring_a_step_is_seen(v):
    f = product_with(v)
    step = wg.function(lambda x: v.assign(v * 0.5 + wg.sum(x)))
    step(X)
    check(f, v)
    step.kernels(X, repeats=1)
    check(f, v)


def test_measuring_says_what_runs_once(v):
    f = product_with(v)
    kernels = f.kernels(repeats=2)
    (pack,) = (k for k in kernels if k.once)
    assert pack.name.startswith("pack")
    assert pack.runs == 1
    assert pack.seconds > 0
    assert f"once {pack.nbytes / 1e6:9.3f}" in str(kernels)
    assert kernels.seconds == sum(k.seconds for k in kernels if not k.once)
    check(f, v)


def test_copies_of_functions_and_variables_are_apart():
    layer = wg.layers.Dense(SIZE, use_bias=False)
    model = wg.Sequential([wg.Input((SIZE,)), layer])
    x = np.random.default_rng(1).normal(size=(64, SIZE)).astype("f")
    model.predict(x, verbose=0)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):  # noqa: S301
        twin.predict(x, verbose=0)
        (w,) = twin.variables
        w.assign(w * 2.0)
        for m in (model, twin):
            want = x @ m.variables[0].numpy()
            np.testing.assert_allclose(m.predict(x, verbose=0), want, rtol=1e-4, atol=1e-3)


def test_a_model_predicts_with_the_weights_that_it_has(tmp_path):
    x = np.random.default_rng(1).normal(size=(64, SIZE)).astype("f")
    y = np.random.default_rng(2).normal(size=(64, 32)).astype("f")
    shared = wg.layers.Dense(SIZE, activation="tanh")
    model = wg.Sequential([wg.Input((SIZE,)), shared, wg.layers.Dense(32)])
    other = wg.Sequential([wg.Input((SIZE,)), shared, wg.layers.Dense(8)])
    model.compile("adam", "mse")
    first = [a.copy() for a in model.get_weights()]
    model.save_weights(tmp_path / "weights")

    def right():
        k, b, k2, b2 = model.get_weights()
        np.testing.assert_allclose(
            model.predict(x, verbose=0), np.tanh(x @ k + b) @ k2 + b2, rtol=1e-3, atol=1e-3
        )
        _, _, k2, b2 = other.get_weights()
        np.testing.assert_allclose(
            other.predict(x, verbose=0), np.tanh(x @ k + b) @ k2 + b2, rtol=1e-3, atol=1e-3
        )

    right()
    for _ in range(3):
        model.train_on_batch(x, y)
        right()
    model.fit(x, y, epochs=2, batch_size=10, verbose=0, validation_data=(x, y))
    right()
    model.set_weights(first)
    right()
    model.train_on_batch(x, y)
    right()
    model.load_weights(tmp_path / "weights")
    right()


def test_threads_that_predict_while_another_trains_end_with_what_it_has_left(v):
    f = product_with(v)
    step = wg.function(lambda x: v.assign(v * 0.99 + 0.01 * wg.sum(x)))
    stop, errors = threading.Event(), []

    def predict():
        try:
            while not stop.is_set():
                f(X)
        except BaseException as e:
            errors.append(e)

    team = [threading.Thread(target=predict) for _ in range(3)]
    for t in team:
        t.start()
    for k in range(60):
        step(X)
        if k % 7 == 0:
            v.assign(matrix(k))
        check(f, v)  # nobody writes now, others read
    stop.set()
    for t in team:
        t.join()
    assert not errors
    check(f, v)


def test_nothing_is_kept_of_a_change_under_way(v):
    f = product_with(v)
    change = changing([v.storage])
    change.__enter__()
    v.storage.array[: SIZE // 2] = 1.0
    f(X)  # of one half old, one half new
    v.storage.array[SIZE // 2 :] = 2.0
    check(f, v)
    change.__exit__()
    check(f, v)
    assert derived_of(f)._made_of is not None


@pytest.mark.parametrize("readers", range(1, 1 << 6))
def test_of_two_changes_at_once_the_last_to_end_counts(readers):
    """In each order of their beginnings and ends, and wherever somebody looks, one change stands for one content."""
    s = Storage(np.zeros(1))
    a, b = changing([s]), changing([s])
    events = [
        (a.__enter__, b.__enter__, a.__exit__, b.__exit__),
        (b.__enter__, a.__enter__, a.__exit__, b.__exit__),
    ]
    events += [
        (a.__enter__, a.__exit__, b.__enter__, b.__exit__),
        (b.__enter__, a.__enter__, b.__exit__, a.__exit__),
    ]
    kept = None
    for k, event in enumerate(itertools.chain(*events, *events)):
        event()
        s.array += (
            1.0  # while it may, and just after that: whoever looks then finds another change at the end
        )
        if readers >> k % 6 & 1:
            change = s.look()
            if kept is not None and change is kept[0]:
                assert kept[1] == s.array[0]
            kept = (change, s.array[0]) if change.done else None


def test_a_change_whose_end_was_cut_short_is_never_done():
    class Interrupted(list):
        def __iter__(self):
            yield self[0]
            raise KeyboardInterrupt

    storages = [Storage(np.zeros(1)), Storage(np.zeros(1))]
    change = changing(storages)
    change.__enter__()
    storages[0].look()
    change._storages = Interrupted(storages)
    with pytest.raises(KeyboardInterrupt):
        change.__exit__()
    assert not any(s.change.done for s in storages)
    with changing(storages):
        pass
    assert all(s.change.done for s in storages)


def test_without_memory_for_it_the_state_is_as_before_and_the_next_call_works(v, monkeypatch):
    f = wg.function(lambda x: x @ v.value.T)

    def none(*_):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(derived, "aligned", none)
        with pytest.raises(MemoryError, match=r"made of its variables once must fit.*takes \d.* bytes"):
            f(X)
    check(f, v)
    check(f, v)


def test_it_goes_when_the_program_goes(v):
    f = product_with(v)
    gone = [weakref.ref(a) for a in derived_of(f).memory().values()]
    assert gone
    del f
    gc.collect()
    assert all(r() is None for r in gone)


def test_it_takes_no_memory_before_the_first_call(v):
    f = wg.function(lambda x: x @ v.value.T, signature=(f"f32[n,{SIZE}]",))
    assert f.memory(n=ROWS)["derived"] == SIZE * SIZE * 4
    assert not derived_of(f)._memory


def test_a_memory_budget_keeps_nothing(v):
    f = wg.function(lambda x: x @ v.value.T, memory_budget=1 << 22)
    for k in range(2):
        v.assign(matrix(k))
        check(f, v)
    assert f.memory()["derived"] == 0


def test_another_batch_size_makes_nothing_anew(v):
    f = wg.function(lambda x: x @ v.value.T, signature=(f"f32[n,{SIZE}]",))
    f(X)
    made = derived_of(f)._made_of
    np.testing.assert_allclose(f(X[:5]).numpy(), X[:5] @ v.numpy().T, rtol=1e-4, atol=1e-3)
    assert derived_of(f)._made_of == made
    assert all(isinstance(c, Change) and c.done for c in made)


def test_constants_are_packed_once():
    w = matrix(4)
    f = wg.function(lambda x: x @ wg.Tensor(w).T)
    for _ in range(2):
        np.testing.assert_allclose(f(X).numpy(), X @ w.T, rtol=1e-4, atol=1e-3)
    w[...] = 0.0  # a tensor has a copy
    np.testing.assert_allclose(f(X).numpy(), X @ matrix(4).T, rtol=1e-4, atol=1e-3)
