"""Described weights: the fields that say what is added to the loss for a weight, and what it is kept to.

A layer with a weight `kernel` has the fields `kernel_initializer`, `kernel_regularizer` and `kernel_constraint`, and
makes it by `described_weight("kernel", shape)`. The bases here have the last two for weights that many layers
share; the initializers stand among the fields of each layer, where Keras has them.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from wengert.nn.layer import Layer
from wengert.ops import math as m
from wengert.ops.operands import Array
from wengert.ops.shape import reshape


class WithBias(Layer):
    """Base of layers with a `bias`.

    Args:
        bias_regularizer: what the bias adds to the loss (`wg.regularizers`).
        bias_constraint: what it is kept to (`wg.constraints`).
    """

    bias_regularizer: Any = field(default=None, kw_only=True)
    bias_constraint: Any = field(default=None, kw_only=True)

    def make_bias(self: Any, *shape: int) -> None:
        """The bias, if there is to be one."""
        self.bias = self.described_weight("bias", shape) if self.use_bias else None


class WithKernel(WithBias):
    """Base of layers with a `kernel` and a `bias`.

    Args:
        kernel_regularizer, bias_regularizer: what the weight adds to the loss (`wg.regularizers`).
        kernel_constraint, bias_constraint: what the weight is kept to (`wg.constraints`).
    """

    kernel_regularizer: Any = field(default=None, kw_only=True)
    kernel_constraint: Any = field(default=None, kw_only=True)


class WithScale(Layer):
    """Base of layers whose output is multiplied by `gamma`, and `beta` added to it.

    Args:
        beta_regularizer, gamma_regularizer: what the weight adds to the loss (`wg.regularizers`).
        beta_constraint, gamma_constraint: what the weight is kept to (`wg.constraints`).
    """

    beta_regularizer: Any = field(default=None, kw_only=True)
    gamma_regularizer: Any = field(default=None, kw_only=True)
    beta_constraint: Any = field(default=None, kw_only=True)
    gamma_constraint: Any = field(default=None, kw_only=True)

    def make_scale(self: Any, shape: tuple[Any, ...]) -> None:
        """gamma and beta, as far as the fields `scale` and `center` ask for them."""
        self.gamma = self.described_weight("gamma", shape) if self.scale else None
        self.beta = self.described_weight("beta", shape) if self.center else None

    def scaled(self: Any, y: Array, along: tuple[Any, ...]) -> Array:
        """gamma * y + beta, both in the shape `along`."""
        if self.gamma is not None:
            y = m.multiply(y, reshape(self.gamma, along))
        return y if self.beta is None else m.add(y, reshape(self.beta, along))
