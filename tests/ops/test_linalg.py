"""Products: NumPy's results."""

import numpy as np
import pytest

from wengert.base.errors import ShapeError
from wengert.ops import linalg

RNG = np.random.default_rng(0)
A = RNG.normal(size=(2, 3, 4)).astype(np.float32)
B = RNG.normal(size=(2, 4, 5)).astype(np.float32)


@pytest.mark.parametrize(
    ("x", "y"), [(A, B), (A[0], B), (A, B[0]), (A[0, 0], B[0]), (A, B[0, :, 0]), (A[0, 0], B[0, :, 0])]
)
def test_matmul(x, y):
    np.testing.assert_allclose(linalg.matmul(x, y), x @ y, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("y", "axes"), [(B, 0), (B[0], 1), (B[0].T, ([2], [1])), (A, 3), (A, ([0, 2], [0, -1]))]
)
def test_tensordot(y, axes):
    np.testing.assert_allclose(linalg.tensordot(A, y, axes), np.tensordot(A, y, axes), rtol=1e-5, atol=1e-5)


def test_outer_and_vecdot():
    np.testing.assert_allclose(linalg.outer(A[0, 0], B[0, 0]), np.outer(A[0, 0], B[0, 0]), rtol=1e-6)
    np.testing.assert_allclose(linalg.vecdot(A, A[:1]), (A * A[:1]).sum(-1), rtol=1e-5)
    np.testing.assert_allclose(linalg.vecdot(A, A, axis=1), (A * A).sum(1), rtol=1e-5)


def test_shapes_that_do_not_fit_are_named_with_the_fix():
    with pytest.raises(ShapeError, match=r"f32\[3,4\], b: f32\[5,4\].*a @ b\.T"):
        linalg.matmul(A[0], B[0].T)
    with pytest.raises(ShapeError, match=r"tensordot: paired axes.*\[2\] of f32\[2,3,4\]"):
        linalg.tensordot(A, A, 1)
