"""Inverse circular and hyperbolic functions as elementary operations."""

from __future__ import annotations

import math

from wengert.loop.coefficients import ASIN, ATAN, HALF_PI
from wengert.loop.expr import Expr, Scalars
from wengert.loop.floats import Floats

EIGHTH = math.tan(math.pi / 8)
LARGE = {"float32": 2.0**25, "float64": 2.0**54}  # from here on x + 1 and sqrt(x * x + 1) are x


def asin(s: Scalars, x: Expr) -> Expr:
    """A polynomial up to 1/2; from there on pi/2 - 2 asin(sqrt((1 - |x|) / 2))."""
    f = Floats(s, x.dtype)
    near, r, rest = _asin_parts(f, x)
    high, low = _half_pi(f)
    # pi/4 - (2 r - pi/4) is exact near 1/2, where the result is small.
    exact = f.sub(f.const(high / 2), f.sub(f.add(r, r), high / 2))
    far = f.sub(exact, f.sub(f.add(rest, rest), low))
    return f.with_sign(f.choose(near, f.add(r, rest), far), x)


def acos(s: Scalars, x: Expr) -> Expr:
    """pi/2 - asin(x) up to 1/2; from there on 2 asin(sqrt((1 - |x|) / 2)), below -1/2 what that leaves of pi."""
    f = Floats(s, x.dtype)
    near, r, rest = _asin_parts(f, x)
    y = f.add(r, rest)
    high, low = _half_pi(f)
    negative = f.less(x, 0.0)
    close = f.sub(f.const(high), f.sub(f.choose(negative, s.unary("neg", y), y), low))
    far = f.choose(negative, f.sub(f.const(high), f.sub(y, low)), y)
    return f.choose(near, close, f.add(far, far))


def _asin_parts(f: Floats, x: Expr) -> tuple[Expr, Expr, Expr]:
    """Whether |x| <= 1/2; r = |x| if it is, else sqrt((1 - |x|) / 2), NaN beyond 1; asin(r) - r."""
    a = f.abs(x)
    near = f.s.compare("le", a, f.const(0.5))
    square = f.choose(near, f.mul(a, a), f.fma(a, -0.5, 0.5))
    r = f.choose(near, a, f.s.unary("sqrt", square))
    return near, r, f.mul(f.mul(r, square), f.polynomial(square, ASIN))


def atan(s: Scalars, x: Expr) -> Expr:
    """base + atan(t), |t| <= tan(pi/8): t is |x|, (|x| - 1) / (|x| + 1) or -1 / |x|, the base 0, pi/4 or pi/2."""
    f = Floats(s, x.dtype)
    a = f.abs(x)
    middle, large = f.less(EIGHTH, a), f.less(1 / EIGHTH, a)
    over = f.choose(large, -1.0, f.choose(middle, f.sub(a, 1.0), a))
    under = f.choose(large, a, f.choose(middle, f.add(a, 1.0), 1.0))
    t = s.div(over, under)
    high, low = (f.choose(large, part, f.choose(middle, part / 2, 0.0)) for part in _half_pi(f))
    square = f.mul(t, t)
    rest = f.fma(f.mul(square, t), f.polynomial(square, ATAN), low)
    return f.with_sign(f.add(high, f.add(t, rest)), x)


def _half_pi(f: Floats) -> tuple[float, float]:
    high, low, _ = HALF_PI[f.dtype]
    return high, low


def asinh(s: Scalars, x: Expr) -> Expr:
    """log(1 + a + a**2 / (1 + sqrt(a**2 + 1))), a = |x|; for large a log(a) + log(2)."""
    f = Floats(s, x.dtype)
    a = f.abs(x)
    square = f.mul(a, a)
    rest = f.div(square, f.add(s.unary("sqrt", f.add(square, 1.0)), 1.0))
    return f.with_sign(_log_of_sum(f, a, f.add(a, rest)), x)


def acosh(s: Scalars, x: Expr) -> Expr:
    """log(1 + t + sqrt(t**2 + 2 t)), t = x - 1; for large x log(x) + log(2)."""
    f = Floats(s, x.dtype)
    t = f.sub(x, 1.0)
    more = f.add(t, s.unary("sqrt", f.fma(t, t, f.add(t, t))))
    return _log_of_sum(f, x, f.choose(f.less(x, 1.0), math.nan, more))


def _log_of_sum(f: Floats, a: Expr, more: Expr) -> Expr:
    """log(1 + more), or log(2 a) where a is large."""
    large = f.less(LARGE[f.dtype], a)
    log = f.s.unary("log1p", f.choose(large, a, more))
    return f.add(log, f.choose(large, math.log(2), 0.0))


def atanh(s: Scalars, x: Expr) -> Expr:
    """log(1 + 2 a / (1 - a)) / 2, a = |x|; infinite at 1, NaN beyond."""
    f = Floats(s, x.dtype)
    a = f.abs(x)
    quotient = s.div(f.add(a, a), f.sub(f.const(1.0), a))
    return f.with_sign(f.mul(s.unary("log1p", quotient), 0.5), x)
