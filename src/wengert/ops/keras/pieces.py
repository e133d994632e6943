"""Arrays put together and taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wengert.base.errors import ShapeError
from wengert.ir.types import type_of
from wengert.ops import joining
from wengert.ops.joining import concatenate
from wengert.ops.keras.basics import ndim
from wengert.ops.operands import Array, known, normalize_axis
from wengert.ops.operands import array as operand
from wengert.ops.shape import expand_dims, reshape

__all__ = ["append", "array_split", "dsplit", "dstack", "hsplit", "hstack", "unstack", "vsplit", "vstack"]


def append(x1: Any, x2: Any, axis: int | None = None) -> Array:
    """x2 behind x1; both in one axis where none is named."""
    return concatenate([x1, x2], axis=axis)


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Array]:
    """The parts of x along an axis, without it."""
    return list(joining.unstack(operand(x), axis=axis))


def vstack(xs: Sequence[Any]) -> Array:
    """Arrays below each other."""
    return concatenate([reshape(x, (1, -1)) if ndim(x) < 2 else x for x in map(operand, xs)], axis=0)


def hstack(xs: Sequence[Any]) -> Array:
    """Arrays beside each other."""
    xs = [reshape(x, (1,)) if ndim(x) == 0 else x for x in map(operand, xs)]
    return concatenate(xs, axis=0 if ndim(xs[0]) < 2 else 1)


def dstack(xs: Sequence[Any]) -> Array:
    """Arrays behind each other, along a third axis."""
    flat = [reshape(x, (1, -1)) if ndim(x) < 2 else x for x in map(operand, xs)]
    return concatenate([expand_dims(x, 2) if ndim(x) == 2 else x for x in flat], axis=2)


def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """Pieces along an axis: so many, the first of them one longer where they cannot be equal, or cut at positions.

    Example:
        >>> import wengert as wg
        >>> [part.tolist() for part in wg.ops.array_split([1, 2, 3, 4, 5], 2)]
        [[1, 2, 3], [4, 5]]
    """
    if not isinstance(indices_or_sections, int):
        return joining.split(x, indices_or_sections, axis)
    x, count = operand(x), indices_or_sections
    at = normalize_axis("array_split", axis, type_of(x))
    if count <= 0:
        raise ShapeError(f"array_split: there must be one piece or more; got {count}.")
    size, longer = divmod(known("array_split", "the length of the axis", type_of(x).shape[at]), count)
    return joining.split(x, [k * size + min(k, longer) for k in range(1, count)], at)


def vsplit(x: Any, indices_or_sections: Any) -> list[Array]:
    """Pieces along the first axis."""
    return _split("vsplit", x, indices_or_sections, 0)


def hsplit(x: Any, indices_or_sections: Any) -> list[Array]:
    """Pieces along the second axis; of a vector along its only one."""
    return _split("hsplit", x, indices_or_sections, 0 if ndim(operand(x)) == 1 else 1)


def dsplit(x: Any, indices_or_sections: Any) -> list[Array]:
    """Pieces along the third axis."""
    return _split("dsplit", x, indices_or_sections, 2)


def _split(name: str, x: Any, where: Any, axis: int) -> list[Array]:
    x = operand(x)
    if type_of(x).rank <= axis:
        raise ShapeError(f"{name}: x must have an axis {axis}; got {type_of(x)}.")
    return joining.split(x, where, axis)
