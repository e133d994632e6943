"""Quick: steps by their ufunc alone mean what they mean by the whole way."""

import operator
import threading

import numpy as np
import pytest

import wengert as wg
from wengert.base.dtypes import TABLE
from wengert.base.errors import NotFiniteError, ShapeError
from wengert.ir.primitive import REGISTRY
from wengert.ir.watch import WATCH, watch

PAIRS = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow,
    operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
    operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift,
    wg.add, wg.divide, wg.maximum, wg.minimum, wg.greater, wg.copysign, wg.atan2, wg.hypot,
]  # fmt: skip
SINGLES = [
    operator.neg,
    abs,
    operator.invert,
    wg.exp,
    wg.log,
    wg.sqrt,
    wg.floor,
    wg.sign,
    wg.isnan,
    wg.logical_not,
]
NUMBERS = [2, -3, 2.5, True, 300, 2**40, float("nan"), 1e300]


def operands():
    rng = np.random.default_rng(0)
    for dtype in sorted(TABLE):
        for shape in ((), (3,), (2, 3)):
            yield wg.Tensor(rng.uniform(-4, 4, shape).astype("float32"), dtype)


def outcome(function, *args):
    """The type and bits of the result, or the error."""
    try:
        out = function(*args)
    except Exception as e:
        return type(e), str(e).rpartition(" [")[0] or str(e)
    return out.type, type(out), out.value.dtype, out.value.tobytes()


def outcome_by_the_whole_way(function, *args):
    watch("test", True)
    try:
        return outcome(function, *args)
    finally:
        watch("test", False)


@pytest.mark.parametrize("function", PAIRS, ids=lambda f: f.__name__)
def test_pairs_mean_the_same(function):
    tensors = list(operands())
    others = [*NUMBERS, np.ones(3, "float32"), np.float64(2), [1.0, 2.0, 3.0]]
    for x in tensors:
        for y in [t for t in tensors if t.dtype in (x.dtype, "int64", "float32")] + others:
            for args in ((x, y), (y, x)):
                want = outcome_by_the_whole_way(function, *args)
                assert [outcome(function, *args) for _ in range(2)] == [want] * 2, args


@pytest.mark.parametrize("function", SINGLES, ids=lambda f: f.__name__)
def test_single_arguments_mean_the_same(function):
    for x in operands():
        want = outcome_by_the_whole_way(function, x)
        assert [outcome(function, x) for _ in range(2)] == [want] * 2, x


def test_a_pair_seen_before_takes_the_short_way(monkeypatch):
    x = wg.Tensor([1.0, 2.0])
    x + x
    x * 2.0
    wg.exp(x)
    monkeypatch.setattr(wg.Tensor, "step", None)
    np.testing.assert_array_equal((x + x).numpy(), [2, 4])
    np.testing.assert_array_equal((x * 2.0).numpy(), [2, 4])
    assert wg.exp(x).shape == (2,)


def test_a_tape_sees_steps_that_were_short_before():
    x = wg.Tensor([1.0, 2.0])
    x * x
    with wg.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    assert tape.gradient(y, x).numpy().tolist() == [2, 4]
    assert not WATCH.who


def test_a_check_sees_steps_that_were_short_before():
    x, zero = wg.Tensor([1.0]), wg.Tensor([0.0])
    assert (x / zero).item() == np.inf
    with wg.check_finite(), pytest.raises(NotFiniteError, match="test_quick"):
        x / zero
    with wg.check_finite(), wg.check_finite(False):
        assert (x / zero).item() == np.inf
    assert (x / zero).item() == np.inf


def test_strict_primitives_do_not_learn_to_broadcast():
    x, y = wg.Tensor([[1.0, 2.0]]), wg.Tensor([1.0, 2.0])
    x + y
    with pytest.raises(ShapeError, match="one shape"):
        REGISTRY["add"](x, y)


def test_what_one_thread_watches_is_no_matter_of_another():
    x = wg.Tensor([1.0])
    x / (x - x)
    seen = []
    with wg.check_finite():
        thread = threading.Thread(target=lambda: seen.append((x / (x - x)).item()))
        thread.start()
        thread.join()
    assert seen == [np.inf]


def test_what_is_remembered_is_bounded():
    for n in range(1100):
        x = wg.Tensor(np.ones(n, "float32"))
        x + x
    assert len(REGISTRY["add"].seen) <= 1024
