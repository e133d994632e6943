"""Arrays put together, taken apart and turned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wengert.ops import joining as _joining
from wengert.ops import shape as _shape
from wengert.ops.joining import concatenate
from wengert.ops.keras.basics import ndim
from wengert.ops.operands import Array
from wengert.ops.operands import array as operand
from wengert.ops.shape import reshape

__all__ = ["append", "hstack", "ravel", "unstack", "vstack"]


def ravel(x: Any) -> Array:
    """x in one axis."""
    return _shape.reshape(x, (-1,))


def append(x1: Any, x2: Any, axis: int | None = None) -> Array:
    """x2 behind x1; both in one axis where none is named."""
    return concatenate([ravel(x1), ravel(x2)] if axis is None else [x1, x2], axis=axis or 0)


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Array]:
    """The parts of x along an axis, without it."""
    return list(_joining.unstack(operand(x), axis=axis))


def vstack(xs: Sequence[Any]) -> Array:
    """Arrays below each other."""
    return concatenate([reshape(x, (1, -1)) if ndim(x) < 2 else x for x in xs], axis=0)


def hstack(xs: Sequence[Any]) -> Array:
    """Arrays beside each other."""
    return concatenate(list(xs), axis=0 if ndim(xs[0]) < 2 else 1)
