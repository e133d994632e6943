"""Layers made of matrix products and activations, and those that only rearrange."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from wengert.base.dtypes import computed, finfo
from wengert.base.errors import ShapeError, ValueRangeError
from wengert.base.numbers import require_count
from wengert.base.words import require_word
from wengert.ir.dim import Dim
from wengert.ir.operators import cast
from wengert.ir.types import TensorType, type_of
from wengert.nn.config import unique_name
from wengert.nn.described import WithKernel
from wengert.nn.layer import Layer
from wengert.nn.symbolic import Symbol, origin
from wengert.ops import activations, linalg, reduce, shape
from wengert.ops import math as m
from wengert.ops.operands import Array


class InputLayer(Layer):
    """Where a model begins: it checks what comes in. `Input(...)` makes one.

    Args:
        shape: of one sample; None is a length that may vary, a string is the name of one.
        batch_size: None: any.
        dtype: of the input; also of integers.
    """

    shape: Any = ()
    batch_size: int | None = None

    def check_fields(self) -> None:
        lengths = (self.shape,) if isinstance(self.shape, int | str | np.integer) else tuple(self.shape)
        for n in lengths:
            is_length = isinstance(n, int | np.integer) and not isinstance(n, bool) and n >= 0
            if not (n is None or is_length or (isinstance(n, str) and n.isidentifier())):
                raise ShapeError(
                    f"Input: shape must be the lengths of one sample, without the batch; got {self.shape!r}."
                )
        self.shape = tuple(int(n) if isinstance(n, int | np.integer) else n for n in lengths)

    @property
    def type(self) -> TensorType:
        """The type of a batch."""
        batch = Dim.named("batch") if self.batch_size is None else self.batch_size
        own = re.sub(r"\W", "_", str(self.name))
        lengths = [
            n if isinstance(n, int) else Dim.named(f"{own}_{k}" if n is None else n)
            for k, n in enumerate(self.shape, 1)
        ]
        return TensorType((batch, *lengths), self.variable_dtype)

    @property
    def symbol(self) -> Symbol:
        """What stands for the input in models that are drawn with it."""
        return self.drawn_calls[0].symbols[0] if self.drawn_calls else origin(self, self.type)

    def autocast(self, x: Array) -> Array:
        return x

    def call(self, x: Any) -> Any:
        want, got = self.type.shape, type_of(x).shape
        if len(want) != len(got) or any(
            w != g for w, g in zip(want, got, strict=True) if not isinstance(w, Dim)
        ):
            hint = " One sample must be a batch of one: x[None]." if len(got) == len(want) - 1 else ""
            raise ShapeError(f"a batch must be {self.type}; got {type_of(x)}.{hint}")
        return x


def Input(  # noqa: N802  # Keras's name
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    batch_shape: Any = None,
    name: str | None = None,
) -> Symbol:
    """What a model takes: `Input((28, 28, 1))`. Call layers on it, or put it first into a `Sequential`.

    Args:
        shape: of one sample; None is a length that may vary, and a string such as "time" the name of one: lengths
            of one name are equal in all inputs. Those that None stands for may differ, and so cannot be added.
        batch_size: rows; None: any number.
        dtype: of what comes in; None: what layers keep their weights in.
        batch_shape: shape with the batch in front, instead of `shape` and `batch_size`.

    Example:
        >>> import wengert as wg
        >>> x = wg.Input((28, 28, 1))
        >>> y = wg.layers.Dense(10)(wg.layers.Flatten()(x))
        >>> wg.Model(x, y).output_shape
        (batch, 10)
    """
    if batch_shape is not None:
        if (
            shape is not None
            or batch_size is not None
            or not isinstance(batch_shape, list | tuple)
            or not batch_shape
        ):
            raise ShapeError(
                f"Input: batch_shape must be (batch, ...), alone; got {batch_shape!r}, shape={shape!r}, "
                f"batch_size={batch_size!r}."
            )
        batch_size, shape = batch_shape[0], tuple(batch_shape[1:])
    if shape is None:
        raise ShapeError("Input: shape must be the lengths of one sample, without the batch; got None.")
    return InputLayer(shape, batch_size, dtype=dtype, name=name or unique_name("input")).symbol


class Dense(WithKernel):
    """Affine map of the last axis: ``y = activation(x @ kernel + bias)``.

    Args:
        units: length of the last axis of the output, > 0.
        activation: name of an activation, or a function applied to the sum.
        use_bias: whether `bias` is added.
        kernel_initializer, bias_initializer: name of an initializer, or ``(shape, dtype) -> array``.
        kernel_regularizer, bias_regularizer: what the weight adds to the loss (`wg.regularizers`).
        kernel_constraint, bias_constraint: what the weight is kept to (`wg.constraints`).

    Shapes:
        x [..., in]  ->  y [..., units];  kernel [in, units], bias [units]

    Raises:
        ValueRangeError: `units` is not positive.
        ShapeError: the last axis of `x` is not the `in` the layer was built for.

    Example:
        >>> layer = Dense(10)
        >>> layer(np.zeros((32, 784), "float32")).shape
        (32, 10)

    Source:
        kernel_initializer: Glorot & Bengio, AISTATS 2010, eq. 16.
    """

    units: int
    activation: Any = None
    use_bias: bool = True
    kernel_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"
    supports_masking = True
    by_place: ClassVar[tuple[Any, ...]] = (
        ...,
        "kernel_regularizer",
        "bias_regularizer",
        "activity_regularizer",
        "kernel_constraint",
        "bias_constraint",
    )

    def check_fields(self) -> None:
        require_count("Dense", "units", self.units)

    def build(self, x: TensorType) -> None:
        if x.rank < 2:
            raise ShapeError(f"the input must be [batch, ..., features]; got {x}. Add an axis: x[:, None].")
        self.kernel = self.described_weight("kernel", (x.shape[-1], self.units))
        self.make_bias(self.units)

    def call(self, x: Any) -> Any:
        y = linalg.matmul(x, self.kernel)
        return activate(self.activation, y if self.bias is None else m.add(y, self.bias))


PROBABILITIES = (activations.softmax, activations.log_softmax)


def activate(activation: Any, x: Array) -> Array:
    """activation(x). Probabilities are float32 where x is bfloat16: losses take their logarithms."""
    function = activations.get(activation)
    if inspect.unwrap(function) in PROBABILITIES:
        x = cast(x, computed(type_of(x).dtype))
    return function(x)


class Activation(Layer):
    """A function applied to each element (or along an axis): `Activation("relu")`."""

    activation: Any
    supports_masking = True

    def call(self, x: Any) -> Any:
        return activate(self.activation, x)


class ReLU(Layer):
    """max(x, 0), with Keras's options."""

    max_value: float | None = None
    negative_slope: float = 0.0
    threshold: float = 0.0
    supports_masking = True

    def check_fields(self) -> None:
        if (
            self.negative_slope < 0
            or self.threshold < 0
            or (self.max_value is not None and self.max_value < 0)
        ):
            raise ValueRangeError(
                f"ReLU: max_value, negative_slope and threshold must not be negative; got {self!r}."
            )

    def call(self, x: Any) -> Any:
        return activations.relu(x, self.negative_slope, self.max_value, self.threshold)


class LeakyReLU(Layer):
    """x where it is positive, negative_slope * x elsewhere."""

    negative_slope: float = 0.3
    supports_masking = True

    def call(self, x: Any) -> Any:
        return activations.leaky_relu(x, self.negative_slope)


class ELU(Layer):
    """x where it is positive, alpha * (exp(x) - 1) elsewhere."""

    alpha: float = 1.0
    supports_masking = True

    def call(self, x: Any) -> Any:
        return activations.elu(x, self.alpha)


class Softmax(Layer):
    """Scores along an axis, or several, as a distribution; 0 where the mask is False."""

    axis: Any = -1
    supports_masking = True

    def call(self, x: Any, mask: Any = None) -> Any:
        x = cast(x, computed(type_of(x).dtype))
        if mask is not None:
            x = m.where(mask, x, finfo(type_of(x).dtype).min)
        if isinstance(self.axis, int):
            return activations.softmax(x, self.axis)
        return m.exp(x - reduce.logsumexp(x, axis=tuple(self.axis), keepdims=True))


class Flatten(Layer):
    """[batch, ...] -> [batch, everything else]

    Args:
        data_format: "channels_first" puts channels behind the other axes before; None and "channels_last" do not.
    """

    data_format: str | None = None

    def check_fields(self) -> None:
        if self.data_format is not None:
            require_word("Flatten", "data_format", self.data_format, ("channels_last", "channels_first"))

    def call(self, x: Any) -> Any:
        if self.data_format == "channels_first" and type_of(x).rank > 2:
            x = shape.moveaxis(x, 1, -1)
        return shape.flatten(shape.expand_dims(x, -1) if type_of(x).rank == 1 else x, start_axis=1)


class Reshape(Layer):
    """[batch, ...] -> [batch, *target_shape]; one length may be -1: what is left."""

    target_shape: Sequence[int] = ()

    def check_fields(self) -> None:
        lengths = self.target_shape
        counts = isinstance(lengths, list | tuple) and all(
            isinstance(n, int | np.integer) and not isinstance(n, bool) and n >= -1 for n in lengths
        )
        if not counts or list(lengths).count(-1) > 1:
            raise ShapeError(
                f"Reshape: target_shape must be lengths without the batch, one of them -1 at most; got {lengths!r}."
            )

    def build(self, x: TensorType) -> None:
        if x.rank == 0:
            raise ShapeError(f"the input must be [batch, ...]; got {x}.")

    def call(self, x: Any) -> Any:
        return shape.reshape(x, (type_of(x).shape[0], *self.target_shape))
