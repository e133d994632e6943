"""LSTMs over sequences of images: their products are convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from wengert.base.errors import ShapeError
from wengert.base.numbers import require_count
from wengert.base.words import require_word
from wengert.ir.node import graph_input
from wengert.ir.types import TensorType, type_of
from wengert.nn.cells import Cell, RecurrentWeights, States, gated, multiplied, with_open_gate
from wengert.nn.recurrent import Gated
from wengert.nn.spatial import require_windows
from wengert.ops import conv
from wengert.ops import math as m
from wengert.ops.operands import Array, per_axis
from wengert.ops.shape import reshape
from wengert.runtime.recording import recording


class ConvLSTMFields(RecurrentWeights):
    """What `ConvLSTM` layers and their cell are told.

    Args:
        filters: channels of the state and of the output, > 0.
        kernel_size, strides, padding, data_format, dilation_rate: of the convolution of the input, as in `Conv`;
            that of the state has strides of 1 and the same padding.
        activation, recurrent_activation, use_bias, unit_forget_bias, dropout, recurrent_dropout, seed, initializers,
            regularizers and constraints: as in `LSTM`.
    """

    filters: int
    kernel_size: int | Sequence[int]
    strides: int | Sequence[int] = 1
    padding: str = "valid"
    data_format: str | None = None
    dilation_rate: int | Sequence[int] = 1
    activation: Any = "tanh"
    recurrent_activation: Any = "sigmoid"
    use_bias: bool = True
    kernel_initializer: Any = "glorot_uniform"
    recurrent_initializer: Any = "orthogonal"
    bias_initializer: Any = "zeros"
    unit_forget_bias: bool = True
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    seed: int | None = None
    rank: ClassVar[int]

    def check_fields(self) -> None:
        kind = type(self).__name__
        require_count(kind, "filters", self.filters)
        require_windows(self)
        require_word(kind, "padding", self.padding, ("valid", "same"))
        require_word(kind, "data_format", self.data_format or "channels_last", ("channels_last",))
        self.require_in("[0, 1)", "dropout", "recurrent_dropout")


class ConvLSTMCell(ConvLSTMFields, Cell):
    """A step of `ConvLSTM1D`, `ConvLSTM2D` or `ConvLSTM3D`: ``LSTMCell`` with convolutions as products."""

    gates = 4
    count = 2

    def build(self, x: TensorType) -> None:
        if x.rank != self.rank + 2 or not all(isinstance(n, int) for n in x.shape[1:]):
            raise ShapeError(
                f"the input must be [batch, time, {self.rank} spatial axes, channels], all but the first two "
                f"known; got steps {x}."
            )
        window = per_axis("ConvLSTM", "kernel_size", self.kernel_size, self.rank)
        self.add_weights((*window, x.shape[-1]), (*window, self.filters), self.filters)
        with recording():
            self.shape: Any = type_of(self._convolved(graph_input(x))).shape[1:-1]

    def bias_shape(self) -> tuple[int, ...]:
        return (self.gates * self.filters,)

    def first_bias(self, shape: Sequence[int], dtype: str) -> Any:
        return with_open_gate(self, super().first_bias(shape, dtype))

    @property
    def state_size(self) -> Any:
        return (self.filters, self.filters)

    def state_shapes(self) -> list[tuple[int, ...]]:
        return [(*self.shape, self.filters)] * 2

    def _convolved(self, x: Array) -> Array:
        return conv.conv(x, self.kernel, self.strides, self.padding, self.dilation_rate)

    def project(self, x: Array) -> Array:
        """conv(x, kernel) + bias, for x [batch, ...] or [time, batch, ...]."""
        shape, images = type_of(x).shape, self.rank + 2
        before = shape[: len(shape) - images + 1]
        flat = x if len(before) == 1 else reshape(x, (before[0] * before[1], *shape[2:]))
        y = self._convolved(flat)
        y = y if self.bias is None else m.add(y, self.bias)
        return y if len(before) == 1 else reshape(y, (*before, *type_of(y).shape[1:]))

    def advance(self, x: Array, states: States, kept: Array | None = None) -> tuple[Array, ...]:
        inner = conv.conv(multiplied(states[0], kept), self.recurrent_kernel, 1, "same")
        return gated(self, m.add(x, inner), states[1])


class ConvLSTM1DCell(ConvLSTMCell):
    """The cell of `ConvLSTM1D`."""

    rank = 1


class ConvLSTM2DCell(ConvLSTMCell):
    """The cell of `ConvLSTM2D`."""

    rank = 2


class ConvLSTM3DCell(ConvLSTMCell):
    """The cell of `ConvLSTM3D`."""

    rank = 3


class ConvLSTM1D(ConvLSTMFields, Gated):
    """An LSTM over sequences of rows, with convolutions as products; arguments: `ConvLSTMFields`, `Recurrent`.

    Shapes:
        x [batch, time, length, channels]  ->  y [batch, length', filters] or, with return_sequences, [batch, time,
        length', filters];  kernel [k, channels, 4 filters], recurrent_kernel [k, filters, 4 filters], bias [4 filters]

    Source: Shi et al., "Convolutional LSTM network", NeurIPS 2015.

    Example:
        >>> import numpy as np
        >>> ConvLSTM1D(4, 3)(np.zeros((2, 5, 8, 3), "float32")).shape
        (2, 6, 4)
    """

    rank = 1
    cell_class = ConvLSTM1DCell


class ConvLSTM2D(ConvLSTMFields, Gated):
    """An LSTM over sequences of images, with convolutions as products; arguments and source as `ConvLSTM1D`.

    Shapes:
        x [batch, time, height, width, channels]  ->  y [batch, (time,) height', width', filters]

    Example:
        >>> import numpy as np
        >>> ConvLSTM2D(4, 3, padding="same", return_sequences=True)(np.zeros((2, 5, 8, 8, 3), "float32")).shape
        (2, 5, 8, 8, 4)
    """

    rank = 2
    cell_class = ConvLSTM2DCell


class ConvLSTM3D(ConvLSTMFields, Gated):
    """An LSTM over sequences of volumes, with convolutions as products; arguments and source as `ConvLSTM1D`.

    Shapes:
        x [batch, time, *volume, channels]  ->  y [batch, (time,) *volume', filters]

    Example:
        >>> import numpy as np
        >>> ConvLSTM3D(2, 3)(np.zeros((1, 2, 4, 4, 4, 1), "float32")).shape
        (1, 2, 2, 2, 2)
    """

    rank = 3
    cell_class = ConvLSTM3DCell
