"""The layers that workloads are made of: each knows its output shape, its weights and its multiply-adds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

Shape = tuple[int, ...]


class Ones(tuple[int, ...]):
    """The shape of a weight that starts with ones, not with zeros: a scale."""

    __slots__ = ()


class Layer(Protocol):
    """A function of one sample. Images are height, width, channels; sequences are time, features."""

    def output(self, x: Shape) -> Shape:
        """Shape of the output for an input of shape `x`."""

    def weights(self, x: Shape) -> tuple[Shape, ...]:
        """Shapes of what it learns, in Keras's order; nothing where the layer learns nothing."""

    def multiply_adds(self, x: Shape) -> int:
        """Multiply-adds of the layer's products in one forward pass of one sample."""


class Weightless:
    """A layer that learns nothing and multiplies nothing worth counting."""

    def weights(self, x: Shape) -> tuple[Shape, ...]:
        return ()

    def multiply_adds(self, x: Shape) -> int:
        return 0


@dataclass(frozen=True)
class Dense:
    """activation(x @ kernel + bias); kernel [in, units]."""

    units: int
    activation: str | None = None

    def output(self, x: Shape) -> Shape:
        return (*x[:-1], self.units)

    def weights(self, x: Shape) -> tuple[Shape, ...]:
        return (x[-1], self.units), (self.units,)

    def multiply_adds(self, x: Shape) -> int:
        return math.prod(x) * self.units


@dataclass(frozen=True)
class Conv2D:
    """Convolution of stride 1; same: with zeros around, so that sizes stay. kernel [size, size, in, filters]."""

    filters: int
    size: int
    activation: str | None = None
    same: bool = False

    def output(self, x: Shape) -> Shape:
        less = 0 if self.same else self.size - 1
        return (x[0] - less, x[1] - less, self.filters)

    def weights(self, x: Shape) -> tuple[Shape, ...]:
        return (self.size, self.size, x[2], self.filters), (self.filters,)

    def multiply_adds(self, x: Shape) -> int:
        return math.prod(self.output(x)) * self.size * self.size * x[2]


@dataclass(frozen=True)
class MaxPool(Weightless):
    """Maximum over windows of `size` x `size` that do not overlap."""

    size: int

    def output(self, x: Shape) -> Shape:
        return (x[0] // self.size, x[1] // self.size, x[2])


@dataclass(frozen=True)
class HalvingPool(Weightless):
    """Maximum over 3x3 windows two steps apart, of what is 0 or more, with zeros around."""

    def output(self, x: Shape) -> Shape:
        return ((x[0] + 1) // 2, (x[1] + 1) // 2, x[2])


@dataclass(frozen=True)
class Flatten(Weightless):
    """All values of a sample in one row."""

    def output(self, x: Shape) -> Shape:
        return (math.prod(x),)


@dataclass(frozen=True)
class ConvNorm:
    """activation(batch_norm(conv(x))): zeros on all sides so that stride 1 keeps the size; no bias.

    kernel [size, size, in, filters], gamma and beta [filters].
    """

    filters: int
    size: int
    strides: int = 1
    activation: str | None = "relu"

    def output(self, x: Shape) -> Shape:
        around = self.size // 2
        height, width = ((n + 2 * around - self.size) // self.strides + 1 for n in x[:2])
        return (height, width, self.filters)

    def weights(self, x: Shape) -> tuple[Shape, ...]:
        return (self.size, self.size, x[2], self.filters), Ones((self.filters,)), (self.filters,)

    def multiply_adds(self, x: Shape) -> int:
        return math.prod(self.output(x)) * self.size * self.size * x[2]


@dataclass(frozen=True)
class Residual:
    """relu(shortcut(x) + convolutions(x)); where shapes are the same, the shortcut is x.

    Two 3x3 convolutions; bottleneck: 1x1, 3x3 and 1x1, the last with 4 times the filters. The shortcut is a 1x1
    convolution, or without `project` every second pixel, with zeros for the channels that are missing.
    """

    filters: int
    strides: int = 1
    bottleneck: bool = False
    project: bool = True

    @property
    def out(self) -> int:
        return 4 * self.filters if self.bottleneck else self.filters

    @property
    def body(self) -> tuple[ConvNorm, ...]:
        """The convolutions, with their normalisations."""
        second = ConvNorm(self.filters, 3, self.strides)
        if self.bottleneck:
            return ConvNorm(self.filters, 1), second, ConvNorm(self.out, 1, activation=None)
        return second, ConvNorm(self.filters, 3, activation=None)

    def shortcut(self, x: Shape) -> ConvNorm | None:
        """The convolution beside the body, if there is one."""
        differs = self.strides > 1 or x[2] != self.out
        return ConvNorm(self.out, 1, self.strides, None) if differs and self.project else None

    def inputs(self, x: Shape) -> list[tuple[ConvNorm, Shape]]:
        """Every convolution with the shape that reaches it: the body's, then the shortcut."""
        pairs, beside = [], self.shortcut(x)
        start = x
        for part in self.body:
            pairs.append((part, x))
            x = part.output(x)
        return [*pairs, (beside, start)] if beside else pairs

    def output(self, x: Shape) -> Shape:
        last, before = self.inputs(x)[len(self.body) - 1]
        return last.output(before)

    def weights(self, x: Shape) -> tuple[Shape, ...]:
        return tuple(w for part, shape in self.inputs(x) for w in part.weights(shape))

    def multiply_adds(self, x: Shape) -> int:
        return sum(part.multiply_adds(shape) for part, shape in self.inputs(x))


@dataclass(frozen=True)
class GlobalAverage(Weightless):
    """The mean of each channel."""

    def output(self, x: Shape) -> Shape:
        return x[2:]


@dataclass(frozen=True)
class Embedding(Weightless):
    """A vector for each symbol; embeddings [symbols, units]."""

    symbols: int
    units: int

    def output(self, x: Shape) -> Shape:
        return (*x, self.units)

    def weights(self, x: Shape) -> tuple[Shape, ...]:
        return ((self.symbols, self.units),)


@dataclass(frozen=True)
class Positions(Weightless):
    """x + a vector for each position; embeddings [time, features]."""

    def output(self, x: Shape) -> Shape:
        return x

    def weights(self, x: Shape) -> tuple[Shape, ...]:
        return (x,)


@dataclass(frozen=True)
class Recurrent:
    """LSTM, or GRU with its reset gate after the product; the state of each step goes out.

    kernel [in, gates * units], recurrent kernel [units, gates * units], bias [4 * units] or (GRU) [2, 3 * units].
    """

    cell: Literal["lstm", "gru"]
    units: int

    @property
    def gates(self) -> int:
        return 4 if self.cell == "lstm" else 3

    def output(self, x: Shape) -> Shape:
        return (x[0], self.units)

    def weights(self, x: Shape) -> tuple[Shape, ...]:
        wide = self.gates * self.units
        return (x[1], wide), (self.units, wide), ((wide,) if self.cell == "lstm" else (2, wide))

    def multiply_adds(self, x: Shape) -> int:
        return x[0] * self.gates * self.units * (x[1] + self.units)


@dataclass(frozen=True)
class LayerNorm(Weightless):
    """gamma * (x - mean) / sqrt(variance + 1e-5) + beta over the last axis."""

    def output(self, x: Shape) -> Shape:
        return x

    def weights(self, x: Shape) -> tuple[Shape, ...]:
        return Ones(x[-1:]), x[-1:]


@dataclass(frozen=True)
class Transformer:
    """x + attention(norm(x)), then x + mlp(norm(x)): causal, all with biases; gelu between 4 times the width."""

    heads: int

    def output(self, x: Shape) -> Shape:
        return x

    def weights(self, x: Shape) -> tuple[Shape, ...]:
        width, each = x[1], x[1] // self.heads
        norm = LayerNorm().weights(x)
        project: tuple[Shape, ...] = ((width, self.heads, each), (self.heads, each))
        mlp = ((width, 4 * width), (4 * width,), (4 * width, width), (width,))
        return (*norm, *project * 3, (self.heads, each, width), (width,), *norm, *mlp)

    def multiply_adds(self, x: Shape) -> int:
        time, width = x
        return time * 12 * width * width + 2 * time * time * width
