"""Convolution layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.base.numbers import require_count
from wengert.base.words import require_word
from wengert.ir.types import TensorType
from wengert.nn.described import WithBias, WithKernel
from wengert.nn.spatial import Spatial, require_windows
from wengert.ops import activations, conv
from wengert.ops import math as m
from wengert.ops.operands import Array, per_axis

Ints = int | Sequence[int]


class Convolving(WithBias, Spatial):
    """Base of all convolutions: windows over `rank` spatial axes, then a bias and an activation."""

    def check_fields(self: Any) -> None:
        require_windows(self)
        require_word(type(self).__name__, "padding", self.padding, self.paddings())
        self.check_format()

    def paddings(self) -> tuple[str, ...]:
        """The words that `padding` may be."""
        return ("valid", "same")

    @property
    def window(self: Any) -> tuple[int, ...]:
        """`kernel_size`, one int an axis."""
        return per_axis(type(self).__name__, "kernel_size", self.kernel_size, self.rank)

    def channels(self, x: TensorType) -> int:
        """How many channels an input has.

        Raises:
            ShapeError: that is not known.
        """
        found = self.with_channels_last(x).shape[-1]
        if not isinstance(found, int):
            raise ShapeError(f"the number of channels must be known; got {x}.")
        return found

    def finished(self: Any, y: Array) -> Array:
        """activation(y + bias)"""
        return activations.get(self.activation)(y if self.bias is None else m.add(y, self.bias))


class Conv(WithKernel, Convolving):
    """``y = activation(conv(x, kernel) + bias)`` over `rank` spatial axes. Use Conv1D, Conv2D or Conv3D.

    Args:
        filters: channels of the output, > 0.
        kernel_size: length of the window, one int or one for each spatial axis.
        strides: distance between windows.
        padding: "valid" (none) or "same" (ceil(length / stride) outputs); of `Conv1D` also "causal": no output sees
            what comes after its place.
        data_format: "channels_last" (also where it is None) or "channels_first".
        dilation_rate: distance between the elements of a window.
        groups: the channels are cut into so many groups, each with filters of its own.
        activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
            kernel_constraint, bias_constraint: as in `Dense`.

    Shapes:
        x [batch, *spatial, in]  ->  y [batch, *spatial', filters];  kernel [*kernel_size, in / groups,
        filters]. With "channels_first": x [batch, in, *spatial], y [batch, filters, *spatial'].
    """

    filters: int
    kernel_size: Ints
    strides: Ints = 1
    padding: str = "valid"
    data_format: str | None = None
    dilation_rate: Ints = 1
    groups: int = 1
    activation: Any = None
    use_bias: bool = True
    kernel_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"

    def check_fields(self) -> None:
        kind = type(self).__name__
        require_count(kind, "filters", self.filters)
        require_count(kind, "groups", self.groups)
        super().check_fields()
        if self.filters % self.groups:
            raise ValueRangeError(
                f"{kind}: filters must divide into the groups; got {self.filters} in {self.groups} groups."
            )

    def paddings(self) -> tuple[str, ...]:
        return ("valid", "same", "causal") if self.rank == 1 else ("valid", "same")

    def build(self, x: TensorType) -> None:
        channels = self.channels(x)
        if channels % self.groups:
            raise ShapeError(f"the channels must divide into {self.groups} groups; got {x}.")
        self.kernel = self.described_weight("kernel", (*self.window, channels // self.groups, self.filters))
        self.make_bias(self.filters)

    def apply(self, x: Array) -> Array:
        padding: conv.Padding = self.padding
        if padding == "causal":
            (dilation,) = per_axis("Conv1D", "dilation_rate", self.dilation_rate, 1)
            padding = [((self.window[0] - 1) * dilation, 0)]
        return self.finished(
            conv.conv(x, self.kernel, self.strides, padding, self.dilation_rate, self.groups)
        )


class Conv1D(Conv):
    """Convolution over one spatial axis; the arguments are those of `Conv`."""

    rank = 1


class Conv2D(Conv):
    """Convolution over two spatial axes; the arguments are those of `Conv`."""

    rank = 2


class Conv3D(Conv):
    """Convolution over three spatial axes; the arguments are those of `Conv`."""

    rank = 3
