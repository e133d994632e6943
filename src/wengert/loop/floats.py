"""Shorthand for numerical functions in the scalar language: plain numbers as constants, the bits of floats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from wengert.loop.expr import Expr, Scalars

LAYOUT = {"float32": ("int32", 32, 23, 127), "float64": ("int64", 64, 52, 1023)}


class Floats:
    """Operations of one floating-point dtype.

    integer: the signed dtype of its size. width, mantissa: bits. bias: of the exponent.
    """

    def __init__(self, s: Scalars, dtype: str) -> None:
        self.s, self.dtype = s, dtype
        self.integer, self.width, self.mantissa, self.bias = LAYOUT[dtype]

    # --- arithmetic with numbers --------------------------------------------------------------
    def const(self, value: float) -> Expr:
        return self.s.const(value, self.dtype)

    def whole(self, value: int) -> Expr:
        return self.s.const(value, self.integer)

    def fma(self, x: Expr, y: Expr | float, z: Expr | float) -> Expr:
        return self.s.fma(x, self._lift(y), self._lift(z))

    def mul(self, x: Expr, y: Expr | float) -> Expr:
        return self.s.mul(x, self._lift(y))

    def add(self, x: Expr, y: Expr | float) -> Expr:
        return self.s.add(x, self._lift(y))

    def sub(self, x: Expr, y: Expr | float) -> Expr:
        return self.s.sub(x, self._lift(y))

    def div(self, x: Expr | float, y: Expr) -> Expr:
        return self.s.div(self._lift(x), y)

    def abs(self, x: Expr) -> Expr:
        return self.s.unary("abs", x)

    def less(self, x: Expr | float, y: Expr | float) -> Expr:
        return self.s.compare("lt", self._lift(x), self._lift(y))

    def equal(self, x: Expr, y: Expr | float) -> Expr:
        return self.s.compare("eq", x, self._lift(y))

    def choose(self, condition: Expr, x: Expr | float, y: Expr | float) -> Expr:
        return self.s.select(condition, self._lift(x), self._lift(y))

    def at_most(self, x: Expr, high: float) -> Expr:
        """min(x, high); NaN stays."""
        return self.s.min(x, self.const(high))

    def clamp(self, x: Expr, low: float, high: float) -> Expr:
        """x brought into [low, high]; NaN stays."""
        return self.at_most(self.s.max(x, self.const(low)), high)

    def tiny(self, x: Expr) -> Expr:
        """Whether x is so small that f(x) with f(0) = 0, f'(0) = 1 is x itself; true for both zeros."""
        return self.less(self.abs(x), 2.0 ** -(self.mantissa + 3))

    def polynomial(self, x: Expr, table: Mapping[str, Sequence[float]], *lower: float) -> Expr:
        """Horner's rule; `lower` are the coefficients before those of the table."""
        numbers = [*lower, *table[self.dtype]]
        value = self.const(numbers[-1])
        for c in reversed(numbers[:-1]):
            value = self.fma(value, x, c)
        return value

    # --- bits ---------------------------------------------------------------------------------
    def bits(self, x: Expr) -> Expr:
        return self.s.bitcast(x, self.integer)

    def with_sign(self, magnitude: Expr, sign: Expr) -> Expr:
        """magnitude (not negative) with the sign of another number."""
        top = self.whole(-(1 << self.width - 1))
        joined = self.s.bitop("or", self.bits(magnitude), self.s.bitop("and", self.bits(sign), top))
        return self.s.bitcast(joined, self.dtype)

    def nearest_multiple(self, x: Expr, inverse: float) -> tuple[Expr, Expr]:
        """n = rint(x * inverse) as a float, and as the low bits of an integer.

        Added to 1.5 * 2**mantissa a number is rounded to whole units, and they are its last bits.
        """
        shifted = self.fma(x, inverse, self._magic)
        return self.sub(shifted, self._magic), self.bits(shifted)

    def as_float(self, n: Expr) -> Expr:
        """A small integer as a float, by the same trick backwards: no conversion instruction is needed."""
        shifted = self.s.add(n, self.whole(self._magic_bits))
        return self.sub(self.s.bitcast(shifted, self.dtype), self._magic)

    @property
    def _magic(self) -> float:
        return 1.5 * 2.0**self.mantissa

    @property
    def _magic_bits(self) -> int:
        return int(np.dtype(self.dtype).type(self._magic).view(self.integer))

    def power_of_two(self, n: Expr) -> Expr:
        """2**n, a normal number, for the low bits of n."""
        field = self.s.bitop("shl", n, self.whole(self.mantissa))
        return self.s.bitcast(self.s.add(field, self.whole(self.bias << self.mantissa)), self.dtype)

    def scale_by_power(self, x: Expr, bits: Expr) -> Expr:
        """x * 2**n, rounded once, for any n where the result may be subnormal or infinite; `bits` as above."""
        return self.s.ldexp(x, self.s.sub(bits, self.whole(self._magic_bits)))

    def exponent(self, bits: Expr) -> Expr:
        """k of x = m 2**k with 2/3 <= m < 4/3, from the bits of a normal x > 0."""
        return self.s.bitop("shr", self.s.sub(bits, self.whole(self._two_thirds)), self.whole(self.mantissa))

    def split(self, x: Expr) -> tuple[Expr, Expr]:
        """m and k of x = m 2**k with 2/3 <= m < 4/3, for x > 0."""
        small = self.less(x, 2.0 ** (1 - self.bias))
        up = self.mantissa + 1
        bits = self.bits(self.choose(small, self.mul(x, 2.0**up), x))
        k = self.exponent(bits)
        m = self.s.bitcast(self.s.sub(bits, self.s.bitop("shl", k, self.whole(self.mantissa))), self.dtype)
        return m, self.as_float(self.s.sub(k, self.s.select(small, self.whole(up), self.whole(0))))

    def log_limits(self, x: Expr, zero: float, value: Expr) -> Expr:
        """`value` = log(x - zero) with the cases its computation leaves out: infinity, the pole, below it, NaN."""
        below = self.choose(self.equal(x, zero), -np.inf, np.nan)
        inside = self.choose(self.equal(x, np.inf), np.inf, value)
        return self.choose(self.less(zero, x), inside, below)

    @property
    def _two_thirds(self) -> int:
        return int(np.dtype(self.dtype).type(2 / 3).view(self.integer))

    def _lift(self, x: Expr | float) -> Expr:
        return x if isinstance(x, Expr) else self.const(x)


def by_two_factors(s: Scalars, x: Expr, n: Expr) -> Expr:
    """`ldexp` for machines without the instruction: both factors are normal numbers, so that one product rounds."""
    f = Floats(s, x.dtype)
    half = s.bitop("shr", n, f.whole(1))
    return f.mul(f.mul(x, f.power_of_two(half)), f.power_of_two(s.sub(n, half)))
