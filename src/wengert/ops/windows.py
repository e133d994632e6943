"""Sliding windows: cut out (`unfold`, `sliding_window_view`) and added up again (`fold`)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wengert.base.errors import ShapeError
from wengert.ir import operators
from wengert.ir.dim import Dim, surely_at_least
from wengert.ir.types import type_of
from wengert.ops.operands import Array, array, normalize_axis, per_axis
from wengert.ops.shape import moveaxis
from wengert.prims import indexing
from wengert.prims.indexing import iota


def unfold(x: Array, size: int, step: int = 1, axis: int = -1, *, dilation: int = 1) -> Array:
    """Windows of `size` elements along an axis, one every `step`; their elements lie along a new last axis.

    Args:
        dilation: how far apart the elements of a window are.

    Shapes:
        x [..., n, ...]  ->  [..., (n - (size - 1) * dilation - 1) // step + 1, ..., size]

    Raises:
        ShapeError: the window is longer than the axis.

    Example:
        >>> import wengert as wg
        >>> wg.unfold(wg.arange(5), 3, step=2).numpy()
        array([[0, 1, 2],
               [2, 3, 4]])
    """
    x = array(x)
    t = type_of(x)
    at = normalize_axis("unfold", axis, t)
    size, step, dilation = _sizes("unfold", size, step, dilation)
    count = _count("unfold", t.shape[at], (size - 1) * dilation + 1, step)
    windows = indexing.gather(x, _places(count, size, step, dilation), axis=at)
    return moveaxis(windows, at + 1, -1)


def fold(windows: Array, length: int | Dim, step: int = 1, axis: int = -1, *, dilation: int = 1) -> Array:
    """The sum of windows, each put where `unfold` would take it from: its transpose.

    Args:
        windows: [..., count, ..., size].
        length: of the axis that they are put along.
        axis: where that axis is in the result.
        dilation: how far apart the elements of a window are.

    Shapes:
        windows [..., (length - (size - 1) * dilation - 1) // step + 1, ..., size]  ->  [..., length, ...]
    """
    windows = array(windows)
    t = type_of(windows)
    if t.rank < 2:
        raise ShapeError(f"fold: windows must have two axes at least; got {t}.")
    at = normalize_axis("fold", axis, type_of(windows[..., 0]))
    size, step, dilation = _sizes("fold", t.shape[-1], step, dilation)
    count = _count("fold", length, (size - 1) * dilation + 1, step)
    if t.shape[at] != count:
        raise ShapeError(
            f"fold: axis {at} must have a window for each of {count} places; got {t}, length {length}, step {step}."
        )
    windows = moveaxis(windows, -1, at + 1)
    shape = (*t.shape[:at], length, *t.shape[at + 1 : -1])
    zeros = operators.broadcast_to(np.zeros((), t.dtype), shape, windows)
    return indexing.scatter_add(zeros, _places(count, size, step, dilation), windows, axis=at)


def _sizes(name: str, size: object, step: object, dilation: object) -> tuple[int, int, int]:
    (size,) = per_axis(name, "size", size, 1)  # type: ignore[arg-type]
    (step,) = per_axis(name, "step", step, 1)  # type: ignore[arg-type]
    (dilation,) = per_axis(name, "dilation", dilation, 1)  # type: ignore[arg-type]
    return size, step, dilation


def _count(name: str, length: int | Dim, size: int, step: int) -> int | Dim:
    """How many windows there are."""
    if isinstance(length, int) and length < size or surely_at_least(size - 1, length):
        raise ShapeError(f"{name}: the window must fit into the axis; got size {size} for length {length}.")
    return (length - size) // step + 1


def _places(count: int | Dim, size: int, step: int, dilation: int) -> Array:
    """[count, size]: where the elements of each window come from."""
    first, within = (iota(shape=(count, size), axis=a, dtype="int64") for a in range(2))
    return first * step + within * dilation


def sliding_window_view(
    x: Array, window_shape: int | Sequence[int], axis: int | Sequence[int] | None = None
) -> Array:
    """All windows of a shape, at every place that they fit: NumPy's, as an array of its own.

    Shapes:
        x [h, w], windows (a, b)  ->  [h - a + 1, w - b + 1, a, b]
    """
    x = array(x)
    t = type_of(x)
    lengths = (window_shape,) if isinstance(window_shape, int | np.integer) else tuple(window_shape)
    if axis is None:
        axes: tuple[int, ...] = tuple(range(t.rank))
    else:
        axes = (axis,) if isinstance(axis, int | np.integer) else tuple(axis)
    if len(axes) != len(lengths):
        raise ShapeError(
            f"sliding_window_view: a length is needed for each axis; got lengths {lengths} for axes {axes} of {t}."
        )
    found = [normalize_axis("sliding_window_view", a, t) for a in axes]
    for a, size in zip(found, lengths, strict=True):
        x = unfold(x, size, 1, a)
    return x
