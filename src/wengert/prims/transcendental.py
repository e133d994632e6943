"""Primitives on single elements: exponentials, logarithms, circular and hyperbolic functions, powers, erf."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wengert.base.dtypes import TABLE, is_inexact, size_of
from wengert.ir.primitive import Primitive
from wengert.loop.expr import Expr, Scalars
from wengert.prims.arithmetic import mul_no_nan
from wengert.prims.families import FLOATS, INEXACT, NUMBERS, pointwise
from wengert.prims.logic import equal, where
from wengert.prims.movement import full_like

exp: Primitive = pointwise(
    "exp", np.exp, lambda g, out, x: mul_no_nan(g, out), scalar=lambda s, x: s.unary("exp", x), kinds=INEXACT
)

# exp(x) - 1, exact for small x.
expm1 = pointwise(
    "expm1",
    np.expm1,
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

# log(1 + x), exact for small x.
log1p = pointwise(
    "log1p",
    np.log1p,
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
