"""Quantiles: of all elements, or of those that are not NaN."""

from __future__ import annotations

import math
from typing import Any

from wengert.base.dtypes import computed
from wengert.base.errors import ValueRangeError
from wengert.ir import operators
from wengert.ir.dim import Dim, product
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.indexing import take_along_axis
from wengert.ops.operands import Array, Axis, floating, normalize_axes
from wengert.ops.operands import array as operand
from wengert.ops.shape import moveaxis, reshape, transpose
from wengert.ops.sorting import sort

__all__ = ["median", "nanmedian", "nanpercentile", "nanquantile", "percentile", "quantile"]

METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def quantile(x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Array:
    """The element that q of the others are below, along axes or of all; NaN where there is one.

    Args:
        q: in 0..1; the axes of several come first in the result.
        method: between two elements: `linear`, `lower`, `higher`, `midpoint` or `nearest`.

    Example:
        >>> import wengert as wg
        >>> wg.ops.quantile(wg.Tensor([4.0, 1.0, 2.0]), [0.5, 0.75]).numpy()
        array([2., 3.], dtype=float32)
    """
    return _quantile("quantile", x, q, axis, method, keepdims, without_nan=False)


def nanquantile(x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Array:
    """As `quantile`, of what is not NaN; NaN of nothing."""
    return _quantile("nanquantile", x, q, axis, method, keepdims, without_nan=True)


def percentile(x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Array:
    """As `quantile`, of q in 0..100."""
    return quantile(x, m.divide(q, 100.0), axis, method, keepdims)


def nanpercentile(x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Array:
    """As `nanquantile`, of q in 0..100."""
    return nanquantile(x, m.divide(q, 100.0), axis, method, keepdims)


def median(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """The element in the middle, or the mean of two; NaN where there is one."""
    return quantile(x, 0.5, axis, keepdims=keepdims)


def nanmedian(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """The element in the middle of what is not NaN, or the mean of two; NaN of nothing."""
    return nanquantile(x, 0.5, axis, keepdims=keepdims)


def _quantile(
    name: str, x: Any, q: Any, axis: Axis, method: str, keepdims: bool, *, without_nan: bool
) -> Array:
    if method not in METHODS:
        raise ValueRangeError(f"{name}: method must be one of {', '.join(METHODS)}; got {method!r}.")
    x = floating(x)
    t = type_of(x)
    exact = computed(t.dtype)  # a place in a long axis is no number of 16 bits
    q = operators.cast(operand(q), exact)
    axes = normalize_axes(name, axis, t)
    rest = tuple(a for a in range(t.rank) if a not in axes)
    batch, n = tuple(t.shape[a] for a in rest), product(t.shape[a] for a in axes)
    rows = sort(reshape(transpose(x, (*rest, *axes)), (*batch, n)))  # NaN comes last
    missing = m.isnan(rows)
    if without_nan:
        count = reduce.sum(operators.cast(m.equal(rows, rows), exact), axis=-1, keepdims=True)
        count, unknown = m.maximum(count, 1.0), reduce.all(missing, axis=-1, keepdims=True)
    else:
        count = operators.measure(n, exact) if isinstance(n, Dim) else float(n)
        unknown = reduce.any(missing, axis=-1, keepdims=True)
    place = m.multiply(reshape(q, (type_of(q).size,)), count - 1)
    found = m.where(unknown, math.nan, _between(rows, place, batch, method))
    kept = tuple(1 if a in axes else k for a, k in enumerate(t.shape)) if keepdims else batch
    return reshape(moveaxis(found, -1, 0), (*type_of(q).shape, *kept))


def _between(rows: Array, place: Array, batch: tuple[Any, ...], method: str) -> Array:
    """What stands at places, which may lie between two elements, of sorted rows."""
    place = operators.broadcast_to(place, (*batch, type_of(place).shape[-1]), rows)
    below = m.floor(place)
    share = operators.cast(m.subtract(place, below), type_of(rows).dtype)
    low, high = (take_along_axis(rows, operators.cast(at, "int64"), axis=-1) for at in (below, m.ceil(place)))
    if method == "linear":  # the share of `high` may be 0 where it is infinite
        exact = m.equal(share, 0)
        mixed = m.add(m.multiply(low, m.subtract(1, share)), m.multiply(m.where(exact, low, high), share))
        return m.where(exact, low, mixed)
    if method == "midpoint":
        return m.multiply(m.add(low, high), 0.5)
    if method == "nearest":
        return m.where(m.less_equal(share, 0.5), low, high)
    return low if method == "lower" else high
