"""Logic and operations on bits, by their array-API names."""

from __future__ import annotations

from wengert.base.errors import DTypeError
from wengert.ir.operators import common
from wengert.ir.types import type_of
from wengert.ops.operands import Array, array, pair
from wengert.prims import logic


def logical_and(x: Array, y: Array, /) -> Array:
    """Whether both hold."""
    return logic.bitwise_and(*common(_bool("logical_and", x), _bool("logical_and", y)))


def logical_or(x: Array, y: Array, /) -> Array:
    """Whether either holds."""
    return logic.bitwise_or(*common(_bool("logical_or", x), _bool("logical_or", y)))


def logical_xor(x: Array, y: Array, /) -> Array:
    """Whether exactly one holds."""
    return logic.bitwise_xor(*common(_bool("logical_xor", x), _bool("logical_xor", y)))


def logical_not(x: Array, /) -> Array:
    """Whether x does not hold."""
    return logic.bitwise_not(_bool("logical_not", x))


def _bool(name: str, x: Array) -> Array:
    x = array(x)
    if type_of(x).dtype != "bool":
        raise DTypeError(f"{name}: arguments must be bool; got {type_of(x)}. Compare with != 0 first.")
    return x


def bitwise_and(x: Array, y: Array, /) -> Array:
    """x & y"""
    return pair(logic.bitwise_and, x, y)


def bitwise_or(x: Array, y: Array, /) -> Array:
    """x | y"""
    return pair(logic.bitwise_or, x, y)


def bitwise_xor(x: Array, y: Array, /) -> Array:
    """x ^ y"""
    return pair(logic.bitwise_xor, x, y)


def bitwise_invert(x: Array, /) -> Array:
    """~x"""
    return logic.bitwise_not(array(x))


def bitwise_left_shift(x: Array, y: Array, /) -> Array:
    """x << y: zeros come in. From the number of bits on, and for a negative y, nothing is left: 0."""
    return pair(logic.shift_left, x, y)


def bitwise_right_shift(x: Array, y: Array, /) -> Array:
    """x >> y = floor(x / 2**y): copies of the sign come in. From the number of bits on they are all that is left."""
    return pair(logic.shift_right, x, y)
