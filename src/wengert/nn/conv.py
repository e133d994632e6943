"""Convolution layers, channels last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir.types import TensorType
from wengert.nn.core import require_positive_int
from wengert.nn.layer import Layer
from wengert.ops import activations, conv
from wengert.ops import math as m
from wengert.ops.operands import per_axis


class Conv(Layer):
    """``y = activation(conv(x, kernel) + bias)`` over `rank` spatial axes. Use Conv1D, Conv2D or Conv3D.

    Args:
        filters: channels of the output, > 0.
        kernel_size: length of the window, one int or one for each spatial axis.
        strides: distance between windows.
        padding: "valid" (none) or "same" (ceil(length / stride) outputs).
        data_format: "channels_last" only.
        dilation_rate: distance between the elements of a window.
        groups: the channels are cut into so many groups, each with filters of its own.
        activation, use_bias, kernel_initializer, bias_initializer: as in `Dense`.

    Shapes:
        x [batch, *spatial, in]  ->  y [batch, *spatial', filters];  kernel [*kernel_size, in / groups,
        filters]
    """

    filters: int
    kernel_size: int | Sequence[int]
    strides: int | Sequence[int] = 1
    padding: str = "valid"
    data_format: str | None = None
    dilation_rate: int | Sequence[int] = 1
    groups: int = 1
    activation: Any = None
    use_bias: bool = True
    kernel_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"
    rank: ClassVar[int]

    def check(self) -> None:
        kind = type(self).__name__
        require_positive_int(kind, "filters", self.filters)
        require_positive_int(kind, "groups", self.groups)
        per_axis(kind, "kernel_size", self.kernel_size, self.rank)
        strides = per_axis(kind, "strides", self.strides, self.rank)
        dilation = per_axis(kind, "dilation_rate", self.dilation_rate, self.rank)
        check_layout(kind, self.padding, self.data_format)
        if self.filters % self.groups:
            raise ValueRangeError(
                f"{kind}: filters must divide into the groups; got {self.filters} in {self.groups} groups."
            )
        if max(strides) > 1 and max(dilation) > 1:
            raise ValueRangeError(
                f"{kind}: strides and dilation_rate must not both exceed 1; got {strides} and {dilation}."
            )
        activations.get(self.activation)

    def build(self, x: TensorType) -> None:
        if x.rank != self.rank + 2:
            raise ShapeError(
                f"the input must be [batch, {self.rank} spatial axes, channels]; got {x}."
                + (" Add a channel axis: x[..., None]." if x.rank == self.rank + 1 else "")
            )
        channels = x.shape[-1]
        if not isinstance(channels, int) or channels % self.groups:
            raise ShapeError(f"the channels must divide into {self.groups} groups; got {x}.")
        window = per_axis("conv", "kernel_size", self.kernel_size, self.rank)
        self.kernel = self.add_weight(
            (*window, channels // self.groups, self.filters), self.kernel_initializer, name="kernel"
        )
        self.bias = (
            self.add_weight((self.filters,), self.bias_initializer, name="bias") if self.use_bias else None
        )

    def call(self, x: Any) -> Any:
        y = conv.conv(x, self.kernel, self.strides, self.padding, self.dilation_rate, self.groups)
        return activations.get(self.activation)(y if self.bias is None else m.add(y, self.bias))


class Conv1D(Conv):
    """Convolution over one spatial axis; the arguments are those of `Conv`."""

    rank = 1


class Conv2D(Conv):
    """Convolution over two spatial axes; the arguments are those of `Conv`."""

    rank = 2


class Conv3D(Conv):
    """Convolution over three spatial axes; the arguments are those of `Conv`."""

    rank = 3


def check_layout(kind: str, padding: Any, data_format: str | None) -> None:
    """Raise ValueRangeError unless padding and data format are what we have."""
    if padding not in ("valid", "same"):
        raise ValueRangeError(f'{kind}: padding must be "valid" or "same"; got {padding!r}.')
    if data_format not in (None, "channels_last"):
        raise ValueRangeError(
            f"{kind}: data_format must be channels_last; got {data_format!r}. Move the axis: moveaxis(x, "
            f"1, -1)."
        )
