"""Primitives on single elements: inverse circular and hyperbolic functions, the angle and length of a pair."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wengert.ir.primitive import Primitive
from wengert.loop.coefficients import HALF_PI
from wengert.loop.expr import Expr, Scalars
from wengert.loop.floats import Floats
from wengert.prims.arithmetic import div, mul_no_nan, rsqrt
from wengert.prims.families import FLOATS, INEXACT, pointwise
from wengert.prims.logic import equal, where
from wengert.prims.movement import full_like

asin = pointwise(
    "asin",
    np.arcsin,
    lambda g, out, x: mul_no_nan(g, rsqrt((1 - x) * (1 + x))),
    scalar=lambda s, x: s.unary("asin", x),
    kinds=INEXACT,
)
acos = pointwise(
    "acos",
    np.arccos,
    lambda g, out, x: -mul_no_nan(g, rsqrt((1 - x) * (1 + x))),
    scalar=lambda s, x: s.unary("acos", x),
    kinds=INEXACT,
)
atan = pointwise(
    "atan",
    np.arctan,
    lambda g, out, x: g / (1 + x * x),
    scalar=lambda s, x: s.unary("atan", x),
    kinds=INEXACT,
)
asinh = pointwise(
    "asinh",
    np.arcsinh,
    lambda g, out, x: g * rsqrt(1 + x * x),
    scalar=lambda s, x: s.unary("asinh", x),
    kinds=INEXACT,
)
acosh = pointwise(
    "acosh",
    np.arccosh,
    lambda g, out, x: mul_no_nan(g, rsqrt(x - 1) * rsqrt(x + 1)),
    scalar=lambda s, x: s.unary("acosh", x),
    kinds=INEXACT,
)
atanh = pointwise(
    "atanh",
    np.arctanh,
    lambda g, out, x: mul_no_nan(g, 1 / ((1 - x) * (1 + x))),
    scalar=lambda s, x: s.unary("atanh", x),
    kinds=INEXACT,
)


def _atan2_at(s: Scalars, y: Expr, x: Expr) -> Expr:
    """The angle in the first octant, mirrored at the diagonal, the y axis and the x axis."""
    f = Floats(s, x.dtype)
    a, b = f.abs(x), f.abs(y)
    large, small = s.max(a, b), s.min(a, b)
    same = f.choose(f.equal(large, 0.0), 0.0, 1.0)  # two infinities too
    angle = s.unary("atan", f.choose(s.compare("eq", small, large), same, s.div(small, large)))
    high, low, _ = HALF_PI[f.dtype]
    angle = f.choose(f.less(a, b), f.sub(f.const(high), f.sub(angle, low)), angle)
    left = s.compare("lt", f.bits(x), f.whole(0))
    angle = f.choose(left, f.sub(f.const(2 * high), f.sub(angle, 2 * low)), angle)
    return f.with_sign(angle, y)


# The angle of the point (x, y) to the x axis, from -pi to pi; limits and signed zeros are IEEE's.
atan2: Primitive = pointwise(
    "atan2",
    np.arctan2,
    lambda g, out, y, x: _over_square(g * x, y, x),
    lambda g, out, y, x: _over_square(-(g * y), y, x),
    scalar=_atan2_at,
    kinds=FLOATS,
)


def _over_square(g: Any, y: Any, x: Any) -> Any:
    """g / (x**2 + y**2), without a square that overflows."""
    length = hypot(x, y)
    return mul_no_nan(mul_no_nan(g, 1 / length), 1 / length)


def _hypot_at(s: Scalars, x: Expr, y: Expr) -> Expr:
    """m sqrt(1 + q**2), q the smaller over the larger one, m: no square overflows."""
    f = Floats(s, x.dtype)
    a, b = f.abs(x), f.abs(y)
    large = s.max(a, b)
    q = s.div(s.min(a, b), large)
    length = f.mul(large, s.unary("sqrt", f.add(f.mul(q, q), 1.0)))
    infinite = s.bitop("or", f.equal(a, math.inf), f.equal(b, math.inf))  # beside a NaN too
    return f.choose(infinite, math.inf, f.choose(f.equal(large, 0.0), 0.0, length))


def _share(x: Any, length: Any) -> Any:
    """x / length, and 0 for a length of 0."""
    return div(x, where(equal(length, full_like(length, 0)), full_like(length, 1), length))


# sqrt(x**2 + y**2)
hypot: Primitive = pointwise(
    "hypot",
    np.hypot,
    lambda g, out, x, y: mul_no_nan(g, _share(x, out)),
    lambda g, out, x, y: mul_no_nan(g, _share(y, out)),
    scalar=_hypot_at,
    kinds=FLOATS,
)
