"""Polynomials of one variable at a value, and ratios of them: what special functions are computed by."""

from __future__ import annotations

from collections.abc import Sequence

from wengert.ops import math as m
from wengert.ops.operands import Array


def ratio(coefficients: tuple[Sequence[float], Sequence[float]], x: Array) -> Array:
    """One polynomial over another."""
    return m.divide(horner(coefficients[0], x), horner(coefficients[1], x))


def horner(coefficients: Sequence[float], x: Array) -> Array:
    """c[0] + c[1] x + c[2] x**2 + ..."""
    total = x * coefficients[-1] + coefficients[-2]
    for c in reversed(coefficients[:-2]):
        total = total * x + c
    return total
