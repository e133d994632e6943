"""Losses that ask for a margin."""

from __future__ import annotations

from wengert.ir.types import TensorType
from wengert.nn.losses.loss import Loss
from wengert.ops import losses as functions
from wengert.ops import math as m
from wengert.ops.operands import Array
from wengert.ops.similarity_losses import circle


class Hinge(Loss):
    """max(1 - y_true * y_pred, 0), for labels -1 and 1."""

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return functions.hinge(y_true, y_pred)


class SquaredHinge(Loss):
    """max(1 - y_true * y_pred, 0)**2, for labels -1 and 1."""

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return functions.squared_hinge(y_true, y_pred)


class CategoricalHinge(Loss):
    """max(the best other class - the true class + 1, 0), for one-hot labels."""

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return functions.categorical_hinge(y_true, y_pred)


class Circle(Loss):
    """Unit vectors of one class near one another, of two classes apart.

    Args:
        gamma: how sharp the loss is.
        margin: how near is near enough, and how far.
        remove_diagonal: no sample is compared with itself.

    Shapes:
        y_true [n] class numbers, y_pred [n, d] unit vectors

    Source: Sun et al., "Circle loss", arXiv:2002.10857.
    """

    gamma: float = 80.0
    margin: float = 0.4
    remove_diagonal: bool = True

    def label_type(self, output: TensorType) -> TensorType:
        return TensorType(output.shape[:1], "int64")

    def counting(self, y_true: Array, values: Array) -> Array:
        return m.greater(values, 0)  # without a relative, or a stranger, a sample has no loss

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return circle(
            y_true, y_pred, remove_diagonal=self.remove_diagonal, gamma=self.gamma, margin=self.margin
        )
