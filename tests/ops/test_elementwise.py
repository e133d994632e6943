"""Elementwise functions: NumPy's values, our promotion, the same eagerly and recorded."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import DTypeError, ShapeError
from wengert.ops import math as m

FLOAT = np.array([[-2.5, -1.0, -0.0, 0.0, 0.5], [1.5, 2.5, 3.0, 0.25, 7.0]], np.float32)
POSITIVE = np.abs(FLOAT) + 0.1

UNARY = {
    "negative": FLOAT, "abs": FLOAT, "sign": FLOAT, "square": FLOAT, "reciprocal": POSITIVE, "sqrt": POSITIVE,
    "exp": FLOAT, "expm1": FLOAT, "log": POSITIVE, "log1p": POSITIVE, "log2": POSITIVE, "log10": POSITIVE,
    "sin": FLOAT, "cos": FLOAT, "tan": FLOAT, "sinh": FLOAT, "cosh": FLOAT, "tanh": FLOAT,
    "floor": FLOAT, "ceil": FLOAT, "round": FLOAT, "trunc": FLOAT,
    "isfinite": FLOAT, "isnan": FLOAT, "isinf": FLOAT,
}  # fmt: skip
BINARY = {
    "add": FLOAT, "subtract": FLOAT, "multiply": FLOAT, "divide": POSITIVE, "floor_divide": POSITIVE,
    "remainder": POSITIVE, "pow": POSITIVE, "maximum": FLOAT, "minimum": FLOAT, "logaddexp": FLOAT,
    "equal": FLOAT, "not_equal": FLOAT, "less": FLOAT, "less_equal": FLOAT, "greater": FLOAT,
    "greater_equal": FLOAT,
}  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
def test_unary_functions_have_the_values_of_numpy(name):
    x = UNARY[name]
    want = getattr(np, name)(x)
    got = getattr(m, name)(wg.Tensor(x))
    np.testing.assert_allclose(got.numpy(), want, rtol=2e-6, atol=1e-7)
    recorded = wg.function(getattr(m, name), signature=("f32[rows,5]",), compiled=False)
    np.testing.assert_array_equal(recorded(x).numpy(), got.numpy())


@pytest.mark.parametrize("name", BINARY)
def test_binary_functions_broadcast_like_numpy(name):
    x, y = BINARY[name], BINARY[name][:, :1]
    want = getattr(np, name)(x, y)
    np.testing.assert_allclose(getattr(m, name)(wg.Tensor(x), y).numpy(), want, rtol=2e-6)
    recorded = wg.function(getattr(m, name), signature=("f32[rows,5]", "f32[rows,1]"), compiled=False)
    np.testing.assert_allclose(recorded(x, y).numpy(), want, rtol=2e-6)


@pytest.mark.parametrize(
    ("x", "y", "dtype"),
    [
        (np.float32(1), 2, "float32"),
        (np.int32(1), 2, "int32"),
        (np.int32(1), 2.5, "float32"),
        (np.int64(1), np.float32(1), "float32"),
        (np.float64(1), 1.5, "float64"),
        (np.float32(1), np.ones(2, np.float64), "float64"),
        (np.bool_(True), 1, "int64"),
        (np.uint8(1), np.int32(1), "int32"),
    ],
)
def test_python_numbers_are_weak_and_integers_take_the_floats_width(x, y, dtype):
    assert (wg.Tensor(x) + y).dtype == dtype


def test_division_of_integers_is_float32():
    assert m.divide(wg.Tensor([3]), wg.Tensor([2])).numpy().tolist() == [1.5]


def test_lists_and_numbers_are_taken_as_float32():
    assert wg.exp([0.0, 1.0]).dtype == np.float32
    assert wg.asarray(1.5).dtype == "float32"


def test_where_broadcasts_and_asks_for_a_bool():
    np.testing.assert_array_equal(
        m.where(np.array([[True], [False]]), 1.0, FLOAT[0, :2]), [[1, 1], [-2.5, -1]]
    )
    with pytest.raises(DTypeError, match=r"where: the condition must be bool; got f32\[2,5\]"):
        m.where(FLOAT, 1, 0)


def test_logic_asks_for_bools():
    with pytest.raises(DTypeError, match=r"logical_and: arguments must be bool; got f32\[2,5\]"):
        wg.logical_and(FLOAT, FLOAT)
    np.testing.assert_array_equal(wg.logical_xor(FLOAT > 0, FLOAT < 1), (FLOAT > 0) ^ (FLOAT < 1))


def test_bits():
    x, y = np.array([12, 10, -1]), np.array([10, 3, 7])
    for name in ("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift"):
        np.testing.assert_array_equal(getattr(wg, name)(x, y), getattr(np, name)(x, y))
    np.testing.assert_array_equal(wg.bitwise_invert(x), ~x)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(("dtype", "most"), [("float32", 10), ("float64", 22)])
def test_logarithms_of_powers_are_whole(dtype, most, compiled):
    n = np.arange(-most, most + 1)
    for name, base in (("log2", 2), ("log10", 10)):
        x = np.array([float(f"1e{k}") if base == 10 else 2.0**k for k in n.tolist()], dtype)
        np.testing.assert_array_equal(wg.function(getattr(wg, name), compiled=compiled)(x).numpy(), n)


def test_clip_takes_either_end():
    np.testing.assert_array_equal(m.clip(FLOAT, 0, 1), np.clip(FLOAT, 0, 1))
    np.testing.assert_array_equal(m.clip(FLOAT, max=0.5), np.minimum(FLOAT, 0.5))


def test_shapes_that_do_not_fit_are_shown():
    with pytest.raises(ShapeError, match=r"\[2,5\] and \[3\]"):
        wg.Tensor(FLOAT) + np.zeros(3, np.float32)


def test_logaddexp_stands_infinities():
    inf = np.float32(np.inf)
    x, y = (
        np.array([-inf, inf, inf, 1000, 0], np.float32),
        np.array([-inf, inf, -inf, 1000, -200], np.float32),
    )
    np.testing.assert_allclose(m.logaddexp(x, y), np.logaddexp(x, y), rtol=1e-6)


def test_no_derivative_flows_through_stop_gradient():
    assert wg.grad(lambda x: x * m.stop_gradient(x))(3.0).item() == 3.0


def test_where_takes_a_known_mask_for_a_batch_of_any_length():
    x = wg.Input((3,))
    model = wg.Model(x, wg.where(wg.Tensor([True, False, True]), x, 0.0))
    assert model(np.ones((2, 3), "float32")).tolist() == [[1, 0, 1], [1, 0, 1]]
