"""Images whose levels are spread evenly: by the histogram of the whole, or of the parts of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert.base.errors import ValueRangeError
from wengert.base.numbers import require_count
from wengert.ir.operators import cast
from wengert.ir.types import type_of
from wengert.nn.preprocessing.images import Images
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.image_sizes import sides
from wengert.ops.indexing import take
from wengert.ops.operands import Array
from wengert.ops.padding import pad
from wengert.ops.segments import segment_sum
from wengert.ops.shape import reshape, transpose
from wengert.prims.indexing import iota

LEVELS = 256


def histograms(levels: Array, bins: int) -> Array:
    """How many of the numbers 0..bins - 1 along the last axis are each of them: [..., n] -> [..., bins]"""
    shape = type_of(levels).shape
    lines = reshape(levels, (-1, shape[-1]))
    count = type_of(lines).shape[0]
    of_line = iota(shape=(count, 1), axis=0, dtype="int32") * bins
    ones = np.float32(1) + 0 * cast(lines, "float32")
    return reshape(segment_sum(ones, lines + of_line, count * bins), (*shape[:-1], bins))


class Equalization(Images):
    """Levels of each channel replaced by the share of pixels that are darker; while training only, as a call alone is.

    Args:
        value_range: smallest and largest value of a pixel.
        bins: how many levels are told apart, > 1.

    Numerics: the histogram is that of all images of the batch together, as in Keras. Map the layer over single images
    to have one for each.

    Example:
        >>> Equalization()(np.array([[[10.0], [11.0], [12.0]]])).ravel().tolist()
        [0.0, 128.0, 255.0]
    """

    value_range: Sequence[float] = (0, 255)
    bins: int = 256
    data_format: str | None = None

    def check_fields(self) -> None:
        super().check_fields()
        require_count("Equalization", "bins", self.bins)

    def call(self, x: Any, training: bool = True) -> Any:
        return self.of_batch(self.changed, x) if training else cast(x, self.compute_dtype)

    def changed(self, x: Array) -> Array:
        low, high = self.limits()
        channels = type_of(x).shape[-1]
        levels = transpose((x - low) * (255 / (high - low)), (3, 0, 1, 2))
        bins = cast(m.clip(levels * (self.bins - 1) / 255.0, 0.0, float(self.bins - 1)), "int32")
        counts = histograms(reshape(bins, (channels, -1)), self.bins)
        up_to = reduce.cumulative_sum(counts, axis=-1)
        first = reduce.min(m.where(up_to > 0, up_to, up_to[:, -1:]), -1, keepdims=True)
        others = up_to[:, -1:] - first
        table = m.round((up_to - first) * 255.0 / m.where(m.equal(others, 0), 1.0, others))
        at = bins + iota(shape=(channels, 1, 1, 1), axis=0, dtype="int32") * self.bins
        found = take(reshape(m.clip(table, 0.0, 255.0), (-1,)), at)
        even = m.where(reshape(m.equal(others, 0), (channels, 1, 1, 1)), levels, found)
        return transpose(even, (1, 2, 3, 0)) * ((high - low) / 255) + low


class ContrastLimitedAdaptiveHistogramEqualization(Images):
    """Levels equalized by the histograms of the parts of a grid around each pixel, none of which may be too steep.

    Args:
        value_range: smallest and largest value of a pixel.
        clip_limit: the most that a level may count, in means of all levels; what is above is given to all evenly. 0: no
            limit.
        tile_grid_size: rows and columns of the grid.

    Source: Zuiderveld, "Contrast limited adaptive histogram equalization", Graphics Gems IV, 1994.

    Example:
        >>> layer = ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(4, 4))
        >>> layer(np.zeros((5, 32, 30, 3), "float32")).shape
        (5, 32, 30, 3)
    """

    value_range: Sequence[float] = (0, 255)
    clip_limit: float = 4.0
    tile_grid_size: Sequence[int] = (8, 8)
    data_format: str | None = None

    def check_fields(self) -> None:
        super().check_fields()
        grid = self.tile_grid_size
        if len(grid) != 2 or min(grid) < 1:
            raise ValueRangeError(
                f"{type(self).__name__}: tile_grid_size must be two ints > 0; got {grid!r}."
            )

    def changed(self, x: Array) -> Array:
        (low, high), (h, w), (rows, columns) = self.limits(), sides(x), self.tile_grid_size
        tall, wide = -(-h // rows), -(-w // columns)  # of a tile
        levels = m.clip((x - low) * (255 / (high - low)), 0.0, 255.0)
        around = [(0, 0), (0, tall * rows - h), (0, wide * columns - w), (0, 0)]
        pixels = cast(pad(levels, around, "symmetric"), "int32")
        tables = self.tables(pixels, tall, wide)
        y = _between_tiles(tables, pixels[:, :h, :w], _shares(h, tall, rows), _shares(w, wide, columns))
        return y * ((high - low) / 255) + low

    def tables(self, pixels: Array, tall: int, wide: int) -> Array:
        """What becomes of each level in each tile: [batch, rows, columns, channels, 256]"""
        (rows, columns), shape = self.tile_grid_size, type_of(pixels).shape
        tiles = transpose(
            reshape(pixels, (shape[0], rows, tall, columns, wide, shape[3])), (0, 1, 3, 5, 2, 4)
        )
        counts = histograms(reshape(tiles, (shape[0], rows, columns, shape[3], tall * wide)), LEVELS)
        if self.clip_limit > 0:
            clipped = m.minimum(counts, self.clip_limit * tall * wide / LEVELS)
            counts = clipped + reduce.sum(counts - clipped, -1, keepdims=True) / LEVELS
        up_to = reduce.cumulative_sum(counts, axis=-1)
        first = up_to[..., :1]
        others = tall * wide - first
        return m.clip((up_to - first) * 255.0 / m.where(m.equal(others, 0), 1.0, others), 0.0, 255.0)


def _shares(length: int, side: int, count: int) -> tuple[Any, Any, Any]:
    """Of each pixel along an axis: the two tiles with the nearest middles, and the share of the second."""
    at = (np.arange(length, dtype="float32") - side / 2) / side
    first = np.floor(at)
    nearest = [np.clip(first + k, 0, count - 1).astype("int32") for k in (0, 1)]
    return nearest[0], nearest[1], (at - first).astype("float32")


def _between_tiles(
    tables: Array, pixels: Array, tall: tuple[Any, Any, Any], wide: tuple[Any, Any, Any]
) -> Array:
    """What the tables of the four tiles around make of each pixel, in the shares of their distances."""
    batch, rows, columns, channels, levels = type_of(tables).shape
    flat = reshape(tables, (-1,))
    number = iota(shape=(batch, 1, 1, 1), axis=0, dtype="int32") * (rows * columns * channels * levels)
    own = pixels + number + np.arange(int(channels), dtype="int32") * levels

    def by(row: Any, column: Any) -> Array:
        tile = (row[:, None] * columns + column)[None, :, :, None] * (channels * levels)
        return take(flat, own + tile)

    (top, bottom, down), (left, right, along) = tall, wide
    along, down = along[:, None], down[:, None, None]
    above = by(top, left) * (1.0 - along) + by(top, right) * along
    below = by(bottom, left) * (1.0 - along) + by(bottom, right) * along
    return above * (1.0 - down) + below * down
