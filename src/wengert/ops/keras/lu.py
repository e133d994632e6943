"""lu_factor: Gaussian elimination with the largest element of a column as pivot."""

from __future__ import annotations

from typing import Any

from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import control, reduce
from wengert.ops import math as m
from wengert.ops.bits import logical_and
from wengert.ops.creation import arange
from wengert.ops.indexing import take, take_along_axis
from wengert.ops.operands import Array, floating, known
from wengert.ops.shape import expand_dims, transpose
from wengert.prims.matrices import check_matrices

__all__ = ["lu_factor"]


def lu_factor(x: Any) -> tuple[Array, Array]:
    """L and U of P @ x = L @ U in one matrix, without the ones on L's diagonal; and the pivots.

    Returns:
        [..., m, n] with U in its upper triangle and L below; [..., min(m, n)]: row i was exchanged with row pivots[i].

    Example:
        >>> import wengert as wg
        >>> both, pivots = wg.ops.lu_factor(wg.Tensor([[1.0, 2.0], [4.0, 4.0]]))
        >>> both.tolist(), pivots.tolist()
        ([[4.0, 4.0], [0.25, 1.0]], [1, 1])
    """
    x = floating(x)
    t = type_of(x)
    check_matrices("lu_factor", t)
    rows, cols = (known("lu_factor", "the length of a matrix", n) for n in t.shape[-2:])
    steps = min(rows, cols)
    row, col = arange(rows), arange(cols)

    def eliminate(a: Array, k: Array) -> tuple[Array, Array]:
        column = take(a, k, axis=-1)
        at_most = m.where(m.less(row, k), -1.0, m.abs(m.stop_gradient(column)))
        pivot = reduce.argmax(at_most, axis=-1, keepdims=True)
        order = m.where(m.equal(row, k), pivot, m.where(m.equal(row, pivot), k, row))
        a = take_along_axis(a, operators.broadcast_to(expand_dims(order, -1), t.shape, a), axis=-2)
        top = take(a, k, axis=-2)
        below = m.greater(row, k)
        largest = expand_dims(take(top, k, axis=-1), -1)
        whole = m.equal(largest, 0)  # column is 0, and there is nothing to eliminate
        factor = m.divide(take(a, k, axis=-1), m.where(whole, 1.0, largest))
        factor = m.where(below, factor, 0.0)
        a = m.subtract(
            a, m.multiply(expand_dims(factor, -1), expand_dims(m.where(m.greater(col, k), top, 0.0), -2))
        )
        kept = logical_and(expand_dims(below, -1), m.equal(col, k))
        return m.where(kept, expand_dims(factor, -1), a), pivot[..., 0]

    factors, pivots = control.scan(eliminate, x, arange(steps))
    axes = (*range(1, t.rank - 1), 0)
    return factors, operators.cast(transpose(pivots, axes), "int32")
