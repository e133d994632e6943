"""Diagonals of matrices, and matrices of diagonals."""

from __future__ import annotations

from typing import Any

from wengert.base.errors import ShapeError
from wengert.ir.types import type_of
from wengert.ops import linalg, reduce
from wengert.ops import math as m
from wengert.ops.creation import eye, zeros
from wengert.ops.operands import Array
from wengert.ops.operands import array as operand
from wengert.ops.padding import pad
from wengert.ops.shape import expand_dims, moveaxis, reshape

__all__ = ["diag", "diagflat", "diagonal", "trace"]


def diag(x: Any, k: int = 0) -> Array:
    """The matrix with the vector x on its k-th diagonal; or the k-th diagonal of the matrix x.

    Example:
        >>> import wengert as wg
        >>> wg.ops.diag([1, 2], k=1).tolist()
        [[0, 1, 0], [0, 0, 2], [0, 0, 0]]
    """
    x = operand(x)
    t = type_of(x)
    if t.rank == 2:
        return linalg.diagonal(x, offset=k)
    if t.rank != 1:
        raise ShapeError(f"diag: x must be a vector or a matrix; got {t}.")
    on = eye(t.shape[0], dtype="bool")
    square = m.where(on, expand_dims(x, -1), zeros((), t.dtype))
    return pad(square, [(max(-k, 0), max(k, 0)), (max(k, 0), max(-k, 0))])


def diagflat(x: Any, k: int = 0) -> Array:
    """The matrix with all elements of x on its k-th diagonal."""
    return diag(reshape(x, (-1,)), k)


def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """x[i, i + offset] for all i there are, of two axes, which become one at the end."""
    return linalg.diagonal(_last(x, axis1, axis2), offset=offset)


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The sum of x[i, i + offset] over all i there are, of two axes."""
    return reduce.sum(diagonal(x, offset, axis1, axis2), axis=-1)


def _last(x: Any, axis1: int, axis2: int) -> Array:
    return moveaxis(operand(x), (axis1, axis2), (-2, -1))
