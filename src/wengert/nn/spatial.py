"""Spatial: the base of layers over signals, images and volumes, with channels last or first."""

from __future__ import annotations

from typing import Any, ClassVar

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.base.words import require_word
from wengert.ir.types import TensorType, type_of
from wengert.nn.layer import Layer
from wengert.ops.operands import Array, per_axis
from wengert.ops.shape import moveaxis

FORMATS = ("channels_last", "channels_first")


class Spatial(Layer):
    """Base of layers whose input has `rank` spatial axes between batch and channels, or behind the channels.

    Subclasses have a field `data_format`: "channels_last" (also where it is None): [batch, *spatial, channels], or
    "channels_first": [batch, channels, *spatial]. They compute in `apply`, with channels last.
    """

    rank: ClassVar[int]

    def check_format(self) -> None:
        """Raise ValueRangeError unless `data_format` is one that there is."""
        if getattr(self, "data_format", None) is not None:
            require_word(type(self).__name__, "data_format", self.data_format, FORMATS)  # type: ignore[attr-defined]

    @property
    def channels_first(self) -> bool:
        """Whether channels come before the spatial axes."""
        return getattr(self, "data_format", None) == "channels_first"

    def with_channels_last(self, x: TensorType) -> TensorType:
        """The type of an input, its channels last.

        Raises:
            ShapeError: it has another number of axes.
        """
        if x.rank != self.rank + 2:
            spatial = f"{self.rank} spatial {'axis' if self.rank == 1 else 'axes'}"
            order = f"channels, {spatial}" if self.channels_first else f"{spatial}, channels"
            hint = " Add a channel axis: x[..., None]." if x.rank == self.rank + 1 else ""
            raise ShapeError(f"the input must be [batch, {order}]; got {x}.{hint}")
        batch, *rest = x.shape
        return TensorType((batch, *rest[1:], rest[0]), x.dtype) if self.channels_first else x

    def build(self, x: TensorType) -> None:
        self.with_channels_last(x)

    def apply(self, x: Array) -> Array:
        """The output, for an input with its channels last."""
        raise NotImplementedError

    def call(self, x: Any) -> Any:
        self.with_channels_last(type_of(x))
        if not self.channels_first:
            return self.apply(x)
        y = self.apply(moveaxis(x, 1, -1))
        return moveaxis(y, -1, 1) if type_of(y).rank == self.rank + 2 else y


def require_windows(layer: Any) -> None:
    """Raise unless `kernel_size`, `strides` and `dilation_rate` are an int, or one for each axis, and not both of the
    last two exceed 1.
    """
    kind = type(layer).__name__
    _, strides, dilation = (
        per_axis(kind, name, getattr(layer, name), layer.rank)
        for name in ("kernel_size", "strides", "dilation_rate")
    )
    if max(strides) > 1 and max(dilation) > 1:
        raise ValueRangeError(
            f"{kind}: strides and dilation_rate must not both exceed 1; got {strides} and {dilation}."
        )
