"""Normalisation: what layers of that name, and functions, have in common."""

from __future__ import annotations

from collections.abc import Callable

from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.custom import custom_gradient
from wengert.ops.operands import Array


def standardized(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    """(x - mean) / sqrt(var + epsilon), with mean and variance along the axes."""

    def mean(x: Array) -> Array:
        return reduce.mean(x, axes, keepdims=True)

    def function(x: Array) -> tuple[Array, Callable[[Array], Array]]:
        off = m.subtract(x, mean(x))
        factor = m.rsqrt(m.add(mean(m.square(off)), epsilon))
        y = m.multiply(off, factor)

        def rule(g: Array) -> Array:
            """factor (g - mean(g) - y mean(g y)): both means in one pass, and nothing kept but y and the factor."""
            shared = m.add(mean(g), m.multiply(y, mean(m.multiply(g, y))))
            return m.multiply(m.subtract(g, shared), factor)

        return y, rule

    return custom_gradient(function, check=False)(x)


def of_unit_size(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    """x / sqrt(mean(x^2) + epsilon), with the mean along the axes."""
    mean = reduce.mean(m.square(x), axes, keepdims=True)
    return m.multiply(x, m.rsqrt(m.add(mean, epsilon)))
