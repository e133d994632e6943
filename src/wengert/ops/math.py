"""Elementwise functions, by their array-API names."""

from __future__ import annotations

import math
from typing import Any

from wengert.base.dtypes import dtype_name, is_float
from wengert.base.errors import DTypeError
from wengert.ir import operators
from wengert.ir.operators import common
from wengert.ir.primitive import Primitive
from wengert.ir.types import type_of
from wengert.ops.operands import Array, array, floating
from wengert.prims import arithmetic, logic, signs, transcendental


def _pair(prim: Primitive, x: Array, y: Array) -> Array:
    return prim(*common(_operand(x), _operand(y)))


def _operand(x: Array) -> Array:
    """Python numbers stay as they are: they are weak, and take the dtype of the tensors."""
    return x if isinstance(x, bool | int | float) else array(x)


def float_pair(prim: Primitive, x: Array, y: Array) -> Array:
    """A primitive of two floats; integers become floats."""
    x, y = common(_operand(x), _operand(y))
    return prim(floating(x), floating(y))


# Arithmetic


def add(x: Array, y: Array) -> Array:
    """x + y"""
    return _pair(arithmetic.add, x, y)


def subtract(x: Array, y: Array) -> Array:
    """x - y"""
    return _pair(arithmetic.sub, x, y)


def multiply(x: Array, y: Array) -> Array:
    """x * y"""
    return _pair(arithmetic.mul, x, y)


def divide(x: Array, y: Array) -> Array:
    """x / y; integers are divided as float32."""
    return float_pair(arithmetic.div, x, y)


def floor_divide(x: Array, y: Array) -> Array:
    """floor(x / y)"""
    return _pair(arithmetic.floor_divide, x, y)


def remainder(x: Array, y: Array) -> Array:
    """x - y * floor(x / y): it has the sign of y."""
    return _pair(arithmetic.remainder, x, y)


def pow(x: Array, y: Array) -> Array:
    """x ** y"""
    return _pair(transcendental.pow, x, y)


def maximum(x: Array, y: Array) -> Array:
    """The larger of x and y; NaN if either is."""
    return _pair(arithmetic.maximum, x, y)


def minimum(x: Array, y: Array) -> Array:
    """The smaller of x and y; NaN if either is."""
    return _pair(arithmetic.minimum, x, y)


def clip(x: Array, min: Array | None = None, max: Array | None = None) -> Array:
    """x, but not below `min` nor above `max`."""
    x = _operand(x)
    if min is not None:
        x = maximum(x, min)
    return x if max is None else minimum(x, max)


def negative(x: Array) -> Array:
    """-x"""
    return arithmetic.neg(array(x))


def abs(x: Array) -> Array:
    """|x|; of a complex number its length."""
    return operators.absolute(array(x))


def sign(x: Array) -> Array:
    """-1, 0 or 1"""
    return arithmetic.sign(array(x))


def positive(x: Array) -> Array:
    """x"""
    return array(x)


def signbit(x: Array) -> Array:
    """Whether the sign is minus: of -0.0 and of a NaN too."""
    return signs.signbit(floating(x))


def copysign(x: Array, y: Array) -> Array:
    """|x| with the sign of y, which a zero has too."""
    return float_pair(signs.copysign, x, y)


def square(x: Array) -> Array:
    """x * x"""
    x = array(x)
    return arithmetic.mul(x, x)


def reciprocal(x: Array) -> Array:
    """1 / x"""
    return divide(1, x)


# Powers, exponentials, logarithms


def sqrt(x: Array) -> Array:
    """The square root. Its derivative at 0 is infinite: see `linalg.norm` for one that is safe there."""
    return arithmetic.sqrt(floating(x))


def rsqrt(x: Array) -> Array:
    """1 / sqrt(x)"""
    return arithmetic.rsqrt(floating(x))


def exp(x: Array) -> Array:
    """e ** x"""
    return transcendental.exp(floating(x))


def expm1(x: Array) -> Array:
    """e ** x - 1, exact for small x."""
    return transcendental.expm1(floating(x))


def log(x: Array) -> Array:
    """The natural logarithm."""
    return transcendental.log(floating(x))


def log1p(x: Array) -> Array:
    """log(1 + x), exact for small x."""
    return transcendental.log1p(floating(x))


def log2(x: Array) -> Array:
    """The logarithm to base 2."""
    return log(x) * (1 / math.log(2))


def log10(x: Array) -> Array:
    """The logarithm to base 10."""
    return log(x) * (1 / math.log(10))


def logaddexp(x: Array, y: Array) -> Array:
    """log(e**x + e**y) without overflow."""
    x, y = common(_operand(x), _operand(y))
    x, y = floating(x), floating(y)
    gap = arithmetic.sub(x, y)
    gap = where(logic.equal(gap, gap), gap, where(logic.equal(x, y), 0.0, gap))  # infinity - infinity: 0
    below = less(gap, 0.0)  # one question for both parts, so that equal x and y share the derivative
    tail = transcendental.log1p(transcendental.exp(where(below, gap, arithmetic.neg(gap))))
    return arithmetic.add(where(below, y, x), tail)


# Trigonometry and the error function


def sin(x: Array) -> Array:
    """The sine of x radians."""
    return transcendental.sin(floating(x))


def cos(x: Array) -> Array:
    """The cosine of x radians."""
    return transcendental.cos(floating(x))


def tan(x: Array) -> Array:
    """The tangent of x radians."""
    return sin(x) / cos(x)


def sinh(x: Array) -> Array:
    """(e**x - e**-x) / 2"""
    e = expm1(x)
    return (e + e / (e + 1.0)) * 0.5


def cosh(x: Array) -> Array:
    """(e**x + e**-x) / 2"""
    x = floating(x)
    return (transcendental.exp(x) + transcendental.exp(arithmetic.neg(x))) * 0.5


def tanh(x: Array) -> Array:
    """The hyperbolic tangent."""
    return transcendental.tanh(floating(x))


def erf(x: Array) -> Array:
    """2 / sqrt(pi) times the integral of e**(-t*t) from 0 to x."""
    return transcendental.erf(floating(x))


# Rounding


def floor(x: Array) -> Array:
    """The largest whole number that is not above x."""
    return _round(arithmetic.floor, x)


def ceil(x: Array) -> Array:
    """The smallest whole number that is not below x."""
    return _round(arithmetic.ceil, x)


def round(x: Array) -> Array:
    """The nearest whole number; halves go to the even one."""
    return _round(arithmetic.round, x)


def trunc(x: Array) -> Array:
    """x without its fraction."""
    return _round(arithmetic.trunc, x)


def _round(prim: Primitive, x: Array) -> Array:
    x = array(x)
    return prim(x) if is_float(type_of(x).dtype) else x


# Comparisons and choice


def equal(x: Array, y: Array) -> Array:
    """x == y, element by element."""
    return _pair(logic.equal, x, y)


def not_equal(x: Array, y: Array) -> Array:
    """x != y, element by element."""
    return _pair(logic.not_equal, x, y)


def less(x: Array, y: Array) -> Array:
    """x < y"""
    return _pair(logic.less, x, y)


def less_equal(x: Array, y: Array) -> Array:
    """x <= y"""
    return _pair(logic.less_equal, x, y)


def greater(x: Array, y: Array) -> Array:
    """x > y"""
    return _pair(logic.less, y, x)


def greater_equal(x: Array, y: Array) -> Array:
    """x >= y"""
    return _pair(logic.less_equal, y, x)


def isfinite(x: Array) -> Array:
    """Whether x is neither NaN nor infinite."""
    return logic.is_finite(floating(x))


def isnan(x: Array) -> Array:
    """Whether x is NaN."""
    return logic.is_nan(floating(x))


def isinf(x: Array) -> Array:
    """Whether x is infinite."""
    x = floating(x)
    return logic.equal(arithmetic.abs(x), _full_like(x, math.inf))


def where(condition: Array, x: Array, y: Array) -> Array:
    """x where the condition holds, y elsewhere.

    Raises:
        DTypeError: the condition is not bool.
    """
    condition = array(condition)
    t = type_of(condition)
    if t.dtype != "bool":
        raise DTypeError(f"where: the condition must be bool; got {t}. Compare with != 0 first.")
    x, y = common(_operand(x), _operand(y))
    shape = operators.broadcast_shapes(t.shape, type_of(x).shape)
    return logic.where(*(operators.broadcast_to(a, shape) for a in (condition, x, y)))


# Logic and bits


def logical_and(x: Array, y: Array) -> Array:
    """Whether both hold."""
    return logic.bitwise_and(*common(_bool("logical_and", x), _bool("logical_and", y)))


def logical_or(x: Array, y: Array) -> Array:
    """Whether either holds."""
    return logic.bitwise_or(*common(_bool("logical_or", x), _bool("logical_or", y)))


def logical_xor(x: Array, y: Array) -> Array:
    """Whether exactly one holds."""
    return logic.bitwise_xor(*common(_bool("logical_xor", x), _bool("logical_xor", y)))


def logical_not(x: Array) -> Array:
    """Whether x does not hold."""
    return logic.bitwise_not(_bool("logical_not", x))


def _bool(name: str, x: Array) -> Array:
    x = array(x)
    if type_of(x).dtype != "bool":
        raise DTypeError(f"{name}: arguments must be bool; got {type_of(x)}. Compare with != 0 first.")
    return x


def bitwise_and(x: Array, y: Array) -> Array:
    """x & y"""
    return _pair(logic.bitwise_and, x, y)


def bitwise_or(x: Array, y: Array) -> Array:
    """x | y"""
    return _pair(logic.bitwise_or, x, y)


def bitwise_xor(x: Array, y: Array) -> Array:
    """x ^ y"""
    return _pair(logic.bitwise_xor, x, y)


def bitwise_invert(x: Array) -> Array:
    """~x"""
    return logic.bitwise_not(array(x))


# Dtypes and gradients


def astype(x: Array, dtype: object) -> Array:
    """x in another dtype. Floats are truncated towards zero when they become integers."""
    return operators.cast(array(x), dtype_name(dtype))


def stop_gradient(x: Array) -> Array:
    """x, through which no derivative flows."""
    return logic.stop_gradient(array(x))


def _full_like(x: Any, value: float) -> Any:
    return common(x, value)[1]
