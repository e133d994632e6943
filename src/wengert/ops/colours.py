"""Colours of pixels: grey, and hue, saturation and value."""

from __future__ import annotations

import numpy as np

from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.operands import Array

LUMA = np.array([0.2989, 0.5870, 0.1140], np.float32)  # ITU-R BT.601
TURNS = np.array([0, 2 / 3, 1 / 3], np.float32)
"""How far the hues of red, green and blue are turned to become red."""
SMALLEST = float(np.finfo(np.float32).eps)


def grey(x: Array) -> Array:
    """0.2989 red + 0.5870 green + 0.1140 blue of pixels [..., 3]: [..., 1]"""
    return reduce.sum(m.multiply(x, LUMA.astype(type_of(x).dtype)), -1, keepdims=True)


def to_hsv(x: Array) -> tuple[Array, Array, Array]:
    """Hue in 0..1, saturation in 0..1 and value of pixels [..., (red, green, blue)], in planes [..., 1].

    Source: Smith, "Color gamut transform pairs", SIGGRAPH 1978.
    """
    x = m.where(m.abs(x) < SMALLEST, 0.0, x)
    red, green, blue = x[..., 0:1], x[..., 1:2], x[..., 2:3]
    value, least = m.maximum(m.maximum(red, green), blue), m.minimum(m.minimum(red, green), blue)
    spread = value - least
    coloured = spread > 0
    sixth = 1.0 / (6.0 * m.where(coloured, spread, 1.0))
    hue = m.where(m.equal(value, green), sixth * (blue - red) + 2 / 6, sixth * (red - green) + 4 / 6)
    hue = m.where(m.equal(value, red), sixth * (green - blue), hue)
    hue = m.where(coloured, hue, 0.0)
    bright = value > 0
    saturation = m.where(bright, spread / m.where(bright, value, 1.0), 0.0)
    return m.where(hue < 0, hue + 1.0, hue), saturation, value


def to_rgb(hue: Array, saturation: Array, value: Array) -> Array:
    """Pixels [..., 3] of what `to_hsv` gives; hues are taken modulo 1."""
    shares = m.abs(m.remainder(hue + TURNS, 1.0) * 6.0 - 3.0) - 1.0
    return value * (1.0 - saturation + saturation * m.clip(shares, 0.0, 1.0))
