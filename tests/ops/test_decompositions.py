"""Decompositions: NumPy's results for every shape and dtype, eagerly and compiled; and what they promise."""

import functools

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ShapeError, UsageError, ValueRangeError

RNG = np.random.default_rng(0)
SQUARE = [(3, 3), (2, 4, 4), (0, 2, 2), (2, 0, 0), (1, 1)]
SHAPES = [*SQUARE, (4, 2), (2, 2, 5), (3, 0), (0, 3), (1, 4), (5, 1)]
DTYPES = ["float32", "float64", "complex64", "complex128"]


def some(shape, dtype="float64"):
    x = RNG.normal(size=shape) + 1j * RNG.normal(size=shape)
    return (x if np.dtype(dtype).kind == "c" else x.real).astype(dtype)


def hermitian(x):
    return x + np.conj(np.swapaxes(x, -1, -2))


def positive(x):
    return x @ np.conj(np.swapaxes(x, -1, -2)) + np.eye(x.shape[-1], dtype=x.dtype)


def near(got, want, factor=200):
    got, want = np.asarray(got), np.asarray(want)
    assert (got.shape, got.dtype) == (want.shape, want.dtype)
    limit = factor * np.finfo(want.dtype).eps if want.dtype.kind in "fc" else 0
    np.testing.assert_allclose(got, want, rtol=limit, atol=limit)


def both_ways(f, x):
    """The result, which is the same compiled."""
    eager, compiled = f(wg.Tensor(x)), wg.function(f)(x)
    assert type(compiled) is type(eager)
    for a, b in zip(*((r if isinstance(r, tuple) else (r,)) for r in (eager, compiled)), strict=True):
        near(a, np.asarray(b))
    return eager


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SQUARE, ids=str)
def test_of_square_matrices(shape, dtype):
    x = some(shape, dtype)
    near(both_ways(wg.linalg.cholesky, positive(x)), np.linalg.cholesky(positive(x)))
    near(wg.linalg.cholesky(positive(x), upper=True), np.linalg.cholesky(positive(x), upper=True))
    values, vectors = both_ways(wg.linalg.eigh, hermitian(x))
    near(values, np.linalg.eigvalsh(hermitian(x)))
    near(both_ways(wg.linalg.eigvalsh, hermitian(x)), np.asarray(values))
    near(hermitian(x) @ np.asarray(vectors), np.asarray(vectors) * np.asarray(values)[..., None, :])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SQUARE, ids=str)
def test_eigenvalues_of_any_matrices(shape, dtype):
    x = some(shape, dtype)
    values, vectors = map(np.asarray, both_ways(wg.linalg.eig, x))
    assert values.dtype == vectors.dtype == np.result_type(dtype, "complex64")
    near((x @ vectors).astype(values.dtype), vectors * values[..., None, :], 1000)
    near(both_ways(wg.linalg.eigvals, x), np.linalg.eigvals(x).astype(values.dtype), 1000)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_of_any_matrices(shape, dtype):
    x = some(shape, dtype)
    for mode in ("reduced", "complete"):
        found = both_ways(functools.partial(wg.linalg.qr, mode=mode), x)
        for got, want in zip(found, np.linalg.qr(x, mode), strict=True):
            near(got, want)
    for full in (False, True):
        found = both_ways(functools.partial(wg.linalg.svd, full_matrices=full), x)
        for got, want in zip(found, np.linalg.svd(x, full_matrices=full), strict=True):
            near(got, want)
    near(both_ways(wg.linalg.svdvals, x), np.linalg.svdvals(x))


def test_results_have_names():
    x = positive(some((3, 3)))
    assert wg.linalg.qr(x)._fields == ("Q", "R")
    assert wg.linalg.svd(x)._fields == ("U", "S", "Vh")
    assert wg.linalg.eigh(x)._fields == ("eigenvalues", "eigenvectors")


def test_a_matrix_that_is_not_hermitian_is_made_so():
    x = some((3, 3))
    near(wg.linalg.eigvalsh(x), np.linalg.eigvalsh(hermitian(x) / 2))
    near(wg.linalg.cholesky(x + 9 * np.eye(3)), np.linalg.cholesky(hermitian(x) / 2 + 9 * np.eye(3)))


def test_whole_numbers_are_taken_as_floats():
    assert wg.linalg.svdvals(np.diag([3, 4])).dtype == "float32"


def test_a_batch_of_any_length_and_squares_of_any_size_are_one_program():
    f = wg.function(lambda x: (wg.linalg.svd(x).S, wg.linalg.eigh(x).eigenvalues), signature=("f64[b,n,n]",))
    for shape in ((3, 2, 2), (0, 3, 3), (1, 5, 5), (4, 0, 0)):
        x = hermitian(some(shape))
        s, w = f(x)
        near(s, np.linalg.svdvals(x))
        near(w, np.linalg.eigvalsh(x))
    assert f.compiles == 1


def test_vmap():
    x = some((4, 3, 2))
    q, r = wg.vmap(lambda x: tuple(wg.linalg.qr(x)))(x)
    near(q, np.linalg.qr(x).Q)
    near(wg.function(wg.vmap(wg.linalg.svdvals))(x), np.linalg.svdvals(x))


@pytest.mark.parametrize("run", [lambda f: f, wg.function])
@pytest.mark.parametrize(
    ("f", "x", "error", "message"),
    [
        (
            wg.linalg.cholesky,
            -np.eye(2),
            ValueRangeError,
            "cholesky: matrices must be positive definite; got one",
        ),
        (wg.linalg.svd, np.full((2, 2), np.nan), ValueRangeError, "svd: elements must be finite; got NaN"),
        (wg.linalg.svdvals, np.full((2, 2), np.inf), ValueRangeError, "svdvals: elements must be finite"),
        (wg.linalg.eigh, np.full((2, 2), np.inf), ValueRangeError, "eigh: elements must be finite"),
        (wg.linalg.eig, np.full((2, 2), np.inf), ValueRangeError, "eig: elements must be finite"),
        (wg.linalg.eigvals, np.full((2, 2), np.nan), ValueRangeError, "eigvals: elements must be finite"),
        (wg.linalg.eigvalsh, np.full((2, 2), np.nan), ValueRangeError, "eigvalsh: elements must be finite"),
        (wg.linalg.eigh, np.ones((2, 3)), ShapeError, r"eigh: matrices must be square.*f64\[2,3\]"),
        (lambda x: wg.linalg.qr(x, mode="r"), np.eye(2), ValueRangeError, "qr: mode must be .* got 'r'"),
    ],
)
def test_what_is_impossible_is_named(run, f, x, error, message):
    with pytest.raises(error, match=message):
        run(f)(x)


def test_nan_in_qr_stays_nan():
    assert np.isnan(np.asarray(wg.linalg.qr(np.full((2, 2), np.nan)).R)).any()


@pytest.mark.parametrize(
    "f", [lambda x: wg.linalg.qr(x, mode="complete").Q, lambda x: wg.linalg.svd(x, full_matrices=True).U]
)
def test_vectors_that_nothing_determines_have_no_derivative(f):
    x = wg.Tensor(some((4, 2)))
    with pytest.raises(UsageError, match="derivative"):
        wg.grad(lambda x: wg.sum(f(x)))(x)
    with pytest.raises(UsageError, match="derivative"):
        wg.jvp(f, (x,), (x,))


def test_equal_values_share_a_derivative_that_does_not_depend_on_the_vectors():
    """The sum of the eigenvalues of a unit matrix; the nuclear norm of one."""
    one = wg.Tensor(np.eye(3))
    near(wg.grad(lambda x: wg.sum(wg.linalg.eigh(x).eigenvalues ** 2))(one), 2 * np.eye(3))
    near(wg.grad(lambda x: wg.linalg.matrix_norm(x, ord="nuc"))(one), np.eye(3))
    for v in (lambda x: wg.sum(wg.linalg.eigh(x).eigenvectors), lambda x: wg.sum(wg.linalg.svd(x).U)):
        assert np.isfinite(np.asarray(wg.grad(v)(one))).all()
