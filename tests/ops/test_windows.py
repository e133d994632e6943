"""Sliding windows: cut out as NumPy does, and added up again."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import wengert as wg
from wengert.base.errors import ShapeError


@pytest.mark.parametrize(("size", "step", "axis"), [(3, 1, -1), (2, 2, 1), (4, 3, 1), (1, 2, 0), (7, 1, 1)])
@pytest.mark.parametrize("compiled", [False, True])
def test_unfold_takes_every_window(size, step, axis, compiled, rng):
    x = rng.random((3, 7, 4))
    every = sliding_window_view(x, size, axis=axis)
    want = every[(slice(None),) * (axis % 3) + (slice(None, None, step),)]
    f = wg.function(lambda x: wg.unfold(x, size, step, axis), compiled=compiled)
    np.testing.assert_array_equal(f(x), want)
    np.testing.assert_array_equal(wg.unfold(x, size, step, axis), want)


def test_fold_is_the_transpose_of_unfold(rng):
    x, w = rng.random((2, 9, 3)), rng.random((2, 4, 3, 3))
    taken, put = np.asarray(wg.unfold(x, 3, 2, axis=1)), np.asarray(wg.fold(w, 9, 2, axis=1))
    np.testing.assert_allclose(np.sum(taken * w), np.sum(x * put), rtol=1e-12)
    np.testing.assert_allclose(wg.grad(lambda x: wg.sum(wg.unfold(x, 3, 2, axis=1) * w))(x), put, rtol=1e-12)


def test_symbolic_lengths(rng):
    f = wg.function(
        lambda x: (wg.unfold(x, 3, 2), wg.fold(wg.unfold(x, 3, 2), x.shape[-1], 2)), signature=("f32[b,t]",)
    )
    for b, t in ((2, 9), (1, 3), (0, 6)):
        x = rng.random((b, t), np.float32)
        windows, back = f(x)
        np.testing.assert_array_equal(windows, sliding_window_view(x, 3, axis=1)[:, ::2])
        np.testing.assert_allclose(back, wg.fold(wg.unfold(x, 3, 2), t, 2), rtol=1e-6)


@pytest.mark.parametrize(("shape", "axis"), [((2, 3), None), (3, 1), ((2, 2), (1, 1)), ((1, 4), (0, -1))])
def test_windows_are_those_of_numpy(shape, axis, rng):
    x = rng.random((4, 5))
    np.testing.assert_array_equal(wg.sliding_window_view(x, shape, axis), sliding_window_view(x, shape, axis))


def test_wrong_calls_say_what_is_wrong():
    x = np.ones((3, 4))
    with pytest.raises(
        ShapeError, match=r"unfold: the window must fit.*size 5 for length 4.*test_windows\.py"
    ):
        wg.unfold(x, 5)
    with pytest.raises(ShapeError, match=r"unfold: step must be a positive int.*got 0"):
        wg.unfold(x, 2, 0)
    with pytest.raises(
        ShapeError, match=r"fold: axis 0 must have a window for each of 2 places; got f64\[3,4\]"
    ):
        wg.fold(x, 5)
    with pytest.raises(ShapeError, match=r"sliding_window_view: a length is needed for each axis"):
        wg.sliding_window_view(x, (2,), (0, 1))
