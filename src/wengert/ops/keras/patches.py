"""Images cut into patches and put together again; space folded into channels, and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from wengert.base.errors import ShapeError
from wengert.base.numbers import require_count
from wengert.base.words import require_word
from wengert.ir.types import type_of
from wengert.ops import windows
from wengert.ops.conv import resolve_padding
from wengert.ops.keras.layouts import is_first, of_images, with_channels_last
from wengert.ops.operands import Array, known, per_axis
from wengert.ops.operands import array as operand
from wengert.ops.padding import pad
from wengert.ops.shape import reshape, slice_axis, transpose

__all__ = ["depth_to_space", "fold", "space_to_depth", "unfold"]


def extract_patches(
    images: Any, size: Any, strides: Any = None, dilation_rate: Any = 1, padding: str = "valid",
    data_format: Any = None,
) -> Array:  # fmt: skip
    """Each patch of images as the channels of a pixel, rows first; a `size` of three is for volumes.

    Args:
        size: height and width of a patch.
        strides: from patch to patch; None: as `size`.
        dilation_rate: how far apart the pixels of a patch are.
        padding: "valid", or "same": zeros around.

    Shapes:
        images [batch, h, w, channels] or without batch  ->  [batch, h', w', height * width * channels]

    Example:
        >>> import wengert as wg
        >>> wg.ops.image.extract_patches(wg.zeros((2, 6, 6, 3)), 3).shape
        (2, 2, 2, 27)
    """
    rank = 3 if isinstance(size, Sequence) and len(size) == 3 else 2
    return _patches("extract_patches", images, rank, size, strides, dilation_rate, padding, data_format)


def extract_patches_3d(
    volumes: Any, size: Any, strides: Any = None, dilation_rate: Any = 1, padding: str = "valid",
    data_format: Any = None,
) -> Array:  # fmt: skip
    """Each patch of volumes as the channels of a voxel; the arguments are those of `extract_patches`."""
    return _patches("extract_patches_3d", volumes, 3, size, strides, dilation_rate, padding, data_format)


def _patches(
    name: str, x: Any, rank: int, size: Any, strides: Any, dilation: Any, padding: str, data_format: Any
) -> Array:
    require_word(name, "padding", padding, ("valid", "same"))
    sizes = per_axis(name, "size", size, rank)
    steps = sizes if strides is None else per_axis(name, "strides", strides, rank)
    apart = per_axis(name, "dilation_rate", dilation, rank)
    wide = [(n - 1) * d + 1 for n, d in zip(sizes, apart, strict=True)]

    def of_batch(x: Array) -> Array:
        around = resolve_padding(name, padding, type_of(x).shape[1:-1], wide, steps)
        x = pad(x, ((0, 0), *around, (0, 0))) if any(map(any, around)) else x
        for axis, (n, step, d) in enumerate(zip(sizes, steps, apart, strict=True), 1):
            x = windows.unfold(x, n, step, axis, dilation=d)
        # [batch, *places, channels, *patch]  ->  [batch, *places, *patch, channels]
        x = transpose(x, (*range(rank + 1), *range(rank + 2, 2 * rank + 2), rank + 1))
        shape = type_of(x).shape
        return reshape(x, (*shape[: rank + 1], math.prod(shape[rank + 1 :])))

    return of_images(name, data_format, of_batch, x, rank)


def unfold(x: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Array:
    """Each patch of images [batch, channels, h, w] as a column: PyTorch's unfold (im2col).

    Shapes:
        x [batch, channels, h, w]  ->  [batch, channels * height * width, patches]

    Example:
        >>> import wengert as wg
        >>> wg.ops.unfold(wg.reshape(wg.arange(9), (1, 1, 3, 3)), 2)[0, :, 0].numpy()
        array([0, 1, 3, 4])
    """
    x = operand(x)
    t = type_of(x)
    if t.rank != 4:
        raise ShapeError(f"unfold: x must be [batch, channels, h, w]; got {t}.")
    size, apart, around, steps = _of_both("unfold", kernel_size, dilation, padding, stride)
    x = pad(x, ((0, 0), (0, 0), *((n, n) for n in around))) if any(around) else x
    for axis in (0, 1):
        x = windows.unfold(x, size[axis], steps[axis], axis + 2, dilation=apart[axis])
    x = transpose(x, (0, 1, 4, 5, 2, 3))
    batch, channels, height, width, rows, columns = type_of(x).shape
    return reshape(x, (batch, channels * height * width, rows * columns))


def fold(
    x: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Array:
    """The sum of patches, each put where `unfold` takes it from: PyTorch's fold (col2im), the transpose of `unfold`.

    Shapes:
        x [batch, channels * height * width, patches]  ->  [batch, channels, *output_size]

    Raises:
        ShapeError: there are not as many patches as places for them.
    """
    x = operand(x)
    t = type_of(x)
    size, apart, around, steps = _of_both("fold", kernel_size, dilation, padding, stride)
    lengths = [
        n + 2 * p for n, p in zip(per_axis("fold", "output_size", output_size, 2), around, strict=True)
    ]
    counts = [(n - (k - 1) * d - 1) // s + 1 for n, k, d, s in zip(lengths, size, apart, steps, strict=True)]
    if (
        t.rank != 3
        or t.shape[2] != math.prod(counts)
        or known("fold", "axis 1", t.shape[1]) % math.prod(size)
    ):
        raise ShapeError(
            f"fold: x must be [batch, channels * {math.prod(size)}, {math.prod(counts)}]; got {t} for windows {size}, "
            f"{' x '.join(map(str, counts))} of them."
        )
    x = transpose(
        reshape(x, (t.shape[0], int(t.shape[1]) // math.prod(size), *size, *counts)), (0, 1, 4, 5, 2, 3)
    )
    for axis in (1, 0):
        x = windows.fold(x, lengths[axis], steps[axis], axis + 2, dilation=apart[axis])
        if around[axis]:
            x = slice_axis(x, axis + 2, around[axis], lengths[axis] - around[axis])
    return x


def _of_both(name: str, kernel: Any, dilation: Any, padding: Any, stride: Any) -> list[tuple[int, ...]]:
    """An int for rows and one for columns, of each argument."""
    pair = (padding, padding) if isinstance(padding, int) else tuple(padding)
    for n in pair:
        require_count(name, "padding", n, 0)
    return [
        per_axis(name, "kernel_size", kernel, 2),
        per_axis(name, "dilation", dilation, 2),
        pair,
        per_axis(name, "stride", stride, 2),
    ]


def depth_to_space(x: Any, block_size: int, data_format: str = "channels_last") -> Array:
    """Channels laid out as blocks of pixels (pixel shuffle): [batch, h, w, b * b * c]  ->  [batch, b h, b w, c].

    Example:
        >>> import wengert as wg
        >>> wg.ops.depth_to_space(wg.reshape(wg.arange(4), (1, 1, 1, 4)), 2)[0, :, :, 0].numpy()
        array([[0, 1],
               [2, 3]])
    """
    b = require_count("depth_to_space", "block_size", block_size)
    first = is_first("depth_to_space", data_format)

    def of_last(x: Array) -> Array:
        n, h, w, c = _four("depth_to_space", x)
        if known("depth_to_space", "channels", c) % (b * b):
            raise ShapeError(f"depth_to_space: channels must be a multiple of {b * b}; got {type_of(x)}.")
        inner = int(c) // (b * b)
        if first:  # channels [c, b, b] rather than [b, b, c]
            x = transpose(reshape(x, (n, h, w, inner, b, b)), (0, 1, 4, 2, 5, 3))
        else:
            x = transpose(reshape(x, (n, h, w, b, b, inner)), (0, 1, 3, 2, 4, 5))
        return reshape(x, (n, h * b, w * b, inner))

    return with_channels_last("depth_to_space", data_format, of_last, x)


def space_to_depth(x: Any, block_size: int, data_format: str = "channels_last") -> Array:
    """Blocks of pixels laid out as channels, the inverse of `depth_to_space`."""
    b = require_count("space_to_depth", "block_size", block_size)
    first = is_first("space_to_depth", data_format)

    def of_last(x: Array) -> Array:
        n, h, w, c = _four("space_to_depth", x)
        if any(known("space_to_depth", "a side", side) % b for side in (h, w)):
            raise ShapeError(f"space_to_depth: sides must be multiples of {b}; got {type_of(x)}.")
        x = reshape(x, (n, h // b, b, w // b, b, c))
        x = transpose(x, (0, 1, 3, 5, 2, 4) if first else (0, 1, 3, 2, 4, 5))
        return reshape(x, (n, h // b, w // b, c * b * b))

    return with_channels_last("space_to_depth", data_format, of_last, x)


def _four(name: str, x: Array) -> tuple[Any, ...]:
    t = type_of(x)
    if t.rank != 4:
        raise ShapeError(f"{name}: x must have 4 axes; got {t}.")
    return t.shape
