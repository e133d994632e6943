"""exp, log and their kin as elementary operations: no libm, the same bits on every target.

`BOUNDS` states the largest error of each, in units in the last place (ULP); `tests/loop/test_math.py` holds them to it.
sin and cos keep theirs up to `SIN_RANGE`; beyond, the angle has ever fewer right bits.
"""

from __future__ import annotations

from collections.abc import Callable

from wengert.loop.coefficients import COS, ERF, ERFC, EXP, EXPM1, HALF_PI, LN2, LOG, SIN, TANH
from wengert.loop.expr import Expr, Scalars
from wengert.loop.floats import Floats
from wengert.loop.inverse import acos, acosh, asin, asinh, atan, atanh
from wengert.loop.power import pow

BOUNDS = {  # float32 (all inputs), float64
    "exp": (1.0, 1.0), "expm1": (2.0, 2.0), "log": (1.0, 1.0), "log1p": (2.0, 2.0), "tanh": (2.0, 2.0),
    "sigmoid": (2.0, 2.0), "erf": (2.0, 2.0), "sin": (2.5, 2.5), "cos": (2.5, 2.5), "pow": (1.0, 1.0),
    "asin": (2.0, 2.0), "acos": (2.0, 2.0), "atan": (2.0, 2.0),
    "asinh": (3.0, 3.0), "acosh": (3.0, 3.0), "atanh": (3.0, 3.0),
}  # fmt: skip
SIN_RANGE = {"float32": 2.0**17, "float64": 2.0**30}
EXP_RANGE = {"float32": (-104.0, 89.0), "float64": (-746.0, 710.0)}  # below, exp is 0; above, infinite
EXPM1_LOW = {"float32": -18.0, "float64": -38.0}  # from here down expm1 is -1
TANH_ONE = {"float32": 10.0, "float64": 20.0}  # from here on tanh is 1
ERF_ONE = {"float32": 4.0, "float64": 6.0}


def expand(s: Scalars, e: Expr) -> Expr:
    """The intrinsic `e` by elementary operations on its arguments."""
    return EXPANSIONS[e.op](s, *e.args)


def exp(s: Scalars, x: Expr) -> Expr:
    """e**x = 2**n exp(r)."""
    f = Floats(s, x.dtype)
    r, n = _reduce(f, f.clamp(x, *EXP_RANGE[f.dtype]))
    return f.scale_by_power(f.polynomial(r, EXP, 1.0, 1.0), n)


def _exp_normal(f: Floats, x: Expr) -> Expr:
    """e**x where that is a normal number."""
    r, n = _reduce(f, x)
    return f.mul(f.polynomial(r, EXP, 1.0, 1.0), f.power_of_two(n))


def _reduce(f: Floats, x: Expr) -> tuple[Expr, Expr]:
    """r and n: x = n ln(2) + r, |r| <= ln(2) / 2."""
    n, bits = f.nearest_multiple(x, 1.4426950408889634)
    high, low = LN2[f.dtype]
    return f.fma(n, -low, f.fma(n, -high, x)), bits


def expm1(s: Scalars, x: Expr) -> Expr:
    """e**x - 1 = 2**n (exp(r) - 1) + (2**n - 1)."""
    f = Floats(s, x.dtype)
    r, n = _reduce(f, f.clamp(x, EXPM1_LOW[f.dtype], EXP_RANGE[f.dtype][1]))
    part = f.fma(f.mul(r, r), f.polynomial(r, EXPM1), r)
    scale = f.power_of_two(s.sub(n, f.whole(1)))  # half of 2**n: 2**128 does not exist
    half = f.fma(part, scale, f.sub(scale, 0.5))
    return f.choose(f.tiny(x), x, f.add(half, half))


def log(s: Scalars, x: Expr) -> Expr:
    """log(m 2**k) = log(m) + k ln(2), 2/3 <= m < 4/3."""
    f = Floats(s, x.dtype)
    m, k = f.split(x)
    return f.log_limits(x, 0.0, _log_sum(f, f.sub(m, 1.0), k))


def log1p(s: Scalars, x: Expr) -> Expr:
    """log(1 + x) = log(1 + t) + k ln(2) with 1 + x = 2**k (1 + t): t keeps the bits of x that 1 + x has lost.

    Source: ARM Optimized Routines, `math/log1pf.c` (the scaled x + 1 - 2**k).
    """
    f = Floats(s, x.dtype)
    k = f.exponent(f.bits(f.add(x, 1.0)))
    scale = f.power_of_two(s.sub(f.whole(2), k))  # four times 2**-k: that may be no normal number
    t = f.fma(f.mul(x, 0.25), scale, f.fma(scale, 0.25, -1.0))
    return f.choose(f.tiny(x), x, f.log_limits(x, -1.0, _log_sum(f, t, f.as_float(k))))


def _log_sum(f: Floats, t: Expr, k: Expr) -> Expr:
    """log(1 + t) + k ln(2), |t| <= 1/3."""
    high, low = LN2[f.dtype]
    square = f.mul(t, t)
    rest = f.fma(k, low, f.mul(f.mul(square, t), f.polynomial(t, LOG)))
    return f.fma(k, high, f.add(t, f.fma(square, -0.5, rest)))


def tanh(s: Scalars, x: Expr) -> Expr:
    """1 - 2 / (e**(2 x) + 1), near 0 a polynomial."""
    f = Floats(s, x.dtype)
    a = f.abs(x)
    square = f.mul(x, x)
    small = f.fma(f.mul(square, a), f.polynomial(square, TANH), a)
    e = _exp_normal(f, f.mul(f.at_most(a, TANH_ONE[f.dtype]), 2.0))
    large = f.sub(f.const(1.0), f.div(2.0, f.add(e, 1.0)))
    return f.with_sign(f.choose(f.less(a, 0.625), small, large), x)


def sigmoid(s: Scalars, x: Expr) -> Expr:
    """1 / (1 + e**-x) as a - a q, q = z / (1 + z), z = e**-|x|: a is 1, and z below 0, where 1 + z would lose bits."""
    f = Floats(s, x.dtype)
    z = exp(s, s.unary("neg", f.abs(x)))
    a = f.choose(f.less(x, 0.0), z, 1.0)
    return f.fma(s.unary("neg", a), f.div(z, f.add(z, 1.0)), a)


def erf(s: Scalars, x: Expr) -> Expr:
    """A polynomial below 1; from there on 1 - e**p(|x|)."""
    f = Floats(s, x.dtype)
    a = f.abs(x)
    small = f.fma(a, f.polynomial(f.mul(x, x), ERF), a)
    beyond = f.sub(f.at_most(a, ERF_ONE[f.dtype]), 1.0)
    large = f.sub(f.const(1.0), _exp_normal(f, f.polynomial(beyond, ERFC)))
    return f.with_sign(f.choose(f.less(a, 1.0), small, large), x)


def sin(s: Scalars, x: Expr) -> Expr:
    """sin(r + n pi/2) is +-sin(r) or +-cos(r)."""
    return _quadrant(Floats(s, x.dtype), x, 0)


def cos(s: Scalars, x: Expr) -> Expr:
    """sin(x + pi/2)"""
    return _quadrant(Floats(s, x.dtype), x, 1)


def _quadrant(f: Floats, x: Expr, turn: int) -> Expr:
    """sin(x + turn pi/2)

    Numerics: the first part of pi/2 times n is subtracted exactly, as every fma rounds once (Cody & Waite, 1980).
    """
    s = f.s
    n, quarter = f.nearest_multiple(x, 0.6366197723675814)
    r = x
    for part in HALF_PI[f.dtype]:
        r = f.fma(n, -part, r)
    r = f.clamp(r, -1.0, 1.0)  # no angle is right beyond SIN_RANGE, but the result stays in [-1, 1]
    square = f.mul(r, r)
    sine = f.mul(r, f.fma(square, f.polynomial(square, SIN), 1.0))
    cosine = f.polynomial(square, COS, 1.0, -0.5)
    quarter = s.add(quarter, f.whole(turn))
    odd = s.compare("ne", s.bitop("and", quarter, f.whole(1)), f.whole(0))
    sign = s.bitop("shl", s.bitop("and", quarter, f.whole(2)), f.whole(f.width - 2))
    return s.bitcast(s.bitop("xor", f.bits(f.choose(odd, cosine, sine)), sign), f.dtype)


EXPANSIONS: dict[str, Callable[..., Expr]] = {
    "exp": exp, "expm1": expm1, "log": log, "log1p": log1p, "tanh": tanh, "sigmoid": sigmoid, "erf": erf,
    "sin": sin, "cos": cos, "pow": pow,
    "asin": asin, "acos": acos, "atan": atan, "asinh": asinh, "acosh": acosh, "atanh": atanh,
}  # fmt: skip
