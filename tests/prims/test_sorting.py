"""Sorting long axes takes another way than short ones, to the same order."""

import numpy as np
import pytest

from wengert.prims.sorting import LONG, argsort, sort


def values(kind, rng):
    x = rng.integers(-50, 50, (3, LONG + 7)).astype("float32")
    if kind == "NaN":
        x[rng.random(x.shape) < 0.2] = np.nan
    if kind == "zeros":
        x[rng.random(x.shape) < 0.5] = -0.0
    if kind == "distinct":
        x = rng.permuted(np.arange(x.size)).reshape(x.shape).astype("float64")
    return x.astype("int32") if kind == "ints" else x


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("kind", ["ties", "NaN", "zeros", "distinct", "ints"])
def test_long_axes_are_sorted_as_stably_as_short_ones(kind, axis, rng):
    x = values(kind, rng)
    x = x.T.copy() if axis == 0 else x
    order = np.argsort(x, axis, kind="stable")
    np.testing.assert_array_equal(argsort(x, axis=axis, descending=False), order)
    got, want = sort(x, axis=axis, descending=False), np.take_along_axis(x, order, axis)
    np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(np.signbit(got), np.signbit(want))
    back = argsort(x, axis=axis, descending=True)
    other = x.shape[axis] - 1 - np.flip(np.argsort(np.flip(x, axis), axis, kind="stable"), axis)
    np.testing.assert_array_equal(back, other)
