"""What is timed: models, data, optimizers and FLOP counts, said once and built by every framework's worker.

A model is a tuple of layers. A layer knows its output shape, its weights and its multiply-adds, so FLOPs are
derived and never typed in. A new row of the table is a new entry in `WORKLOADS`; a new kind of layer is a
class here and one `case` in each worker.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int, ...]
Array = NDArray[Any]


class Layer(Protocol):
    """A function of one sample. Images are height, width, channels."""

    def output(self, x: Shape) -> Shape:
        """Shape of the output for an input of shape `x`."""

    def weights(self, x: Shape) -> tuple[Shape, ...]:
        """Shapes of the kernel and the bias; nothing where the layer learns nothing."""

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
    """Valid convolution of stride 1; kernel [size, size, in, filters]."""

    filters: int
    size: int
    activation: str | None = None

    def output(self, x: Shape) -> Shape:
        return (x[0] - self.size + 1, x[1] - self.size + 1, self.filters)

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
class Flatten(Weightless):
    """All values of a sample in one row."""

    def output(self, x: Shape) -> Shape:
        return (math.prod(x),)


@dataclass(frozen=True)
class Adam:
    """Adam; the defaults are Keras's, written out because PyTorch's epsilon differs."""

    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-7


@dataclass(frozen=True)
class SGD:
    """Plain gradient descent."""

    learning_rate: float = 0.01


@dataclass(frozen=True)
class Workload:
    """One training step: forward, loss, backward and the optimizer's update, float32, data in memory.

    entry: "step" is the framework's fastest way to call its compiled step; "train_on_batch" is the method
    of that name in the frameworks that have one, and their step in the others.
    """

    name: str
    title: str
    input: Shape
    layers: tuple[Layer, ...]
    loss: Literal["softmax_cross_entropy", "mean_squared_error"]
    optimizer: Adam | SGD
    batch: int
    entry: Literal["step", "train_on_batch"] = "step"

    @property
    def is_image(self) -> bool:
        """Whether a memory layout of the input is there to choose."""
        return len(self.input) == 3

    def inputs(self) -> list[tuple[Layer, Shape]]:
        """Every layer with the shape that reaches it."""
        pairs, shape = [], self.input
        for layer in self.layers:
            pairs.append((layer, shape))
            shape = layer.output(shape)
        return pairs

    def flops(self) -> int:
        """FLOPs of one step's products: 2 x multiply-adds x batch, two or three times a layer.

        Forward, the gradient of the weights, and in every layer but the first the gradient of its input.
        """
        passes, total = 2, 0
        for layer, shape in self.inputs():
            work = layer.multiply_adds(shape)
            total += 2 * passes * work * self.batch
            passes = 3 if work else passes
        return total

    def initial_weights(self) -> list[Array]:
        """Kernels uniform as Glorot & Bengio (2010, eq. 16) have it and zero biases, layer by layer."""
        random, arrays = np.random.default_rng(0), []
        for layer, shape in self.inputs():
            for w in layer.weights(shape):
                fans = math.prod(w[:-2]) * sum(w[-2:])
                limit = math.sqrt(6 / fans) if len(w) > 1 else 0.0
                arrays.append(random.uniform(-limit, limit, w).astype(np.float32))
        return arrays

    def data(self) -> tuple[Array, Array]:
        """One batch: x ~ N(0, 1); y a class in int32, or a number in (-1, 1) for the squared error."""
        random = np.random.default_rng(1)
        x = random.standard_normal((self.batch, *self.input), np.float32)
        shape = self.input
        for layer in self.layers:
            shape = layer.output(shape)
        if self.loss == "softmax_cross_entropy":
            return x, random.integers(0, shape[-1], self.batch).astype(np.int32)
        return x, random.uniform(-1, 1, (self.batch, *shape)).astype(np.float32)


NEURON = Workload(
    name="neuron",
    title="one neuron 2-1, tanh, squared error, SGD, batch 1: the compiled step called from Python",
    input=(2,),
    layers=(Dense(1, "tanh"),),
    loss="mean_squared_error",
    optimizer=SGD(),
    batch=1,
)

WORKLOADS = {
    w.name: w
    for w in (
        Workload(
            name="mlp",
            title="MLP 784-512-512-10, batch 128, Adam",
            input=(784,),
            layers=(Dense(512, "relu"), Dense(512, "relu"), Dense(10)),
            loss="softmax_cross_entropy",
            optimizer=Adam(),
            batch=128,
        ),
        Workload(
            name="lenet",
            title="LeNet: conv 32 and 64 of 3x3, max pool 2, dense 128 and 10; 28x28, batch 128, Adam",
            input=(28, 28, 1),
            layers=(
                Conv2D(32, 3, "relu"),
                Conv2D(64, 3, "relu"),
                MaxPool(2),
                Flatten(),
                Dense(128, "relu"),
                Dense(10),
            ),
            loss="softmax_cross_entropy",
            optimizer=Adam(),
            batch=128,
        ),
        NEURON,
        Workload(
            name="neuron_train_on_batch",
            title="one neuron 2-1, tanh, squared error, SGD, batch 1: train_on_batch",
            input=NEURON.input,
            layers=NEURON.layers,
            loss=NEURON.loss,
            optimizer=NEURON.optimizer,
            batch=NEURON.batch,
            entry="train_on_batch",
        ),
    )
}
