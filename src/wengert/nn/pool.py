"""Pooling layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from wengert.base.words import require_word
from wengert.ir.types import type_of
from wengert.nn.spatial import Spatial
from wengert.ops import conv, reduce
from wengert.ops.operands import Array, per_axis


class Pooling(Spatial):
    """One value for each window over `rank` spatial axes.

    Args:
        pool_size: length of the window, one int or one for each spatial axis.
        strides: distance between windows; None is `pool_size`: windows that touch.
        padding: "valid" (what does not fill a window is left out) or "same".
        data_format: "channels_last" (also where it is None) or "channels_first".

    Shapes:
        x [batch, *spatial, channels]  ->  y [batch, *spatial', channels]
    """

    pool_size: int | Sequence[int] = 2
    strides: int | Sequence[int] | None = None
    padding: str = "valid"
    data_format: str | None = None

    def check_fields(self) -> None:
        kind = type(self).__name__
        per_axis(kind, "pool_size", self.pool_size, self.rank)
        if self.strides is not None:
            per_axis(kind, "strides", self.strides, self.rank)
        require_word(kind, "padding", self.padding, ("valid", "same"))
        self.check_format()


class MaxPooling(Pooling):
    """The largest element of each window; the arguments are those of `Pooling`."""

    def apply(self, x: Array) -> Array:
        return conv.max_pool(x, self.pool_size, self.strides, self.padding)


class AveragePooling(Pooling):
    """The mean of each window, without the padding; the arguments are those of `Pooling`."""

    def apply(self, x: Array) -> Array:
        return conv.average_pool(x, self.pool_size, self.strides, self.padding)


class GlobalPooling(Spatial):
    """One value for each sample and channel, over all spatial axes; `keepdims` leaves them with length 1."""

    data_format: str | None = None
    keepdims: bool = False

    def check_fields(self) -> None:
        self.check_format()

    def axes(self, x: Any) -> tuple[int, ...]:
        """The spatial axes."""
        return tuple(range(1, type_of(x).rank - 1))


class GlobalMaxPooling(GlobalPooling):
    """The largest element of each channel."""

    def apply(self, x: Array) -> Array:
        return reduce.max(x, self.axes(x), keepdims=self.keepdims)


class GlobalAveragePooling(GlobalPooling):
    """The mean of each channel."""

    def apply(self, x: Array) -> Array:
        return reduce.mean(x, self.axes(x), keepdims=self.keepdims)


class AdaptivePooling(Spatial):
    """Windows as large as they must be for a number of outputs: output i of n sees floor(i * length / n) up to
    ceil((i + 1) * length / n).

    Args:
        output_size: how many along each spatial axis; one int or one for each.
        data_format: "channels_last" (also where it is None) or "channels_first".

    Shapes:
        x [batch, *spatial, channels]  ->  y [batch, *output_size, channels]
    """

    output_size: int | Sequence[int]
    data_format: str | None = None
    operation: ClassVar[Callable[..., Array]]

    def check_fields(self) -> None:
        per_axis(type(self).__name__, "output_size", self.output_size, self.rank)
        self.check_format()

    def apply(self, x: Array) -> Array:
        return type(self).operation(x, self.output_size)


class AdaptiveMaxPooling(AdaptivePooling):
    """The largest element of each window; the arguments are those of `AdaptivePooling`."""

    operation = staticmethod(conv.adaptive_max_pool)


class AdaptiveAveragePooling(AdaptivePooling):
    """The mean of each window; the arguments are those of `AdaptivePooling`."""

    operation = staticmethod(conv.adaptive_average_pool)


class MaxPooling1D(MaxPooling):
    """The largest element of each window over one spatial axis; see `Pooling`."""

    rank = 1


class MaxPooling2D(MaxPooling):
    """The largest element of each window over two spatial axes; see `Pooling`."""

    rank = 2


class MaxPooling3D(MaxPooling):
    """The largest element of each window over three spatial axes; see `Pooling`."""

    rank = 3


class AveragePooling1D(AveragePooling):
    """The mean of each window over one spatial axis; see `Pooling`."""

    rank = 1


class AveragePooling2D(AveragePooling):
    """The mean of each window over two spatial axes; see `Pooling`."""

    rank = 2


class AveragePooling3D(AveragePooling):
    """The mean of each window over three spatial axes; see `Pooling`."""

    rank = 3


class GlobalMaxPooling1D(GlobalMaxPooling):
    """The largest element of each channel over one spatial axis; see `GlobalPooling`."""

    rank = 1


class GlobalMaxPooling2D(GlobalMaxPooling):
    """The largest element of each channel over two spatial axes; see `GlobalPooling`."""

    rank = 2


class GlobalMaxPooling3D(GlobalMaxPooling):
    """The largest element of each channel over three spatial axes; see `GlobalPooling`."""

    rank = 3


class GlobalAveragePooling1D(GlobalAveragePooling):
    """The mean of each channel over one spatial axis; see `GlobalPooling`."""

    rank = 1


class GlobalAveragePooling2D(GlobalAveragePooling):
    """The mean of each channel over two spatial axes; see `GlobalPooling`."""

    rank = 2


class GlobalAveragePooling3D(GlobalAveragePooling):
    """The mean of each channel over three spatial axes; see `GlobalPooling`."""

    rank = 3


class AdaptiveMaxPooling1D(AdaptiveMaxPooling):
    """The largest element of each of so many windows over one spatial axis; see `AdaptivePooling`."""

    rank = 1


class AdaptiveMaxPooling2D(AdaptiveMaxPooling):
    """The largest element of each of so many windows over two spatial axes; see `AdaptivePooling`."""

    rank = 2


class AdaptiveMaxPooling3D(AdaptiveMaxPooling):
    """The largest element of each of so many windows over three spatial axes; see `AdaptivePooling`."""

    rank = 3


class AdaptiveAveragePooling1D(AdaptiveAveragePooling):
    """The mean of each of so many windows over one spatial axis; see `AdaptivePooling`."""

    rank = 1


class AdaptiveAveragePooling2D(AdaptiveAveragePooling):
    """The mean of each of so many windows over two spatial axes; see `AdaptivePooling`."""

    rank = 2


class AdaptiveAveragePooling3D(AdaptiveAveragePooling):
    """The mean of each of so many windows over three spatial axes; see `AdaptivePooling`."""

    rank = 3
