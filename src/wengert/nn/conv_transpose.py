"""Transposed convolutions: what a convolution makes smaller, they make larger."""

from __future__ import annotations

from typing import Any, ClassVar

from wengert.base.errors import ValueRangeError
from wengert.base.numbers import require_count
from wengert.ir.types import TensorType
from wengert.nn.conv import Convolving, Ints
from wengert.nn.described import WithKernel
from wengert.ops import conv
from wengert.ops.operands import Array, per_axis


class ConvTranspose(WithKernel, Convolving):
    """``y = activation(conv_transpose(x, kernel) + bias)``. Use Conv1DTranspose, Conv2DTranspose or Conv3DTranspose.

    Each element of x puts the kernel, times itself, into y; neighbours lie `strides` apart there and are added up.

    Args:
        filters: channels of the output, > 0.
        kernel_size, strides, dilation_rate, data_format: as in `Conv`.
        padding: "valid" or "same" (length * stride outputs).
        output_padding: how much longer the output is, along each axis, than its shortest; below `strides`. None: as
            `padding` says.
        activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
            kernel_constraint, bias_constraint: as in `Dense`.

    Shapes:
        x [batch, *spatial, in]  ->  y [batch, *spatial', filters];  kernel [*kernel_size, filters, in]; spatial' is
        (n - 1) * stride + max(window, stride) with "valid", n * stride with "same"

    Example:
        >>> import numpy as np
        >>> Conv2DTranspose(8, 3, strides=2, padding="same")(np.zeros((1, 7, 7, 3), "float32")).shape
        (1, 14, 14, 8)

    Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, section 4.
    """

    filters: int
    kernel_size: Ints
    strides: Ints = 1
    padding: str = "valid"
    output_padding: Ints | None = None
    data_format: str | None = None
    dilation_rate: Ints = 1
    activation: Any = None
    use_bias: bool = True
    kernel_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"

    def check_fields(self) -> None:
        kind = type(self).__name__
        require_count(kind, "filters", self.filters)
        super().check_fields()
        if self.output_padding is not None:
            steps = per_axis(kind, "strides", self.strides, self.rank)
            more: Any = (
                (self.output_padding,) * self.rank
                if isinstance(self.output_padding, int)
                else self.output_padding
            )
            if len(more) != self.rank or not all(
                isinstance(n, int) and 0 <= n < s for n, s in zip(more, steps, strict=True)
            ):
                raise ValueRangeError(
                    f"{kind}: output_padding must be an int >= 0 and below the stride, or one for each axis; got "
                    f"{self.output_padding!r} with strides {steps}."
                )

    def build(self, x: TensorType) -> None:
        self.kernel = self.described_weight("kernel", (*self.window, self.filters, self.channels(x)))
        self.make_bias(self.filters)

    def apply(self, x: Array) -> Array:
        return self.finished(
            conv.conv_transpose(
                x, self.kernel, self.strides, self.padding, self.output_padding, self.dilation_rate
            )
        )


class Conv1DTranspose(ConvTranspose):
    """Transposed convolution over one spatial axis; the arguments are those of `ConvTranspose`."""

    rank = 1


class Conv2DTranspose(ConvTranspose):
    """Transposed convolution over two spatial axes; the arguments are those of `ConvTranspose`."""

    rank = 2


class Conv3DTranspose(ConvTranspose):
    """Transposed convolution over three spatial axes; the arguments are those of `ConvTranspose`."""

    rank = 3
    by_place: ClassVar[tuple[Any, ...]] = (
        "filters",
        "kernel_size",
        "strides",
        "padding",
        "data_format",
        "output_padding",
        ...,
    )
