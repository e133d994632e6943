"""Order: sort, argsort, top_k, searchsorted, by their array-API names. NaN comes after all numbers, as in NumPy."""

from __future__ import annotations

from typing import NamedTuple

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir.dim import Dim
from wengert.ir.types import type_of
from wengert.ops.indexing import take, take_along_axis
from wengert.ops.operands import Array, array, normalize_axis, one_dtype
from wengert.ops.shape import slice_axis
from wengert.prims import sorting


def sort(x: Array, /, axis: int = -1, *, descending: bool = False, stable: bool = True) -> Array:
    """The elements along an axis in order.

    Args:
        stable: equal elements keep their order; they do in any case.

    Numerics: NaN comes last, first when `descending`. Derivatives go with the elements.
    """
    x = array(x)
    return sorting.sort(x, axis=normalize_axis("sort", axis, type_of(x)), descending=bool(descending))


def argsort(x: Array, /, axis: int = -1, *, descending: bool = False, stable: bool = True) -> Array:
    """The positions along an axis, as int64, in the order of the elements there."""
    x = array(x)
    return sorting.argsort(x, axis=normalize_axis("argsort", axis, type_of(x)), descending=bool(descending))


class TopK(NamedTuple):
    """The k largest (or smallest) elements, in order, and their positions."""

    values: Array
    indices: Array


def top_k(x: Array, k: int, /, axis: int = -1, *, mode: str = "largest") -> TopK:
    """The k largest elements along an axis, the largest first, and where they are; of equal ones the first.

    Args:
        mode: `smallest`: the k smallest, the smallest first.

    Raises:
        ShapeError: the axis has fewer than k elements.
    """
    x = array(x)
    t = type_of(x)
    at = normalize_axis("top_k", axis, t)
    if mode not in ("largest", "smallest"):
        raise ValueRangeError(f"top_k: mode must be 'largest' or 'smallest'; got {mode!r}.")
    length = t.shape[at]
    if k < 0 or not isinstance(length, Dim) and k > length:
        raise ShapeError(f"top_k: k must be in 0..{length}, the length of axis {axis} of {t}; got {k}.")
    order = sorting.argsort(x, axis=at, descending=mode == "largest")
    indices = slice_axis(order, at, 0, k)
    return TopK(take_along_axis(x, indices, at), indices)


def searchsorted(x1: Array, x2: Array, /, *, side: str = "left", sorter: Array | None = None) -> Array:
    """Where each element of x2 would be put into the sorted x1, as int64: in front of its equals, or behind them.

    Args:
        side: `left` or `right`.
        sorter: positions that put x1 in order, as from `argsort`.

    Raises:
        ShapeError: x1 has not exactly one axis.
    """
    x1 = array(x1)
    if sorter is not None:
        x1 = take(x1, sorter, axis=0)
    x1, x2 = one_dtype(x1, array(x2))
    return sorting.searchsorted(x1, x2, side=side)
