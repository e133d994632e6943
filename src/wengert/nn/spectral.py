"""Layers around a layer: the base of them, and spectral normalisation."""

from __future__ import annotations

from typing import Any

from wengert.base.errors import UsageError
from wengert.base.numbers import require_count
from wengert.ir.types import TensorType
from wengert.nn.initializers import TruncatedNormal
from wengert.nn.layer import Layer
from wengert.ops import math as m
from wengert.ops import reduce, shape
from wengert.ops.linalg import matmul
from wengert.ops.operands import Array
from wengert.ops.similarity_losses import unit
from wengert.runtime.variable import Variable


class Wrapper(Layer):
    """Base of layers around a layer: it builds that one, and has its weights. Write `call`.

    Args:
        layer: the layer inside.
    """

    layer: Any

    def check_fields(self) -> None:
        if not isinstance(self.layer, Layer):
            raise UsageError(f"{type(self).__name__}: layer must be a layer; got {self.layer!r}.")

    def build(self, x: TensorType) -> None:
        self.layer.ensure_built(x)


class SpectralNormalization(Wrapper):
    """A layer whose kernel is divided, at each step of training, by its largest singular value (as far as known).

    The kernel itself changes. A vector that is kept finds the value: power iterations, one or more a step.

    Args:
        layer: a layer with a `kernel`, or `embeddings`.
        power_iterations: a step, > 0.

    Source: Miyato et al., "Spectral normalization for generative adversarial networks", ICLR 2018, algorithm 1.
    """

    power_iterations: int = 1

    def check_fields(self) -> None:
        super().check_fields()
        require_count("SpectralNormalization", "power_iterations", self.power_iterations)

    def build(self, x: TensorType) -> None:
        super().build(x)
        kernel = getattr(self.layer, "kernel", getattr(self.layer, "embeddings", None))
        if not isinstance(kernel, Variable):
            raise UsageError(f"the layer inside must have a kernel or embeddings; got {self.layer!r}.")
        self.kernel = kernel
        start = TruncatedNormal(stddev=0.02)
        self.vector_u = self.add_weight((1, kernel.shape[-1]), start, trainable=False, name="vector_u")

    def normalized_weights(self) -> tuple[Array, Array]:
        """The vector after more iterations, and the kernel divided by the singular value."""
        kernel = self.kernel
        weights = shape.reshape(kernel, (-1, kernel.shape[-1]))
        fixed = m.stop_gradient(weights)
        u = self.vector_u.value
        for _ in range(self.power_iterations):
            v = unit(matmul(u, shape.transpose(fixed)), (0, 1))
            u = unit(matmul(v, fixed), (0, 1))
        sigma = matmul(matmul(v, weights), shape.transpose(u))
        return u, m.divide(kernel.value, shape.reshape(sigma, ()))

    def call(self, x: Any, training: bool = False) -> Any:
        if training:
            kernel = self.kernel
            u, divided = self.normalized_weights()
            nothing = reduce.all(m.equal(kernel, 0))
            self.vector_u.assign(m.where(nothing, self.vector_u, u))
            kernel.assign(m.where(nothing, kernel, divided))
        return self.layer(x, training=training)
