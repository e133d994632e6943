"""Convolutions of each channel by itself, and those that mix the channels afterwards."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from wengert.base.numbers import require_count
from wengert.ir.types import TensorType
from wengert.nn.conv import Convolving, Ints
from wengert.ops import conv
from wengert.ops.operands import Array


class DepthwiseConv(Convolving):
    """Each channel convolved with `depth_multiplier` filters of its own. Use DepthwiseConv1D or DepthwiseConv2D.

    Args:
        kernel_size, strides, padding, data_format, dilation_rate: as in `Conv`.
        depth_multiplier: channels of the output for each of the input, > 0.
        activation, use_bias, bias_initializer, bias_regularizer, bias_constraint: as in `Dense`.
        depthwise_initializer, depthwise_regularizer, depthwise_constraint: of the kernel.

    Shapes:
        x [batch, *spatial, in]  ->  y [batch, *spatial', in * depth_multiplier];  kernel [*kernel_size, in,
        depth_multiplier]

    Source: Howard et al., "MobileNets", arXiv:1704.04861, section 3.1.
    """

    kernel_size: Ints
    strides: Ints = 1
    padding: str = "valid"
    depth_multiplier: int = 1
    data_format: str | None = None
    dilation_rate: Ints = 1
    activation: Any = None
    use_bias: bool = True
    depthwise_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"
    depthwise_regularizer: Any = field(default=None, kw_only=True)
    depthwise_constraint: Any = field(default=None, kw_only=True)

    def check_fields(self) -> None:
        super().check_fields()
        require_count(type(self).__name__, "depth_multiplier", self.depth_multiplier)

    def build(self, x: TensorType) -> None:
        channels = self.channels(x)
        shape = (*self.window, channels, self.depth_multiplier)
        self.kernel = self.described_weight("depthwise", shape, "kernel")
        self.make_bias(channels * self.depth_multiplier)

    def apply(self, x: Array) -> Array:
        return self.finished(
            conv.depthwise_conv(x, self.kernel, self.strides, self.padding, self.dilation_rate)
        )


class SeparableConv(Convolving):
    """A depthwise convolution, then one of windows of one element, that mixes its channels. Use SeparableConv1D or
    SeparableConv2D.

    Args:
        filters: channels of the output, > 0.
        kernel_size, strides, padding, data_format, dilation_rate: of the depthwise convolution, as in `Conv`.
        depth_multiplier: channels in between, for each of the input, > 0.
        activation, use_bias, bias_initializer, bias_regularizer, bias_constraint: as in `Dense`.
        depthwise_initializer, pointwise_initializer, depthwise_regularizer, pointwise_regularizer,
            depthwise_constraint, pointwise_constraint: of the two kernels.

    Shapes:
        x [batch, *spatial, in]  ->  y [batch, *spatial', filters];  depthwise_kernel [*kernel_size, in,
        depth_multiplier], pointwise_kernel [1, ..., in * depth_multiplier, filters]

    Source: Chollet, "Xception", CVPR 2017.
    """

    filters: int
    kernel_size: Ints
    strides: Ints = 1
    padding: str = "valid"
    data_format: str | None = None
    dilation_rate: Ints = 1
    depth_multiplier: int = 1
    activation: Any = None
    use_bias: bool = True
    depthwise_initializer: Any = "glorot_uniform"
    pointwise_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"
    depthwise_regularizer: Any = field(default=None, kw_only=True)
    pointwise_regularizer: Any = field(default=None, kw_only=True)
    depthwise_constraint: Any = field(default=None, kw_only=True)
    pointwise_constraint: Any = field(default=None, kw_only=True)

    def check_fields(self) -> None:
        kind = type(self).__name__
        require_count(kind, "filters", self.filters)
        super().check_fields()
        require_count(kind, "depth_multiplier", self.depth_multiplier)

    def build(self, x: TensorType) -> None:
        channels = self.channels(x)
        deep = (*self.window, channels, self.depth_multiplier)
        across = (*(1,) * self.rank, channels * self.depth_multiplier, self.filters)
        self.depthwise_kernel = self.described_weight("depthwise", deep, "depthwise_kernel")
        self.pointwise_kernel = self.described_weight("pointwise", across, "pointwise_kernel")
        self.make_bias(self.filters)

    def apply(self, x: Array) -> Array:
        y = conv.depthwise_conv(x, self.depthwise_kernel, self.strides, self.padding, self.dilation_rate)
        return self.finished(conv.conv(y, self.pointwise_kernel))


class DepthwiseConv1D(DepthwiseConv):
    """Depthwise convolution over one spatial axis; the arguments are those of `DepthwiseConv`."""

    rank = 1


class DepthwiseConv2D(DepthwiseConv):
    """Depthwise convolution over two spatial axes; the arguments are those of `DepthwiseConv`."""

    rank = 2


class SeparableConv1D(SeparableConv):
    """Separable convolution over one spatial axis; the arguments are those of `SeparableConv`."""

    rank = 1


class SeparableConv2D(SeparableConv):
    """Separable convolution over two spatial axes; the arguments are those of `SeparableConv`."""

    rank = 2
