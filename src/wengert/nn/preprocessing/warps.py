"""Images turned, moved, zoomed and sheared: affine maps of the plane, with interpolation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert.base.words import require_word
from wengert.ir.operators import cast
from wengert.ir.types import type_of
from wengert.nn.preprocessing.images import RandomImages, sides, span
from wengert.ops import math as m
from wengert.ops.indexing import take
from wengert.ops.operands import Array
from wengert.ops.shape import reshape
from wengert.prims.indexing import iota

FILLS = ("reflect", "wrap", "constant", "nearest")
INTERPOLATIONS = ("bilinear", "nearest")
Affine = tuple[Any, Any, Any, Any, Any, Any]  # a, b, c, d, e, f: x' = a x + b y + c, y' = d x + e y + f


def affine(images: Array, by: Affine, interpolation: str, fill_mode: str, fill_value: float) -> Array:
    """out[y, x] = image[d x + e y + f, a x + b y + c] for each image of a batch; the parts of `by` broadcast.

    fill_mode: what is outside of an image: "reflect" (dcba|abcd|dcba), "wrap" (abcd|abcd|abcd), "nearest"
    (aaaa|abcd|dddd) or "constant" (fill_value).
    """
    h, w = sides(images)
    x, y = (np.arange(n, dtype="float32").reshape(s) for n, s in ((w, (1, 1, w, 1)), (h, (1, h, 1, 1))))
    a, b, c, d, e, f = by
    places = _line(d, x, e, y, f), _line(a, x, b, y, c)
    if interpolation == "nearest":
        return _pixels(images, _rounded(places[0]), _rounded(places[1]), fill_mode, fill_value)
    lows = [m.floor(p) for p in places]
    shares = [m.subtract(p, low) for p, low in zip(places, lows, strict=True)]
    rows, columns = (
        ((low, m.subtract(1.0, s)), (m.add(low, 1.0), s)) for low, s in zip(lows, shares, strict=True)
    )
    parts = [
        m.multiply(_pixels(images, row, column, fill_mode, fill_value), m.multiply(s, t))
        for row, s in rows
        for column, t in columns
    ]
    return m.add(m.add(parts[0], parts[1]), m.add(parts[2], parts[3]))


def _line(a: Any, x: Array, b: Any, y: Array, c: Any) -> Array:
    return m.add(m.add(m.multiply(a, x), m.multiply(b, y)), c)


def _rounded(x: Array) -> Array:
    """Half away from zero."""
    return m.multiply(m.sign(x), m.floor(m.add(m.abs(x), 0.5)))


def _pixels(images: Array, row: Array, column: Array, fill_mode: str, fill_value: float) -> Array:
    """The pixels at whole rows and columns [batch, h, w, 1] of each image."""
    (h, w), t = sides(images), type_of(images)
    at = m.add(
        m.multiply(_inside(cast(row, "int32"), h, fill_mode), w), _inside(cast(column, "int32"), w, fill_mode)
    )
    number = iota(shape=(t.shape[0], 1, 1, 1), axis=0, dtype="int32")
    at = m.add(at, m.multiply(number, h * w))
    flat = reshape(images, (t.shape[0] * (h * w), t.shape[3]))
    found = take(flat, reshape(at, type_of(at).shape[:3]), axis=0)
    if fill_mode != "constant":
        return found
    there = (
        m.greater_equal(row, 0.0)
        & m.less(row, float(h))
        & m.greater_equal(column, 0.0)
        & m.less(column, float(w))
    )
    return m.where(there, found, fill_value)


def _inside(k: Array, n: int, fill_mode: str) -> Array:
    """A number of 0..n - 1 for any k."""
    if fill_mode == "wrap":
        return m.remainder(k, n)
    if fill_mode == "reflect":
        k = m.remainder(k, 2 * n)
        return m.minimum(k, m.subtract(2 * n - 1, k))
    return m.clip(k, 0, n - 1)


class Warp(RandomImages):
    """Base of random affine maps of images.

    Args:
        fill_mode: what is outside of an image: "reflect" (dcba|abcd|dcba), "wrap" (abcd|abcd|abcd), "nearest"
            (aaaa|abcd|dddd) or "constant" (`fill_value`).
        interpolation: "bilinear" or "nearest".
        seed: which stream of random numbers; None takes a fresh one.
    """

    def check_fields(self: Any) -> None:
        super().check_fields()
        require_word(type(self).__name__, "fill_mode", self.fill_mode, FILLS)
        require_word(type(self).__name__, "interpolation", self.interpolation, INTERPOLATIONS)
        self.spans()

    def spans(self) -> list[tuple[float, float]]:
        """What is drawn lies between these."""
        raise NotImplementedError

    def map(self, x: Array) -> Affine:
        """Where pixels come from."""
        raise NotImplementedError

    def changed(self: Any, x: Array) -> Array:
        y = affine(x, self.map(x), self.interpolation, self.fill_mode, self.fill_value)
        return cast(y, self.compute_dtype)


class RandomRotation(Warp):
    """Images turned about their middle.

    Args:
        factor: of a full turn: between two shares in -1..1, or -f..f; positive turns go against the clock.
        fill_mode, interpolation, fill_value, seed: as in `Warp`.

    Example:
        >>> RandomRotation(0.1)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    factor: float | Sequence[float]
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    seed: int | None = None
    fill_value: float = 0.0
    data_format: str | None = None

    def spans(self) -> list[tuple[float, float]]:
        return [span("RandomRotation", "factor", self.factor)]

    def map(self, x: Array) -> Affine:
        low, high = self.spans()[0]
        angle = m.multiply(self.drawn(x, 360 * low, 360 * high), math.pi / 180)
        cos, sin = m.cos(angle), m.sin(angle)
        cy, cx = (0.5 * (n - 1) for n in sides(x))
        minus = m.negative(sin)
        right = m.subtract(cx, m.add(m.multiply(cos, cx), m.multiply(minus, cy)))
        down = m.subtract(cy, m.add(m.multiply(sin, cx), m.multiply(cos, cy)))
        return cos, minus, right, sin, cos, down


class RandomTranslation(Warp):
    """Images moved.

    Args:
        height_factor: of the height: between two shares in -1..1, or -f..f; positive moves go down.
        width_factor: of the width; positive moves go right.
        fill_mode, interpolation, fill_value, seed: as in `Warp`.

    Example:
        >>> RandomTranslation(0.1, 0.1)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    height_factor: float | Sequence[float]
    width_factor: float | Sequence[float]
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    seed: int | None = None
    fill_value: float = 0.0
    data_format: str | None = None

    def spans(self) -> list[tuple[float, float]]:
        return [span("RandomTranslation", w, getattr(self, w)) for w in ("height_factor", "width_factor")]

    def map(self, x: Array) -> Affine:
        down, right = (
            m.multiply(self.drawn(x, *between), -float(n))
            for between, n in zip(self.spans(), sides(x), strict=True)
        )
        return 1.0, 0.0, right, 0.0, 1.0, down


class RandomZoom(Warp):
    """Images larger or smaller about their middle.

    Args:
        height_factor: between two shares in -1..1, or -f..f: how much more of the height is seen; -0.2 zooms in.
        width_factor: the same for the width; None: as the height, of each image.
        fill_mode, interpolation, fill_value, seed: as in `Warp`.

    Example:
        >>> RandomZoom(0.2)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    height_factor: float | Sequence[float]
    width_factor: float | Sequence[float] | None = None
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    seed: int | None = None
    fill_value: float = 0.0
    data_format: str | None = None

    def spans(self) -> list[tuple[float, float]]:
        factors = {"height_factor": self.height_factor, "width_factor": self.width_factor}
        return [span("RandomZoom", w, f) for w, f in factors.items() if f is not None or w == "height_factor"]

    def map(self, x: Array) -> Affine:
        zooms = [self.drawn(x, 1 + low, 1 + high) for low, high in self.spans()]
        (tall, wide), (h, w) = (zooms * 2)[:2], sides(x)
        down, right = (m.multiply(m.subtract(1.0, z), 0.5 * (n - 1)) for z, n in ((tall, h), (wide, w)))
        return wide, 0.0, right, 0.0, tall, down


class RandomShear(Warp):
    """Images slanted, to either side.

    Args:
        x_factor, y_factor: between two numbers in 0..1, or 0..f: by how many columns a row, rows a column.
        fill_mode, interpolation, fill_value, seed: as in `Warp`.

    Example:
        >>> RandomShear(0.2, 0.2)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    x_factor: float | Sequence[float] = 0.0
    y_factor: float | Sequence[float] = 0.0
    interpolation: str = "bilinear"
    fill_mode: str = "reflect"
    fill_value: float = 0.0
    data_format: str | None = None
    seed: int | None = None

    def spans(self) -> list[tuple[float, float]]:
        found = []
        for what in ("x_factor", "y_factor"):
            factor = getattr(self, what)
            low, high = span("RandomShear", what, factor, 0.0)
            found.append((low if isinstance(factor, list | tuple) else -high, high))
        return found

    def map(self, x: Array) -> Affine:
        side = m.where(m.greater(self.drawn(x), 0.5), -1.0, 1.0)
        across, along = (m.multiply(self.drawn(x, *between), side) for between in self.spans())
        return 1.0, across, 0.0, along, 1.0, 0.0
