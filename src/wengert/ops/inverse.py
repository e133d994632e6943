"""Inverse circular and hyperbolic functions, and the angle and length of pairs, by their array-API names."""

from __future__ import annotations

from wengert.ops.operands import Array, float_pair, floating
from wengert.prims import inverse


def asin(x: Array, /) -> Array:
    """The angle between -pi/2 and pi/2 whose sine is x; NaN beyond -1 and 1."""
    return inverse.asin(floating(x))


def acos(x: Array, /) -> Array:
    """The angle between 0 and pi whose cosine is x; NaN beyond -1 and 1."""
    return inverse.acos(floating(x))


def atan(x: Array, /) -> Array:
    """The angle between -pi/2 and pi/2 whose tangent is x."""
    return inverse.atan(floating(x))


def atan2(y: Array, x: Array, /) -> Array:
    """The angle from -pi to pi of the point (x, y) to the x axis; signs of zeros count.

    Example:
        >>> import wengert as wg
        >>> wg.atan2(wg.Tensor([1.0, -1.0]), wg.Tensor([-1.0, 0.0])) / wg.pi
        Tensor([ 0.75, -0.5 ], f32[2], cpu)
    """
    return float_pair(inverse.atan2, y, x)


def hypot(x: Array, y: Array, /) -> Array:
    """sqrt(x**2 + y**2), without squares that overflow."""
    return float_pair(inverse.hypot, x, y)


def asinh(x: Array, /) -> Array:
    """log(x + sqrt(x**2 + 1)): the inverse of sinh."""
    return inverse.asinh(floating(x))


def acosh(x: Array, /) -> Array:
    """log(x + sqrt(x**2 - 1)): the inverse of cosh; NaN below 1."""
    return inverse.acosh(floating(x))


def atanh(x: Array, /) -> Array:
    """log((1 + x) / (1 - x)) / 2: the inverse of tanh; NaN beyond -1 and 1."""
    return inverse.atanh(floating(x))
