"""Primitives on single elements: exponentials, logarithms, circular and hyperbolic functions, powers, erf."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wengert.base.dtypes import TABLE, is_complex, is_inexact, size_of
from wengert.ir.primitive import Primitive
from wengert.loop.expr import Expr, Scalars
from wengert.loop.floats import Floats
from wengert.loop.math import EXP_RANGE
from wengert.prims.arithmetic import mul_no_nan
from wengert.prims.families import FLOATS, INEXACT, NUMBERS, pointwise
from wengert.prims.logic import equal, where
from wengert.prims.movement import full_like

exp: Primitive = pointwise(
    "exp", np.exp, lambda g, out, x: mul_no_nan(g, out), scalar=lambda s, x: s.unary("exp", x), kinds=INEXACT
)


def _expm1(x: np.ndarray) -> Any:
    """Of a complex number x + iy: expm1(x) cos(y) - 2 sin(y/2)**2 + i e**x sin(y)."""
    if not is_complex(x.dtype.name):
        return np.expm1(x)
    whole = np.exp(x)
    near = np.expm1(x.real) * np.cos(x.imag) - 2 * np.sin(x.imag / 2) ** 2
    return _with_real(whole, np.where(np.isfinite(x), near, whole.real - 1))


# exp(x) - 1, exact for small x.
expm1 = pointwise(
    "expm1",
    _expm1,
    lambda g, out, x: mul_no_nan(g, out + 1),
    scalar=lambda s, x: s.unary("expm1", x),
    kinds=INEXACT,
)

log: Primitive = pointwise(
    "log",
    np.log,
    lambda g, out, x: mul_no_nan(g, 1 / x),
    scalar=lambda s, x: s.unary("log", x),
    kinds=INEXACT,
)


def _log2_at(s: Scalars, x: Expr) -> Expr:
    """k + log(m) / log(2) for x = m 2**k: of powers of 2 exactly k."""
    f = Floats(s, x.dtype)
    m, k = f.split(x)
    return f.log_limits(x, 0.0, f.fma(s.unary("log", m), 1 / math.log(2), k))


def _log10_at(s: Scalars, x: Expr) -> Expr:
    """log(x) / log(10), or the whole number n next to it where x is 10**n."""
    f = Floats(s, x.dtype)
    y = f.mul(s.unary("log", x), 1 / math.log(10))
    n = s.unary("rint", y)
    size, power = f.abs(n), f.const(1.0)
    for bit in (16.0, 8.0, 4.0, 2.0, 1.0):  # more 10**n than are exact
        there = s.compare("le", f.const(bit), size)
        power = f.choose(there, f.mul(power, 10.0**bit), power)
        size = f.choose(there, f.sub(size, bit), size)
    power = f.choose(f.less(n, 0.0), f.div(1.0, power), power)
    return f.choose(s.compare("eq", x, power), n, y)


log2 = pointwise(
    "log2",
    np.log2,
    lambda g, out, x: mul_no_nan(g, 1 / (x * math.log(2))),
    scalar=_log2_at,
    kinds=FLOATS,
)
log10 = pointwise(
    "log10",
    lambda x: np.log10(x, dtype=np.float64).astype(x.dtype),  # in float32 it is off at powers of 10
    lambda g, out, x: mul_no_nan(g, 1 / (x * math.log(10))),
    scalar=_log10_at,
    kinds=FLOATS,
)


def _log1p(x: np.ndarray) -> Any:
    """Of a complex number x + iy: log|1 + x + iy| + i atan2(y, 1 + x), the first part log1p(x (2 + x) + y**2) / 2."""
    if not is_complex(x.dtype.name):
        return np.log1p(x)
    whole = np.log(_with_real(x, 1 + x.real))
    near = np.log1p(x.real * (2 + x.real) + x.imag**2) / 2
    return _with_real(whole, np.where(np.abs(whole.real) < 0.5, near, whole.real))


def _with_real(z: np.ndarray, real: np.ndarray) -> np.ndarray:
    """z with another real part; 1 + z might change the sign of a zero in the other."""
    changed = np.array(z)  # of a number, an array without axes
    changed.real = real
    return changed


# log(1 + x), exact for small x.
log1p = pointwise(
    "log1p",
    _log1p,
    lambda g, out, x: mul_no_nan(g, 1 / (1 + x)),
    scalar=lambda s, x: s.unary("log1p", x),
    kinds=INEXACT,
)

sin: Primitive = pointwise(
    "sin", np.sin, lambda g, out, x: g * cos(x), scalar=lambda s, x: s.unary("sin", x), kinds=INEXACT
)
cos: Primitive = pointwise(
    "cos", np.cos, lambda g, out, x: -g * sin(x), scalar=lambda s, x: s.unary("cos", x), kinds=INEXACT
)
tan: Primitive = pointwise(
    "tan",
    np.tan,
    lambda g, out, x: g * (1 + out * out),
    scalar=lambda s, x: s.div(s.unary("sin", x), s.unary("cos", x)),
    kinds=INEXACT,
)


def _half_exp(f: Floats, a: Expr, near: Expr) -> Expr:
    """`near`, and e**a / 2 where a is so large that e**a might be infinite."""
    root = f.s.unary("exp", f.mul(a, 0.5))
    return f.choose(f.less(a, EXP_RANGE[f.dtype][1] - 9.0), near, f.mul(f.mul(root, 0.5), root))


def _sinh_at(s: Scalars, x: Expr) -> Expr:
    """(e + e / (e + 1)) / 2, e = expm1(|x|)"""
    f = Floats(s, x.dtype)
    a = f.abs(x)
    e = s.unary("expm1", a)
    return f.with_sign(_half_exp(f, a, f.mul(f.add(e, s.div(e, f.add(e, 1.0))), 0.5)), x)


def _cosh_at(s: Scalars, x: Expr) -> Expr:
    """(e + 1 / e) / 2, e = exp(|x|)"""
    f = Floats(s, x.dtype)
    a = f.abs(x)
    e = s.unary("exp", a)
    return _half_exp(f, a, f.mul(f.add(e, f.div(1.0, e)), 0.5))


# (e**x - e**-x) / 2
sinh: Primitive = pointwise(
    "sinh", np.sinh, lambda g, out, x: mul_no_nan(g, cosh(x)), scalar=_sinh_at, kinds=INEXACT
)
# (e**x + e**-x) / 2
cosh: Primitive = pointwise(
    "cosh", np.cosh, lambda g, out, x: mul_no_nan(g, sinh(x)), scalar=_cosh_at, kinds=INEXACT
)
tanh = pointwise(
    "tanh",
    np.tanh,
    lambda g, out, x: g * (1 - out * out),
    scalar=lambda s, x: s.unary("tanh", x),
    kinds=INEXACT,
)


def _sigmoid(x: np.ndarray) -> Any:
    small = np.exp(-np.abs(x))  # never overflows
    return np.where(x >= 0, 1, small) / (1 + small)


# 1 / (1 + exp(-x))
sigmoid = pointwise(
    "sigmoid",
    _sigmoid,
    lambda g, out, x: g * (out * (1 - out)),
    scalar=lambda s, x: s.unary("sigmoid", x),
    kinds=FLOATS,
)


def _erf(x: np.ndarray) -> np.ndarray:
    return np.fromiter(map(math.erf, x.ravel().tolist()), np.float64, x.size).reshape(x.shape)


# 2/sqrt(pi) * the integral of exp(-t^2) from 0 to x
erf = pointwise(
    "erf",
    _erf,
    lambda g, out, x: g * (2 / math.sqrt(math.pi) * exp(-(x * x))),
    scalar=lambda s, x: s.unary("erf", x),
    kinds=FLOATS,
)


def _pow_numpy(x: np.ndarray, y: np.ndarray) -> Any:
    """For integers modulo 2^bits; a negative y gives 1 / x^-y rounded toward 0, and 0 for x = 0."""
    if is_inexact(x.dtype.name):
        # A repeated 0.5 that has no memory of its own would be a sqrt: NaN at -inf.
        return np.power(x, np.array(y))
    below = y < 0
    whole = np.power(x, np.where(below, y & 1, y))  # where x is 1 or -1, y's last bit decides
    unit = (x == 1) | (x + 1 == 0) if x.dtype.kind == "i" else x == 1
    return np.where(below & ~unit, 0, whole)


def _pow_at(s: Scalars, x: Expr, y: Expr) -> Expr:
    if is_inexact(x.dtype):
        return s.pow(x, y)
    one, zero = s.const(1, x.dtype), s.const(0, x.dtype)
    if TABLE[x.dtype].kind == "u":
        return _power_of_integers(s, x, y)
    below = s.compare("lt", y, zero)
    whole = _power_of_integers(s, x, s.select(below, s.bitop("and", y, one), y))
    unit = s.compare("eq", s.unary("abs", x), one)
    return s.select(s.bitop("and", below, s.invert(unit)), zero, whole)


def _power_of_integers(s: Scalars, x: Expr, y: Expr) -> Expr:
    """By squaring, one step per bit of y (y >= 0)."""
    result, square = s.const(1, x.dtype), x
    for bit in range(8 * size_of(x.dtype) - (TABLE[x.dtype].kind == "i")):
        mask = s.const(1 << bit, x.dtype)
        on = s.compare("ne", s.bitop("and", y, mask), s.const(0, x.dtype))
        result = s.mul(result, s.select(on, square, s.const(1, x.dtype)))
        square = s.mul(square, square)
    return result


def _pow_by_x(g: Any, out: Any, x: Any, y: Any) -> Any:
    """y x^(y-1), and 0 for y = 0 at any x."""
    exponent = where(equal(y, full_like(y, 0)), full_like(y, 1), y) - 1
    return mul_no_nan(g, y * pow(x, exponent))


def _pow_by_y(g: Any, out: Any, x: Any, y: Any) -> Any:
    """x^y log x, and 0 at x = 0."""
    return mul_no_nan(g, out * log(where(equal(x, full_like(x, 0)), full_like(x, 1), x)))


pow: Primitive = pointwise("pow", _pow_numpy, _pow_by_x, _pow_by_y, scalar=_pow_at, kinds=NUMBERS)
