"""Images whose pixels come from other places, of arguments as Keras has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.base.words import require_word
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import random, sampling
from wengert.ops import resize as _resize
from wengert.ops.filters import bell, filtered
from wengert.ops.image_sizes import sides
from wengert.ops.joining import stack
from wengert.ops.keras.layouts import of_images
from wengert.ops.operands import Array, floating
from wengert.ops.operands import array as operand
from wengert.ops.shape import broadcast_to, expand_dims

__all__: list[str] = []

ORDERS = ("nearest", "bilinear")
METHODS = {
    **dict.fromkeys(("linear", "bilinear", "trilinear"), "linear"),
    **dict.fromkeys(("cubic", "bicubic", "tricubic"), "cubic"),
    "lanczos3": "lanczos3",
    "lanczos5": "lanczos5",
}


def affine_transform(
    images: Any, transform: Any, interpolation: str = "bilinear", fill_mode: str = "constant",
    fill_value: float = 0, data_format: Any = None,
) -> Array:  # fmt: skip
    """out[y, x] = image[y', x'], where x' = (a0 x + a1 y + a2) / k, y' = (b0 x + b1 y + b2) / k, k = c0 x + c1 y + 1.

    Args:
        transform: [8] or [batch, 8]: a0, a1, a2, b0, b1, b2, c0, c1; both for all images, or for each.
        interpolation, fill_mode, fill_value: as in `wengert.ops.sampling.map_coordinates`.
    """
    transform = floating(transform)
    t = type_of(transform)
    if t.rank not in (1, 2) or t.shape[-1] != 8:
        raise ShapeError(f"affine_transform: transform must be [8] or [batch, 8]; got {t}.")
    transform = expand_dims(transform, 0) if t.rank == 1 else transform

    def of_batch(x: Array) -> Array:
        numbers = _for_each("affine_transform", x, transform)
        return _warped(x, sampling.projected(numbers, *sides(x)), interpolation, fill_mode, fill_value)

    return of_images("affine_transform", data_format, of_batch, images)


def perspective_transform(
    images: Any, start_points: Any, end_points: Any, interpolation: str = "bilinear", fill_value: float = 0,
    data_format: Any = None,
) -> Array:  # fmt: skip
    """Images seen from another place: what was at four points (x, y) goes to four others; [4, 2] or [batch, 4, 2]."""
    start, end = floating(start_points), floating(end_points)
    shapes = [type_of(p).shape for p in (start, end)]
    if shapes[0] != shapes[1] or len(shapes[0]) not in (2, 3) or shapes[0][-2:] != (4, 2):
        raise ShapeError(
            f"perspective_transform: start_points and end_points must be [4, 2] or [batch, 4, 2], both; got "
            f"{type_of(start)} and {type_of(end)}."
        )
    start, end = (expand_dims(p, 0) if len(shapes[0]) == 2 else p for p in (start, end))

    def of_batch(x: Array) -> Array:
        numbers = _for_each("perspective_transform", x, sampling.homography(end, start))
        places = sampling.projected(numbers, *sides(x))
        return _warped(x, places, interpolation, "constant", fill_value)

    return of_images("perspective_transform", data_format, of_batch, images)


def elastic_transform(
    images: Any, alpha: float = 20.0, sigma: float = 5.0, interpolation: str = "bilinear",
    fill_mode: str = "reflect", fill_value: float = 0.0, seed: Any = None, data_format: Any = None,
) -> Array:  # fmt: skip
    """Images with each pixel from a place nearby, neighbours from neighbouring places.

    Moves are ``alpha * sigma`` times normal numbers, blurred by a bell of deviation `sigma`; those down and those to
    the right are drawn apart (Keras draws them alike).

    Args:
        seed: an int, or a `wg.random.SeedGenerator`; None takes the next of the global stream.
    """
    if not sigma > 0:
        raise ValueRangeError(f"elastic_transform: sigma must be positive; got {sigma}.")

    def of_batch(x: Array) -> Array:
        h, w = sides(x)
        drawn = random.normal((type_of(x).shape[0], h, w, 2), stddev=sigma, seed=seed)
        weights = bell(int(6 * sigma) | 1, sigma)
        moves = alpha * filtered(filtered(drawn, weights, 1), weights, 2)
        row, column = sampling.grid(h, w)
        places = (row + moves[..., :1], column + moves[..., 1:])
        return _warped(x, places, interpolation, fill_mode, fill_value)

    return of_images("elastic_transform", data_format, of_batch, images)


def _for_each(name: str, x: Array, numbers: Array) -> Array:
    """The numbers of each image of a batch, where they are those of all."""
    images, t = type_of(x), type_of(numbers)
    if t.shape[0] == 1:
        return broadcast_to(numbers, (images.shape[0], *t.shape[1:]))
    if t.shape[0] != images.shape[0]:
        raise ShapeError(
            f"{name}: there must be one transform for all images or for each; got {t} for {images}."
        )
    return numbers


def _warped(x: Array, places: Any, interpolation: str, fill_mode: str, fill_value: float) -> Array:
    return operators.cast(sampling.sampled(x, places, interpolation, fill_mode, fill_value), type_of(x).dtype)


def map_coordinates(
    inputs: Any, coordinates: Any, order: int, fill_mode: str = "constant", fill_value: float = 0
) -> Array:
    """out[p] = inputs[coordinates[0][p], coordinates[1][p], ...]; order 1: linear along each axis, 0: the nearest.

    Example:
        >>> import wengert as wg
        >>> map_coordinates(wg.Tensor([[0.0, 1.0], [2.0, 3.0]]), wg.Tensor([[0.5, 1.0], [0.5, 0.0]]), order=1).numpy()
        array([1.5, 2. ], dtype=float32)
    """
    x = operand(inputs)
    at = floating(stack(list(coordinates)) if isinstance(coordinates, Sequence) else coordinates)
    t, ta = type_of(x), type_of(at)
    if ta.rank < 2 or ta.shape[0] != t.rank:
        raise ShapeError(
            f"map_coordinates: coordinates must be [axes of inputs, *places]; got {ta} for inputs {t}."
        )
    if order not in (0, 1):
        raise ValueRangeError(f"map_coordinates: order must be 0 or 1; got {order!r}.")
    found = sampling.map_coordinates(x, [at[k] for k in range(t.rank)], ORDERS[order], fill_mode, fill_value)
    return operators.cast(found, t.dtype)


def scale_and_translate(
    images: Any, output_shape: Any, scale: Any, translation: Any, spatial_dims: Any, method: str,
    antialias: bool = True,
) -> Array:  # fmt: skip
    """out[i] = images at (i + 1/2 - translation) / scale - 1/2 along some axes, interpolated; 0 outside of them.

    Args:
        output_shape: of the result, all axes.
        scale, translation: a number for each of `spatial_dims`.
        method: "linear", "cubic" (also "bilinear", "trilinear", ...), "lanczos3" or "lanczos5".
        antialias: widen the kernel where the axis gets shorter.
    """
    require_word("scale_and_translate", "method", method, METHODS)
    axes = tuple(spatial_dims)
    return _resize.scale_and_translate(
        images, output_shape, axes, scale, translation, METHODS[method], antialias
    )
