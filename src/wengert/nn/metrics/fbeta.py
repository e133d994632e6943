"""F-scores: precision and recall in one number."""

from __future__ import annotations

from typing import Any, ClassVar

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.base.settings import epsilon
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.nn.losses.loss import divide_or_zero, fit_weight
from wengert.nn.metrics.metric import Metric, one_shape
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.bits import logical_and
from wengert.ops.operands import Array
from wengert.runtime.variable import Variable

AVERAGES = (None, "micro", "macro", "weighted")


class FBetaScore(Metric):
    """(1 + beta**2) * precision * recall / (beta**2 * precision + recall)

    Args:
        average: None, a score a class; "micro", of all decisions together; "macro", the mean over classes;
            "weighted", by how often each class is true.
        beta: how many times as much recall counts.
        threshold: predictions above it say yes; None: the largest of each row does.

    Shapes:
        y_true, y_pred [batch, classes]
    """

    average: str | None = None
    beta: float = 1.0
    threshold: float | None = None

    def check_fields(self) -> None:
        if self.average not in AVERAGES or not self.beta > 0:
            raise ValueRangeError(
                f"{type(self).__name__}: average must be one of {AVERAGES} and beta positive; "
                f"got {self.average!r} and {self.beta!r}."
            )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.counts: dict[str, Variable] = {}

    @property
    def variables(self) -> list[Variable]:
        return list(self.counts.values())

    def update_state(self, y_true: Array, y_pred: Array, sample_weight: Array | None = None) -> None:
        y_true, y_pred = one_shape(type(self).__name__, y_true, y_pred)
        t = type_of(y_pred)
        if t.rank != 2 or not isinstance(t.shape[1], int):
            raise ShapeError(f"{type(self).__name__}: needs predictions [batch, classes]; got {t}.")
        if not self.counts:
            shape = () if self.average == "micro" else t.shape[1:]
            names = ("true_positives", "false_positives", "false_negatives", "true")
            self.counts = {k: self.add_state(k, shape) for k in names}  # type: ignore[arg-type]
        yes, true = operators.cast(self._decide(y_pred), "float64"), operators.cast(y_true, "float64")
        weight: Array = 1.0 if sample_weight is None else fit_weight(sample_weight, true)
        axis = None if self.average == "micro" else 0
        terms = (yes * true, yes * (1 - true), (1 - yes) * true, true)
        for total, values in zip(self.counts.values(), terms, strict=True):
            total.assign_add(reduce.sum(values * weight, axis=axis))

    def _decide(self, y_pred: Array) -> Array:
        if self.threshold is not None:
            return m.greater(y_pred, self.threshold)
        top = reduce.max(y_pred, axis=-1, keepdims=True)
        return logical_and(m.greater_equal(y_pred, top), m.greater(m.abs(y_pred), 1e-9))

    def result(self) -> Array:
        hit, alarm, miss, true = (v.value for v in self.counts.values())
        precision, recall = hit / (hit + alarm + epsilon()), hit / (hit + miss + epsilon())
        square = self.beta**2
        score = precision * recall / (precision * square + recall + epsilon()) * (1 + square)
        if self.average == "weighted":
            return reduce.sum(score * divide_or_zero(true, reduce.sum(true)))
        return reduce.mean(score) if self.average is not None else score


class F1Score(FBetaScore):
    """2 * precision * recall / (precision + recall)

    Args:
        average, threshold: as FBetaScore's.
    """

    beta: Any = 1.0
    by_place: ClassVar[tuple[Any, ...]] = ("average", "threshold", "name")
