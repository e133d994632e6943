"""Convolution and pooling, of arguments in Keras's order."""

from __future__ import annotations

from typing import Any

from wengert.base.errors import UsageError
from wengert.ops import conv as _conv
from wengert.ops.keras.basics import ndim
from wengert.ops.operands import Array

__all__ = ["average_pool", "conv", "depthwise_conv", "max_pool"]


def conv(
    inputs: Any, kernel: Any, strides: Any = 1, padding: Any = "valid", data_format: Any = None,
    dilation_rate: Any = 1,
) -> Array:  # fmt: skip
    """Convolution of [batch, *spatial, channels]."""
    _require_channels_last("conv", data_format)
    return _conv.conv(inputs, kernel, strides, padding, dilation_rate)


def depthwise_conv(
    inputs: Any, kernel: Any, strides: Any = 1, padding: Any = "valid", data_format: Any = None,
    dilation_rate: Any = 1,
) -> Array:  # fmt: skip
    """Convolution of each channel by itself."""
    _require_channels_last("depthwise_conv", data_format)
    return _conv.depthwise_conv(inputs, kernel, strides, padding, dilation_rate)


def max_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: Any = None
) -> Array:
    """The largest element of each window."""
    _require_channels_last("max_pool", data_format)
    return _conv.max_pool(inputs, _each_axis(pool_size, inputs), strides, padding)


def average_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: Any = None
) -> Array:
    """The mean of each window."""
    _require_channels_last("average_pool", data_format)
    return _conv.average_pool(inputs, _each_axis(pool_size, inputs), strides, padding)


def _each_axis(size: Any, inputs: Any) -> Any:
    return (size,) * (ndim(inputs) - 2) if isinstance(size, int) else size


def _require_channels_last(name: str, data_format: Any) -> None:
    if data_format not in (None, "channels_last"):
        raise UsageError(
            f"{name}: data_format must be 'channels_last'; got {data_format!r}. Transpose first."
        )
