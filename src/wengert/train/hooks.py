"""Hooks: the parts of a step that a user's model may have of its own, by Keras's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wengert.base.errors import UsageError
from wengert.base.tree import flatten
from wengert.train.objective import Objective, in_full

HOOKS = ("compute_loss", "compute_metrics", "metrics")
"""What a step is made of, if a user's class has one of its own."""


class Hooks:
    """The part of a model that measures: a subclass may have its own, and call ours."""

    _goal: Objective | None

    losses: list[Any]

    def objective(self, call: str, y: Sequence[Any] = ()) -> Objective:
        """Loss and metrics, made when it is known what the labels are."""
        raise NotImplementedError

    @property
    def metrics(self) -> list[Any]:
        """The mean of the loss, then the metrics."""
        raise NotImplementedError

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The loss of a batch, with what layers add to it, for a `train_step` of your own. Its mean is `loss`'s."""
        goal = self.objective("compute_loss")
        outputs = flatten(y_pred)[0]
        labels = [] if y is None else flatten(y)[0]
        if len(labels) != len(goal.goals):
            raise UsageError(
                f"compute_loss: y must hold labels for {len(goal.goals)} outputs; got {len(labels)}."
            )
        weights = (
            [sample_weight] * len(labels)
            if not isinstance(sample_weight, list | dict)
            else flatten(sample_weight)[0]
        )
        return goal.total(labels, outputs, weights, self.losses)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Let metrics take a batch in; all numbers so far, by name. A subclass may add to them."""
        goal = self.objective("compute_metrics")
        outputs = flatten(y_pred)[0]
        weights = sample_weight if isinstance(sample_weight, list) else [sample_weight] * len(goal.goals)
        labels = [] if y is None else flatten(y)[0]
        for one, label, weight in zip(goal.goals, labels, weights, strict=True):
            one.measure(label, in_full(outputs[one.place]), weight)
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Any]:
        """What the metrics say so far, by name."""
        if self._goal is not None and same(self.metrics, self._goal.all):
            return {
                name: metric.result() for name, metric in zip(self._goal.names, self.metrics, strict=True)
            }
        return {metric.name: metric.result() for metric in self.metrics}


def same(some: Sequence[Any], others: Sequence[Any]) -> bool:
    """Whether these are the same objects."""
    return len(some) == len(others) and all(a is b for a, b in zip(some, others, strict=True))
