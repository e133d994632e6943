"""Primitives on single elements that add, multiply, divide, round and order.

Integers wrap. x // 0 and x % 0 are 0. maximum and minimum are NaN where either side is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.dtypes import TABLE, is_float
from wengert.ir.primitive import Primitive
from wengert.loop.expr import Expr, Scalars
from wengert.loop.remainder import remainder as exact_remainder
from wengert.prims.families import FLOATS, INEXACT, NUMBERS, REALS, pointwise
from wengert.prims.logic import less, where
from wengert.prims.movement import full_like

add = pointwise(
    "add",
    np.add,
    lambda g, out, x, y: g,
    lambda g, out, x, y: g,
    scalar=lambda s, x, y: s.add(x, y),
    kinds=NUMBERS,
)

sub = pointwise(
    "sub",
    np.subtract,
    lambda g, out, x, y: g,
    lambda g, out, x, y: -g,
    scalar=lambda s, x, y: s.sub(x, y),
    kinds=NUMBERS,
)

mul = pointwise(
    "mul",
    np.multiply,
    lambda g, out, x, y: mul_no_nan(g, y),
    lambda g, out, x, y: mul_no_nan(g, x),
    scalar=lambda s, x, y: s.mul(x, y),
    kinds=NUMBERS,
)

# x * y, but 0 where x is 0 even if y is infinite or NaN. Derivatives that can be infinite use it, so that a
# cotangent of 0 gives 0 there: where(x > 0, x * log(x), 0) is safe. It is linear in x: so are its derivatives.
mul_no_nan: Primitive = pointwise(
    "mul_no_nan",
    lambda x, y: np.where(x == 0, 0, x * y),
    lambda g, out, x, y: mul_no_nan(g, y),
    lambda g, out, x, y: mul_no_nan(x, g),
    scalar=lambda s, x, y: s.select(
        s.compare("eq", x, s.const(0, x.dtype)), s.const(0, x.dtype), s.mul(x, y)
    ),
    kinds=INEXACT,
)

div = pointwise(
    "div",
    np.divide,
    lambda g, out, x, y: mul_no_nan(g, 1 / y),
    lambda g, out, x, y: mul_no_nan(g, -out / y),
    scalar=lambda s, x, y: s.div(x, y),
    kinds=INEXACT,
)


def _floor_divide(x: np.ndarray, y: np.ndarray) -> Any:
    return np.floor(x / y) if is_float(x.dtype.name) else np.floor_divide(x, y)


def _floor_divide_at(s: Scalars, x: Expr, y: Expr) -> Expr:
    return s.unary("floor", s.div(x, y)) if is_float(x.dtype) else s.idiv(x, y)


# floor(x / y), where floats round the quotient first (NumPy's differs when x / y rounds up to an integer).
floor_divide = pointwise("floor_divide", _floor_divide, None, None, scalar=_floor_divide_at, kinds=REALS)

# x - y * floor(x / y), exact: it has the sign of y.
remainder = pointwise(
    "remainder",
    np.remainder,
    lambda g, out, x, y: g,
    lambda g, out, x, y: -g * floor_divide(x, y),
    scalar=lambda s, x, y: exact_remainder(s, x, y) if is_float(x.dtype) else s.imod(x, y),
    kinds=REALS,
)

neg: Primitive = pointwise(
    "neg", np.negative, lambda g, out, x: -g, scalar=lambda s, x: s.unary("neg", x), kinds=NUMBERS
)


def _sign_at(s: Scalars, x: Expr) -> Expr:
    zero = s.const(0, x.dtype)
    below = x if TABLE[x.dtype].kind == "u" else s.const(-1, x.dtype)  # x: NaN stays NaN
    below = s.select(s.compare("lt", x, zero), below, x)
    return s.select(
        s.compare("eq", x, zero), zero, s.select(s.compare("lt", zero, x), s.const(1, x.dtype), below)
    )


sign = pointwise("sign", np.sign, None, scalar=_sign_at, kinds=REALS)


def _abs_at(s: Scalars, x: Expr) -> Expr:
    return x if TABLE[x.dtype].kind == "u" else s.unary("abs", x)


abs = pointwise("abs", np.abs, lambda g, out, x: g * sign(x), scalar=_abs_at, kinds=REALS)

# The whole derivative of maximum and minimum goes to x where both are equal. The result tells which, so
# that relu, the maximum of 0 and y, needs its output only.
maximum = pointwise(
    "maximum",
    np.maximum,
    lambda g, out, x, y: where(less(x, out), full_like(g, 0), g),
    lambda g, out, x, y: where(less(x, out), g, full_like(g, 0)),
    scalar=lambda s, x, y: s.max(x, y),
    kinds=REALS,
)
minimum = pointwise(
    "minimum",
    np.minimum,
    lambda g, out, x, y: where(less(out, x), full_like(g, 0), g),
    lambda g, out, x, y: where(less(out, x), g, full_like(g, 0)),
    scalar=lambda s, x, y: s.min(x, y),
    kinds=REALS,
)

# --- rounding -------------------------------------------------------------------------------------

floor = pointwise("floor", np.floor, None, scalar=lambda s, x: s.unary("floor", x), kinds=FLOATS)
ceil = pointwise("ceil", np.ceil, None, scalar=lambda s, x: s.unary("ceil", x), kinds=FLOATS)
trunc = pointwise("trunc", np.trunc, None, scalar=lambda s, x: s.unary("trunc", x), kinds=FLOATS)
# To the nearest integer, halves to the even one.
round = pointwise("round", np.rint, None, scalar=lambda s, x: s.unary("rint", x), kinds=FLOATS)

# --- roots ---------------------------------------------------------------------------------------

sqrt = pointwise(
    "sqrt",
    np.sqrt,
    lambda g, out, x: mul_no_nan(g, 0.5 / out),
    scalar=lambda s, x: s.unary("sqrt", x),
    kinds=INEXACT,
)

# 1 / sqrt(x)
rsqrt = pointwise(
    "rsqrt",
    lambda x: 1 / np.sqrt(x),
    lambda g, out, x: mul_no_nan(g, -0.5 * out / x),
    scalar=lambda s, x: s.div(s.const(1, x.dtype), s.unary("sqrt", x)),
    kinds=INEXACT,
)
