"""Questions about numbers that are answered by bool; whole numbers that divide others."""

from __future__ import annotations

import math
from typing import Any

from wengert.base.dtypes import is_complex
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import control, reduce
from wengert.ops import math as m
from wengert.ops.bits import logical_and, logical_not, logical_or
from wengert.ops.creation import full_like
from wengert.ops.indexing import take
from wengert.ops.operands import Array, floating, one_dtype, require_integer
from wengert.ops.operands import array as operand
from wengert.ops.parts import imag
from wengert.ops.shape import reshape
from wengert.ops.sorting import searchsorted, sort

__all__ = ["allclose", "gcd", "isclose", "isin", "isneginf", "isposinf", "isreal", "lcm"]


def isclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Array:
    """|x1 - x2| <= atol + rtol * |x2|, or both are the same infinity; NaN is close to NaN if `equal_nan`."""
    x1, x2 = floating(x1), floating(x2)
    near = m.less_equal(m.abs(m.subtract(x1, x2)), m.add(m.multiply(m.abs(x2), rtol), atol))
    found = logical_or(m.equal(x1, x2), logical_and(near, m.isfinite(x2)))
    return logical_or(found, logical_and(m.isnan(x1), m.isnan(x2))) if equal_nan else found


def allclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Array:
    """Whether all elements are close, as `isclose` has it."""
    return reduce.all(isclose(x1, x2, rtol, atol, equal_nan))


def isposinf(x: Any) -> Array:
    """Whether x is infinite and positive."""
    return m.equal(floating(x), math.inf)


def isneginf(x: Any) -> Array:
    """Whether x is infinite and negative."""
    return m.equal(floating(x), -math.inf)


def isreal(x: Any) -> Array:
    """Whether x has no imaginary part."""
    x = operand(x)
    return m.equal(imag(x), 0) if is_complex(type_of(x).dtype) else full_like(x, True, "bool")


def isin(x1: Any, x2: Any, assume_unique: bool = False, invert: bool = False) -> Array:
    """Whether each element of x1 is one of x2.

    Args:
        assume_unique: changes nothing.
        invert: whether it is none of them.

    Example:
        >>> import wengert as wg
        >>> wg.ops.isin([1, 2, 3], [3, 1]).tolist()
        [True, False, True]
    """
    x1, x2 = one_dtype(operand(x1), operand(x2))
    if type_of(x1).dtype == "bool":
        x1, x2 = operators.cast(x1, "int8"), operators.cast(x2, "int8")
    n = type_of(x2).size
    if isinstance(n, int) and n == 0:
        return full_like(x1, invert, "bool")
    known = sort(reshape(x2, (n,)))
    place = m.minimum(searchsorted(known, x1), n - 1)
    found = m.equal(take(known, place), x1)
    return logical_not(found) if invert else found


def gcd(x1: Any, x2: Any) -> Array:
    """The largest whole number that divides both, by Euclid's algorithm; of 0 and 0 it is 0."""
    x1, x2 = operators.common(require_integer("gcd", "x1", x1), require_integer("gcd", "x2", x2))

    def turn(pair: Any) -> Any:
        a, b = pair
        done = m.equal(b, 0)
        return m.where(done, a, b), m.where(done, 0, m.remainder(a, m.where(done, 1, b)))

    return control.while_loop(lambda pair: reduce.any(m.not_equal(pair[1], 0)), turn, (m.abs(x1), m.abs(x2)))[
        0
    ]


def lcm(x1: Any, x2: Any) -> Array:
    """The smallest whole number that both divide; 0 where one is 0."""
    common = gcd(x1, x2)
    return m.abs(m.multiply(m.floor_divide(x1, m.where(m.equal(common, 0), 1, common)), x2))
