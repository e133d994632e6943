"""Layers that make signals, images and volumes larger."""

from __future__ import annotations

from collections.abc import Sequence

from wengert.base.words import require_word
from wengert.ir.types import type_of
from wengert.nn.spatial import Spatial
from wengert.ops.joining import repeat
from wengert.ops.operands import Array, known, per_axis
from wengert.ops.resize import resize

METHODS = {
    "nearest": "nearest",
    "bilinear": "linear",
    "bicubic": "cubic",
    "lanczos3": "lanczos3",
    "lanczos5": "lanczos5",
}
"""What `resize` calls the interpolations."""


class UpSampling1D(Spatial):
    """Each step `size` times: [batch, time, channels] -> [batch, size * time, channels]"""

    size: int | Sequence[int] = 2
    rank = 1

    def check_fields(self) -> None:
        per_axis(type(self).__name__, "size", self.size, self.rank)
        self.check_format()

    def apply(self, x: Array) -> Array:
        for axis, times in enumerate(per_axis(type(self).__name__, "size", self.size, self.rank), 1):
            x = x if times == 1 else repeat(x, times, axis)
        return x


class UpSampling2D(UpSampling1D):
    """Images with `size` times as many rows and columns.

    Args:
        size: how many times, one int or one for rows and one for columns.
        data_format: "channels_last" (also where it is None) or "channels_first".
        interpolation: "nearest" repeats; "bilinear", "bicubic" (Keys's kernel, a = -0.5), "lanczos3" and "lanczos5"
            compute what is in between.

    Shapes:
        x [batch, height, width, channels]  ->  y [batch, size[0] * height, size[1] * width, channels]
    """

    size: int | Sequence[int] = 2
    data_format: str | None = None
    interpolation: str = "nearest"
    rank = 2

    def check_fields(self) -> None:
        super().check_fields()
        require_word("UpSampling2D", "interpolation", self.interpolation, METHODS)

    def apply(self, x: Array) -> Array:
        if self.interpolation == "nearest":
            return super().apply(x)
        times = per_axis("UpSampling2D", "size", self.size, 2)
        lengths = (known("UpSampling2D", "the size of an image", n) for n in type_of(x).shape[1:3])
        size = [n * k for n, k in zip(lengths, times, strict=True)]
        return resize(x, size, (1, 2), METHODS[self.interpolation], antialias=True)


class UpSampling3D(UpSampling1D):
    """Volumes whose elements are repeated along three axes.

    Args:
        size: how many times, one int or one for each axis.
        data_format: "channels_last" (also where it is None) or "channels_first".
    """

    size: int | Sequence[int] = 2
    data_format: str | None = None
    rank = 3
