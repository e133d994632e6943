"""Segments: rows that carry the same number, reduced to one row; numbers may come in any order."""

from __future__ import annotations

import math

import numpy as np

from wengert.base.dtypes import is_float
from wengert.base.errors import ShapeError, UsageError
from wengert.ir import operators
from wengert.ir.dim import Dim, product
from wengert.ir.primitive import Primitive
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops.keys import known_value
from wengert.ops.operands import Array, array, floating, require_integer
from wengert.ops.shape import reshape, shape_tuple
from wengert.prims import indexing, scatter


def _segments(
    name: str, prim: Primitive, x: Array, ids: Array, num_segments: int | Dim | None, start: float
) -> Array:
    """Rows joined by a scatter to what each segment starts from."""
    x, ids = array(x), require_integer(name, "segment_ids", ids)
    t, own = type_of(x), type_of(ids).shape
    if t.shape[: len(own)] != own:
        raise ShapeError(
            f"{name}: segment_ids must have the shape of the first axes of x; got x: {t}, segment_ids: {type_of(ids)}."
        )
    count = _count(name, ids, num_segments)
    rest = t.shape[len(own) :]
    lines = reshape(x, (product(own), *rest))
    at = reshape(ids, (product(own),))
    if count == 0 and product(own) == 0:
        return reshape(lines, (0, *rest))
    at = indexing.wrap_index(at, size=count, axis=0, name=name, wrap=False)
    base = operators.broadcast_to(np.asarray(start, t.dtype), (count, *rest), lines)
    return prim(base, at, lines, axis=0)


def _count(name: str, ids: Array, num_segments: int | Dim | None) -> int | Dim:
    if num_segments is not None:
        (count,) = shape_tuple(name, num_segments)
        if isinstance(count, int) and count < 0:
            raise ShapeError(f"{name}: num_segments must be >= 0; got {count}.")
        return count
    value = known_value(ids)
    if value is None:
        raise UsageError(
            f"{name}: num_segments must be given where segment_ids are not known before the program runs; got "
            f"{type_of(ids)}."
        )
    return int(value.max(initial=-1)) + 1


def _end(x: Array, sign: int) -> float:
    """The number that a largest (sign -1) or smallest element starts from."""
    dtype = type_of(array(x)).dtype
    if is_float(dtype):
        return sign * math.inf
    info = np.iinfo(dtype)
    return int(info.max if sign > 0 else info.min)


def segment_sum(x: Array, segment_ids: Array, num_segments: int | Dim | None = None) -> Array:
    """out[s] = the sum of all x[k] with segment_ids[k] = s; 0 of none.

    Args:
        x: [n, ...]; segment_ids: [n] integers in 0..num_segments - 1, in any order.
        num_segments: how many segments there are; None: one more than the largest number.

    Raises:
        IndexRangeError: a number is out of range; in compiled code when it runs.

    Example:
        >>> import wengert as wg
        >>> wg.segment_sum(wg.Tensor([1.0, 2.0, 4.0]), [0, 2, 0])
        Tensor([5., 0., 2.], f32[3], cpu)
    """
    return _segments("segment_sum", indexing.scatter_add, x, segment_ids, num_segments, 0)


def segment_prod(x: Array, segment_ids: Array, num_segments: int | Dim | None = None) -> Array:
    """out[s] = the product of all x[k] with segment_ids[k] = s; 1 of none. See `segment_sum`."""
    return _segments("segment_prod", scatter.scatter_mul, x, segment_ids, num_segments, 1)


def segment_max(x: Array, segment_ids: Array, num_segments: int | Dim | None = None) -> Array:
    """out[s] = the largest x[k] with segment_ids[k] = s; of none -inf, or the least integer. See `segment_sum`."""
    return _segments("segment_max", scatter.scatter_max, x, segment_ids, num_segments, _end(x, -1))


def segment_min(x: Array, segment_ids: Array, num_segments: int | Dim | None = None) -> Array:
    """out[s] = the smallest x[k] with segment_ids[k] = s; of none inf, or the largest integer. See `segment_sum`."""
    return _segments("segment_min", scatter.scatter_min, x, segment_ids, num_segments, _end(x, 1))


def segment_mean(x: Array, segment_ids: Array, num_segments: int | Dim | None = None) -> Array:
    """out[s] = the mean of all x[k] with segment_ids[k] = s; 0 of none. See `segment_sum`."""
    x = floating(x)
    t, ids = type_of(x), require_integer("segment_mean", "segment_ids", segment_ids)
    total = _segments("segment_mean", indexing.scatter_add, x, ids, num_segments, 0)
    own = type_of(ids).shape
    one = operators.broadcast_to(np.ones((), t.dtype), own, x)
    count = _segments("segment_mean", indexing.scatter_add, one, ids, num_segments, 0)
    column = (*type_of(count).shape, *(1,) * (type_of(total).rank - 1))
    return m.divide(total, reshape(m.maximum(count, 1), column))
