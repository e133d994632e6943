"""Products: NumPy's results."""

import numpy as np
import pytest
import scipy.linalg

import wengert as wg
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


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0])
def test_expm(scale, dtype):
    """That of scipy, for small and large norms in one batch."""
    x = RNG.normal(size=(3, 4, 4)) * np.array([1, 0.1, 0])[:, None, None] * scale
    x = (x - np.swapaxes(x, 1, 2) + (0.1j if "complex" in dtype else 0.1)).astype(dtype)
    want = scipy.linalg.expm(x.astype("complex128" if "complex" in dtype else "float64"))
    got = linalg.expm(x)
    assert got.dtype == dtype
    limit = 1e-6 if dtype in ("float32", "complex64") else 1e-12
    np.testing.assert_allclose(got, want, rtol=limit, atol=limit * np.abs(want).max())


def test_expm_of_what_is_not_finite_and_of_nothing():
    x = np.stack([np.full((2, 2), np.inf), np.zeros((2, 2))])
    got = np.asarray(linalg.expm(x))
    assert np.isnan(got[0]).all()
    np.testing.assert_allclose(got[1], np.eye(2), rtol=1e-15)
    assert linalg.expm(np.zeros((0, 0))).shape == (0, 0)


@pytest.mark.parametrize("axis", [-1, -2, 0])
def test_cross(axis):
    x, y = (np.moveaxis(RNG.normal(size=(2, 4, 3)), -1, axis) for _ in range(2))
    np.testing.assert_allclose(linalg.cross(x, y, axis=axis), np.cross(x, y, axis=axis), rtol=1e-12)
    one = np.take(y, [0], axis=2 if axis != -1 else 0)
    np.testing.assert_allclose(
        linalg.cross(x, one, axis=axis), np.cross(x, np.broadcast_to(one, x.shape), axis=axis), rtol=1e-12
    )
    with pytest.raises(ShapeError, match="cross: both must be 3 long"):
        linalg.cross(x, np.ones(4))


@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 5), (2, 5, 3), (0, 4), (4, 0), (1, 1)])
@pytest.mark.parametrize("offset", [-9, -2, -1, 0, 1, 3, 9])
def test_diagonal_and_trace(shape, offset):
    x = RNG.integers(-9, 9, shape)
    for array in (x, x.astype("f"), x > 0):
        got = linalg.diagonal(array, offset=offset)
        np.testing.assert_array_equal(got, np.linalg.diagonal(array, offset=offset))
    np.testing.assert_array_equal(linalg.trace(x, offset=offset), np.linalg.trace(x, offset=offset))
    assert linalg.trace(x.astype("int8"), offset=offset).dtype == "int64"
    assert linalg.trace(x, offset=offset, dtype="float32").dtype == "float32"


@pytest.mark.parametrize("n", [-3, -1, 0, 1, 2, 5, 8])
def test_matrix_power(n):
    x = RNG.normal(size=(2, 3, 3)) + 3 * np.eye(3)
    np.testing.assert_allclose(linalg.matrix_power(x, n), np.linalg.matrix_power(x, n), rtol=1e-10)


def test_the_first_of_vecdot_is_conjugated():
    x, y = (RNG.normal(size=(3, 4, 2)) @ [1, 1j] for _ in range(2))
    np.testing.assert_allclose(linalg.vecdot(x, y), np.vecdot(x, y), rtol=1e-12)
    with pytest.raises(ShapeError, match="vecdot: both must be equally long"):
        linalg.vecdot(x, y[:, :1])


def test_squares_of_symbolic_lengths():
    f = wg.function(
        lambda x: (linalg.trace(x), linalg.matrix_power(x, 0), linalg.expm(x)), signature=("f64[b,n,n]",)
    )
    for shape in ((2, 3, 3), (0, 1, 1), (1, 0, 0)):
        x = RNG.normal(size=shape)
        trace, one, exp = f(x)
        np.testing.assert_allclose(trace, np.linalg.trace(x), rtol=1e-12)
        np.testing.assert_array_equal(one, np.broadcast_to(np.eye(shape[-1]), shape))
        np.testing.assert_allclose(exp, scipy.linalg.expm(x), rtol=1e-9, atol=1e-12)
