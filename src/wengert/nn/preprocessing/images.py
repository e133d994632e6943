"""Images at another size, or cut out; channels last, one image or a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from wengert.base.dtypes import is_integer
from wengert.base.errors import ShapeError, ValueRangeError
from wengert.base.numbers import require_count
from wengert.base.words import require_word
from wengert.ir.operators import cast
from wengert.ir.types import type_of
from wengert.nn.layer import Layer
from wengert.ops import math as m
from wengert.ops.image_sizes import require_words, resized, saturated, sides, widest
from wengert.ops.indexing import take
from wengert.ops.operands import Array
from wengert.ops.resize import resize
from wengert.ops.shape import expand_dims, squeeze


class Images(Layer):
    """Base of layers that change images [height, width, channels], or batches of them; sides must be known.

    A field `value_range` is the smallest and the largest value of a pixel.
    """

    def check_fields(self) -> None:
        layout = getattr(self, "data_format", None) or "channels_last"
        require_word(type(self).__name__, "data_format", layout, ("channels_last",))
        if hasattr(self, "value_range"):
            self.limits()

    def build(self, x: Any) -> None:
        x = x["images"] if isinstance(x, dict) else x
        if x.rank not in (3, 4) or not all(isinstance(n, int) for n in x.shape[-3:]):
            raise ShapeError(
                f"the input must be [height, width, channels] or [batch, height, width, channels], all but the batch "
                f"known; got {x}."
            )

    def limits(self: Any) -> tuple[float, float]:
        """The smallest and the largest value of a pixel.

        Raises:
            ValueRangeError: `value_range` is no two numbers.
        """
        pair = self.value_range
        if not isinstance(pair, list | tuple) or len(pair) != 2 or pair[0] == pair[1]:
            raise ValueRangeError(f"{type(self).__name__}: value_range must be two numbers; got {pair!r}.")
        low, high = sorted(map(float, pair))
        return low, high

    def changed(self, x: Array) -> Array:
        """A batch of images in floating point, as it should be."""
        raise NotImplementedError

    def moved(self, x: Array) -> Array:
        """Masks of images that `changed` is given: as they were, where pixels stay in their places."""
        return x

    def call(self, x: Any) -> Any:
        return self.of_batch(self.changed, x)

    def of_batch(self, f: Callable[[Array], Array], x: Array) -> Array:
        """f of a batch of images in floating point, or of one as a batch of one."""
        x = cast(x, self.compute_dtype)
        return squeeze(f(expand_dims(x, 0)), 0) if type_of(x).rank == 3 else f(x)


def cut(x: Array, top: Any, left: Any, height: int, width: int) -> Array:
    """A part of each image of a batch; where it begins may be computed."""
    x = take(x, m.add(np.arange(height), top), axis=1)
    return take(x, m.add(np.arange(width), left), axis=2)


class Resizing(Images):
    """Images of `height` x `width`, interpolated; integers stay integers, rounded.

    Args:
        height, width: > 0.
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        crop_to_aspect_ratio: cut off what would distort the image.
        pad_to_aspect_ratio: put `fill_value` around it instead.
        fill_mode: "constant" only.
        antialias: where images get smaller, let all of their pixels count.

    Example:
        >>> Resizing(2, 2)(np.zeros((5, 4, 4, 3), "uint8")).shape
        (5, 2, 2, 3)
    """

    height: int
    width: int
    interpolation: str = "bilinear"
    crop_to_aspect_ratio: bool = False
    pad_to_aspect_ratio: bool = False
    fill_mode: str = "constant"
    fill_value: float = 0.0
    antialias: bool = False
    data_format: str | None = None

    def check_fields(self) -> None:
        super().check_fields()
        require_count("Resizing", "height", self.height)
        require_count("Resizing", "width", self.width)
        require_words(
            "Resizing", self.interpolation, crop=self.crop_to_aspect_ratio, around=self.pad_to_aspect_ratio
        )
        require_word("Resizing", "fill_mode", self.fill_mode, ("constant",))

    def call(self, x: Any) -> Any:
        return (
            saturated(super().call(x), type_of(x).dtype) if is_integer(type_of(x).dtype) else super().call(x)
        )

    def changed(self, x: Array) -> Array:
        return resized(
            x,
            (self.height, self.width),
            self.interpolation,
            antialias=self.antialias,
            crop=self.crop_to_aspect_ratio,
            around=self.pad_to_aspect_ratio,
            fill_value=self.fill_value,
        )


class CenterCrop(Images):
    """The middle of images, `height` x `width`; of smaller ones the largest such part, made larger.

    Example:
        >>> CenterCrop(2, 2)(np.arange(16.0).reshape(4, 4, 1)).reshape(2, 2).tolist()
        [[5.0, 6.0], [9.0, 10.0]]
    """

    height: int
    width: int
    data_format: str | None = None

    def check_fields(self) -> None:
        super().check_fields()
        require_count(type(self).__name__, "height", self.height)
        require_count(type(self).__name__, "width", self.width)

    def changed(self, x: Array) -> Array:
        h, w = sides(x)
        if h < self.height or w < self.width:
            return resize(widest(x, self.height, self.width), (self.height, self.width), (1, 2))
        return cut(x, (h - self.height) // 2, (w - self.width) // 2, self.height, self.width)
