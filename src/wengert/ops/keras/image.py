"""Images by Keras's names: `wg.ops.image`. One image or a batch, channels last or first."""

from __future__ import annotations

from typing import Any

from wengert.base.dtypes import is_float
from wengert.base.errors import DTypeError, ShapeError, UsageError, ValueRangeError
from wengert.base.words import require_word
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import colours, image_quality, joining
from wengert.ops.filters import bell, filtered, slope
from wengert.ops.image_sizes import resized, sides
from wengert.ops.keras.layouts import is_first, of_images
from wengert.ops.keras.patches import extract_patches, extract_patches_3d
from wengert.ops.keras.warps import (
    affine_transform,
    elastic_transform,
    map_coordinates,
    perspective_transform,
    scale_and_translate,
)
from wengert.ops.operands import Array, floating, per_axis
from wengert.ops.operands import array as operand
from wengert.ops.padding import pad
from wengert.ops.shape import expand_dims, moveaxis, squeeze

__all__ = [
    "affine_transform",
    "crop_images",
    "elastic_transform",
    "extract_patches",
    "extract_patches_3d",
    "gaussian_blur",
    "hsv_to_rgb",
    "map_coordinates",
    "pad_images",
    "perspective_transform",
    "resize",
    "rgb_to_grayscale",
    "rgb_to_hsv",
    "scale_and_translate",
    "sobel_edges",
    "ssim",
]

# --- colours --------------------------------------------------------------------------------------


def rgb_to_grayscale(images: Any, data_format: Any = None) -> Array:
    """0.2989 red + 0.5870 green + 0.1140 blue, in one channel; integers are cut off to integers."""
    dtype = type_of(operand(images)).dtype

    def of_batch(x: Array) -> Array:
        if type_of(x).shape[-1] == 1:
            return x
        _require_colours("rgb_to_grayscale", x)
        return operators.cast(colours.grey(floating(x)), dtype)

    return of_images("rgb_to_grayscale", data_format, of_batch, images)


def rgb_to_hsv(images: Any, data_format: Any = None) -> Array:
    """Hue, saturation and value in 0..1 of colours in 0..1.

    Example:
        >>> import wengert as wg
        >>> rgb_to_hsv(wg.Tensor([[[0.0, 2.0, 1.0]]])).numpy()
        array([[[0.4166667, 1.       , 2.       ]]], dtype=float32)
    """

    def of_batch(x: Array) -> Array:
        _require_float_colours("rgb_to_hsv", x)
        return joining.concatenate(colours.to_hsv(x), axis=-1)

    return of_images("rgb_to_hsv", data_format, of_batch, images)


def hsv_to_rgb(images: Any, data_format: Any = None) -> Array:
    """Colours in 0..1 of hue, saturation and value."""

    def of_batch(x: Array) -> Array:
        _require_float_colours("hsv_to_rgb", x)
        return colours.to_rgb(x[..., 0:1], x[..., 1:2], x[..., 2:3])

    return of_images("hsv_to_rgb", data_format, of_batch, images)


def _require_colours(name: str, x: Array) -> None:
    if type_of(x).shape[-1] != 3:
        raise ShapeError(f"{name}: images must have 3 channels; got {type_of(x)} (channels last).")


def _require_float_colours(name: str, x: Array) -> None:
    if not is_float(type_of(x).dtype):
        raise DTypeError(f"{name}: images must be floating-point, in 0..1; got {type_of(x)}.")
    _require_colours(name, x)


# --- sizes ----------------------------------------------------------------------------------------


def resize(
    images: Any, size: Any, interpolation: str = "bilinear", antialias: bool = False,
    crop_to_aspect_ratio: bool = False, pad_to_aspect_ratio: bool = False, fill_mode: str = "constant",
    fill_value: float = 0.0, data_format: Any = None,
) -> Array:  # fmt: skip
    """Images of `size` (height, width); integers are rounded.

    Args:
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        antialias: let all pixels count where images get smaller.
        crop_to_aspect_ratio: cut off what would distort the image; pad_to_aspect_ratio: put `fill_value` around it.
    """
    require_word("resize", "fill_mode", fill_mode, ("constant",))
    height, width = per_axis("resize", "size", size, 2)

    def of_batch(x: Array) -> Array:
        return resized(
            x,
            (height, width),
            interpolation,
            antialias=antialias,
            crop=crop_to_aspect_ratio,
            around=pad_to_aspect_ratio,
            fill_value=fill_value,
        )

    return of_images("resize", data_format, of_batch, images)


def pad_images(
    images: Any, top_padding: Any = None, left_padding: Any = None, bottom_padding: Any = None,
    right_padding: Any = None, target_height: Any = None, target_width: Any = None, data_format: Any = None,
) -> Array:  # fmt: skip
    """Images with zeros around them; two of top, bottom and height, and two of left, right and width, say how many."""

    def of_batch(x: Array) -> Array:
        h, w = sides(x)
        rows = _margins("pad_images", "top_padding bottom_padding target_height", top_padding, bottom_padding,
                        None if target_height is None else target_height - h)  # fmt: skip
        columns = _margins("pad_images", "left_padding right_padding target_width", left_padding, right_padding,
                           None if target_width is None else target_width - w)  # fmt: skip
        return pad(x, ((0, 0), rows, columns, (0, 0)))

    return of_images("pad_images", data_format, of_batch, images)


def crop_images(
    images: Any, top_cropping: Any = None, left_cropping: Any = None, bottom_cropping: Any = None,
    right_cropping: Any = None, target_height: Any = None, target_width: Any = None, data_format: Any = None,
) -> Array:  # fmt: skip
    """Images cut at their sides; two of top, bottom and height, and two of left, right and width, say where."""

    def of_batch(x: Array) -> Array:
        h, w = sides(x)
        top, bottom = _margins("crop_images", "top_cropping bottom_cropping target_height", top_cropping,
                               bottom_cropping, None if target_height is None else h - target_height)  # fmt: skip
        left, right = _margins("crop_images", "left_cropping right_cropping target_width", left_cropping,
                               right_cropping, None if target_width is None else w - target_width)  # fmt: skip
        return x[:, top : max(h - bottom, top), left : max(w - right, left)]

    return of_images("crop_images", data_format, of_batch, images)


def _margins(name: str, words: str, before: Any, after: Any, total: Any) -> tuple[int, int]:
    """Both margins, of which two, or one and their sum, are given."""
    if [before, after, total].count(None) != 1:
        raise UsageError(f"{name}: two of {', '.join(words.split())} must be given, and no more.")
    before = total - after if before is None else before
    after = total - before if after is None else after
    if before < 0 or after < 0:
        raise ValueRangeError(
            f"{name}: {', '.join(words.split())} must leave no side below 0; got {before} and {after}."
        )
    return int(before), int(after)


# --- filters --------------------------------------------------------------------------------------


def gaussian_blur(
    images: Any, kernel_size: Any = (3, 3), sigma: Any = (1.0, 1.0), data_format: Any = None
) -> Array:
    """Each pixel a mean of those around it, weighted by a bell curve; outside of the image there are zeros.

    Args:
        kernel_size, sigma: how many columns and rows count, and the deviations along both: (x, y).
    """
    columns, rows = per_axis("gaussian_blur", "kernel_size", kernel_size, 2)

    def of_batch(x: Array) -> Array:
        x = floating(x)
        dtype = type_of(x).dtype
        across, down = (operators.cast(bell(n, s), dtype) for n, s in ((columns, sigma[0]), (rows, sigma[1])))
        return filtered(filtered(x, across, 2), down, 1)

    return of_images("gaussian_blur", data_format, of_batch, images)


def sobel_edges(images: Any, data_format: Any = None) -> Array:
    """How fast images grow downwards and to the right: [..., 2]. Outside of the image there are zeros.

    Shapes:
        images [batch, h, w, channels]  ->  [batch, h, w, channels, 2]
    """
    x = floating(images)
    if type_of(x).rank != 4:
        raise ShapeError(f"sobel_edges: images must be a batch of such, with 4 axes; got {type_of(x)}.")
    y, column = (2, 3) if is_first("sobel_edges", data_format) else (1, 2)
    return joining.stack([slope(x, y, column), slope(x, column, y)], axis=-1)


def ssim(
    image1: Any, image2: Any, max_val: float = 1.0, filter_size: int = 11, filter_sigma: float = 1.5,
    k1: float = 0.01, k2: float = 0.03, data_format: Any = None,
) -> Array:  # fmt: skip
    """Structural similarity of each pair of images, in -1..1; `wengert.ops.image_quality` says the formula.

    Example:
        >>> import wengert as wg
        >>> image = wg.ones((16, 16, 3))
        >>> round(float(ssim(image, image)), 5)
        1.0
    """
    dtype = type_of(operand(image1)).dtype
    pair = [floating(x) for x in (image1, image2)]
    ranks = {type_of(x).rank for x in pair}
    if len(ranks) > 1 or not ranks <= {3, 4}:
        raise ShapeError(
            f"ssim: both must be an image or a batch; got {type_of(pair[0])} and {type_of(pair[1])}."
        )
    one = ranks == {3}
    pair = [expand_dims(x, 0) for x in pair] if one else pair
    pair = [moveaxis(x, 1, -1) for x in pair] if is_first("ssim", data_format) else pair
    x, y = pair
    found = image_quality.ssim(x, y, max_val, filter_size, filter_sigma, k1, k2)
    return operators.cast(squeeze(found, 0) if one else found, dtype)


def __dir__() -> list[str]:
    return list(__all__)
