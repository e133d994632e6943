"""Reductions: (x, axis, keepdims), in this order."""

from __future__ import annotations

import builtins
import functools
from collections.abc import Callable, Sequence
from typing import Any

from wengert.ops import reduce as _reduce
from wengert.ops.creation import ones_like
from wengert.ops.joining import stack
from wengert.ops.math import divide, multiply
from wengert.ops.operands import Array
from wengert.ops.operands import array as operand

__all__ = ["amax", "amin", "average", "max", "mean", "min", "moments", "prod", "std", "sum", "var"]

Axis = int | Sequence[int] | None


def _reduction(reduce: Callable[..., Array]) -> Callable[..., Array]:
    @functools.wraps(reduce)
    def reduced(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
        return reduce(_array(x), axis=axis, keepdims=keepdims)

    return reduced


def _array(x: Any) -> Array:
    """x as an array; a list of scalars, such as `layer.losses`, stacked."""
    nodes = isinstance(x, list | tuple) and builtins.any(hasattr(v, "interpret") for v in x)
    return stack(list(x)) if nodes else operand(x)


mean, prod = _reduction(_reduce.mean), _reduction(_reduce.prod)
std, var = _reduction(_reduce.std), _reduction(_reduce.var)
max, min = _reduction(_reduce.max), _reduction(_reduce.min)
amax, amin = max, min


def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """The sum of the elements, along axes or of all; of an empty list 0."""
    return 0.0 if isinstance(x, list) and not x else _reduce.sum(_array(x), axis=axis, keepdims=keepdims)


def average(x: Any, axis: Axis = None, weights: Any = None) -> Array:
    """The mean, where elements count as much as their weights say."""
    if weights is None:
        return mean(x, axis)
    return divide(sum(multiply(x, weights), axis), sum(multiply(ones_like(x), weights), axis))


def moments(x: Any, axes: Any, keepdims: bool = False) -> tuple[Array, Array]:
    """Mean and variance along axes."""
    return mean(x, axes, keepdims), var(x, axes, keepdims)
