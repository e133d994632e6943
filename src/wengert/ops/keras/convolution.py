"""Convolution and pooling, of arguments in Keras's order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wengert.base.errors import ShapeError
from wengert.ir.types import type_of
from wengert.ops import conv as _conv
from wengert.ops.keras.layouts import with_channels_last
from wengert.ops.operands import Array
from wengert.ops.operands import array as operand

__all__ = [
    "adaptive_average_pool",
    "adaptive_max_pool",
    "average_pool",
    "conv",
    "conv_transpose",
    "depthwise_conv",
    "max_pool",
    "separable_conv",
]


def conv(
    inputs: Any, kernel: Any, strides: Any = 1, padding: Any = "valid", data_format: Any = None,
    dilation_rate: Any = 1,
) -> Array:  # fmt: skip
    """out[b, p, o] = sum over offsets q, channels i of inputs[b, p * stride + q * dilation, i] * kernel[q, i, o].

    Args:
        inputs: [batch, *spatial, channels], or [batch, channels, *spatial] with data_format "channels_first".
        kernel: [*window, channels of a group, filters]: where inputs have several times these channels, there are so
            many groups.

    Example:
        >>> import numpy as np
        >>> conv(np.ones((1, 5, 4)), np.ones((3, 2, 6))).shape
        (1, 3, 6)
    """
    kernel = operand(kernel)

    def of_last(x: Array) -> Array:
        return _conv.conv(x, kernel, strides, padding, dilation_rate, _groups(x, kernel))

    return with_channels_last("conv", data_format, of_last, inputs)


def _groups(x: Array, kernel: Array) -> int:
    """How many times the kernel's channels x has."""
    t, tk = type_of(x), type_of(kernel)
    if tk.rank < 3 or tk.rank != t.rank:
        return 1  # which `conv` refuses
    own, channels = tk.shape[-2], t.shape[-1]
    if not (isinstance(own, int) and isinstance(channels, int)):
        return 1
    if own == 0 or channels % own:
        raise ShapeError(f"conv: the channels of {t} must be a multiple of those of the kernel {tk}.")
    return channels // own


def depthwise_conv(
    inputs: Any, kernel: Any, strides: Any = 1, padding: Any = "valid", data_format: Any = None,
    dilation_rate: Any = 1,
) -> Array:  # fmt: skip
    """Convolution of each channel by itself: kernel [*window, channels, multiplier]."""

    def of_last(x: Array) -> Array:
        return _conv.depthwise_conv(x, kernel, strides, padding, dilation_rate)

    return with_channels_last("depthwise_conv", data_format, of_last, inputs)


def separable_conv(
    inputs: Any, depthwise_kernel: Any, pointwise_kernel: Any, strides: Any = 1, padding: Any = "valid",
    data_format: Any = None, dilation_rate: Any = 1,
) -> Array:  # fmt: skip
    """Convolution of each channel by itself, then of all channels at each place: [1, ..., channels, filters]."""

    def of_last(x: Array) -> Array:
        y = _conv.depthwise_conv(x, depthwise_kernel, strides, padding, dilation_rate)
        return _conv.conv(y, pointwise_kernel)

    return with_channels_last("separable_conv", data_format, of_last, inputs)


def conv_transpose(
    inputs: Any, kernel: Any, strides: Any = 1, padding: str = "valid", output_padding: Any = None,
    data_format: Any = None, dilation_rate: Any = 1,
) -> Array:  # fmt: skip
    """The transpose of a convolution: inputs times the kernel [*window, filters, channels], `strides` apart, summed."""

    def of_last(x: Array) -> Array:
        return _conv.conv_transpose(x, kernel, strides, padding, output_padding, dilation_rate)

    return with_channels_last("conv_transpose", data_format, of_last, inputs)


def max_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: Any = None
) -> Array:
    """The largest element of each window."""
    return _pooled("max_pool", _conv.max_pool, inputs, data_format, pool_size, strides, padding)


def average_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: Any = None
) -> Array:
    """The mean of each window, without the padding."""
    return _pooled("average_pool", _conv.average_pool, inputs, data_format, pool_size, strides, padding)


def adaptive_max_pool(inputs: Any, output_size: Any, data_format: Any = None) -> Array:
    """The largest element of each of `output_size` windows: from floor(i length / n) up to ceil((i + 1) length / n)."""
    return _pooled("adaptive_max_pool", _conv.adaptive_max_pool, inputs, data_format, output_size)


def adaptive_average_pool(inputs: Any, output_size: Any, data_format: Any = None) -> Array:
    """The mean of each of `output_size` windows: from floor(i length / n) up to ceil((i + 1) length / n)."""
    return _pooled("adaptive_average_pool", _conv.adaptive_average_pool, inputs, data_format, output_size)


def _pooled(name: str, pool: Callable[..., Array], inputs: Any, data_format: Any, *how: Any) -> Array:
    return with_channels_last(name, data_format, lambda x: pool(x, *how), inputs)
