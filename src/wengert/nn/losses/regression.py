"""Losses of numbers: how far predictions are off."""

from __future__ import annotations

from wengert.base.errors import ValueRangeError
from wengert.nn.losses.loss import Loss
from wengert.ops import losses as functions
from wengert.ops.operands import Array
from wengert.ops.similarity_losses import cosine_similarity


class MeanSquaredError(Loss):
    """mean((y_true - y_pred)**2)"""

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return functions.mean_squared_error(y_true, y_pred)


class MeanAbsoluteError(Loss):
    """mean(|y_true - y_pred|)"""

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return functions.mean_absolute_error(y_true, y_pred)


class Huber(Loss):
    """e*e/2 where the error e is at most `delta`, linear beyond."""

    delta: float = 1.0

    def check_fields(self) -> None:
        if not self.delta > 0:
            raise ValueRangeError(f"Huber: delta must be positive; got {self.delta!r}.")

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return functions.huber(y_true, y_pred, self.delta)


class LogCosh(Loss):
    """log(cosh(y_pred - y_true))"""

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return functions.log_cosh(y_true, y_pred)


class MeanAbsolutePercentageError(Loss):
    """100 * mean(|y_true - y_pred| / |y_true|)"""

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return functions.mean_absolute_percentage_error(y_true, y_pred)


class MeanSquaredLogarithmicError(Loss):
    """mean((log(1 + y_true) - log(1 + y_pred))**2)"""

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return functions.mean_squared_logarithmic_error(y_true, y_pred)


class Poisson(Loss):
    """mean(y_pred - y_true * log(y_pred)), for rates of counts."""

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return functions.poisson(y_true, y_pred)


class CosineSimilarity(Loss):
    """-cos of the angle between y_true and y_pred, vectors along `axis`."""

    axis: int = -1

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return cosine_similarity(y_true, y_pred, self.axis)


class KLDivergence(Loss):
    """sum(y_true * log(y_true / y_pred))"""

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return functions.kl_divergence(y_true, y_pred)
