"""Products of matrices and tensors."""

from __future__ import annotations

from collections.abc import Sequence

from wengert.base.errors import ShapeError
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops.operands import Array, array, normalize_axis
from wengert.ops.reduce import norm
from wengert.ops.shape import expand_dims, reshape, swapaxes
from wengert.prims import contraction

__all__ = ["matmul", "norm", "outer", "tensordot", "vecdot"]


def matmul(x: Array, y: Array) -> Array:
    """x @ y: a product of matrices over the last two axes; leading axes are a batch and broadcast.

    Products of 8-bit integers are summed in int32, which wraps around.

    Raises:
        ShapeError: the last axis of x is not as long as the second-last of y.
    """
    return operators.matmul(array(x), array(y))


def tensordot(x: Array, y: Array, axes: int | tuple[Sequence[int], Sequence[int]] = 2) -> Array:
    """The sum of products over paired axes: so many last of x with first of y, or (axes of x, axes of y)."""
    x, y = array(x), array(y)
    tx, ty = type_of(x), type_of(y)
    if isinstance(axes, int):
        if not 0 <= axes <= min(tx.rank, ty.rank):
            raise ShapeError(
                f"tensordot: axes must be in 0..{min(tx.rank, ty.rank)} for {tx} and {ty}; got {axes}."
            )
        left, right = list(range(tx.rank - axes, tx.rank)), list(range(axes))
    else:
        left = [normalize_axis("tensordot", a, tx) for a in axes[0]]
        right = [normalize_axis("tensordot", a, ty) for a in axes[1]]
    if [tx.shape[a] for a in left] != [ty.shape[b] for b in right]:
        raise ShapeError(
            f"tensordot: paired axes must be of equal length; got axes {left} of {tx} and {right} of {ty}."
        )
    x, y = operators.factors(x, y)
    return contraction.dot(x, y, contract=(tuple(left), tuple(right)), batch=((), ()))


def outer(x: Array, y: Array) -> Array:
    """out[i, j] = x[i] * y[j], of two vectors."""
    x, y = array(x), array(y)
    if type_of(x).rank != 1 or type_of(y).rank != 1:
        raise ShapeError(f"outer: both must be vectors; got {type_of(x)} and {type_of(y)}.")
    x, y = operators.common(expand_dims(x, 1), expand_dims(y, 0))
    return x * y


def vecdot(x: Array, y: Array, axis: int = -1) -> Array:
    """sum(x * y) along one axis; the others are a batch and broadcast."""
    x, y = array(x), array(y)
    x = swapaxes(x, normalize_axis("vecdot", axis, type_of(x)), -1)
    y = swapaxes(y, normalize_axis("vecdot", axis, type_of(y)), -1)
    x, y = operators.common(x, y)
    out = operators.matmul(expand_dims(x, -2), expand_dims(y, -1))
    return reshape(out, type_of(x).shape[:-1])
