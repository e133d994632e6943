"""What is timed: models, data, optimizers and FLOP counts, said once and built by every framework's worker.

A model is a tuple of layers. A layer knows its output shape, its weights and its multiply-adds, so FLOPs are
derived and never typed in. A new row of the table is a new entry in `WORKLOADS`; a new kind of layer is a
class in `layers.py` and one `case` in each worker.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from layers import (
    Conv2D,
    ConvNorm,
    Dense,
    Embedding,
    Flatten,
    GlobalAverage,
    HalvingPool,
    Layer,
    LayerNorm,
    MaxPool,
    Ones,
    Positions,
    Recurrent,
    Residual,
    Shape,
    Transformer,
)

Array = NDArray[Any]


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

    optimizer: None where nothing is learned: a step is the forward pass, as after training.
    precision: "mixed" where products are made in bfloat16, and weights, their updates and sums kept in float32.
    entry: "step" is the framework's fastest way to call its compiled step; "train_on_batch" is the method
    of that name in the frameworks that have one, and their step in the others.
    """

    name: str
    title: str
    input: Shape
    layers: tuple[Layer, ...]
    loss: Literal["softmax_cross_entropy", "mean_squared_error"]
    optimizer: Adam | SGD | None
    batch: int
    entry: Literal["step", "train_on_batch"] = "step"
    precision: Literal["float32", "mixed"] = "float32"

    @property
    def symbols(self) -> int | None:
        """How many symbols the input is made of; None if it is numbers."""
        first = self.layers[0]
        return first.symbols if isinstance(first, Embedding) else None

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
        """FLOPs of one step's products: 2 x multiply-adds x batch, two or three times a layer, or once.

        Forward; where there is an optimizer the gradient of the weights, and where anything before learns the
        gradient of the input.
        """
        if self.optimizer is None:
            return sum(2 * layer.multiply_adds(shape) * self.batch for layer, shape in self.inputs())
        passes, total = 2, 0
        for layer, shape in self.inputs():
            work = layer.multiply_adds(shape)
            total += 2 * passes * work * self.batch
            passes = 3 if layer.weights(shape) else passes
        return total

    def initial_weights(self) -> list[Array]:
        """Kernels uniform as Glorot & Bengio (2010, eq. 16) have it, scales 1 and biases 0, layer by layer."""
        random, arrays = np.random.default_rng(0), []
        for layer, shape in self.inputs():
            for w in layer.weights(shape):
                fans = math.prod(w[:-2]) * sum(w[-2:])
                limit = math.sqrt(6 / fans) if len(w) > 1 else 0.0
                start = 1.0 if isinstance(w, Ones) else 0.0
                arrays.append((start + random.uniform(-limit, limit, w)).astype(np.float32))
        return arrays

    def data(self) -> tuple[Array, Array]:
        """One batch: x ~ N(0, 1), or symbols; y classes in int32, or a number in (-1, 1) for the squared error."""
        random = np.random.default_rng(1)
        if self.symbols is None:
            x: Array = random.standard_normal((self.batch, *self.input), np.float32)
        else:
            x = random.integers(0, self.symbols, (self.batch, *self.input)).astype(np.int32)
        shape = self.input
        for layer in self.layers:
            shape = layer.output(shape)
        if self.loss == "softmax_cross_entropy":
            return x, random.integers(0, shape[-1], (self.batch, *shape[:-1])).astype(np.int32)
        return x, random.uniform(-1, 1, (self.batch, *shape)).astype(np.float32)


def residuals(stages: Sequence[tuple[int, int]], **block: bool) -> tuple[Residual, ...]:
    """Stages of (blocks, filters); the first block of each but the first has a stride of 2."""
    return tuple(
        Residual(filters, 2 if stage and not k else 1, **block)
        for stage, (count, filters) in enumerate(stages)
        for k in range(count)
    )


def vgg(stages: Sequence[tuple[int, int]]) -> tuple[Layer, ...]:
    """Stages of (3x3 convolutions, filters), each with its pooling."""
    return tuple(
        layer
        for count, filters in stages
        for layer in (*(Conv2D(filters, 3, "relu", same=True),) * count, MaxPool(2))
    )


NEURON = Workload(
    name="neuron",
    title="one neuron 2-1, tanh, squared error, SGD, batch 1: the compiled step called from Python",
    input=(2,),
    layers=(Dense(1, "tanh"),),
    loss="mean_squared_error",
    optimizer=SGD(),
    batch=1,
)

RESNET18 = Workload(
    name="resnet18",
    title="ResNet-18: 112x112x3, batch 16, SGD",
    input=(112, 112, 3),
    layers=(
        *(ConvNorm(64, 7, 2), HalvingPool()),
        *residuals([(2, 64), (2, 128), (2, 256), (2, 512)]),
        *(GlobalAverage(), Dense(1000)),
    ),
    loss="softmax_cross_entropy",
    optimizer=SGD(0.01),
    batch=16,
)
GPT = Workload(
    name="gpt",
    title="GPT-like: 96 symbols, 4 layers, d 128, 4 heads, T 128, batch 16, Adam",
    input=(128,),
    layers=(
        *(Embedding(96, 128), Positions()),
        *(Transformer(4),) * 4,
        *(LayerNorm(), Dense(96)),
    ),
    loss="softmax_cross_entropy",
    optimizer=Adam(),
    batch=16,
)

CELLS: tuple[Literal["lstm", "gru"], ...] = ("lstm", "gru")
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
        Workload(
            name="resnet20",
            title="ResNet-20: 9 blocks of 3x3 convolutions, 32x32x3, batch 128, SGD",
            input=(32, 32, 3),
            layers=(
                ConvNorm(16, 3),
                *residuals([(3, 16), (3, 32), (3, 64)], project=False),
                *(GlobalAverage(), Dense(10)),
            ),
            loss="softmax_cross_entropy",
            optimizer=SGD(0.01),
            batch=128,
        ),
        RESNET18,
        Workload(
            name="resnet50_inference",
            title="ResNet-50, inference: 224x224x3, batch 1",
            input=(224, 224, 3),
            layers=(
                *(ConvNorm(64, 7, 2), HalvingPool()),
                *residuals([(3, 64), (4, 128), (6, 256), (3, 512)], bottleneck=True),
                *(GlobalAverage(), Dense(1000)),
            ),
            loss="softmax_cross_entropy",
            optimizer=None,
            batch=1,
        ),
        Workload(
            name="vgg16_inference",
            title="VGG-16, inference: 224x224x3, batch 1",
            input=(224, 224, 3),
            layers=(
                *vgg([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]),
                *(Flatten(), Dense(4096, "relu"), Dense(4096, "relu"), Dense(1000)),
            ),
            loss="softmax_cross_entropy",
            optimizer=None,
            batch=1,
        ),
        *(
            Workload(
                name=f"char_{cell}",
                title=f"2-layer {cell.upper()} of characters: 96 symbols, embed 128, hidden 256, T 64, batch 32, Adam",
                input=(64,),
                layers=(Embedding(96, 128), Recurrent(cell, 256), Recurrent(cell, 256), Dense(96)),
                loss="softmax_cross_entropy",
                optimizer=Adam(),
                batch=32,
            )
            for cell in CELLS
        ),
        GPT,
        *(
            replace(w, name=f"{w.name}_mixed", title=f"{w.title}, mixed bfloat16", precision="mixed")
            for w in (RESNET18, GPT)
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
