"""Numbers sorted into bins, and how many there are in each."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.errors import UsageError
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops import reduce, sorting
from wengert.ops.bits import logical_and
from wengert.ops.joining import stack
from wengert.ops.keras.ranges import linspace
from wengert.ops.operands import Array, concrete, floating, known, one_dtype, require_integer
from wengert.ops.operands import array as operand
from wengert.ops.segments import segment_sum
from wengert.ops.shape import flip, reshape

__all__ = ["bincount", "digitize", "histogram", "searchsorted"]


def searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> Array:
    """Where values would stand in a sorted sequence."""
    return sorting.searchsorted(operand(sorted_sequence), operand(values), side=side)


def digitize(x: Any, bins: Any) -> Array:
    """The i with bins[i - 1] <= x < bins[i]; where bins fall, with bins[i - 1] > x >= bins[i]."""
    x, bins = one_dtype(operand(x), operand(bins))
    n = type_of(bins).shape[0]
    if n == 0:
        return sorting.searchsorted(bins, x)
    rising = sorting.searchsorted(bins, x, side="right")
    falling = m.subtract(n, sorting.searchsorted(flip(bins), x, side="right"))
    return m.where(m.greater_equal(bins[-1], bins[0]), rising, falling)


def bincount(x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False) -> Array:
    """How often each of 0, 1, ... up to the largest is in x, `minlength` of them at least; or their weights added up.

    The length depends on the values, so they must be known while a program is recorded.

    Args:
        x: whole numbers [n], or [rows, n], of which each row is counted by itself.

    Example:
        >>> import wengert as wg
        >>> wg.ops.bincount([1, 2, 2, 5]).tolist()
        [0, 1, 2, 0, 0, 1]
    """
    if sparse:
        raise UsageError("bincount: sparse must be False, as there are no sparse tensors; got True.")
    x = operators.cast(require_integer("bincount", "x", x), "int64")
    values = concrete("bincount", "the largest number", x, "Use wg.segment_sum, with num_segments.")
    count = max(int(values.max(initial=-1)) + 1, minlength)
    t = type_of(x)
    weights = np.ones(t.shape, "int32") if weights is None else operand(weights)
    if t.rank < 2:
        return segment_sum(weights, x, count)
    rows = range(known("bincount", "the number of rows", t.shape[0]))
    return stack([segment_sum(weights[k], x[k], count) for k in rows])


def histogram(x: Any, bins: Any = 10, range: Any = None) -> tuple[Array, Array]:
    """How many elements are in each bin, and the edges of the bins; the last bin has its right edge too.

    Args:
        bins: how many, equally wide, from the smallest element to the largest; or their edges.
        range: (left, right) in place of the smallest and the largest.
    """
    x = reshape(floating(x), (-1,))
    dtype = type_of(x).dtype
    if isinstance(bins, int):
        left, right = _ends(x) if range is None else (float(end) for end in range)
        edges = linspace(left, right, bins + 1, dtype=dtype)
    else:
        edges = operators.cast(operand(bins), dtype)
    first, last = edges[0], edges[-1]
    count = known("histogram", "the number of edges", type_of(edges).shape[0]) - 1
    place = m.subtract(sorting.searchsorted(edges, x, side="right"), 1)
    place = m.where(m.equal(x, last), count - 1, place)
    inside = logical_and(m.greater_equal(x, first), m.less_equal(x, last))
    counts = segment_sum(operators.cast(inside, "int64"), m.where(inside, place, 0), count)
    return counts, edges


def _ends(x: Array) -> tuple[Array, Array]:
    """The smallest and the largest element; 1/2 aside of it where there is one value only."""
    left, right = reduce.min(x), reduce.max(x)
    one = m.equal(left, right)
    return m.where(one, left - 0.5, left), m.where(one, right + 0.5, right)
