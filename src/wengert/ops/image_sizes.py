"""Images at another size, with or without their proportions."""

from __future__ import annotations

import numpy as np

from wengert.base.dtypes import is_integer
from wengert.base.errors import ValueRangeError
from wengert.base.words import require_word
from wengert.ir.operators import cast
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops.operands import Array, known
from wengert.ops.padding import pad
from wengert.ops.resize import resize

METHODS = {
    "nearest": "nearest",
    "bilinear": "linear",
    "bicubic": "keys",
    "lanczos3": "lanczos3",
    "lanczos5": "lanczos5",
}
"""What `resize` calls interpolations that have other names along two axes."""


def resized(
    x: Array,
    size: tuple[int, int],
    interpolation: str = "bilinear",
    *,
    antialias: bool = False,
    crop: bool = False,
    around: bool = False,
    fill_value: float = 0.0,
) -> Array:
    """Images [batch, h, w, channels] of `size` (height, width); integers are rounded.

    Args:
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        antialias: let all pixels count where images get smaller.
        crop: cut off what would distort the image. around: put `fill_value` around it instead.
    """
    require_words("resize", interpolation, crop=crop, around=around)
    height, width = size
    if crop:
        x = widest(x, height, width)
    if around:
        h, w = sides(x)
        top = (max(h, w * height // width) - h) // 2
        left = (max(w, h * width // height) - w) // 2
        x = pad(x, [(0, 0), (top, top), (left, left), (0, 0)], constant_values=fill_value)
    smooth = antialias and interpolation != "nearest"
    return saturated(resize(x, size, (1, 2), METHODS[interpolation], antialias=smooth), type_of(x).dtype)


def require_words(name: str, interpolation: str, *, crop: bool, around: bool) -> None:
    """Raise ValueRangeError for an interpolation that there is not, and for both ways to keep proportions."""
    require_word(name, "interpolation", interpolation, METHODS)
    if crop and around:
        raise ValueRangeError(
            f"{name}: crop_to_aspect_ratio and pad_to_aspect_ratio exclude one another; got both."
        )


def widest(x: Array, height: int, width: int) -> Array:
    """The largest part in the middle of images of a batch that has the proportions of height x width."""
    h, w = sides(x)
    tall, wide = max(min(h, w * height // width), 1), max(min(w, h * width // height), 1)
    top, left = (h - tall) // 2, (w - wide) // 2
    return x[:, top : top + tall, left : left + wide]


def sides(x: Array) -> tuple[int, int]:
    """Height and width of the images of a batch.

    Raises:
        ShapeError: they are not known.
    """
    h, w = (known("images", "their sides", n) for n in type_of(x).shape[1:3])
    return h, w


def saturated(x: Array, dtype: str) -> Array:
    """x in a dtype: rounded to integers, within their range."""
    if type_of(x).dtype == dtype or not is_integer(dtype):
        return cast(x, dtype)
    info = np.iinfo(dtype)
    return cast(m.clip(m.round(x), float(info.min), float(info.max)), dtype)
