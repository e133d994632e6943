"""Elementwise functions."""

from __future__ import annotations

from typing import Any

from wengert.ops import math as _math
from wengert.ops.math import abs, divide, equal, less_equal, subtract, where
from wengert.ops.operands import Array
from wengert.ops.operands import array as operand

__all__ = ["clip", "divide_no_nan", "erfinv", "isclose", "round"]


def clip(x: Any, x_min: Any, x_max: Any) -> Array:
    """x, no less than x_min and no more than x_max."""
    return _math.clip(x, x_min, x_max)


def round(x: Any, decimals: int = 0) -> Array:
    """The nearest number with so many decimals."""
    return _math.round(x) if decimals == 0 else _math.round(operand(x) * 10.0**decimals) / 10.0**decimals


def divide_no_nan(x1: Any, x2: Any) -> Array:
    """x1 / x2, but 0 where x2 is 0."""
    zero = equal(x2, 0)
    return where(zero, 0.0, divide(x1, where(zero, 1.0, x2)))


def isclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8) -> Array:
    """Whether |x1 - x2| <= atol + rtol * |x2|."""
    return less_equal(abs(subtract(x1, x2)), atol + rtol * abs(operand(x2)))


def erfinv(x: Any) -> Array:
    """The number whose `erf` is x."""
    from wengert.ops.quantiles import normal_quantile

    return normal_quantile((operand(x) + 1.0) / 2.0) / 2.0**0.5
