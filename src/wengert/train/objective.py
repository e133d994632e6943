"""Objective: what a model is trained for, and how well it does: losses and metrics, output by output."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wengert.base.dtypes import computed
from wengert.base.errors import ShapeError, UsageError, ValueRangeError
from wengert.base.words import did_you_mean
from wengert.ir.operators import cast
from wengert.ir.types import TensorType, type_of
from wengert.nn import losses, metrics
from wengert.nn.metrics.metric import Mean, Metric
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.dtypes import astype
from wengert.ops.joining import stack
from wengert.ops.operands import Array
from wengert.train.checks import Problem


@dataclass
class Wanted:
    """What `compile` was told, output by output or for all of them."""

    loss: Any = None
    loss_weights: Any = None
    metrics: Any = None
    weighted_metrics: Any = None

    def require_outputs(self, outputs: Outputs) -> None:
        """Raise unless what is said of one output is said of one that there is."""
        for what in ("loss", "loss_weights"):
            per_output(what, getattr(self, what), outputs)
        for what in ("metrics", "weighted_metrics"):
            per_output(what, getattr(self, what), outputs, of_lists=True)


@dataclass
class Outputs:
    """What a model gives: names and types of its outputs, and the tree they come in."""

    names: list[str]
    types: list[TensorType]
    structure: Any

    @property
    def several(self) -> bool:
        return len(self.names) > 1


@dataclass
class Goal:
    """What is wanted of one output: its loss, if it has one, how much that counts, and metrics."""

    place: int
    name: str
    loss: losses.Loss | None
    weight: float
    label: TensorType
    output: TensorType
    metrics: list[Metric]
    weighted: list[Metric]
    tracker: Mean | None = None

    def measure(self, y_true: Array, y_pred: Array, sample_weight: Array | None) -> None:
        """Metrics take the batch in."""
        for metric in self.metrics:
            metric.update_state(y_true, y_pred)
        for metric in self.weighted:
            metric.update_state(y_true, y_pred, sample_weight)

    def value(self, y_true: Array, y_pred: Array, sample_weight: Array | None) -> Array | None:
        """What this output adds to the loss."""
        if self.loss is None:
            return None
        value = self.loss(y_true, y_pred, sample_weight)
        if type_of(value).rank:
            raise ShapeError(
                f"loss {self.loss.name!r}: must be a scalar; got {type_of(value)}. Give it a reduction."
            )
        if self.tracker is not None:
            self.tracker.update_state(value, sample_weight=reduce.count(type_of(y_pred).shape[:1]))
        return value if self.weight == 1 else m.multiply(value, self.weight)


class Objective:
    """The goals of all outputs that have one. A model with several outputs logs the loss of each of them, too, and
    the names of its metrics begin with those of the outputs.
    """

    def __init__(self, goals: Sequence[Goal], several: bool, wanted: Wanted) -> None:
        self.goals, self.wanted = list(goals), wanted
        self.problems: list[Problem] = []
        """What was found when a training step was recorded."""
        self.tracker = Mean(name="loss")
        prefix = {id(goal): f"{goal.name}_" if several else "" for goal in goals}
        if several:
            for goal in goals:
                goal.tracker = None if goal.loss is None else Mean(name="loss")
        trackers = [(f"{prefix[id(g)]}loss", g.tracker) for g in goals if g.tracker is not None]
        rest = [(f"{prefix[id(g)]}{x.name}", x) for g in goals for x in (*g.metrics, *g.weighted)]
        self._named: list[tuple[str, Metric]] = [("loss", self.tracker), *trackers, *rest]
        if len(set(self.names)) != len(self.names):
            raise UsageError(f"compile: metrics must have different names; got {', '.join(self.names)}.")

    @property
    def all(self) -> list[Metric]:
        """The loss first."""
        return [metric for _, metric in self._named]

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self._named]

    @property
    def labels(self) -> list[TensorType]:
        """The types of what is to be said about each goal's output."""
        return [goal.label for goal in self.goals]

    def measure(
        self,
        y_true: Sequence[Array],
        y_pred: Sequence[Array],
        sample_weight: Sequence[Array | None],
        added: Sequence[Array],
        rows: Any,
    ) -> Array:
        """The loss of a batch of so many rows, and what layers add to it; metrics take it in."""
        value = self.total(y_true, y_pred, sample_weight, added)
        for goal, y, w in zip(self.goals, y_true, sample_weight, strict=True):
            goal.measure(y, in_full(y_pred[goal.place]), w)
        self.tracker.update_state(value, sample_weight=reduce.count((rows,)))
        return value

    def total(
        self,
        y_true: Sequence[Array],
        y_pred: Sequence[Array],
        sample_weight: Sequence[Array | None],
        added: Sequence[Array],
    ) -> Array:
        """The loss of a batch."""
        found = [
            goal.value(y, in_full(y_pred[goal.place]), w)
            for goal, y, w in zip(self.goals, y_true, sample_weight, strict=True)
        ]
        parts = [*(v for v in found if v is not None), *added]
        if not parts:
            raise UsageError("fit: there must be a loss; got none from compile, and no layer adds one.")
        return functools.reduce(lambda a, b: m.add(a, cast(b, type_of(a).dtype)), parts)

    def results(self) -> Array:
        """All numbers so far, as one vector: one result array is cheaper than several."""
        return stack([astype(metric.result(), "float64") for metric in self.all])

    def reset(self) -> None:
        for metric in self.all:
            metric.reset_state()


def in_full(y: Array) -> Array:
    """What a model gives, in the dtype that it was computed in."""
    return cast(y, computed(type_of(y).dtype))


def objective_of(
    wanted: Wanted, outputs: Outputs, labels: Sequence[TensorType | None], call: str
) -> Objective:
    """Losses and metrics for a model's outputs. labels: the types of those that are known, by output.

    Raises:
        UsageError: a loss does not say what labels are, and they are not known.
    """
    n = len(outputs.names)
    each = functools.partial(per_output, outputs=outputs)
    chosen = each("loss", wanted.loss)
    weights = each("loss_weights", wanted.loss_weights)
    plain, weighted = (each(w, getattr(wanted, w), of_lists=True) for w in ("metrics", "weighted_metrics"))
    goals = []
    for k in range(n):
        loss = None if chosen[k] is None else losses.get(chosen[k])
        lists = [
            [] if w is None else w if isinstance(w, list | tuple) else [w] for w in (plain[k], weighted[k])
        ]
        known = k < len(labels) and labels[k] is not None
        if loss is None and not lists[0] and not lists[1] and (n > 1 or not known):
            continue
        output = TensorType(outputs.types[k].shape, computed(outputs.types[k].dtype))
        label = (None if loss is None else loss.label_type(output)) or (labels[k] if known else None)
        if label is None:
            what = "the model" if loss is None else f"loss {loss.name!r}"
            raise UsageError(f"{call}: {what} does not say what labels are; call fit first.")
        tells, counts = ([metrics.get(w, label, output) for w in listed] for listed in lists)
        weight = 1.0 if weights[k] is None else float(weights[k])
        goals.append(Goal(k, outputs.names[k], loss, weight, label, output, tells, counts))
    return Objective(goals, outputs.several, wanted)


def require_weights(given: Any) -> None:
    """Raise ValueRangeError unless all weights of losses are numbers."""
    several = given.values() if isinstance(given, Mapping) else given
    for value in several if isinstance(several, Iterable) and not isinstance(several, str) else [several]:
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise ValueRangeError(f"compile: loss_weights must be numbers, by output; got {value!r}.")


def per_output(what: str, given: Any, outputs: Outputs, of_lists: bool = False) -> list[Any]:
    """What is given for each output: in a dict by name, in a list in order; else the same for all.

    of_lists: what is given for one output may be a list itself.

    Raises:
        UsageError: there is no such output. ValueRangeError: a list has another length.
    """
    names = outputs.names
    if isinstance(given, Mapping) and not (what == "loss" and given.keys() == {"class", "config"}):
        for key in given:
            if key not in names:
                raise UsageError(
                    f"compile: {what} must be by name of output, {', '.join(names)}; got {key!r}."
                    f"{did_you_mean(key, names)}"
                )
        return [given.get(name) for name in names]
    if not outputs.several and of_lists:
        one = isinstance(given, list | tuple) and len(given) == 1 and isinstance(given[0], list | tuple)
        return [given[0] if one else given]
    if isinstance(given, list | tuple):
        if len(given) != len(names):
            raise ValueRangeError(
                f"compile: {what} must have one entry for each output ({', '.join(names)}); got {len(given)}."
            )
        return list(given)
    if of_lists and given is not None:
        raise UsageError(f"compile: {what} must be a list or dict by output; got {given!r}.")
    return [given] * len(names)
