"""What the derivatives of matrix functions are written in: adjoints, triangles, diagonals of batches of matrices.

The last two axes are those of a matrix, the others a batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from wengert.base.dtypes import is_complex
from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir import operators
from wengert.ir.primitive import Rule
from wengert.ir.types import TensorType, type_of
from wengert.prims import parts
from wengert.prims.families import INEXACT
from wengert.prims.indexing import iota
from wengert.prims.logic import equal, where
from wengert.prims.movement import full_like, reduce_sum, reshape, transpose
from wengert.prims.params import check_kind

NO_END = "one on which the iteration does not end"


def check_matrices(name: str, x: TensorType) -> None:
    """Raise ShapeError or DTypeError unless x is a batch of matrices of floating-point or complex numbers."""
    if x.rank < 2:
        raise ShapeError(
            f"{name}: the operand must be a matrix or a batch of them; got {x}. Reshape it first."
        )
    check_kind(name, x, INEXACT)


def check_square(name: str, x: TensorType) -> None:
    """Raise ShapeError or DTypeError unless x is a batch of square matrices."""
    check_matrices(name, x)
    if x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"{name}: matrices must be square, of equally long last axes; got {x}.")


def guarded(name: str, must: str, wrong: str, rule: Rule, *, hint: str = "", finite: bool = False) -> Rule:
    """A NumPy rule whose LinAlgError says what must hold, and what it was given instead.

    finite: what is not finite is an error too.
    """

    def guarded_rule(*xs: np.ndarray, **params: Any) -> Any:
        clean = all(np.isfinite(x).all() for x in xs)
        try:
            if clean or not finite:
                return rule(*xs, **params)
        except np.linalg.LinAlgError:
            pass
        got = ", ".join(str(type_of(x)) for x in xs)
        raise ValueRangeError(
            f"{name}: {must}; got {wrong if clean else 'NaN or infinities'} in {got}.{hint}"
        )

    return guarded_rule


def of_finite(name: str, rule: Rule) -> Rule:
    """A NumPy rule that iterates: it takes finite elements only, and may not come to an end."""
    return guarded(name, "elements must be finite", NO_END, rule, finite=True)


def same_params(size: Any, **params: Any) -> dict[str, Any]:
    """The `lead` of what takes batches of matrices: one more axis in front changes nothing."""
    return params


# --- algebra ----------------------------------------------------------------------------------------


def turned(x: Any) -> Any:
    """The transposes."""
    rank = type_of(x).rank
    return transpose(x, perm=(*range(rank - 2), rank - 1, rank - 2))


def conj(x: Any) -> Any:
    """The complex conjugate; real numbers themselves."""
    return parts.conj(x) if is_complex(type_of(x).dtype) else x


def real(x: Any) -> Any:
    """The real part; real numbers themselves."""
    return parts.real(x) if is_complex(type_of(x).dtype) else x


def adjoint(x: Any) -> Any:
    """The conjugate transposes."""
    return conj(turned(x))


def hermitian(x: Any) -> Any:
    """(x + x^H) / 2"""
    return (x + adjoint(x)) * 0.5


def masked(x: Any, keep: Callable[[Any, Any], Any]) -> Any:
    """x where `keep(row, column)` holds, 0 elsewhere."""
    shape = type_of(x).shape
    row, column = (iota(shape=shape[-2:], axis=a, dtype="int64") for a in (0, 1))
    return where(operators.broadcast_to(keep(row, column), shape, x), x, full_like(x, 0))


def lower(x: Any) -> Any:
    """The lower triangle, with the diagonal."""
    return masked(x, lambda row, column: column <= row)


def upper(x: Any) -> Any:
    """The upper triangle, with the diagonal."""
    return masked(x, lambda row, column: row <= column)


def on_diagonal(x: Any) -> Any:
    """The diagonal, 0 elsewhere."""
    return masked(x, equal)


def diagonal(x: Any) -> Any:
    """The diagonals of square matrices, as vectors."""
    return reduce_sum(on_diagonal(x), axes=(type_of(x).rank - 1,))


def columns(w: Any, rows: Any) -> Any:
    """Matrices of `rows` rows, each the vector w."""
    shape = type_of(w).shape
    wide = reshape(w, shape=(*shape[:-1], 1, shape[-1]))
    return operators.broadcast_to(wide, (*shape[:-1], rows, shape[-1]), wide)


def diagonal_matrix(w: Any) -> Any:
    """Square matrices with the vectors w on their diagonals."""
    return on_diagonal(columns(w, type_of(w).shape[-1]))


def spread_over(w: Any, x: Any) -> Any:
    """A number for each matrix, at each of its elements."""
    shape = type_of(x).shape
    one = reshape(w, shape=(*shape[:-2], 1, 1))
    return operators.broadcast_to(one, shape, one)


def inner(x: Any, y: Any) -> Any:
    """sum(x * y) of each matrix."""
    rank = type_of(x).rank
    return reduce_sum(x * y, axes=(rank - 2, rank - 1))


def identity_like(x: Any) -> Any:
    """Unit matrices of the shape of x, which is square."""
    return on_diagonal(full_like(x, 1))


def reciprocal(x: Any) -> Any:
    """1 / x, and 0 where x is 0."""
    zero = equal(x, full_like(x, 0))
    return where(zero, full_like(x, 0), full_like(x, 1) / where(zero, full_like(x, 1), x))


def rates(w: Any) -> Any:
    """1 / (w[j] - w[i]), 0 where they are equal."""
    wide = columns(w, type_of(w).shape[-1])
    return reciprocal(wide - turned(wide))
