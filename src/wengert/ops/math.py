"""Elementwise functions, by their array-API names."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from wengert.base.dtypes import is_complex, is_integer
from wengert.base.errors import DTypeError
from wengert.ir import operators
from wengert.ir.operators import common
from wengert.ir.primitive import Primitive
from wengert.ir.types import type_of
from wengert.ops.operands import Array, array, float_pair, floating, pair, weak
from wengert.prims import arithmetic, logic, parts, signs, transcendental

# Arithmetic


def add(x: Array, y: Array, /) -> Array:
    """x + y"""
    return pair(arithmetic.add, x, y)


def subtract(x: Array, y: Array, /) -> Array:
    """x - y"""
    return pair(arithmetic.sub, x, y)


def multiply(x: Array, y: Array, /) -> Array:
    """x * y"""
    return pair(arithmetic.mul, x, y)


def divide(x: Array, y: Array, /) -> Array:
    """x / y; integers are divided as float32."""
    return float_pair(arithmetic.div, x, y)


def floor_divide(x: Array, y: Array, /) -> Array:
    """floor(x / y)"""
    return pair(arithmetic.floor_divide, x, y)


def remainder(x: Array, y: Array, /) -> Array:
    """x - y * floor(x / y): it has the sign of y."""
    return pair(arithmetic.remainder, x, y)


def pow(x: Array, y: Array, /) -> Array:
    """x ** y"""
    return pair(transcendental.pow, x, y)


def maximum(x: Array, y: Array, /) -> Array:
    """The larger of x and y; NaN if either is."""
    return pair(arithmetic.maximum, x, y)


def minimum(x: Array, y: Array, /) -> Array:
    """The smaller of x and y; NaN if either is."""
    return pair(arithmetic.minimum, x, y)


def clip(x: Array, /, min: Array | None = None, max: Array | None = None) -> Array:
    """x, but not below `min` nor above `max`; NaN where any of them is."""
    x = weak(x)
    if min is not None:
        x = maximum(x, min)
    return x if max is None else minimum(x, max)


def negative(x: Array, /) -> Array:
    """-x"""
    return arithmetic.neg(array(x))


def abs(x: Array, /) -> Array:
    """|x|; of a complex number its length."""
    return operators.absolute(array(x))


def sign(x: Array, /) -> Array:
    """-1, 0 or 1; of complex numbers x / |x|, and 0 for 0."""
    x = array(x)
    if not is_complex(type_of(x).dtype):
        return arithmetic.sign(x)
    size = abs(x)
    return parts.of_parts(lambda part: part / where(equal(size, 0.0), 1.0, size), x)


def positive(x: Array, /) -> Array:
    """x"""
    return array(x)


def signbit(x: Array, /) -> Array:
    """Whether the sign is minus: of -0.0 and of a NaN too."""
    return signs.signbit(floating(x))


def copysign(x: Array, y: Array, /) -> Array:
    """|x| with the sign of y, which a zero has too."""
    return float_pair(signs.copysign, x, y)


def nextafter(x: Array, y: Array, /) -> Array:
    """The number of the dtype that is next to x on the way to y; y where they are equal."""
    x, y = common(weak(x), weak(y))
    x, y = floating(x), floating(y)
    return signs.nextafter(x, y, dtype=type_of(x).dtype)


def square(x: Array, /) -> Array:
    """x * x"""
    x = array(x)
    return arithmetic.mul(x, x)


def reciprocal(x: Array, /) -> Array:
    """1 / x"""
    return divide(1.0, x)


# Powers, exponentials, logarithms


def sqrt(x: Array, /) -> Array:
    """The square root. Its derivative at 0 is infinite: see `linalg.norm` for one that is safe there."""
    return arithmetic.sqrt(floating(x))


def rsqrt(x: Array, /) -> Array:
    """1 / sqrt(x)"""
    return arithmetic.rsqrt(floating(x))


def exp(x: Array, /) -> Array:
    """e ** x"""
    return transcendental.exp(floating(x))


def expm1(x: Array, /) -> Array:
    """e ** x - 1, exact for small x."""
    return transcendental.expm1(floating(x))


def log(x: Array, /) -> Array:
    """The natural logarithm."""
    return transcendental.log(floating(x))


def log1p(x: Array, /) -> Array:
    """log(1 + x), exact for small x."""
    return transcendental.log1p(floating(x))


def log2(x: Array, /) -> Array:
    """The logarithm to base 2."""
    return _log_to(2, transcendental.log2, x)


def log10(x: Array, /) -> Array:
    """The logarithm to base 10."""
    return _log_to(10, transcendental.log10, x)


def _log_to(base: int, prim: Primitive, x: Array) -> Array:
    x = floating(x)
    if not is_complex(type_of(x).dtype):
        return prim(x)
    return parts.of_parts(lambda part: part * (1 / math.log(base)), transcendental.log(x))


def logaddexp(x: Array, y: Array, /) -> Array:
    """log(e**x + e**y) without overflow."""
    x, y = common(weak(x), weak(y))
    x, y = floating(x), floating(y)
    gap = arithmetic.sub(x, y)
    gap = where(logic.equal(gap, gap), gap, where(logic.equal(x, y), 0.0, gap))  # infinity - infinity: 0
    below = less(gap, 0.0)  # one question for both parts, so that equal x and y share the derivative
    tail = transcendental.log1p(transcendental.exp(where(below, gap, arithmetic.neg(gap))))
    return arithmetic.add(where(below, y, x), tail)


# Trigonometry and the error function


def sin(x: Array, /) -> Array:
    """The sine of x radians."""
    return transcendental.sin(floating(x))


def cos(x: Array, /) -> Array:
    """The cosine of x radians."""
    return transcendental.cos(floating(x))


def tan(x: Array, /) -> Array:
    """The tangent of x radians."""
    return transcendental.tan(floating(x))


def sinh(x: Array, /) -> Array:
    """(e**x - e**-x) / 2"""
    return transcendental.sinh(floating(x))


def cosh(x: Array, /) -> Array:
    """(e**x + e**-x) / 2"""
    return transcendental.cosh(floating(x))


def tanh(x: Array, /) -> Array:
    """The hyperbolic tangent."""
    return transcendental.tanh(floating(x))


def erf(x: Array, /) -> Array:
    """2 / sqrt(pi) times the integral of e**(-t*t) from 0 to x."""
    return transcendental.erf(floating(x))


# Rounding


def floor(x: Array, /) -> Array:
    """The largest whole number that is not above x."""
    return _round(arithmetic.floor, x)


def ceil(x: Array, /) -> Array:
    """The smallest whole number that is not below x."""
    return _round(arithmetic.ceil, x)


def round(x: Array, /) -> Array:
    """The nearest whole number; halves go to the even one. Of complex numbers part by part."""
    if is_complex(type_of(array(x)).dtype):
        return parts.of_parts(arithmetic.round, array(x))
    return _round(arithmetic.round, x)


def trunc(x: Array, /) -> Array:
    """x without its fraction."""
    return _round(arithmetic.trunc, x)


def _round(prim: Primitive, x: Array) -> Array:
    x = array(x)
    return x if is_integer(type_of(x).dtype) else prim(x)


# Comparisons and choice


def equal(x: Array, y: Array, /) -> Array:
    """x == y, element by element."""
    return pair(logic.equal, x, y)


def not_equal(x: Array, y: Array, /) -> Array:
    """x != y, element by element."""
    return pair(logic.not_equal, x, y)


def less(x: Array, y: Array, /) -> Array:
    """x < y"""
    return pair(logic.less, x, y)


def less_equal(x: Array, y: Array, /) -> Array:
    """x <= y"""
    return pair(logic.less_equal, x, y)


def greater(x: Array, y: Array, /) -> Array:
    """x > y"""
    return pair(logic.less, y, x)


def greater_equal(x: Array, y: Array, /) -> Array:
    """x >= y"""
    return pair(logic.less_equal, y, x)


def isfinite(x: Array, /) -> Array:
    """Whether x is neither NaN nor infinite; of complex numbers, whether both parts are."""
    return _all_parts(logic.is_finite, x)


def isnan(x: Array, /) -> Array:
    """Whether x is NaN; of complex numbers, whether a part is."""
    return _any_part(logic.is_nan, x)


def isinf(x: Array, /) -> Array:
    """Whether x is infinite; of complex numbers, whether a part is."""
    return _any_part(lambda x: logic.equal(arithmetic.abs(x), _full_like(x, math.inf)), x)


def _any_part(test: Callable[[Array], Array], x: Array) -> Array:
    x = floating(x)
    if not is_complex(type_of(x).dtype):
        return test(x)
    return logic.bitwise_or(test(parts.real(x)), test(parts.imag(x)))


def _all_parts(test: Callable[[Array], Array], x: Array) -> Array:
    x = floating(x)
    if not is_complex(type_of(x).dtype):
        return test(x)
    return logic.bitwise_and(test(parts.real(x)), test(parts.imag(x)))


def where(condition: Array, x: Array, y: Array, /) -> Array:
    """x where the condition holds, y elsewhere.

    Raises:
        DTypeError: the condition is not bool.
    """
    condition = array(condition)
    t = type_of(condition)
    if t.dtype != "bool":
        raise DTypeError(f"where: the condition must be bool; got {t}. Compare with != 0 first.")
    x, y = common(weak(x), weak(y))
    shape = operators.broadcast_shapes(t.shape, type_of(x).shape)
    leader = condition if getattr(condition, "level", 0) > getattr(x, "level", 0) else x
    return logic.where(*(operators.broadcast_to(a, shape, leader) for a in (condition, x, y)))


# Gradients


def stop_gradient(x: Array, /) -> Array:
    """x, through which no derivative flows."""
    return logic.stop_gradient(array(x))


def _full_like(x: Any, value: float) -> Any:
    return common(x, value)[1]
