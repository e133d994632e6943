"""The pixels of images at places that need not be whole, with interpolation."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.ir.operators import cast
from wengert.ir.types import type_of
from wengert.nn.preprocessing.images import sides
from wengert.ops import math as m
from wengert.ops.indexing import take
from wengert.ops.operands import Array
from wengert.ops.shape import reshape
from wengert.prims.indexing import iota

FILLS = ("reflect", "wrap", "constant", "nearest")
INTERPOLATIONS = ("bilinear", "nearest")


def grid(images: Array) -> tuple[Array, Array]:
    """The row and the column of each pixel: [1, h, 1, 1] and [1, 1, w, 1]."""
    h, w = sides(images)
    return np.arange(h, dtype="float32").reshape(1, h, 1, 1), np.arange(w, dtype="float32").reshape(
        1, 1, w, 1
    )


def sampled(
    images: Array, places: tuple[Array, Array], interpolation: str, fill_mode: str, fill_value: float
) -> Array:
    """out[y, x] = image[rows[y, x], columns[y, x]] for each image of a batch.

    Args:
        places: rows and columns, [batch, h, w, 1].
        fill_mode: what is outside of an image: "reflect" (dcba|abcd|dcba), "mirror" (dcb|abcd|cba), "wrap"
            (abcd|abcd|abcd), "nearest" (aaaa|abcd|dddd) or "constant" (fill_value).
    """
    if interpolation == "nearest":
        return _pixels(images, _rounded(places[0]), _rounded(places[1]), fill_mode, fill_value)
    lows = [m.floor(p) for p in places]
    shares = [p - low for p, low in zip(places, lows, strict=True)]
    rows, columns = (((low, 1.0 - s), (low + 1.0, s)) for low, s in zip(lows, shares, strict=True))
    parts: Any = [
        _pixels(images, row, column, fill_mode, fill_value) * (s * t)
        for row, s in rows
        for column, t in columns
    ]
    return (parts[0] + parts[1]) + (parts[2] + parts[3])


def _rounded(x: Array) -> Array:
    """Half away from zero."""
    return m.sign(x) * m.floor(m.abs(x) + 0.5)


def _pixels(images: Array, row: Array, column: Array, fill_mode: str, fill_value: float) -> Array:
    """The pixels at whole rows and columns [batch, h, w, 1] of each image."""
    (h, w), t = sides(images), type_of(images)
    inside = _inside(cast(row, "int32"), h, fill_mode) * w + _inside(cast(column, "int32"), w, fill_mode)
    number = iota(shape=(t.shape[0], 1, 1, 1), axis=0, dtype="int32")
    at = inside + number * (h * w)
    flat = reshape(images, (t.shape[0] * (h * w), t.shape[3]))
    found = take(flat, reshape(at, type_of(at).shape[:3]), axis=0)
    if fill_mode != "constant":
        return found
    there = (row >= 0.0) & (row < float(h)) & (column >= 0.0) & (column < float(w))
    return m.where(there, found, fill_value)


def _inside(k: Array, n: int, fill_mode: str) -> Array:
    """A number of 0..n - 1 for any k."""
    if fill_mode == "wrap":
        return m.remainder(k, n)
    if fill_mode == "reflect":
        k = m.remainder(k, 2 * n)
        return m.minimum(k, 2 * n - 1 - k)
    if fill_mode == "mirror" and n > 1:
        k = m.remainder(k, 2 * n - 2)
        return m.minimum(k, 2 * n - 2 - k)
    return m.clip(k, 0, n - 1)
