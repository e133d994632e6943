"""Cells: one step of a recurrence. The layers over whole sequences are in `recurrent.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any, ClassVar

import numpy as np

from wengert.base.errors import ShapeError
from wengert.base.numbers import require_count
from wengert.ir import operators
from wengert.ir.types import TensorType, type_of
from wengert.nn import initializers
from wengert.nn.described import WithKernel
from wengert.nn.layer import Layer
from wengert.nn.stepped import Step, Stepped, listed
from wengert.ops import activations, random
from wengert.ops import math as m
from wengert.ops.joining import split
from wengert.ops.linalg import matmul
from wengert.ops.operands import Array

States = Sequence[Any]


class RecurrentWeights(WithKernel):
    """What is done to the weights of a recurrence besides training them.

    Args:
        recurrent_regularizer: what `recurrent_kernel` adds to the loss. recurrent_constraint: what it is kept to.
        kernel_regularizer, kernel_constraint, bias_regularizer, bias_constraint: as in `Dense`.
    """

    recurrent_regularizer: Any = field(default=None, kw_only=True)
    recurrent_constraint: Any = field(default=None, kw_only=True)

    def check_fields(self: Any) -> None:
        require_count(type(self).__name__, "units", self.units)
        self.require_in("[0, 1)", "dropout", "recurrent_dropout")


class SimpleRNNFields(RecurrentWeights):
    """What `SimpleRNN` and its cell are told.

    Args:
        units: length of the state and of the output, > 0.
        activation: name of an activation, or a function.
        use_bias: whether `bias` is added.
        kernel_initializer, recurrent_initializer, bias_initializer: name of an initializer, or ``(shape,
            dtype) -> array``.
        dropout, recurrent_dropout: shares of the inputs, of the state, dropped while training, in [0, 1); the
            same ones at every step of a sequence.
        seed: which stream of random numbers; None takes a fresh one.
        kernel_regularizer, kernel_constraint, ...: as in `RecurrentWeights`.

    Source (dropout): Gal & Ghahramani, "A theoretically grounded application of dropout in recurrent neural
        networks", NeurIPS 2016, with masks shared by the gates.
    """

    units: int
    activation: Any = "tanh"
    use_bias: bool = True
    kernel_initializer: Any = "glorot_uniform"
    recurrent_initializer: Any = "orthogonal"
    bias_initializer: Any = "zeros"
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    seed: int | None = None


class LSTMFields(RecurrentWeights):
    """What `LSTM` and its cell are told: as `SimpleRNNFields`, and

    Args:
        recurrent_activation: of the gates.
        unit_forget_bias: start the forget gate's bias with 1.
    """

    units: int
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


class GRUFields(RecurrentWeights):
    """What `GRU` and its cell are told: as `SimpleRNNFields`, and

    Args:
        recurrent_activation: of the gates.
        reset_after: the reset gate takes effect after the product with the state, not before.
    """

    units: int
    activation: Any = "tanh"
    recurrent_activation: Any = "sigmoid"
    use_bias: bool = True
    kernel_initializer: Any = "glorot_uniform"
    recurrent_initializer: Any = "orthogonal"
    bias_initializer: Any = "zeros"
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    seed: int | None = None
    reset_after: bool = True


class Cell(Stepped, Layer):
    """Base of cells whose product with the input does not depend on the state.

    `project` is that product, for any number of steps at once; `advance` is the rest of a step. The first state is
    the output; of a step's state, `state_shapes` says the shapes without the batch.
    """

    gates: ClassVar[int] = 1
    count: ClassVar[int] = 1
    output_is_state = True

    def advance(self: Any, x: Array, states: States, kept: Array | None = None) -> tuple[Array, ...]:
        """The new states, from a projected input. kept: what dropout leaves of the state in products."""
        raise NotImplementedError

    @property
    def state_size(self: Any) -> Any:
        """The length of the state; a tuple if there are several."""
        return self.units if self.count == 1 else (self.units,) * self.count

    def state_shapes(self: Any) -> list[tuple[int, ...]]:
        """The shapes of the states, without the batch."""
        return [(self.units,)] * self.count

    def get_initial_state(self: Any, batch_size: int) -> list[Any]:
        """Zeros, for the states of a batch."""
        return [np.zeros((batch_size, *shape), self.compute_dtype) for shape in self.state_shapes()]

    def build(self: Any, x: TensorType) -> None:
        features = x.shape[-1] if x.rank else None
        if x.rank != 2 or not isinstance(features, int):
            raise ShapeError(f"the input of a step must be [batch, features], the last one known; got {x}.")
        self.add_weights((features,), (self.units,), self.units)

    def add_weights(self: Any, into: tuple[Any, ...], within: tuple[int, ...], units: int) -> None:
        """The kernels, of these shapes but for the last axis, and the bias; the stream of dropout."""
        wide = self.gates * units
        self.kernel = self.described_weight("kernel", (*into, wide))
        self.recurrent_kernel = self.described_weight("recurrent", (*within, wide), "recurrent_kernel")
        self.bias = None
        if self.use_bias:
            self.bias = self.described_weight("bias", self.bias_shape(), initializer=self.first_bias)
        if self.dropout or self.recurrent_dropout:
            self.seed_generator = random.SeedGenerator(self.seed, name=f"{self.name}/seed_generator")

    def bias_shape(self: Any) -> tuple[int, ...]:
        """The shape of `bias`."""
        return (self.gates * self.units,)

    def first_bias(self: Any, shape: Sequence[int], dtype: str) -> Any:
        """The first value of `bias`."""
        return initializers.get(self.bias_initializer)(shape, dtype)

    def project(self: Any, x: Array) -> Array:
        """x @ kernel + bias, for x [..., features]."""
        x = matmul(x, self.kernel)
        return x if self.bias is None else m.add(x, self.bias)

    def kept_input(self: Any, x: Array, shape: Sequence[Any]) -> Array | None:
        """What dropout multiplies inputs of this shape by, at every step; None for no dropout."""
        return self._mask(x, shape, self.dropout) if self.dropout else None

    def kept_state(self: Any, x: Array, batch: Any) -> Array | None:
        """What recurrent dropout multiplies the first state by; None for no dropout."""
        if not self.recurrent_dropout:
            return None
        return self._mask(x, (batch, *self.state_shapes()[0]), self.recurrent_dropout)

    def _mask(self: Any, x: Array, shape: Sequence[Any], rate: float) -> Array:
        ones = operators.broadcast_to(np.ones((), type_of(x).dtype), tuple(shape), x)
        return random.dropout(ones, rate, self.seed_generator)

    def over(self, xs: Array, training: bool) -> tuple[Array, Step]:
        """What to go through instead of the inputs [time, batch, ...] of all steps, and what a step does."""
        shape = type_of(xs).shape[1:]
        kept = self.kept_state(xs, shape[0]) if training else None

        def step(row: Array, states: States) -> tuple[Array, States]:
            new = self.advance(row, states, kept)
            return new[0], new

        return self.project(multiplied(xs, self.kept_input(xs, shape) if training else None)), step

    def single(self, like: Array, shape: Sequence[Any], training: bool) -> Step:
        """As of every cell; what dropout takes is the same at every step."""
        if not training:
            return super().single(like, shape, training)
        inputs, state = self.kept_input(like, shape), self.kept_state(like, shape[0])

        def step(row: Array, states: States) -> tuple[Array, Any]:
            new = self.advance(self.project(multiplied(row, inputs)), states, state)
            return new[0], new

        return step

    def call(self: Any, x: Any, states: Any, training: bool = False) -> tuple[Any, tuple[Any, ...]]:
        """One step: the output and the new states."""
        shape = type_of(x).shape
        if len(listed(states)) != len(self.state_shapes()):
            raise ShapeError(f"states must be {len(self.state_shapes())} arrays; got {len(listed(states))}.")
        kept = self.kept_state(x, shape[0]) if training else None
        x = multiplied(x, self.kept_input(x, shape) if training else None)
        new = self.advance(self.project(x), listed(states), kept)
        return new[0], new


def multiplied(x: Array, kept: Array | None) -> Array:
    """x, less what dropout takes of it."""
    return x if kept is None else m.multiply(x, kept)


class SimpleRNNCell(SimpleRNNFields, Cell):
    """``h = activation(x @ kernel + h @ recurrent_kernel + bias)``; the arguments are in `SimpleRNNFields`.

    Shapes:
        x [batch, in], h [batch, units]  ->  h [batch, units];  kernel [in, units], recurrent_kernel [units,
        units], bias [units]
    """

    def advance(self, x: Array, states: States, kept: Array | None = None) -> tuple[Array, ...]:
        z = m.add(x, matmul(multiplied(states[0], kept), self.recurrent_kernel))
        return (activations.get(self.activation)(z),)


class LSTMCell(LSTMFields, Cell):
    """``c = sigmoid(f) * c + sigmoid(i) * tanh(g),  h = sigmoid(o) * tanh(c)``, where ``i, f, g, o`` are the
    parts of ``x @ kernel + h @ recurrent_kernel + bias``; the arguments are in `LSTMFields`.

    Shapes:
        x [batch, in], h and c [batch, units]  ->  h and c;  kernel [in, 4 units], recurrent_kernel [units, 4
        units], bias [4 units]

    Source: Hochreiter & Schmidhuber, 1997; the forget gate: Gers et al., 2000.
    """

    gates = 4
    count = 2

    def first_bias(self, shape: Sequence[int], dtype: str) -> Any:
        return with_open_gate(self, super().first_bias(shape, dtype))

    def advance(self, x: Array, states: States, kept: Array | None = None) -> tuple[Array, ...]:
        inner = matmul(multiplied(states[0], kept), self.recurrent_kernel)
        return gated(self, m.add(x, inner), states[1])


def gated(cell: Any, z: Array, c: Array) -> tuple[Array, Array]:
    """h and c of an LSTM, from the sums z of its gates."""
    gate, activation = activations.get(cell.recurrent_activation), activations.get(cell.activation)
    i, f, g, o = split(z, 4, axis=-1)
    c = m.add(m.multiply(gate(f), c), m.multiply(gate(i), activation(g)))
    return m.multiply(gate(o), activation(c)), c


def with_open_gate(cell: Any, bias: Any) -> Any:
    """The first bias of an LSTM's gates; with `unit_forget_bias`, 1 for the forget gate."""
    bias = np.array(bias)
    if cell.unit_forget_bias:
        units = len(bias) // 4
        bias[units : 2 * units] = 1
    return bias


class GRUCell(GRUFields, Cell):
    """``h = z * h + (1 - z) * tanh(x_h + r * (h @ U_h))`` with ``z, r = sigmoid(x + h @ U)``, where x is
    projected; the arguments are in `GRUFields`.

    Shapes:
        x [batch, in], h [batch, units]  ->  h;  kernel [in, 3 units], recurrent_kernel U [units, 3 units],
        bias [2, 3 units] (of x, of h) or, without `reset_after`, [3 units]; parts in the order z, r, h

    Source: Cho et al., EMNLP 2014; `reset_after` is the variant of cuDNN.
    """

    gates = 3

    def bias_shape(self) -> tuple[int, ...]:
        wide = self.gates * self.units
        return (2, wide) if self.reset_after else (wide,)

    def project(self, x: Array) -> Array:
        x = matmul(x, self.kernel)
        if self.bias is None:
            return x
        return m.add(x, self.bias[0] if self.reset_after else self.bias)

    def advance(self, x: Array, states: States, kept: Array | None = None) -> tuple[Array, ...]:
        gate, activation = activations.get(self.recurrent_activation), activations.get(self.activation)
        h, n = states[0], 2 * self.units
        seen = multiplied(h, kept)
        x_z, x_r, x_h = split(x, 3, axis=-1)
        if self.reset_after:
            inner = matmul(seen, self.recurrent_kernel)
            inner = inner if self.bias is None else m.add(inner, self.bias[1])
            h_z, h_r, h_h = split(inner, 3, axis=-1)
            z, r = gate(m.add(x_z, h_z)), gate(m.add(x_r, h_r))
            new = activation(m.add(x_h, m.multiply(r, h_h)))
        else:
            h_z, h_r = split(matmul(seen, self.recurrent_kernel[:, :n]), 2, axis=-1)
            z, r = gate(m.add(x_z, h_z)), gate(m.add(x_r, h_r))
            new = activation(m.add(x_h, matmul(m.multiply(r, seen), self.recurrent_kernel[:, n:])))
        return (m.add(m.multiply(z, h), m.multiply(m.subtract(1.0, z), new)),)
