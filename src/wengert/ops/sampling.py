"""The elements of arrays at places that need not be whole, with interpolation; where pixels of images come from."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert.base.dtypes import is_integer
from wengert.base.errors import ShapeError
from wengert.base.words import require_word
from wengert.ir.operators import cast
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops.indexing import take
from wengert.ops.joining import concatenate, stack
from wengert.ops.operands import Array, array, floating, known
from wengert.ops.shape import broadcast_to, expand_dims, reshape, squeeze
from wengert.ops.systems import solve
from wengert.prims.indexing import iota

FILLS = ("reflect", "wrap", "constant", "nearest", "mirror")
INTERPOLATIONS = ("bilinear", "nearest")

Places = tuple[Array, Array]
"""The row and the column that each pixel comes from: both [batch, height, width, 1]."""


def map_coordinates(
    x: Array,
    coordinates: Sequence[Array],
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    *,
    batched: bool = False,
) -> Array:
    """out[p] = x[coordinates[0][p], coordinates[1][p], ...], interpolated between the elements around that place.

    Args:
        coordinates: one array for each of the first axes of x; they broadcast.
        interpolation: "bilinear" (linear along each axis) or "nearest".
        fill_mode: what is outside of x: "reflect" (dcba|abcd|dcba), "mirror" (dcb|abcd|cba), "wrap"
            (abcd|abcd|abcd), "nearest" (aaaa|abcd|dddd) or "constant" (`fill_value`).
        batched: the first axis of x, and of the coordinates, is one of samples, each with places of its own.

    Shapes:
        x [n1, ..., nk, *rest], k coordinates [*places]  ->  [*places, *rest]

    Numerics: of integers the result is rounded, halves away from zero.

    Example:
        >>> import wengert as wg
        >>> map_coordinates(wg.Tensor([0.0, 10.0, 40.0]), [wg.Tensor([0.5, 2.0, 2.5])]).numpy()
        array([ 5., 40., 20.], dtype=float32)
    """
    require_word("map_coordinates", "interpolation", interpolation, INTERPOLATIONS)
    require_word("map_coordinates", "fill_mode", fill_mode, FILLS)
    x, coordinates = array(x), [floating(c) for c in coordinates]
    t, first = type_of(x), int(batched)
    if t.rank < len(coordinates) + first:
        raise ShapeError(
            f"map_coordinates: x must have an axis for each of {len(coordinates)} coordinates; got {t}."
        )
    around = [_around(c, interpolation) for c in coordinates]
    rest = t.rank - first - len(coordinates)
    parts = []
    for corners in itertools.product(*around):
        found = _elements(x, [index for index, _ in corners], fill_mode, fill_value, batched)
        share = functools.reduce(operator.mul, [share for _, share in corners])
        parts.append(found * (expand_dims_behind(share, rest) if rest else share))
    total = functools.reduce(operator.add, parts)
    return cast(_rounded(total), t.dtype) if is_integer(t.dtype) else total


def _around(place: Array, interpolation: str) -> list[tuple[Array, Array]]:
    """The whole places whose elements count, and how much."""
    if interpolation == "nearest":
        return [(_rounded(place), 1.0)]
    low = m.floor(place)
    share = place - low
    return [(low, 1.0 - share), (low + 1.0, share)]


def expand_dims_behind(x: Array, count: int) -> Array:
    """x with so many axes of length 1 behind its own."""
    return reshape(x, (*type_of(x).shape, *(1,) * count)) if type_of(x).rank else x


def _rounded(x: Array) -> Array:
    """Half away from zero."""
    return m.sign(x) * m.floor(m.abs(x) + 0.5)


def _elements(x: Array, indices: Sequence[Array], fill_mode: str, fill_value: float, batched: bool) -> Array:
    """The elements at whole places."""
    t, first = type_of(x), int(batched)
    lengths = [known("map_coordinates", "a length", n) for n in t.shape[first : first + len(indices)]]
    at: Any = 0
    for index, n in zip(indices, lengths, strict=True):
        at = at * n + _inside(cast(index, "int32"), n, fill_mode)
    size = functools.reduce(operator.mul, lengths, 1)
    if batched:
        shape = (t.shape[0], *(1,) * (type_of(at).rank - 1))
        at = at + iota(shape=shape, axis=0, dtype="int32") * size
    rows = t.shape[0] * size if batched else size
    rest = t.shape[first + len(indices) :]
    found = take(reshape(x, (rows, *rest)), at, axis=0)
    if fill_mode != "constant":
        return found
    there = [(index >= 0.0) & (index < float(n)) for index, n in zip(indices, lengths, strict=True)]
    seen = functools.reduce(operator.and_, there)
    return m.where(expand_dims_behind(seen, len(rest)), found, fill_value)


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


# --- images ---------------------------------------------------------------------------------------


def grid(height: int, width: int) -> Places:
    """The row and the column of each pixel: [1, height, 1, 1] and [1, 1, width, 1]."""
    rows, columns = (np.arange(n, dtype="float32") for n in (height, width))
    return rows.reshape(1, height, 1, 1), columns.reshape(1, 1, width, 1)


def sampled(
    images: Array, places: Places, interpolation: str, fill_mode: str, fill_value: float = 0.0
) -> Array:
    """out[y, x] = image[rows[y, x], columns[y, x]] for each image of a batch; `map_coordinates` says the rest."""
    flat = [squeeze(p, -1) for p in places]
    return map_coordinates(images, flat, interpolation, fill_mode, fill_value, batched=True)


def projected(transform: Array, height: int, width: int) -> Places:
    """Where the pixel (x, y) comes from: x' = (a0 x + a1 y + a2) / k, y' = (b0 x + b1 y + b2) / k, k = c0 x + c1 y + 1.

    Shapes:
        transform [batch, 8]: a0, a1, a2, b0, b1, b2, c0, c1
    """
    t = type_of(transform)
    a0, a1, a2, b0, b1, b2, c0, c1 = (reshape(transform[:, k], (t.shape[0], 1, 1, 1)) for k in range(8))
    row, column = grid(height, width)
    distance = c0 * column + c1 * row + 1.0
    return (b0 * column + b1 * row + b2) / distance, (a0 * column + a1 * row + a2) / distance


def homography(points: Array, images: Array) -> Array:
    """The map of planes, as in `projected`, that takes four points (x, y) to four others.

    Shapes:
        points [batch, 4, 2], images [batch, 4, 2] or [4, 2]  ->  [batch, 8]
    """
    x, y = points[..., 0], points[..., 1]
    u, v = (broadcast_to(images[..., k], type_of(x).shape) for k in range(2))
    one, zero = x * 0.0 + 1.0, x * 0.0
    of_u = stack([x, y, one, zero, zero, zero, -(u * x), -(u * y)], -1)
    of_v = stack([zero, zero, zero, x, y, one, -(v * x), -(v * y)], -1)
    right = expand_dims(concatenate([u, v], -1), -1)
    return squeeze(solve(concatenate([of_u, of_v], 1), right), -1)
