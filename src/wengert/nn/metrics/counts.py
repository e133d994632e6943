"""Right and wrong decisions, at one threshold or several: counts of them, precision, recall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from wengert.base.errors import ValueRangeError
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.nn.losses.loss import divide_or_zero, fit_weight
from wengert.nn.metrics.metric import Metric, one_shape
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.bits import logical_and, logical_not, logical_or
from wengert.ops.operands import Array, is_positive, known
from wengert.ops.shape import expand_dims, reshape
from wengert.runtime.variable import Variable

KINDS = ("true_positives", "false_positives", "true_negatives", "false_negatives")
EDGE = 1e-7  # thresholds this far outside of [0, 1], so that the first takes all and the last none
MOST_THRESHOLDS = 2**24  # float32, in which predictions are compared, tells no more apart in [0, 1]


class Decisions(Metric, base=True):
    """Base: counts of the four kinds of decisions at each of `at` thresholds; a prediction above one says yes.

    A subclass says which kinds it needs, in `kinds`.
    """

    kinds: ClassVar[tuple[str, ...]] = KINDS

    def counted(self, thresholds: Sequence[float], labels: tuple[int, ...] = ()) -> None:
        """Make the counts."""
        self.at = tuple(map(float, thresholds))
        self.counts = {k: self.add_state(k, (len(self.at), *labels)) for k in type(self).kinds}

    @property
    def variables(self) -> list[Variable]:
        return list(self.counts.values())

    def take(self, y_true: Array, y_pred: Array, weight: Array | None, *, apart: bool = False) -> None:
        """Count these decisions; `apart`: those of each label, the last axis, by themselves."""
        y_true, y_pred = one_shape(type(self).__name__, y_true, y_pred)
        t = type_of(y_pred)
        fitted = fit_weight(weight, y_pred) if weight is not None else np.ones((), "float32")
        ones = operators.broadcast_to(fitted, t.shape, y_pred)
        rows = (-1, t.shape[-1]) if apart else (-1,)
        is_true, score, weight = (reshape(v, rows) for v in (m.not_equal(y_true, 0), y_pred, ones))
        said = m.greater(expand_dims(score, 0), np.array(self.at, "float32").reshape(-1, *(1,) * len(rows)))
        for kind, total in self.counts.items():
            right = m.equal(said, is_true) if kind.startswith("true") else m.not_equal(said, is_true)
            mine = logical_and(right, said if kind.endswith("positives") else logical_not(said))
            counted = operators.cast(m.where(mine, weight, 0.0), "float64")
            total.assign_add(reduce.sum(counted, axis=1))

    def value(self, kind: str) -> Array:
        """How many of a kind, at each threshold."""
        return self.counts[kind].value

    def share(self, kind: str, left: str) -> Array:
        """What share of both kinds is of the first, at each threshold; 0 where there is neither."""
        return divide_or_zero(self.value(kind), self.value(kind) + self.value(left))


class _Count(Decisions, base=True):
    """Base of the counts of one kind.

    Args:
        thresholds: a number or several in [0, 1]; by default 0.5.
    """

    thresholds: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.counted(thresholds_of(type(self).__name__, self.thresholds, 0.5))

    def update_state(self, y_true: Array, y_pred: Array, sample_weight: Array | None = None) -> None:
        self.take(y_true, y_pred, sample_weight)

    def result(self) -> Array:
        return _one_or_all(self.value(type(self).kinds[0]))


class TruePositives(_Count):
    """How many predictions rightly say yes."""

    kinds = ("true_positives",)


class FalsePositives(_Count):
    """How many predictions wrongly say yes."""

    kinds = ("false_positives",)


class TrueNegatives(_Count):
    """How many predictions rightly say no."""

    kinds = ("true_negatives",)


class FalseNegatives(_Count):
    """How many predictions wrongly say no."""

    kinds = ("false_negatives",)


class _Share(Decisions, base=True):
    """Base of precision and recall.

    Args:
        thresholds: a number or several in [0, 1]; by default 0.5, with `top_k` none.
        top_k: only the k largest predictions of a sample may say yes.
        class_id: count this class, of the last axis, only.
    """

    thresholds: Any = None
    top_k: int | None = None
    class_id: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        default = 0.5 if self.top_k is None else -1e10
        self.counted(thresholds_of(type(self).__name__, self.thresholds, default))

    def update_state(self, y_true: Array, y_pred: Array, sample_weight: Array | None = None) -> None:
        y_true, y_pred = one_shape(type(self).__name__, y_true, y_pred)
        if self.top_k is not None:
            y_pred = m.where(_is_in_top(y_pred, self.top_k), y_pred, -1e10)
        self.take(*of_class(self.class_id, y_true, y_pred), sample_weight)

    def result(self) -> Array:
        return _one_or_all(self.share(*type(self).kinds))


class Precision(_Share):
    """What share of the predictions that say yes are right."""

    kinds = ("true_positives", "false_positives")


class Recall(_Share):
    """What share of what is true the predictions find."""

    kinds = ("true_positives", "false_negatives")


def _is_in_top(x: Array, k: int) -> Array:
    """Whether fewer than k elements of the row are larger, or as large and further to the left."""
    width = known("top_k", "the number of classes", type_of(x).shape[-1])
    row, column = expand_dims(x, -2), expand_dims(x, -1)
    left = np.tril(np.ones((width, width), bool), -1)
    above = logical_or(m.greater(row, column), logical_and(m.equal(row, column), left))
    return m.less(reduce.count_nonzero(above, axis=-1), k)


def of_class(class_id: int | None, y_true: Array, y_pred: Array) -> tuple[Array, Array]:
    """Labels and predictions of this class only; of all classes for None."""
    return (y_true, y_pred) if class_id is None else (y_true[..., class_id], y_pred[..., class_id])


def thresholds_of(name: str, given: Any, default: float) -> tuple[float, ...]:
    """The thresholds that a field says.

    Raises:
        ValueRangeError: they are no numbers in [0, 1].
    """
    if given is None:
        return (default,)
    found = tuple(given) if isinstance(given, Sequence) else (given,)
    if not found or any(not isinstance(t, int | float) or not 0 <= t <= 1 for t in found):
        raise ValueRangeError(f"{name}: thresholds must be numbers in [0, 1]; got {given!r}.")
    return found


def _one_or_all(x: Array) -> Array:
    return x[0] if type_of(x).shape == (1,) else x


def spread(name: str, n: int, least: int = 1) -> tuple[float, ...]:
    """n thresholds, evenly over [0, 1]; 1/2 if it is one."""
    if not (is_positive(n) and least <= n <= MOST_THRESHOLDS):
        raise ValueRangeError(
            f"{name}: num_thresholds must be an int in {least}..{MOST_THRESHOLDS:,}; got {n!r}."
        )
    return (0.5,) if n == 1 else tuple(k / (n - 1) for k in range(n))
