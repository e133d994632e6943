"""Reductions: NumPy's values over any axes, and derivatives that stay finite."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ShapeError
from wengert.ops import reduce

X = np.random.default_rng(0).normal(size=(3, 4, 5)).astype(np.float32)
AXES = [None, 0, -1, (0, 2), (-1, 0), ()]
NAMES = ["sum", "prod", "mean", "var", "std", "max", "min", "any", "all", "count_nonzero"]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_reductions_have_the_values_of_numpy(name, axis, keepdims):
    want = getattr(np, name)(X, axis=axis, keepdims=keepdims)
    got = getattr(reduce, name)(X, axis, keepdims=keepdims)
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=2e-5)


@pytest.mark.parametrize("name", ["mean", "var", "std", "logsumexp"])
def test_a_symbolic_length_counts_as_what_it_is(name):
    recorded = wg.function(getattr(reduce, name), signature=("f32[rows,4,5]",), compiled=False)
    np.testing.assert_allclose(recorded(X).numpy(), getattr(reduce, name)(X), rtol=1e-6)


@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_positions_of_extrema(name):
    for axis in (None, 0, -1):
        np.testing.assert_array_equal(getattr(reduce, name)(X, axis), getattr(np, name)(X, axis))
    assert getattr(reduce, name)(X, None, keepdims=True).shape == (1, 1, 1)


def test_small_integers_and_bools_are_summed_as_int64():
    big = np.full(300, 255, np.uint8)
    assert reduce.sum(big) == 300 * 255
    assert reduce.sum(X > 0).dtype == np.int64
    assert reduce.sum(X, dtype="float64").dtype == np.float64


def test_cumsum_goes_along_one_axis():
    np.testing.assert_allclose(reduce.cumsum(X, -2), np.cumsum(X, -2), rtol=1e-5)
    with pytest.raises(ShapeError, match="cumulative_sum: an axis must be named"):
        reduce.cumsum(X)


def test_logsumexp_neither_overflows_nor_makes_nan():
    x = np.array([[1000, 1000], [-np.inf, -np.inf], [-1000, 0]], np.float32)
    np.testing.assert_allclose(reduce.logsumexp(x, -1), [1000 + np.log(2), -np.inf, 0], rtol=1e-6)


@pytest.mark.parametrize("f", [reduce.norm, reduce.std], ids=["norm", "std"])
def test_the_derivative_at_zero_is_zero(f):
    assert wg.grad(lambda x: f(x))(wg.Tensor(np.zeros(3, np.float32))).numpy().tolist() == [0, 0, 0]


@pytest.mark.parametrize("ord", [1, 2, 3, np.inf])
def test_norms(ord):
    np.testing.assert_allclose(reduce.norm(X[0, 0], ord=ord), np.linalg.norm(X[0, 0], ord), rtol=1e-6)


@pytest.mark.parametrize(
    ("axis", "message"),
    [(3, r"axis must be in -3..2 for f32\[3,4,5\]; got 3"), ((0, -3), "an axis must be named once")],
)
def test_axes_that_do_not_exist_are_named(axis, message):
    with pytest.raises(ShapeError, match=message):
        reduce.sum(X, axis)


def test_there_is_no_maximum_of_nothing():
    with pytest.raises(ShapeError, match=r"max.*f32\[0,2\]"):
        reduce.max(np.zeros((0, 2), np.float32), 0)


def test_of_nothing_the_logarithm_of_the_sum_is_minus_infinity():
    x = wg.zeros((2, 0))
    np.testing.assert_array_equal(wg.logsumexp(x, axis=1), [-np.inf, -np.inf])
    assert wg.activations.softmax(x).shape == wg.activations.log_softmax(x).shape == (2, 0)
    assert wg.activations.softmax(x, axis=0).shape == (2, 0)
