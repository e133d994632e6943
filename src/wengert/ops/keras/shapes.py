"""Axes added, turned and repeated."""

from __future__ import annotations

from typing import Any

from wengert.base.errors import ShapeError
from wengert.ir.types import type_of
from wengert.ops import padding
from wengert.ops import shape as own
from wengert.ops.operands import Array, normalize_axis
from wengert.ops.operands import array as operand

__all__ = ["expand_dims", "fliplr", "flipud", "pad", "ravel", "rot90"]


def ravel(x: Any) -> Array:
    """x in one axis."""
    return own.reshape(x, (-1,))


def expand_dims(x: Any, axis: Any) -> Array:
    """New axes of length 1, which are at these places of the result."""
    x = operand(x)
    axes = list(axis) if isinstance(axis, list | tuple) else [axis]
    for a in sorted(normalize_axis("expand_dims", a, type_of(x), extra=len(axes)) for a in axes):
        x = own.expand_dims(x, a)
    return x


def fliplr(x: Any) -> Array:
    """The columns in reverse order: the second axis."""
    return own.flip(_with_axes("fliplr", x, 2), 1)


def flipud(x: Any) -> Array:
    """The rows in reverse order: the first axis."""
    return own.flip(_with_axes("flipud", x, 1), 0)


def rot90(array: Any, k: int = 1, axes: Any = (0, 1)) -> Array:
    """Turned k times by 90 degrees, from the first of two axes towards the second.

    Example:
        >>> import wengert as wg
        >>> wg.ops.rot90([[1, 2], [3, 4]]).tolist()
        [[2, 4], [1, 3]]
    """
    x = _with_axes("rot90", array, 2)
    if len(axes) != 2:
        raise ShapeError(f"rot90: axes must be two different ones of {type_of(x)}; got {axes}.")
    first, second = (normalize_axis("rot90", a, type_of(x)) for a in axes)
    if first == second:
        raise ShapeError(f"rot90: axes must be two different ones of {type_of(x)}; got {axes}.")
    if k % 4 == 2:
        return own.flip(x, (first, second))
    turned = own.swapaxes(x, first, second)
    return own.flip(turned, first) if k % 4 == 1 else own.flip(turned, second) if k % 4 == 3 else x


def _with_axes(name: str, x: Any, count: int) -> Array:
    x = operand(x)
    if type_of(x).rank < count:
        axes = "an axis" if count == 1 else f"{count} axes"
        raise ShapeError(f"{name}: x must have {axes} or more; got {type_of(x)}.")
    return x


def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Array:
    """x with elements before and after those of each axis, as `wg.pad`."""
    return padding.pad(x, pad_width, mode, constant_values=0 if constant_values is None else constant_values)
