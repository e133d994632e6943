"""Norms: NumPy's results for every order."""

import math

import numpy as np
import pytest

import wengert as wg
from tests.ops.test_decompositions import DTYPES, both_ways, near, some
from wengert.base.errors import ValueRangeError

ORDERS = (0, 1, 2, 3, 2.5, 0.5, -1, -2, -3, math.inf, -math.inf)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("ord", ORDERS)
def test_vector_norm(ord, dtype):
    for shape in ((4,), (2, 3, 4), (1, 1, 1)):
        x = some(shape, dtype)
        for axis in (None, -1, 0, (0, -1)) if len(shape) > 1 else (None, 0):
            for keepdims in (False, True):
                got = wg.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)
                near(got, np.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord))
    both_ways(lambda x: wg.linalg.vector_norm(x, axis=-1, ord=ord), some((3, 4), dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("ord", ["fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf])
def test_matrix_norm(ord, dtype):
    for shape in ((3, 3), (2, 4, 3), (2, 1, 5), (0, 2, 3)):
        x = some(shape, dtype)
        for keepdims in (False, True):
            want = np.linalg.matrix_norm(x, keepdims=keepdims, ord=ord)
            near(wg.linalg.matrix_norm(x, keepdims=keepdims, ord=ord), want)
    both_ways(lambda x: wg.linalg.matrix_norm(x, ord=ord), some((2, 4, 3), dtype))


def test_a_zero_makes_norms_of_negative_order_zero():
    x = np.array([0.0, 2.0])
    assert [float(wg.linalg.vector_norm(x, ord=k)) for k in (-1, -2, -math.inf)] == [0, 0, 0]


def test_the_length_of_nothing():
    assert float(wg.linalg.vector_norm(np.zeros(0))) == 0.0
    assert float(wg.linalg.matrix_norm(np.zeros((0, 3)))) == 0.0


@pytest.mark.parametrize("ord", [None, 2, -2, 1, -1, math.inf, "fro"])
def test_cond(ord):
    x = some((3, 3))
    np.testing.assert_allclose(wg.linalg.cond(x, ord=ord), np.linalg.cond(x, ord), rtol=1e-9)
    np.testing.assert_allclose(wg.linalg.cond(some((2, 4, 3)) * 0 + np.eye(4, 3)), [1, 1])


@pytest.mark.parametrize("ord", ["fro", "nuc", 3, True, None, float("nan")])
def test_an_order_that_there_is_not_is_refused(ord):
    if ord not in ("fro", "nuc", None):
        with pytest.raises(ValueRangeError, match="matrix_norm: ord must be"):
            wg.linalg.matrix_norm(np.eye(2), ord=ord)
    if ord != 3:
        with pytest.raises(ValueRangeError, match="vector_norm: ord must be"):
            wg.linalg.vector_norm(np.ones(2), ord=ord)
