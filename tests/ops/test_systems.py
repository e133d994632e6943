"""Systems of equations, inverses, determinants, least squares: NumPy's results, eagerly and compiled."""

import numpy as np
import pytest

import wengert as wg
from tests.ops.test_decompositions import DTYPES, SHAPES, SQUARE, both_ways, near, positive, some
from wengert.base.errors import ShapeError, ValueRangeError

LOOSE = 5000  # times epsilon: conditions are what they are


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SQUARE, ids=str)
def test_of_square_matrices(shape, dtype):
    x = some(shape, dtype)
    near(both_ways(wg.linalg.det, x), np.linalg.det(x), LOOSE)
    for got, want in zip(both_ways(wg.linalg.slogdet, x), np.linalg.slogdet(x), strict=True):
        near(got, want, LOOSE)
    x = positive(x)
    near(both_ways(wg.linalg.inv, x), np.linalg.inv(x), LOOSE)


@pytest.mark.parametrize(
    ("a", "b", "shape"),
    [
        ((3, 3), (3,), (3,)),
        ((2, 3, 3), (3,), (2, 3)),
        ((2, 3, 3), (3, 2), (2, 3, 2)),
        ((3, 3), (2, 3, 4), (2, 3, 4)),
        ((5, 1, 2, 2), (4, 2, 3), (5, 4, 2, 3)),
        ((2, 2, 2), (2, 2), (2, 2, 2)),  # of which the standard says that it is a matrix
        ((0, 0), (0,), (0,)),
        ((0, 2, 2), (2, 1), (0, 2, 1)),
        ((2, 2), (2, 0), (2, 0)),
    ],
)
def test_solve(a, b, shape):
    a, b = positive(some(a)), some(b)
    x = both_ways(lambda a: wg.linalg.solve(a, b), a)
    assert x.shape == shape
    near(x, np.linalg.solve(a, b), LOOSE)


def test_solve_promotes():
    assert wg.linalg.solve(np.eye(2, dtype="f"), some((2,), "complex64")).dtype == "complex64"
    assert wg.linalg.solve(np.eye(2, dtype="f"), some((2,))).dtype == "float64"


def test_solve_triangular_looks_at_one_triangle():
    a, b = positive(some((2, 3, 3))), some((3, 2))
    near(wg.linalg.solve_triangular(a, b), np.linalg.solve(np.tril(a), b), LOOSE)
    near(wg.linalg.solve_triangular(a, b, lower=False), np.linalg.solve(np.triu(a), b), LOOSE)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_of_any_matrices(shape, dtype):
    x = some(shape, dtype)
    near(both_ways(wg.linalg.pinv, x), np.linalg.pinv(x), LOOSE)
    near(both_ways(wg.linalg.matrix_rank, x), np.linalg.matrix_rank(x))


def test_rtol_says_what_is_zero():
    x = np.stack([np.diag([1.0, 1e-3]), np.diag([1.0, 1e-9])])
    for rtol, ranks in ((None, [2, 2]), (1e-6, [2, 1]), (np.array([0.1, 1e-12]), [1, 2])):
        assert np.asarray(wg.linalg.matrix_rank(x, rtol=rtol)).tolist() == ranks
        near(wg.linalg.pinv(x, rtol=rtol), np.linalg.pinv(x, rcond=1e-15 if rtol is None else rtol))


@pytest.mark.parametrize(("a", "b"), [((5, 3), (5,)), ((3, 5), (3, 2)), ((4, 4), (4, 1)), ((4, 1), (4,))])
def test_lstsq(a, b):
    a, b = some(a), some(b)
    want, _, rank, s = np.linalg.lstsq(a, b)
    got = both_ways(lambda a: wg.linalg.lstsq(a, b), a)
    near(got.solution, want, LOOSE)
    near(got.residuals, np.sum((a @ want - b) ** 2, axis=0), LOOSE)
    near(got.singular_values, s)
    assert got.rank == rank


def test_lstsq_takes_the_smallest_of_many():
    a, b = np.ones((3, 2)), np.array([1.0, 2.0, 3.0])
    near(wg.linalg.lstsq(a, b).solution, np.array([1.0, 1.0]))


@pytest.mark.parametrize("run", [lambda f: f, wg.function])
@pytest.mark.parametrize(
    ("f", "x", "error", "message"),
    [
        (
            wg.linalg.inv,
            np.ones((2, 2)),
            ValueRangeError,
            "inv: matrices must be invertible; got a singular one",
        ),
        (lambda a: wg.linalg.solve(a, np.ones(2)), np.zeros((2, 2)), ValueRangeError, "Use pinv or lstsq"),
        (
            lambda a: wg.linalg.solve(a, np.ones(3)),
            np.eye(2),
            ShapeError,
            r"solve: x2 must have as many rows",
        ),
        (
            lambda a: wg.linalg.lstsq(a, np.ones(3)),
            np.ones((2, 3)),
            ShapeError,
            r"lstsq: x2 must have as many",
        ),
        (wg.linalg.inv, np.ones((2, 3)), ShapeError, r"inv: matrices must be square.*f64\[2,3\]"),
        (wg.linalg.pinv, np.full((2, 2), np.nan), ValueRangeError, "pinv: elements must be finite; got NaN"),
        (wg.linalg.det, np.ones(3), ShapeError, r"det: .* must be a matrix"),
    ],
)
def test_what_is_impossible_is_named(run, f, x, error, message):
    with pytest.raises(error, match=message):
        run(f)(x)


def test_what_is_not_finite_gives_what_is_not_finite():
    x = np.full((2, 2), np.nan)
    assert np.isnan(np.asarray(wg.linalg.det(x)))
    assert np.isnan(np.asarray(wg.linalg.solve(x, np.ones(2)))).all()
    assert np.isnan(np.asarray(wg.grad(wg.linalg.det)(wg.Tensor(x)))).all()


def test_singular_matrices_have_a_determinant_with_a_derivative():
    """By the cofactors, as that of a product with a factor 0 is the product of the others."""
    near(wg.grad(wg.linalg.det)(wg.Tensor([[1.0, 2.0], [2.0, 4.0]])), np.array([[4, -2], [-2, 1]], "f"))
    near(wg.grad(wg.linalg.det)(wg.Tensor(np.diag([0.0, 2.0, 3.0]))), np.diag([6.0, 0, 0]))
    sign, size = wg.linalg.slogdet(np.zeros((2, 2)))
    assert (float(sign), float(size)) == (0, -np.inf)
    with pytest.raises(ValueRangeError, match="invertible"):
        wg.grad(lambda x: wg.linalg.slogdet(x).logabsdet)(wg.Tensor(np.zeros((2, 2))))


def test_a_training_step_solves():
    """A ridge regression in one compiled step: the gradient flows through the solution."""
    a, b = some((20, 3)), some((20,))
    weight = wg.Variable(np.float64(1.0))

    def loss():
        left = wg.transpose(a) @ a + weight * np.eye(3)
        x = wg.linalg.solve(left, wg.transpose(a) @ b)
        return wg.sum(wg.square(a @ x - b))

    @wg.function
    def step():
        with wg.GradientTape() as tape:
            out = loss()
        weight.assign(weight - 0.1 * tape.gradient(out, weight))
        return out

    first, last = float(step()), [float(step()) for _ in range(5)][-1]
    assert last < first
