"""x * y + z rounded once, written with ordinary operations: for machines without the instruction.

Source: Boldo & Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using
rounding to odd", IEEE Transactions on Computers 57(4), 2008.
"""

from wengert.loop.expr import Expr, Scalars


def exact_fma(s: Scalars, x: Expr, y: Expr, z: Expr) -> Expr:
    """fma(x, y, z) without `fma`.

    Numerics: float32 is exact for all inputs. float64 is exact unless a product or its error leaves the
    range of normal numbers: above 2**970 the product is rounded before the sum.
    """
    if x.dtype == "float32":
        wide = [s.cast(a, "float64") for a in (x, y, z)]
        total, error = _two_sum(s, s.mul(wide[0], wide[1]), wide[2])
        return s.cast(_round_to_odd(s, total, error), "float32")
    high, low = _two_product(s, x, y)
    mid, rest = _two_sum(s, z, low)
    top, left = _two_sum(s, high, mid)
    tail, error = _two_sum(s, rest, left)
    exact = s.add(top, _round_to_odd(s, tail, error))
    plain = s.add(s.mul(x, y), z)
    limit = s.const(2.0**970, "float64")
    safe = s.compare("ne", exact, s.const(0.0, "float64"))  # `plain` gives a zero its sign
    for a in (x, y, plain):
        safe = s.bitop("and", safe, s.compare("lt", s.unary("abs", a), limit))
    return s.select(safe, exact, plain)


def _two_sum(s: Scalars, x: Expr, y: Expr) -> tuple[Expr, Expr]:
    """x + y as a rounded sum and its exact error (D. Knuth)."""
    total = s.add(x, y)
    part = s.sub(total, x)
    return total, s.add(s.sub(x, s.sub(total, part)), s.sub(y, part))


def _two_product(s: Scalars, x: Expr, y: Expr) -> tuple[Expr, Expr]:
    """x * y as a rounded product and its exact error (T. J. Dekker)."""
    product = s.mul(x, y)
    (xh, xl), (yh, yl) = _split(s, x), _split(s, y)
    error = s.sub(s.mul(xh, yh), product)
    error = s.add(s.add(error, s.mul(xh, yl)), s.mul(xl, yh))
    return product, s.add(error, s.mul(xl, yl))


def _split(s: Scalars, x: Expr) -> tuple[Expr, Expr]:
    """x as a sum of two numbers of 26 bits (G. W. Veltkamp)."""
    scaled = s.mul(x, s.const(2.0**27 + 1, "float64"))
    high = s.sub(scaled, s.sub(scaled, x))
    return high, s.sub(x, high)


def _round_to_odd(s: Scalars, total: Expr, error: Expr) -> Expr:
    """The neighbour of total + error with an odd last bit, or the sum itself where it is exact."""
    zero, one = s.const(0.0, "float64"), s.const(1)
    bits = s.bitcast(total, "int64")
    even = s.compare("eq", s.bitop("and", bits, one), s.const(0))
    above, below = s.compare("lt", zero, error), s.compare("lt", error, zero)
    away = s.compare("eq", above, s.compare("lt", zero, total))
    moved = s.add(bits, s.select(away, one, s.const(-1)))
    inexact = s.bitop("and", s.bitop("or", above, below), even)
    return s.bitcast(s.select(inexact, moved, bits), "float64")
