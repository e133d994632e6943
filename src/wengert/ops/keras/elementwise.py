"""Elementwise functions of real numbers."""

from __future__ import annotations

import math
from typing import Any

from wengert.base.dtypes import finfo, is_complex, is_integer
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops.inverse import atan2
from wengert.ops.operands import Array, floating, weak
from wengert.ops.operands import array as operand
from wengert.ops.parts import imag, real
from wengert.ops.quantiles import normal_quantile

__all__ = [
    "angle", "cbrt", "clip", "deg2rad", "divide_no_nan", "erfinv", "exp2", "fabs", "fmax", "fmin", "fmod",
    "heaviside", "ldexp", "logaddexp2", "nan_to_num", "rad2deg", "round", "select", "sinc",
]  # fmt: skip


def clip(x: Any, x_min: Any, x_max: Any) -> Array:
    """x, no less than x_min and no more than x_max."""
    return m.clip(x, x_min, x_max)


def round(x: Any, decimals: int = 0) -> Array:
    """The nearest number with so many decimals."""
    x = operand(x)
    dtype = type_of(x).dtype
    if decimals == 0 or (is_integer(dtype) and decimals > 0):
        return m.round(x)
    rounded = m.round(m.multiply(x, 10.0**decimals))
    return operators.cast(m.divide(rounded, 10.0**decimals), dtype)


def fabs(x: Any) -> Array:
    """|x|, of integers as floating-point numbers."""
    return m.abs(floating(x))


def cbrt(x: Any) -> Array:
    """The real number whose cube is x. Its derivative at 0 is not finite."""
    x = floating(x)
    return m.multiply(m.sign(x), m.pow(m.abs(x), 1 / 3))


def exp2(x: Any) -> Array:
    """2 ** x"""
    return m.pow(2.0, floating(x))


def ldexp(x1: Any, x2: Any) -> Array:
    """x1 * 2 ** x2, of whole x2; in two steps, so that only the result may overflow."""
    half = m.floor_divide(x2, 2)
    return m.multiply(m.multiply(floating(x1), exp2(half)), exp2(m.subtract(x2, half)))


def logaddexp2(x1: Any, x2: Any) -> Array:
    """log2(2 ** x1 + 2 ** x2) without overflow."""
    return m.divide(m.logaddexp(m.multiply(x1, math.log(2)), m.multiply(x2, math.log(2))), math.log(2))


def deg2rad(x: Any) -> Array:
    """Degrees as radians: x * pi / 180."""
    return m.multiply(floating(x), math.pi / 180)


def rad2deg(x: Any) -> Array:
    """Radians as degrees: x * 180 / pi."""
    return m.multiply(floating(x), 180 / math.pi)


def angle(x: Any) -> Array:
    """The angle of complex numbers in -pi..pi; of real ones 0, or pi where their sign is minus."""
    x = floating(x)
    if is_complex(type_of(x).dtype):
        return atan2(imag(x), real(x))
    return m.where(m.isnan(x), x, m.where(m.signbit(x), math.pi, 0.0))


def sinc(x: Any) -> Array:
    """sin(pi x) / (pi x), and 1 at 0.

    Numerics: near 0 its series, so that derivatives of any order are right there.
    """
    t = m.multiply(floating(x), math.pi)
    near = m.less(m.abs(t), 0.1)
    s, far = m.square(m.where(near, t, 0.0)), m.where(near, 1.0, t)
    series = 1.0 - s / 6.0 * (1.0 - s / 20.0 * (1.0 - s / 42.0 * (1.0 - s / 72.0)))
    return m.where(near, series, m.divide(m.sin(far), far))


def heaviside(x1: Any, x2: Any) -> Array:
    """0 where x1 is negative, 1 where it is positive, x2 where it is 0."""
    x1, x2 = operators.common(weak(x1), weak(x2))
    x1, x2 = floating(x1), floating(x2)
    step = m.where(m.less(x1, 0), 0.0, m.where(m.greater(x1, 0), 1.0, x2))
    return m.where(m.isnan(x1), x1, step)


def fmod(x1: Any, x2: Any) -> Array:
    """x1 - x2 * trunc(x1 / x2): it has the sign of x1."""
    left = m.remainder(m.abs(x1), m.abs(x2))
    return m.where(m.less(x1, 0), m.negative(left), left)


def fmax(x1: Any, x2: Any) -> Array:
    """The larger of x1 and x2; the other where one is NaN."""
    return m.maximum(*_without_nan(x1, x2))


def fmin(x1: Any, x2: Any) -> Array:
    """The smaller of x1 and x2; the other where one is NaN."""
    return m.minimum(*_without_nan(x1, x2))


def _without_nan(x1: Any, x2: Any) -> tuple[Array, Array]:
    x1, x2 = operators.common(weak(x1), weak(x2))
    if is_integer(type_of(x1).dtype):
        return x1, x2
    return m.where(m.isnan(x1), x2, x1), m.where(m.isnan(x2), x1, x2)


def divide_no_nan(x1: Any, x2: Any) -> Array:
    """x1 / x2, but 0 where x2 is 0."""
    zero = m.equal(x2, 0)
    return m.where(zero, 0.0, m.divide(x1, m.where(zero, 1.0, x2)))


def nan_to_num(x: Any, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Array:
    """x with numbers in place of NaN and of the infinities; of these by default the largest ones of the dtype.

    Example:
        >>> import wengert as wg
        >>> wg.ops.nan_to_num([1.0, float("nan")]).tolist()
        [1.0, 0.0]
    """
    x = operand(x)
    dtype = type_of(x).dtype
    if is_integer(dtype) or dtype == "bool":
        return x
    largest = finfo(dtype).max
    x = m.where(m.isnan(x), nan, x)
    x = m.where(m.equal(x, math.inf), largest if posinf is None else posinf, x)
    return m.where(m.equal(x, -math.inf), -largest if neginf is None else neginf, x)


def select(condlist: Any, choicelist: Any, default: Any = 0) -> Array:
    """The choice of the first condition that holds; `default` where none does."""
    found = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        found = m.where(condition, choice, found)
    return found


def erfinv(x: Any) -> Array:
    """The number whose `erf` is x."""
    return normal_quantile((floating(x) + 1.0) / 2.0) / 2.0**0.5
