"""The remainder of a division, exact, and with the divisor's sign: Python's %."""

from __future__ import annotations

import math

from wengert.loop.expr import Expr, Scalars
from wengert.loop.floats import Floats

LARGEST = {
    "float32": 277,
    "float64": 2098,
}  # bits of a quotient's whole part: the largest number over the smallest


def remainder(s: Scalars, x: Expr, y: Expr) -> Expr:
    """x - y floor(x / y), not rounded; NaN for an infinite x or y = 0; for an infinite y x or, of another sign, y."""
    f = Floats(s, x.dtype)
    rest = _of_sizes(f, f.abs(x), f.abs(y))
    minus_x, minus_y = (s.compare("lt", f.bits(v), f.whole(0)) for v in (x, y))
    differ = s.bitop("xor", minus_x, minus_y)
    signed = f.choose(differ, f.sub(f.abs(y), rest), rest)
    signed = f.choose(f.equal(rest, 0.0), 0.0, signed)
    found = f.choose(minus_y, s.unary("neg", signed), signed)
    found = f.choose(f.equal(f.abs(x), math.inf), math.nan, found)
    return f.choose(s.compare("ne", y, y), y, found)


def _of_sizes(f: Floats, a: Expr, b: Expr) -> Expr:
    """a mod b of numbers >= 0, a quotient of as many bits as a number has at a time.

    Numerics: less than b 2^bits is left of a; their quotient, rounded, cut, is right or 1 too large; then b 2^k is
    added back. The difference is a multiple of b's last bit, and so exact.
    """
    bits = f.mantissa
    scaled = [b]
    for _ in range(LARGEST[f.dtype] // bits):
        scaled.append(f.mul(scaled[-1], 2.0**bits))
    for t in reversed(scaled):
        quotient = f.s.unary("trunc", f.s.div(a, t))
        left = f.fma(f.s.unary("neg", quotient), t, a)
        left = f.choose(f.less(left, 0.0), f.add(left, t), left)
        a = f.choose(f.less(a, t), a, left)
    return a
