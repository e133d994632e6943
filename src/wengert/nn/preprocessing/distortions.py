"""Images seen from another place, or distorted as if on rubber."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from wengert.base.errors import ValueRangeError
from wengert.ir.types import type_of
from wengert.nn.preprocessing.warps import Warp
from wengert.ops import math as m
from wengert.ops import random
from wengert.ops.filters import filtered, short_bell
from wengert.ops.image_sizes import sides
from wengert.ops.operands import Array
from wengert.ops.sampling import FILLS, grid, homography, projected


class OccasionalWarp(Warp):
    """Base of layers that move the pixels of some images only: those that `happens` says."""

    def warped(self, x: Array, interpolation: str) -> Array:
        happens = self.happens(x)
        return m.where(happens, super().warped(x, interpolation), x)


class RandomPerspective(OccasionalWarp):
    """Some images as if seen from aside: each corner moved by a share of its coordinates.

    Args:
        factor: share of the images: f for 0..f, or between two numbers in 0..1.
        scale: in 0..1; shares lie in -scale / 2..scale / 2.
        interpolation: "bilinear" or "nearest".
        fill_value: of pixels from outside of the image.
        seed: which stream of random numbers; None takes a fresh one.

    Example:
        >>> RandomPerspective(scale=0.3, seed=1)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    factor: float | Sequence[float] = 1.0
    scale: float = 1.0
    interpolation: str = "bilinear"
    fill_value: float = 0.0
    seed: int | None = None
    data_format: str | None = None
    spans: ClassVar = {"factor": (0.0, 1.0)}

    def check_fields(self) -> None:
        super().check_fields()
        if not 0 <= self.scale <= 1:
            raise ValueRangeError(f"RandomPerspective: scale must be in 0..1; got {self.scale}.")

    def places(self, x: Array) -> tuple[Array, Array]:
        h, w = sides(x)
        corners = np.array([(0, 0), (w - 1, 0), (0, h - 1), (w - 1, h - 1)], "float32")
        shares = random.uniform(
            (type_of(x).shape[0], 4, 2), -self.scale / 2, self.scale / 2, seed=self.source
        )
        return projected(homography(corners * (1.0 + shares), corners), h, w)


class RandomElasticTransform(OccasionalWarp):
    """Some images with each pixel taken from a place nearby, neighbours from neighbouring places.

    Moves are normal numbers, smoothed by a bell of deviation ``s = 0.05 d min(h, w)`` and multiplied by
    ``0.1 d s max(h, w)``, where d is drawn once for the batch.

    Args:
        factor: share of the images: f for 0..f, or between two numbers in 0..1.
        scale: d: f for 0..f, or between two numbers in 0..1.
        interpolation: "bilinear" or "nearest".
        fill_mode: what is outside of an image: "reflect" (dcba|abcd|dcba), "mirror" (dcb|abcd|cba), "wrap"
            (abcd|abcd|abcd), "nearest" (aaaa|abcd|dddd) or "constant" (`fill_value`).
        value_range: smallest and largest value of a pixel; what leaves it is cut off.
        seed: which stream of random numbers; None takes a fresh one.

    Source: Simard et al., "Best practices for convolutional neural networks", ICDAR 2003.

    Example:
        >>> RandomElasticTransform(scale=0.5, seed=1)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    factor: float | Sequence[float] = 1.0
    scale: float | Sequence[float] = 1.0
    interpolation: str = "bilinear"
    fill_mode: str = "reflect"
    fill_value: float = 0.0
    value_range: Sequence[float] = (0, 255)
    seed: int | None = None
    data_format: str | None = None
    spans: ClassVar = {"factor": (0.0, 1.0), "scale": (0.0, 1.0)}
    fills: ClassVar = FILLS

    def changed(self, x: Array) -> Array:
        return m.clip(super().changed(x), *self.limits())

    def places(self, x: Array) -> tuple[Array, Array]:
        (h, w), (low, high) = sides(x), self.between("scale")
        drawn = random.uniform((), low, high, seed=self.source)
        sigma = drawn * (0.05 * min(h, w)) + 1e-6
        weights = short_bell(_taps(0.05 * high * min(h, w)), sigma)
        far = drawn * sigma * (0.1 * max(h, w))
        shape = (type_of(x).shape[0], h, w, 1)
        across, down = (
            far * filtered(filtered(random.normal(shape, seed=self.source), weights, 1), weights, 2)
            for _ in range(2)
        )
        row, column = grid(h, w)
        return row + down, column + across


def _taps(sigma: float) -> int:
    """How many places a bell of this deviation is computed at: three deviations to each side."""
    return int(6 * sigma) | 1
