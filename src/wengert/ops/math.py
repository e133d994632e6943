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
from wengert.prims import elementwise as p


def _pair(prim: Primitive, x: Array, y: Array) -> Array:
    return prim(*common(_operand(x), _operand(y)))


def _operand(x: Array) -> Array:
    """Python numbers stay as they are: they are weak, and take the dtype of the tensors."""
    return x if isinstance(x, bool | int | float) else array(x)


def _float_pair(prim: Primitive, x: Array, y: Array) -> Array:
    x, y = common(_operand(x), _operand(y))
    return prim(floating(x), floating(y))


# Arithmetic


def add(x: Array, y: Array) -> Array:
    """x + y"""
    return _pair(p.add, x, y)


def subtract(x: Array, y: Array) -> Array:
    """x - y"""
    return _pair(p.sub, x, y)


def multiply(x: Array, y: Array) -> Array:
    """x * y"""
    return _pair(p.mul, x, y)


def divide(x: Array, y: Array) -> Array:
    """x / y; integers are divided as float32."""
    return _float_pair(p.div, x, y)


def floor_divide(x: Array, y: Array) -> Array:
    """floor(x / y)"""
    return _pair(p.floor_divide, x, y)


def remainder(x: Array, y: Array) -> Array:
    """x - y * floor(x / y): it has the sign of y."""
    return _pair(p.remainder, x, y)


def pow(x: Array, y: Array) -> Array:
    """x ** y"""
    return _pair(p.pow, x, y)


def maximum(x: Array, y: Array) -> Array:
    """The larger of x and y; NaN if either is."""
    return _pair(p.maximum, x, y)


def minimum(x: Array, y: Array) -> Array:
    """The smaller of x and y; NaN if either is."""
    return _pair(p.minimum, x, y)


def clip(x: Array, min: Array | None = None, max: Array | None = None) -> Array:
    """x, but not below `min` nor above `max`."""
    x = _operand(x)
    if min is not None:
        x = maximum(x, min)
    return x if max is None else minimum(x, max)


def negative(x: Array) -> Array:
    """-x"""
    return p.neg(array(x))


def abs(x: Array) -> Array:
    """|x|"""
    return p.abs(array(x))


def sign(x: Array) -> Array:
    """-1, 0 or 1"""
    return p.sign(array(x))


def square(x: Array) -> Array:
    """x * x"""
    x = array(x)
    return p.mul(x, x)


def reciprocal(x: Array) -> Array:
    """1 / x"""
    return divide(1, x)


# Powers, exponentials, logarithms


def sqrt(x: Array) -> Array:
    """The square root. Its derivative at 0 is infinite: see `linalg.norm` for one that is safe there."""
    return p.sqrt(floating(x))


def rsqrt(x: Array) -> Array:
    """1 / sqrt(x)"""
    return p.rsqrt(floating(x))


def exp(x: Array) -> Array:
    """e ** x"""
    return p.exp(floating(x))


def expm1(x: Array) -> Array:
    """e ** x - 1, exact for small x."""
    return p.expm1(floating(x))


def log(x: Array) -> Array:
    """The natural logarithm."""
    return p.log(floating(x))


def log1p(x: Array) -> Array:
    """log(1 + x), exact for small x."""
    return p.log1p(floating(x))


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
    gap = p.abs(p.sub(x, y))
    same = p.equal(x, y)  # also where both are infinite, and the gap is NaN
    tail = p.log1p(p.exp(p.neg(where(same, 0.0, gap))))
    return p.add(p.maximum(x, y), tail)


# Trigonometry and the error function


def sin(x: Array) -> Array:
    """The sine of x radians."""
    return p.sin(floating(x))


def cos(x: Array) -> Array:
    """The cosine of x radians."""
    return p.cos(floating(x))


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
    return (p.exp(x) + p.exp(p.neg(x))) * 0.5


def tanh(x: Array) -> Array:
    """The hyperbolic tangent."""
    return p.tanh(floating(x))


def erf(x: Array) -> Array:
    """2 / sqrt(pi) times the integral of e**(-t*t) from 0 to x."""
    return p.erf(floating(x))


# Rounding


def floor(x: Array) -> Array:
    """The largest whole number that is not above x."""
    return _round(p.floor, x)


def ceil(x: Array) -> Array:
    """The smallest whole number that is not below x."""
    return _round(p.ceil, x)


def round(x: Array) -> Array:
    """The nearest whole number; halves go to the even one."""
    return _round(p.round, x)


def trunc(x: Array) -> Array:
    """x without its fraction."""
    return _round(p.trunc, x)


def _round(prim: Primitive, x: Array) -> Array:
    x = array(x)
    return prim(x) if is_float(type_of(x).dtype) else x


# Comparisons and choice


def equal(x: Array, y: Array) -> Array:
    """x == y, element by element."""
    return _pair(p.equal, x, y)


def not_equal(x: Array, y: Array) -> Array:
    """x != y, element by element."""
    return _pair(p.not_equal, x, y)


def less(x: Array, y: Array) -> Array:
    """x < y"""
    return _pair(p.less, x, y)


def less_equal(x: Array, y: Array) -> Array:
    """x <= y"""
    return _pair(p.less_equal, x, y)


def greater(x: Array, y: Array) -> Array:
    """x > y"""
    return _pair(p.less, y, x)


def greater_equal(x: Array, y: Array) -> Array:
    """x >= y"""
    return _pair(p.less_equal, y, x)


def isfinite(x: Array) -> Array:
    """Whether x is neither NaN nor infinite."""
    return p.is_finite(floating(x))


def isnan(x: Array) -> Array:
    """Whether x is NaN."""
    return p.is_nan(floating(x))


def isinf(x: Array) -> Array:
    """Whether x is infinite."""
    x = floating(x)
    return p.equal(p.abs(x), _full_like(x, math.inf))


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
    return p.where(*(operators.broadcast_to(a, shape) for a in (condition, x, y)))


# Logic and bits


def logical_and(x: Array, y: Array) -> Array:
    """Whether both hold."""
    return p.bitwise_and(*common(_bool("logical_and", x), _bool("logical_and", y)))


def logical_or(x: Array, y: Array) -> Array:
    """Whether either holds."""
    return p.bitwise_or(*common(_bool("logical_or", x), _bool("logical_or", y)))


def logical_xor(x: Array, y: Array) -> Array:
    """Whether exactly one holds."""
    return p.bitwise_xor(*common(_bool("logical_xor", x), _bool("logical_xor", y)))


def logical_not(x: Array) -> Array:
    """Whether x does not hold."""
    return p.bitwise_not(_bool("logical_not", x))


def _bool(name: str, x: Array) -> Array:
    x = array(x)
    if type_of(x).dtype != "bool":
        raise DTypeError(f"{name}: arguments must be bool; got {type_of(x)}. Compare with != 0 first.")
    return x


def bitwise_and(x: Array, y: Array) -> Array:
    """x & y"""
    return _pair(p.bitwise_and, x, y)


def bitwise_or(x: Array, y: Array) -> Array:
    """x | y"""
    return _pair(p.bitwise_or, x, y)


def bitwise_xor(x: Array, y: Array) -> Array:
    """x ^ y"""
    return _pair(p.bitwise_xor, x, y)


def bitwise_invert(x: Array) -> Array:
    """~x"""
    return p.bitwise_not(array(x))


# Dtypes and gradients


def astype(x: Array, dtype: object) -> Array:
    """x in another dtype. Floats are truncated towards zero when they become integers."""
    return operators.cast(array(x), dtype_name(dtype))


def stop_gradient(x: Array) -> Array:
    """x, through which no derivative flows."""
    return p.stop_gradient(array(x))


def _full_like(x: Any, value: float) -> Any:
    return common(x, value)[1]
