"""Reductions: (x, axis, keepdims), in this order; and running ones."""

from __future__ import annotations

import builtins
import functools
import inspect
from collections.abc import Callable
from typing import Any

from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.creation import ones_like
from wengert.ops.joining import stack
from wengert.ops.operands import Array, Axis
from wengert.ops.operands import array as operand
from wengert.ops.shape import reshape

__all__ = [
    "amax", "amin", "average", "count_nonzero", "cumprod", "cumsum", "max", "mean", "min", "moments", "prod", "ptp",
    "std", "sum", "var",
]  # fmt: skip


def _reduction(of: Callable[..., Array]) -> Callable[..., Array]:
    @functools.wraps(of)
    def reduced(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
        return of(_array(x), axis=axis, keepdims=keepdims)

    reduced.__signature__ = inspect.signature(reduced, follow_wrapped=False)  # type: ignore[attr-defined]
    return reduced


def _array(x: Any) -> Array:
    """x as an array; a list of scalars, such as `layer.losses`, stacked."""
    nodes = isinstance(x, list | tuple) and builtins.any(hasattr(v, "interpret") for v in x)
    return stack(list(x)) if nodes else operand(x)


mean, std, var = _reduction(reduce.mean), _reduction(reduce.std), _reduction(reduce.var)
amax, amin = _reduction(reduce.max), _reduction(reduce.min)


def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """The sum of the elements, along axes or of all; of an empty list 0."""
    return 0.0 if isinstance(x, list) and not x else reduce.sum(_array(x), axis=axis, keepdims=keepdims)


def prod(x: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Array:
    """The product of the elements, along axes or of all."""
    return reduce.prod(_array(x), axis=axis, keepdims=keepdims, dtype=dtype)


def max(x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> Array:
    """The largest element, along axes or of all; not below `initial`, which it is of none."""
    return _extremum(reduce.max, m.maximum, _array(x), axis, keepdims, initial)


def min(x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> Array:
    """The smallest element, along axes or of all; not above `initial`, which it is of none."""
    return _extremum(reduce.min, m.minimum, _array(x), axis, keepdims, initial)


def _extremum(
    of: Callable[..., Array], join: Callable[..., Array], x: Array, axis: Axis, keepdims: bool, initial: Any
) -> Array:
    if initial is None:
        return of(x, axis=axis, keepdims=keepdims)
    if type_of(x).size == 0:
        nothing = reduce.sum(x, axis=axis, keepdims=keepdims)
        return operators.cast(m.add(nothing, initial), type_of(x).dtype)
    return join(of(x, axis=axis, keepdims=keepdims), initial)


def ptp(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """max(x) - min(x)"""
    x = _array(x)
    return m.subtract(reduce.max(x, axis, keepdims=keepdims), reduce.min(x, axis, keepdims=keepdims))


def count_nonzero(x: Any, axis: Axis = None) -> Array:
    """How many elements are not zero."""
    return reduce.count_nonzero(_array(x), axis)


def average(x: Any, axis: Axis = None, weights: Any = None) -> Array:
    """sum(x * weights) / sum(weights): weights of the shape of x, or one for each place along the axis.

    Example:
        >>> import wengert as wg
        >>> wg.ops.average([1.0, 4.0], weights=[2.0, 1.0]).item()
        2.0
    """
    if weights is None:
        return mean(x, axis)
    x, weights = operand(x), operand(weights)
    rank = type_of(x).rank
    if type_of(weights).rank == 1 and rank > 1 and isinstance(axis, int):
        weights = reshape(weights, tuple(-1 if a == axis % rank else 1 for a in range(rank)))
    weights = m.multiply(ones_like(x), weights)
    return m.divide(sum(m.multiply(x, weights), axis), sum(weights, axis))


def moments(x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False) -> tuple[Array, Array]:
    """Mean and variance along axes. synchronized: changes nothing, as a step sees the whole batch."""
    return mean(x, axes, keepdims), var(x, axes, keepdims)


def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Array:
    """Sums of all elements up to each one, along an axis; of all in a row where none is named."""
    return reduce.cumsum(*_in_a_row(x, axis), dtype=dtype)


def cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Array:
    """Products of all elements up to each one, along an axis; of all in a row where none is named."""
    return reduce.cumprod(*_in_a_row(x, axis), dtype=dtype)


def _in_a_row(x: Any, axis: int | None) -> tuple[Array, int]:
    x = operand(x)
    return (reshape(x, (type_of(x).size,)), 0) if axis is None else (x, axis)
