"""The three programs of a model: the training step, the evaluation step, prediction.

Each is one recorded function of a batch of symbolic length: a new batch size, the shorter last batch or a new
learning rate compiles nothing. What the step changes (weights, slots, statistics, metrics, random counters)
are variables that it reads and assigns. Its arguments are the columns of a batch: the inputs, the labels of each
goal, and the sample weights of each goal, if there are any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import TYPE_CHECKING, Any

from wengert.base.errors import UsageError
from wengert.base.tree import flatten, tree_map, unflatten
from wengert.ir.types import TensorType, type_of
from wengert.ops import reduce
from wengert.ops.creation import ones_like
from wengert.ops.dtypes import astype
from wengert.ops.grad import complete
from wengert.ops.joining import stack
from wengert.ops.operands import Array
from wengert.runtime.function import Function
from wengert.train import checks
from wengert.train.eager import program
from wengert.train.objective import Objective, in_full
from wengert.transforms.vjp import vjp as pull

if TYPE_CHECKING:
    from wengert.train.programs import Programs


class Columns:
    """Columns of a batch as inputs, labels and weights, and back."""

    def __init__(self, model: Programs, goal: Objective | None, training: bool = False) -> None:
        self.model, self.training = model, training
        leaves, self.structure = flatten(model.takes, TensorType)
        self.inputs, self.goals = len(leaves), 0 if goal is None else len(goal.goals)

    def parts(self, columns: Sequence[Array]) -> tuple[Any, list[Array], list[Array | None]]:
        """(x in its structure, as the model takes it, labels, weights); without weights, None for each."""
        x = self.model.prepared(unflatten(self.structure, list(columns[: self.inputs])), self.training)
        y = list(columns[self.inputs : self.inputs + self.goals])
        return x, y, list(columns[self.inputs + self.goals :]) or [None] * self.goals

    def data(self, columns: Sequence[Array]) -> Any:
        """What `train_step(self, data)` of a user's model is given: x, (x, y) or (x, y, sample_weight)."""
        x, y, weights = self.parts(columns)
        if not y:
            return x
        one = len(y) == 1
        weighted = weights[0] is not None
        return (x, y[0] if one else y, *([weights[0] if one else weights] if weighted else []))


def training_step(
    model: Programs,
    goal: Objective,
    types: list[TensorType],
    compiled: bool,
    memory_budget: int | None = None,
) -> Function:
    """forward, loss, backward, optimizer, metrics -> numbers so far."""
    parts = Columns(model, goal, training=True).parts
    checked: list[bool] = []

    def train_step(*columns: Array) -> Array:
        x, y, weights = parts(columns)
        outputs = flatten(model(x, training=True))[0]
        loss = goal.measure(y, outputs, weights, model.losses, type_of(columns[0]).shape[0])
        trained = model.trainable_weights
        if not trained:
            raise UsageError(
                f"fit: {model!r} must have weights to train; got none. Make layers in __init__ or build."
            )
        values = [w.value for w in trained]
        scaled = model.optimizer.scale_loss(loss)
        grads = pull([scaled], values, [ones_like(scaled)])
        if not checked:  # a step that runs in Python comes here each time
            checked.append(True)
            goal.problems = checks.of_step(model, goal, outputs, trained, grads)
            checks.warn(goal.problems)
        model.optimizer.apply(complete(values, grads), trained)
        return goal.results()

    return program(train_step, types, compiled, memory_budget)


def evaluation_step(model: Programs, goal: Objective, types: list[TensorType], compiled: bool) -> Function:
    """forward, loss, metrics -> numbers so far."""
    parts = Columns(model, goal).parts

    def test_step(*columns: Array) -> Array:
        x, y, weights = parts(columns)
        outputs = flatten(model(x, training=False))[0]
        goal.measure(y, outputs, weights, model.losses, type_of(columns[0]).shape[0])
        return goal.results()

    return program(test_step, types, compiled)


def prediction_step(model: Programs, types: list[TensorType], compiled: bool) -> Function:
    """forward"""
    parts = Columns(model, None).parts

    def predict_step(*columns: Array) -> Any:
        return tree_map(in_full, model(parts(columns)[0], training=False))

    return program(predict_step, types, compiled)


def hooked_step(model: Programs, goal: Objective, training: bool) -> Callable[[Sequence[Array]], Any]:
    """A step made of `compute_loss` and `compute_metrics`, where a user's class has its own."""
    columns_of = Columns(model, goal, training)
    hints = {"training": training} if "training" in signature(model.compute_loss).parameters else {}

    def step(columns: Sequence[Array]) -> Any:
        x, labels, weights = columns_of.parts(columns)
        several = len(labels) > 1
        y, weight = (v if several else v[0] if v else None for v in (labels, weights))
        y_pred = model(x, training=training)
        loss = model.compute_loss(x, y, y_pred, weight, **hints)
        goal.tracker.update_state(loss, sample_weight=reduce.count(type_of(columns[0]).shape[:1]))
        if training:
            trained = model.trainable_weights
            values = [w.value for w in trained]
            scaled = model.optimizer.scale_loss(loss)
            grads = pull([scaled], values, [ones_like(scaled)])
            model.optimizer.apply(complete(values, grads), trained)
        return model.compute_metrics(x, y, y_pred, weight)

    return step


def own_step(
    model: Programs,
    types: list[TensorType],
    compiled: bool,
    step: Callable[[Sequence[Array]], Any],
    name: str,
) -> tuple[Function, list[str]]:
    """A step that the user wrote, `(columns) -> {name: number}`, recorded; and the names."""
    names: list[str] = []

    def own(*columns: Array) -> Array:
        logs = step(columns)
        if not isinstance(logs, Mapping) or not logs:
            raise UsageError(f"{name}: must return a dict of numbers by name; got {type(logs).__name__}.")
        names[:] = map(str, logs)
        return stack([astype(value, "float64") for value in logs.values()])

    own.__name__ = name
    made = program(own, types, compiled)
    made.traced()
    return made, names
