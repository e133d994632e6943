"""Pooling layers, channels last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from wengert.base.errors import ShapeError
from wengert.ir.types import TensorType, type_of
from wengert.nn.conv import check_layout
from wengert.nn.layer import Layer
from wengert.ops import conv, reduce
from wengert.ops.operands import per_axis


class Pooling(Layer):
    """One value for each window over `rank` spatial axes.

    Args:
        pool_size: length of the window, one int or one for each spatial axis.
        strides: distance between windows; None is `pool_size`: windows that touch.
        padding: "valid" (what does not fill a window is left out) or "same".
        data_format: "channels_last" only.

    Shapes:
        x [batch, *spatial, channels]  ->  y [batch, *spatial', channels]
    """

    pool_size: int | Sequence[int] = 2
    strides: int | Sequence[int] | None = None
    padding: str = "valid"
    data_format: str | None = None
    rank: ClassVar[int]

    def check(self) -> None:
        kind = type(self).__name__
        per_axis(kind, "pool_size", self.pool_size, self.rank)
        if self.strides is not None:
            per_axis(kind, "strides", self.strides, self.rank)
        check_layout(kind, self.padding, self.data_format)

    def build(self, x: TensorType) -> None:
        require_spatial(x, self.rank)


class MaxPooling(Pooling):
    """The largest element of each window; the arguments are those of `Pooling`."""

    def call(self, x: Any) -> Any:
        return conv.max_pool(x, self.pool_size, self.strides, self.padding)


class AveragePooling(Pooling):
    """The mean of each window, without the padding; the arguments are those of `Pooling`."""

    def call(self, x: Any) -> Any:
        return conv.average_pool(x, self.pool_size, self.strides, self.padding)


class GlobalPooling(Layer):
    """One value for each sample and channel, over all spatial axes; `keepdims` leaves them with length 1."""

    data_format: str | None = None
    keepdims: bool = False
    rank: ClassVar[int]

    def check(self) -> None:
        check_layout(type(self).__name__, "valid", self.data_format)

    def build(self, x: TensorType) -> None:
        require_spatial(x, self.rank)

    def axes(self, x: Any) -> tuple[int, ...]:
        """The spatial axes."""
        return tuple(range(1, type_of(x).rank - 1))


class GlobalMaxPooling(GlobalPooling):
    """The largest element of each channel."""

    def call(self, x: Any) -> Any:
        return reduce.max(x, self.axes(x), keepdims=self.keepdims)


class GlobalAveragePooling(GlobalPooling):
    """The mean of each channel."""

    def call(self, x: Any) -> Any:
        return reduce.mean(x, self.axes(x), keepdims=self.keepdims)


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
    """The largest element of each channel over one spatial axis."""

    rank = 1


class GlobalMaxPooling2D(GlobalMaxPooling):
    """The largest element of each channel over two spatial axes."""

    rank = 2


class GlobalAveragePooling1D(GlobalAveragePooling):
    """The mean of each channel over one spatial axis."""

    rank = 1


class GlobalAveragePooling2D(GlobalAveragePooling):
    """The mean of each channel over two spatial axes."""

    rank = 2


def require_spatial(x: TensorType, rank: int) -> None:
    """Raise ShapeError unless x has a batch axis, `rank` spatial axes and channels."""
    if x.rank != rank + 2:
        raise ShapeError(f"the input must be [batch, {rank} spatial axes, channels]; got {x}.")
