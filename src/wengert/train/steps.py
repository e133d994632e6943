"""The three programs of a model: the training step, the evaluation step, prediction.

Each is one recorded function of a batch of symbolic length: a new batch size, the shorter last batch or a new
learning rate compiles nothing. What the step changes (weights, slots, statistics, metrics, random counters)
are variables that it reads and assigns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wengert.base.dtypes import computed
from wengert.base.errors import ShapeError, UsageError
from wengert.ir.operators import cast
from wengert.ir.types import TensorType, type_of
from wengert.nn import losses, metrics
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.dtypes import astype
from wengert.ops.grad import gradients
from wengert.ops.joining import stack
from wengert.ops.operands import Array
from wengert.runtime.function import Function
from wengert.train.eager import program

if TYPE_CHECKING:
    from wengert.train.model import Model


def in_full(y: Array) -> Array:
    """What a model gives, in the dtype that it was computed in."""
    return cast(y, computed(type_of(y).dtype))


class Objective:
    """What a model is trained for, and how well it does: loss and metrics for labels of one type."""

    def __init__(
        self, loss: losses.Loss, wanted: list[Any], weighted: list[Any], label: TensorType, output: TensorType
    ) -> None:
        self.loss, self.label, self.output = loss, label, output
        self.tracker = metrics.Mean(name="loss")
        self.metrics = [metrics.get(w, label, output) for w in wanted]
        self.weighted = [metrics.get(w, label, output) for w in weighted]
        names = [metric.name for metric in self.all]
        if len(set(names)) != len(names):
            raise UsageError(f"compile: metrics must have different names; got {', '.join(map(str, names))}.")

    @property
    def all(self) -> list[metrics.Metric]:
        """The loss first."""
        return [self.tracker, *self.metrics, *self.weighted]

    @property
    def names(self) -> list[str]:
        return [str(metric.name) for metric in self.all]

    def measure(
        self, y_true: Array, y_pred: Array, sample_weight: Array | None, added: Sequence[Array] = ()
    ) -> Array:
        """The loss of a batch, and what layers add to it; metrics take it in."""
        y_pred = in_full(y_pred)
        value = self.loss(y_true, y_pred, sample_weight)
        if type_of(value).rank:
            raise ShapeError(
                f"loss {self.loss.name!r}: must be a scalar; got {type_of(value)}. Give it a reduction."
            )
        for loss in added:
            value = m.add(value, cast(loss, type_of(value).dtype))
        self.tracker.update_state(value, sample_weight=reduce.count(type_of(y_pred).shape[:1]))
        for metric in self.metrics:
            metric.update_state(y_true, y_pred)
        for metric in self.weighted:
            metric.update_state(y_true, y_pred, sample_weight)
        return value

    def results(self) -> Array:
        """All numbers so far, as one vector: one result array is cheaper than several."""
        return stack([astype(metric.result(), "float64") for metric in self.all])

    def reset(self) -> None:
        for metric in self.all:
            metric.reset_state()


def training_step(
    model: Model, goal: Objective, types: list[TensorType], compiled: bool, memory_budget: int | None = None
) -> Function:
    """forward, loss, backward, optimizer, metrics -> numbers so far."""

    def train_step(x: Array, y: Array, sample_weight: Array | None = None) -> Array:
        y_pred = model(x, training=True)
        loss = goal.measure(y, y_pred, sample_weight, model.losses)
        weights = model.trainable_weights
        if not weights:
            raise UsageError(f"fit: {model!r} must have weights to train; it has none.")
        grads = gradients(model.optimizer.scale_loss(loss), [w.value for w in weights])
        model.optimizer.apply(grads, weights)
        return goal.results()

    return program(train_step, types, compiled, memory_budget)


def evaluation_step(model: Model, goal: Objective, types: list[TensorType], compiled: bool) -> Function:
    """forward, loss, metrics -> numbers so far."""

    def test_step(x: Array, y: Array, sample_weight: Array | None = None) -> Array:
        y_pred = model(x, training=False)
        goal.measure(y, y_pred, sample_weight, model.losses)
        return goal.results()

    return program(test_step, types, compiled)


def prediction_step(model: Model, type_: TensorType, compiled: bool) -> Function:
    """forward"""

    def predict_step(x: Array) -> Array:
        return in_full(model(x, training=False))

    return program(predict_step, [type_], compiled)
