"""Systems of linear equations and what goes with them, by their array-API names: inverses, determinants, least squares.

The last two axes are a matrix, the others a batch. Compiled programs call LAPACK through NumPy.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from wengert.base.dtypes import finfo
from wengert.base.errors import ShapeError
from wengert.ir import operators
from wengert.ir.dim import Dim, surely_at_least
from wengert.ir.types import TensorType, type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.decompositions import svdvals
from wengert.ops.operands import Array, array, floating
from wengert.ops.shape import expand_dims, squeeze
from wengert.prims import lapack
from wengert.prims.control import items_of
from wengert.prims.decompositions import real_dtype
from wengert.prims.matrices import check_matrices, check_square
from wengert.prims.matrices import lower as lower_triangle
from wengert.prims.matrices import upper as upper_triangle


class SlogdetResult(NamedTuple):
    """det(x) = sign * exp(logabsdet)"""

    sign: Any
    logabsdet: Any


class LstsqResult(NamedTuple):
    """What least squares found: the solution, its sums of squared errors, and what is known of the matrices."""

    solution: Any
    residuals: Any
    rank: Any
    singular_values: Any


def solve(x1: Array, x2: Array, /) -> Array:
    """The x of x1 @ x = x2; x2 is a vector if it has one axis, else matrices of columns. Batches broadcast.

    Raises:
        ShapeError: the shapes do not fit.
        ValueRangeError: a matrix is singular.

    Example:
        >>> import wengert as wg
        >>> wg.linalg.solve(wg.Tensor([[2.0, 0.0], [0.0, 4.0]]), wg.Tensor([2.0, 2.0]))
        Tensor([1. , 0.5], f32[2], cpu)
    """
    return _solve("solve", x1, x2)


def _solve(name: str, a: Array, b: Array) -> Array:
    a, b = floating(a), floating(b)
    vector = type_of(b).rank == 1
    if vector:
        b = expand_dims(b, -1)
    check_square(name, type_of(a))
    a, b = _one_batch(name, a, b)
    x = lapack.solve(a, b)
    return squeeze(x, -1) if vector else x


def _one_batch(name: str, a: Array, b: Array) -> tuple[Array, Array]:
    """Both in one dtype, their batches broadcast."""
    ta, tb = type_of(a), type_of(b)
    if tb.rank < 1 or ta.shape[-2] != tb.shape[-2]:
        raise ShapeError(f"{name}: x2 must have as many rows as x1; got {ta} and {tb}.")
    dtype = operators.common_dtype((a, b))
    batch = operators.broadcast_shapes(ta.shape[:-2], tb.shape[:-2])
    a, b = (
        operators.broadcast_to(operators.cast(x, dtype), (*batch, *type_of(x).shape[-2:]), x) for x in (a, b)
    )
    return a, b


def solve_triangular(x1: Array, x2: Array, /, *, lower: bool = True) -> Array:
    """The x of triangle(x1) @ x = x2, for the lower or upper triangle of x1; shapes as for `solve`.

    Raises:
        ValueRangeError: there is a 0 on a diagonal.
    """
    x1 = floating(x1)
    check_square("solve_triangular", type_of(x1))
    return _solve("solve_triangular", (lower_triangle if lower else upper_triangle)(x1), x2)


def inv(x: Array, /) -> Array:
    """x^-1

    Raises:
        ValueRangeError: a matrix is singular.
    """
    return lapack.inv(floating(x))


def det(x: Array, /) -> Array:
    """The determinants of square matrices.

    Example:
        >>> import wengert as wg
        >>> wg.linalg.det(wg.Tensor([[2.0, 0.0], [0.0, 4.0]])).item()
        8.0
    """
    return lapack.det(floating(x))


def slogdet(x: Array, /) -> SlogdetResult:
    """The determinants as sign * exp(logabsdet): 0 and -inf for a singular matrix."""
    return SlogdetResult(*items_of(lapack.slogdet(floating(x)), 2))


def tolerance(x: TensorType, rtol: Array | None, like: Array) -> Array:
    """rtol for each matrix; by default the longer of its sides times the dtype's epsilon."""
    dtype = real_dtype(x.dtype)
    if rtol is None:
        rows, cols = x.shape[-2:]
        longer = rows if surely_at_least(rows, cols) else cols
        epsilon = np.asarray(finfo(dtype).eps, dtype)
        rtol = epsilon * (operators.measure(longer, dtype, like) if isinstance(longer, Dim) else longer)
    rtol = operators.cast(array(rtol), dtype)
    return operators.broadcast_to(rtol, x.shape[:-2], like)


def pinv(x: Array, /, *, rtol: Array | None = None) -> Array:
    """The pseudoinverse: of all that solve least squares with x, the smallest.

    Args:
        rtol: singular values up to rtol times the largest are taken for 0; max(M, N) * epsilon by default.

    Raises:
        ValueRangeError: an element is NaN or infinite.
    """
    x = floating(x)
    t = type_of(x)
    check_matrices("pinv", t)
    return lapack.pinv(x, tolerance(t, rtol, x))


def matrix_rank(x: Array, /, *, rtol: Array | None = None) -> Array:
    """How many singular values are above rtol times the largest, as int64. Arguments as for `pinv`."""
    x = floating(x)
    t = type_of(x)
    check_matrices("matrix_rank", t)
    return _rank(svdvals(x), tolerance(t, rtol, x))


def _rank(s: Array, rtol: Array) -> Array:
    if type_of(s).shape[-1] == 0:
        return reduce.count_nonzero(s, axis=-1)
    least = expand_dims(rtol * reduce.max(s, axis=-1), -1)
    return reduce.count_nonzero(m.greater(s, least), axis=-1)


def lstsq(x1: Array, x2: Array, /, *, rtol: Array | None = None) -> LstsqResult:
    """The smallest of all x for which sum |x1 @ x - x2|**2 is least.

    Args:
        x2: a vector if it has one axis, else matrices of columns. Batches broadcast.
        rtol: as for `pinv`.

    Returns:
        The solution, that sum for each column, the ranks and singular values of x1.
    """
    a, b = floating(x1), floating(x2)
    check_matrices("lstsq", type_of(a))
    vector = type_of(b).rank == 1
    a, b = _one_batch("lstsq", a, expand_dims(b, -1) if vector else b)
    limits, s = tolerance(type_of(a), rtol, a), svdvals(a)
    x = lapack.pinv(a, limits) @ b
    errors = reduce.sum(m.square(m.abs(a @ x - b)), axis=-2)
    if vector:
        x, errors = squeeze(x, -1), squeeze(errors, -1)
    return LstsqResult(x, errors, _rank(s, limits), s)
