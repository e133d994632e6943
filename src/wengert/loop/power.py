"""x**y = exp(y log|x|), with the logarithm to more bits than the result has."""

from __future__ import annotations

import numpy as np

from wengert.loop.coefficients import EXP, LN2, LOG_QUOTIENT, LOG_SHORT
from wengert.loop.expr import Expr, Scalars
from wengert.loop.floats import Floats

LN2_EXACT = 0.693147180559663  # the first 41 bits of ln(2): a whole number times it is exact
LN2_REST = 2.8235290563031577e-13


def pow(s: Scalars, x: Expr, y: Expr) -> Expr:
    """x**y; for x < 0 only where y is a whole number, else NaN. x**0 and 1**y are 1, even for NaN.

    Numerics: float32 by way of float64; float64 by a logarithm of about 68 bits.
    """
    f = Floats(s, x.dtype)
    a = f.abs(x)
    size = _by_float64(f, a, y) if x.dtype == "float32" else _by_pairs(f, a, y)
    size = f.choose(_any(f, f.equal(y, 0.0), f.equal(x, 1.0)), 1.0, size)
    size = f.choose(_all(f, f.equal(a, 1.0), f.equal(f.abs(y), np.inf)), 1.0, size)

    negative = s.compare("lt", f.bits(x), f.whole(0))
    whole = f.equal(y, s.unary("rint", y))
    half = f.mul(y, 0.5)
    odd = _all(f, whole, s.compare("ne", half, s.unary("rint", half)))
    result = f.choose(_all(f, negative, odd), s.unary("neg", size), size)
    impossible = _all(f, f.less(x, 0.0), f.less(a, np.inf), s.invert(whole))
    return f.choose(impossible, np.nan, result)


def _all(f: Floats, first: Expr, *others: Expr) -> Expr:
    for c in others:
        first = f.s.bitop("and", first, c)
    return first


def _any(f: Floats, x: Expr, y: Expr) -> Expr:
    return f.s.bitop("or", x, y)


def _by_float64(f: Floats, a: Expr, y: Expr) -> Expr:
    """a**y for float32 a >= 0."""
    wide = Floats(f.s, "float64")
    base, power = f.s.cast(a, "float64"), f.s.cast(y, "float64")
    m, k = wide.split(base)
    t = wide.sub(m, 1.0)
    square = wide.mul(t, t)
    rest = wide.fma(square, -0.5, wide.mul(wide.mul(square, t), wide.polynomial(t, LOG_SHORT)))
    log = wide.log_limits(base, 0.0, wide.fma(k, LN2["float64"][0], wide.add(t, rest)))
    exponent = wide.clamp(wide.mul(power, log), -200.0, 200.0)
    n, bits = wide.nearest_multiple(exponent, 1.4426950408889634)
    r = wide.fma(n, -LN2["float64"][0], exponent)
    value = wide.mul(wide.polynomial(r, {"float64": EXP["float32"]}, 1.0, 1.0), wide.power_of_two(bits))
    return f.s.cast(value, "float32")


def _by_pairs(f: Floats, a: Expr, y: Expr) -> Expr:
    """a**y for float64 a >= 0, with log(a) as a sum of two numbers."""
    high, low = _log_pair(f, a)
    high = f.log_limits(a, 0.0, high)
    top = f.mul(y, high)
    error = f.fma(y, low, f.fma(y, high, f.s.unary("neg", top)))
    error = f.choose(f.less(f.abs(top), 1000.0), error, 0.0)
    top = f.clamp(top, -746.0, 711.0)
    n, bits = f.nearest_multiple(top, 1.4426950408889634)
    first, second = LN2["float64"]
    r = f.add(f.fma(n, -second, f.fma(n, -first, top)), error)
    return f.scale_by_power(f.polynomial(r, EXP, 1.0, 1.0), bits)


def _log_pair(f: Floats, a: Expr) -> tuple[Expr, Expr]:
    """log(a) as high + low: 2 z + 2/3 z**3 + z**5 p(z**2) + k ln(2), z = (m - 1) / (m + 1), first terms in pairs."""
    m, k = f.split(a)
    t = f.sub(m, 1.0)
    below = f.add(t, 2.0)
    lost = f.sub(t, f.sub(below, 2.0))
    inverse = f.div(1.0, below)
    z = f.mul(t, inverse)
    minus = f.s.unary("neg", z)
    z_low = f.mul(f.fma(minus, lost, f.fma(minus, below, t)), inverse)

    square, square_low = _pair_product(f, (z, z_low), (z, z_low))
    cube = _pair_product(f, (square, square_low), (z, z_low))
    third = 2 / 3
    term, term_low = _pair_product(f, cube, (f.const(third), f.const(2.0 / 3.0 * 2.0**-54)))
    tail = f.mul(f.mul(cube[0], square), f.polynomial(square, LOG_QUOTIENT))

    total, error = _two_sum(f, f.mul(k, LN2_EXACT), f.mul(z, 2.0))
    total, more = _two_sum(f, total, term)
    low = f.add(f.fma(k, LN2_REST, f.fma(z_low, 2.0, term_low)), f.add(tail, f.add(error, more)))
    high = f.add(total, low)
    return high, f.add(f.sub(total, high), low)


def _pair_product(f: Floats, x: tuple[Expr, Expr], y: tuple[Expr, Expr]) -> tuple[Expr, Expr]:
    product = f.mul(x[0], y[0])
    error = f.fma(x[0], y[0], f.s.unary("neg", product))
    return product, f.fma(x[0], y[1], f.fma(x[1], y[0], error))


def _two_sum(f: Floats, x: Expr, y: Expr) -> tuple[Expr, Expr]:
    total = f.add(x, y)
    part = f.sub(total, x)
    return total, f.add(f.sub(x, f.sub(total, part)), f.sub(y, part))
