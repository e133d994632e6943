"""Metrics, by Keras's names: numbers about predictions, gathered over batches in variables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any

import numpy as np

from wengert.base.errors import ShapeError
from wengert.ir import operators
from wengert.ir.types import TensorType, type_of
from wengert.nn.config import Configured, by_name, snake_case
from wengert.nn.losses import divide_or_zero, fit_weight
from wengert.ops import losses, reduce
from wengert.ops import math as m
from wengert.ops.indexing import require_labels, take_along_axis
from wengert.ops.operands import Array, array
from wengert.ops.shape import expand_dims, squeeze
from wengert.runtime.variable import Variable


class Metric(Configured):
    """Base: `update_state` with each batch, `result` at any time, `reset_state` to start again.

    Args:
        name: for logs.
    """

    family = "metrics"
    name: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        self.name = self.name or snake_case(type(self).__name__)
        super().__post_init__()

    @property
    def variables(self) -> list[Variable]:
        """The state."""
        return [v for v in vars(self).values() if isinstance(v, Variable)]

    def reset_state(self) -> None:
        """Forget all batches."""
        for v in self.variables:
            v.assign(np.zeros(v.shape, v.dtype))

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Take a batch in: `update_state(y_true, y_pred, sample_weight=None)`."""
        raise NotImplementedError

    def result(self) -> Array:
        """The number so far."""
        raise NotImplementedError

    def __call__(self, *args: Any, **kwargs: Any) -> Array:
        """Take a batch in and give the number so far."""
        self.update_state(*args, **kwargs)
        return self.result()


class Mean(Metric):
    """The weighted mean of all values given to `update_state(values, sample_weight)`; 0 before the first.

    Numerics: gathered in float64, so that the count of values stays exact beyond 2**24.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.total = Variable(np.float64(0), name=f"{self.name}/total", trainable=False)
        self.count = Variable(np.float64(0), name=f"{self.name}/count", trainable=False)

    def update_state(self, values: Array, sample_weight: Array | None = None) -> None:
        values = array(values)
        shape = type_of(values).shape
        n: Any = reduce.count(shape)
        if sample_weight is not None:
            weight = operators.broadcast_to(fit_weight(sample_weight, values), shape)
            values, n = m.multiply(values, weight), reduce.sum(weight)
        self.total.assign_add(operators.cast(reduce.sum(values), "float64"))
        self.count.assign_add(n if isinstance(n, int) else operators.cast(n, "float64"))

    def result(self) -> Array:
        return divide_or_zero(self.total.value, self.count.value)


class MeanOfSamples(Mean):
    """Base of the means of `score(y_true, y_pred)`, one value a sample."""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        """One value a sample."""
        raise NotImplementedError

    def update_state(self, y_true: Array, y_pred: Array, sample_weight: Array | None = None) -> None:  # type: ignore[override]
        super().update_state(self.score(y_true, y_pred), sample_weight)


class Accuracy(MeanOfSamples):
    """How often predictions equal labels."""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        y_true, y_pred = _one_shape("Accuracy", y_true, y_pred)
        return operators.cast(m.equal(y_true, y_pred), "float32")


class SparseCategoricalAccuracy(MeanOfSamples):
    """How often the most likely class is the label, a class number."""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        labels = require_labels("SparseCategoricalAccuracy", y_true)
        t = type_of(y_pred)
        if type_of(labels).rank == t.rank and type_of(labels).shape[-1] == 1:
            labels = squeeze(labels, -1)
        if type_of(labels).shape != t.shape[:-1]:
            raise ShapeError(
                f"SparseCategoricalAccuracy: labels must have the shape of the predictions without their "
                f"last axis; "
                f"got labels {type_of(y_true)}, predictions {t}."
            )
        best = reduce.argmax(y_pred, axis=-1)
        return operators.cast(m.equal(labels, best), "float32")


class CategoricalAccuracy(MeanOfSamples):
    """How often the most likely class is the one-hot label's."""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        y_true, y_pred = _one_shape("CategoricalAccuracy", y_true, y_pred)
        return operators.cast(m.equal(reduce.argmax(y_true, -1), reduce.argmax(y_pred, -1)), "float32")


class BinaryAccuracy(MeanOfSamples):
    """How often predictions are on the label's side of the threshold."""

    threshold: float = 0.5

    def score(self, y_true: Array, y_pred: Array) -> Array:
        y_true, y_pred = _one_shape("BinaryAccuracy", y_true, y_pred)
        decided = operators.cast(m.greater(y_pred, self.threshold), "float32")
        return reduce.mean(
            operators.cast(m.equal(operators.cast(y_true, "float32"), decided), "float32"), axis=-1
        )


class SparseTopKCategoricalAccuracy(MeanOfSamples):
    """How often the label is among the k most likely classes."""

    k: int = 5

    def score(self, y_true: Array, y_pred: Array) -> Array:
        labels = require_labels("SparseTopKCategoricalAccuracy", y_true)
        if type_of(labels).rank == type_of(y_pred).rank:
            labels = squeeze(labels, -1)
        mine = take_along_axis(y_pred, expand_dims(labels, -1), -1)
        above = reduce.count_nonzero(m.greater(y_pred, mine), axis=-1)
        return operators.cast(m.less(above, self.k), "float32")


class MeanSquaredError(MeanOfSamples):
    """mean((y_true - y_pred)**2)"""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.mean_squared_error(y_true, y_pred)


class MeanAbsoluteError(MeanOfSamples):
    """mean(|y_true - y_pred|)"""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.mean_absolute_error(y_true, y_pred)


class RootMeanSquaredError(MeanOfSamples):
    """sqrt(mean((y_true - y_pred)**2))"""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.mean_squared_error(y_true, y_pred)

    def result(self) -> Array:
        return m.sqrt(super().result())


def _one_shape(name: str, y_true: Array, y_pred: Array) -> tuple[Array, Array]:
    y_true, y_pred = array(y_true), array(y_pred)
    tt, tp = type_of(y_true), type_of(y_pred)
    if tp.rank == tt.rank + 1 and tp.shape[-1] == 1:
        y_true = expand_dims(y_true, -1)
    if type_of(y_true).shape != tp.shape:
        raise ShapeError(
            f"{name}: labels and predictions must have one shape; got labels {tt}, predictions {tp}."
        )
    return y_true, y_pred


_ALIASES = {
    "mse": "MeanSquaredError", "mae": "MeanAbsoluteError", "rmse": "RootMeanSquaredError",
}  # fmt: skip
_find: Callable[[Any], Any] = by_name(Metric, _ALIASES)
_ACCURACY = ("accuracy", "acc")


class FunctionMetric(MeanOfSamples):
    """The mean of the user's function of (y_true, y_pred)."""

    function: Any

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return self.function(y_true, y_pred)


def get(identifier: Any, y_true: TensorType | None = None, y_pred: TensorType | None = None) -> Metric:
    """A metric from its name, its class, its config, a function `(y_true, y_pred) -> values`, or itself.

    "accuracy" is decided by the types of labels and predictions: binary for one output, sparse for class
    numbers, else categorical.
    """
    if identifier in _ACCURACY and y_true is not None and y_pred is not None:
        return accuracy_for(y_true, y_pred)(name=identifier)
    found = _find(identifier)
    if isinstance(found, Metric):
        if isinstance(identifier, str):
            found.name = identifier  # logs say what the user wrote, as in Keras
        return found
    return FunctionMetric(found, name=getattr(found, "__name__", "metric"))


def accuracy_for(y_true: TensorType, y_pred: TensorType) -> type[MeanOfSamples]:
    """The kind of accuracy that fits labels and predictions of these types."""
    if y_pred.rank == 0 or y_pred.shape[-1] == 1:
        return BinaryAccuracy
    if y_true.rank < y_pred.rank or y_true.shape[-1] == 1:
        return SparseCategoricalAccuracy
    return CategoricalAccuracy
