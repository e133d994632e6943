"""unique: the elements of an array as a set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from wengert.base.errors import UsageError
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.creation import arange, ones_like
from wengert.ops.indexing import take
from wengert.ops.operands import Array, concrete, is_positive
from wengert.ops.operands import array as operand
from wengert.ops.segments import segment_min, segment_sum
from wengert.ops.shape import reshape
from wengert.ops.sorting import argsort
from wengert.runtime.tensor import Tensor

__all__ = ["unique"]


def unique(
    x: Any, sorted: bool = True, return_index: bool = False, return_inverse: bool = False,
    return_counts: bool = False, axis: int | None = None, size: int | None = None, fill_value: Any = None,
) -> Any:  # fmt: skip
    """Each element once, in order; each NaN is one of its own.

    How many there are depends on the values: without `size` they must be known while a program is recorded.

    Args:
        sorted: changes nothing: they are in any case.
        return_index, return_inverse, return_counts: give where each comes first, too; which of them each element of
            x is; how often each comes.
        axis: the lines along it are the elements.
        size: give so many: the first ones, or `fill_value` behind them, which is the smallest by default.

    Example:
        >>> import wengert as wg
        >>> [a.tolist() for a in wg.ops.unique([3, 1, 3], return_counts=True, size=3)]
        [[1, 3, 1], [1, 2, 0]]
    """
    wanted = (True, return_index, return_inverse, return_counts)
    every: Iterable[Array]
    if size is None:
        values = concrete("unique", "the values", x, "Give size.")
        every = map(Tensor, np.unique(values, True, True, True, axis, equal_nan=False))
    elif axis is not None:
        raise UsageError(f"unique: axis and size must not both be given; got axis {axis}, size {size}.")
    else:
        every = _first(operand(x), size, fill_value)
    parts = [part for part, want in zip(every, wanted, strict=True) if want]
    return tuple(parts) if any(wanted[1:]) else parts[0]


def _first(x: Array, size: int, fill_value: Any) -> tuple[Array, Array, Array, Array]:
    """Values, first places, inverse and counts of the first `size` elements, by the segments of the sorted array."""
    if not is_positive(size):
        raise UsageError(f"unique: size must be an int > 0; got {size!r}.")
    n = type_of(x).size
    flat = reshape(x, (n,))
    order = argsort(flat)
    line, place = take(flat, order), arange(n)
    new = m.not_equal(line, take(line, m.maximum(m.subtract(place, 1), 0)))
    number = reduce.cumsum(operators.cast(new, "int64"))
    last = m.minimum(number, size)  # what is beyond the size goes to one more segment, which is dropped
    counts = segment_sum(ones_like(last), last, size + 1)[:size]
    there = m.greater(counts, 0)
    index = segment_min(order, last, size + 1)[:size]
    index = m.where(there, index, index[:1])
    values = take(flat, index)
    if fill_value is not None:
        values = m.where(there, values, fill_value)
    inverse = segment_sum(number, order, n)
    return values, index, reshape(inverse, type_of(x).shape), counts
