"""Decisions at all thresholds: areas under curves, the best one share can be where another is high enough."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir.types import type_of
from wengert.nn.losses.loss import divide_or_zero
from wengert.nn.metrics.counts import EDGE, KINDS, Decisions, of_class, spread, thresholds_of
from wengert.nn.metrics.metric import one_shape
from wengert.ops import activations, reduce
from wengert.ops import math as m
from wengert.ops.bits import logical_and
from wengert.ops.operands import Array, known
from wengert.runtime.variable import Variable


class AUC(Decisions):
    """The area under a curve of all thresholds, by sums over `num_thresholds` of them.

    Args:
        num_thresholds: how many, evenly over [0, 1].
        curve: "ROC", true by false positives, or "PR", precision by recall.
        summation_method: "interpolation" (of a PR curve that of Davis and Goadrich), "minoring", "majoring".
        thresholds: these instead.
        multi_label: an area for each label, the last axis, and their mean.
        num_labels: how many there are; by default as many as there are.
        label_weights: weights of that mean.
        from_logits: predictions are scores, not probabilities.

    Source: Davis & Goadrich, "The relationship between precision-recall and ROC curves", ICML 2006.
    """

    num_thresholds: int = 200
    curve: str = "ROC"
    summation_method: str = "interpolation"
    thresholds: Any = None
    multi_label: bool = False
    num_labels: int | None = None
    label_weights: Any = None
    from_logits: bool = False
    by_place: ClassVar[tuple[Any, ...]] = ("num_thresholds", "curve", "summation_method", "name", ...)

    def check_fields(self) -> None:
        methods = ("interpolation", "minoring", "majoring")
        if self.curve not in ("ROC", "PR") or self.summation_method not in methods:
            raise ValueRangeError(
                f"AUC: curve must be ROC or PR and summation_method one of {', '.join(methods)}; "
                f"got {self.curve!r} and {self.summation_method!r}."
            )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.counts: dict[str, Variable] = {}
        if not self.multi_label or self.num_labels is not None:
            self._count(self.num_labels if self.multi_label else None)

    def _count(self, labels: int | None) -> None:
        if self.thresholds is None:
            inner = spread("AUC", self.num_thresholds, least=2)[1:-1]
        else:
            inner = tuple(sorted(thresholds_of("AUC", self.thresholds, 0.5)))
        self.counted((-EDGE, *inner, 1 + EDGE), () if labels is None else (labels,))

    def update_state(self, y_true: Array, y_pred: Array, sample_weight: Array | None = None) -> None:
        shape = type_of(y_pred).shape
        if self.multi_label and len(shape) != 2:
            raise ShapeError(
                f"AUC: with multi_label, predictions must be [batch, labels]; got {type_of(y_pred)}."
            )
        if not self.counts:
            self._count(known("AUC", "the number of labels", shape[1]))
        y_pred = activations.sigmoid(y_pred) if self.from_logits else y_pred
        self.take(y_true, y_pred, sample_weight, apart=self.multi_label)

    def result(self) -> Array:
        hit, alarm, calm, miss = (self.value(k) for k in KINDS)
        recall = divide_or_zero(hit, hit + miss)
        if self.curve == "PR" and self.summation_method == "interpolation":
            areas = _interpolated(hit, alarm, miss)
        elif self.curve == "PR":
            areas = self._area(recall, divide_or_zero(hit, hit + alarm))
        else:
            areas = self._area(divide_or_zero(alarm, alarm + calm), recall)
        if not self.multi_label or self.label_weights is None:
            return reduce.mean(areas)
        weights = np.array(self.label_weights, "float64")
        return divide_or_zero(reduce.sum(areas * weights), weights.sum())

    def _area(self, x: Array, y: Array) -> Array:
        heights = {
            "interpolation": lambda a, b: (a + b) / 2, "minoring": m.minimum, "majoring": m.maximum,
        }[self.summation_method]  # fmt: skip
        return reduce.sum((x[:-1] - x[1:]) * heights(y[:-1], y[1:]), axis=0)


def _interpolated(hit: Array, alarm: Array, miss: Array) -> Array:
    """The area under precision by recall, where counts, not precision, change evenly between thresholds."""
    said = hit + alarm
    found, more = hit[:-1] - hit[1:], said[:-1] - said[1:]
    slope = divide_or_zero(found, m.maximum(more, 0))
    start = hit[1:] - slope * said[1:]
    both = logical_and(said[:-1] > 0, said[1:] > 0)
    ratio = m.where(both, divide_or_zero(said[:-1], said[1:]), 1.0)
    return reduce.sum(divide_or_zero(slope * (found + start * m.log(ratio)), hit[1:] + miss[1:]), axis=0)


Share = tuple[str, str]  # what counts, and what else there is
RECALL: Share = ("true_positives", "false_negatives")
PRECISION: Share = ("true_positives", "false_positives")
SPECIFICITY: Share = ("true_negatives", "false_positives")


class _Best(Decisions, base=True):
    """Base: the best of one share at a threshold where another is at least so much; 0 where there is none."""

    best: ClassVar[Share]
    other: ClassVar[Share]

    @property
    def least(self) -> float:
        """What the other share must be."""
        raise NotImplementedError

    def check_fields(self) -> None:
        if not 0 <= self.least <= 1:
            raise ValueRangeError(
                f"{type(self).__name__}: must be given a share in [0, 1]; got {self.least!r}."
            )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.counted(spread(type(self).__name__, self.num_thresholds))  # type: ignore[attr-defined]

    def update_state(self, y_true: Array, y_pred: Array, sample_weight: Array | None = None) -> None:
        pair = one_shape(type(self).__name__, y_true, y_pred)
        self.take(*of_class(self.class_id, *pair), sample_weight)  # type: ignore[attr-defined]

    def result(self) -> Array:
        best, other = (self.share(*pair) for pair in (self.best, self.other))
        return reduce.max(m.where(m.greater_equal(other, self.least), best, 0.0))


class SensitivityAtSpecificity(_Best):
    """The best sensitivity (recall) at a threshold where specificity is at least so much; 0 where there is none.

    Args:
        specificity: how much, in [0, 1].
        num_thresholds: how many thresholds are tried.
        class_id: count this class, of the last axis, only.
    """

    specificity: float
    num_thresholds: int = 200
    class_id: int | None = None
    best, other = RECALL, SPECIFICITY

    @property
    def least(self) -> float:
        return self.specificity


class SpecificityAtSensitivity(_Best):
    """The best specificity at a threshold where sensitivity is at least so much; 0 where there is none.

    Args:
        sensitivity: how much, in [0, 1].
        num_thresholds: how many thresholds are tried.
        class_id: count this class, of the last axis, only.
    """

    sensitivity: float
    num_thresholds: int = 200
    class_id: int | None = None
    best, other = SPECIFICITY, RECALL

    @property
    def least(self) -> float:
        return self.sensitivity


class PrecisionAtRecall(_Best):
    """The best precision at a threshold where recall is at least so much; 0 where there is none.

    Args:
        recall: how much, in [0, 1].
        num_thresholds: how many thresholds are tried.
        class_id: count this class, of the last axis, only.
    """

    recall: float
    num_thresholds: int = 200
    class_id: int | None = None
    best, other = PRECISION, RECALL

    @property
    def least(self) -> float:
        return self.recall


class RecallAtPrecision(_Best):
    """The best recall at a threshold where precision is at least so much; 0 where there is none.

    Args:
        precision: how much, in [0, 1].
        num_thresholds: how many thresholds are tried.
        class_id: count this class, of the last axis, only.
    """

    precision: float
    num_thresholds: int = 200
    class_id: int | None = None
    best, other = RECALL, PRECISION

    @property
    def least(self) -> float:
        return self.precision
