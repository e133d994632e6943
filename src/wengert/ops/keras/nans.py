"""Reductions that leave NaN out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from wengert.base.dtypes import computed, is_inexact
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.bits import logical_not
from wengert.ops.keras import reductions
from wengert.ops.operands import Array, Axis, floating
from wengert.ops.operands import array as operand

__all__ = [
    "nanargmax", "nanargmin", "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum",
    "nanvar",
]  # fmt: skip


def _with(value: float, x: Any) -> Array:
    """x with a value in place of NaN."""
    x = operand(x)
    return m.where(m.isnan(x), value, x) if is_inexact(type_of(x).dtype) else x


def nansum(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """The sum of what is not NaN; 0 of nothing."""
    return reduce.sum(_with(0, x), axis, keepdims=keepdims)


def nanprod(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """The product of what is not NaN; 1 of nothing."""
    return reduce.prod(_with(1, x), axis, keepdims=keepdims)


def nancumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Array:
    """Sums of what is not NaN up to each element, along an axis; of all in a row where none is named."""
    return reductions.cumsum(_with(0, x), axis, dtype)


def nancumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Array:
    """Products of what is not NaN up to each element, along an axis; of all in a row where none is named."""
    return reductions.cumprod(_with(1, x), axis, dtype)


def nanmax(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """The largest element that is not NaN; NaN where all are."""
    return _extremum(reduce.max, -math.inf, x, axis, keepdims)


def nanmin(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """The smallest element that is not NaN; NaN where all are."""
    return _extremum(reduce.min, math.inf, x, axis, keepdims)


def _extremum(of: Callable[..., Array], other: float, x: Any, axis: Axis, keepdims: bool) -> Array:
    x = operand(x)
    found = of(_with(other, x), axis, keepdims=keepdims)
    if not is_inexact(type_of(x).dtype):
        return found
    return m.where(reduce.all(m.isnan(x), axis, keepdims=keepdims), math.nan, found)


def nanargmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Array:
    """Where the first of the largest elements is that are not NaN; -1 where all are."""
    return _place(reduce.argmax, -math.inf, x, axis, keepdims)


def nanargmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Array:
    """Where the first of the smallest elements is that are not NaN; -1 where all are."""
    return _place(reduce.argmin, math.inf, x, axis, keepdims)


def _place(of: Callable[..., Array], other: float, x: Any, axis: int | None, keepdims: bool) -> Array:
    x = floating(x)
    found = of(_with(other, x), axis, keepdims=keepdims)
    return m.where(reduce.all(m.isnan(x), axis, keepdims=keepdims), -1, found)


def nanmean(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """The mean of what is not NaN; NaN of nothing. Of float16 and bfloat16 rounded once.

    Example:
        >>> import wengert as wg
        >>> wg.ops.nanmean([1.0, float("nan"), 3.0]).item()
        2.0
    """
    x = floating(x)
    wide = operators.cast(x, computed(type_of(x).dtype))
    return operators.cast(_mean(wide, m.isnan(wide), axis, keepdims), type_of(x).dtype)


def nanvar(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """The mean of (x - nanmean(x))**2 over what is not NaN; NaN of nothing."""
    x = floating(x)
    wide = operators.cast(x, computed(type_of(x).dtype))
    missing = m.isnan(wide)
    apart = m.where(missing, 0, m.subtract(wide, _mean(wide, missing, axis, keepdims=True)))
    return operators.cast(_mean(m.square(apart), missing, axis, keepdims), type_of(x).dtype)


def _mean(x: Array, missing: Array, axis: Axis, keepdims: bool) -> Array:
    """The mean of what is not missing."""
    count = reduce.sum(operators.cast(logical_not(missing), type_of(x).dtype), axis, keepdims=keepdims)
    return m.divide(reduce.sum(m.where(missing, 0, x), axis, keepdims=keepdims), count)


def nanstd(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """sqrt(nanvar(x)); its derivative where all elements are equal is 0."""
    return reduce.safe_sqrt(nanvar(x, axis, keepdims))
