"""How surprising labels are; by how much margins are missed."""

from __future__ import annotations

from typing import Any, ClassVar

from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.nn.losses.loss import fit_weight
from wengert.nn.metrics.metric import MeanOfSamples
from wengert.ops import losses
from wengert.ops import math as m
from wengert.ops.operands import Array, array
from wengert.ops.shape import reshape


class BinaryCrossentropy(MeanOfSamples):
    """-y_true * log(p) - (1 - y_true) * log(1 - p), for labels 0 and 1.

    Args:
        from_logits: predictions are scores, not probabilities.
        label_smoothing: labels are moved by so much towards 1/2.
    """

    from_logits: bool = False
    label_smoothing: float = 0.0
    by_place: ClassVar[tuple[Any, ...]] = ("name", ...)

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.binary_crossentropy(y_true, y_pred, self.from_logits, self.label_smoothing)


class CategoricalCrossentropy(MeanOfSamples):
    """-sum(y_true * log(p)), for one-hot labels.

    Args:
        from_logits: predictions are scores, not probabilities.
        label_smoothing: this share of each label is spread over all classes.
        axis: the classes.
    """

    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1
    by_place: ClassVar[tuple[Any, ...]] = ("name", ...)

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.categorical_crossentropy(
            y_true, y_pred, self.from_logits, self.label_smoothing, self.axis
        )


class SparseCategoricalCrossentropy(MeanOfSamples):
    """-log(p[label]), for labels that are class numbers.

    Args:
        from_logits: predictions are scores, not probabilities.
        ignore_class: samples with this label count nothing; the mean is that of the others. (In Keras they count as 0
            where there are no weights.)
        axis: the classes; the last axis only.
    """

    from_logits: bool = False
    ignore_class: int | None = None
    axis: int = -1
    by_place: ClassVar[tuple[Any, ...]] = ("name", ...)

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.sparse_categorical_crossentropy(
            y_true, y_pred, self.from_logits, self.ignore_class, self.axis
        )

    def update_state(self, y_true: Array, y_pred: Array, sample_weight: Array | None = None) -> None:  # type: ignore[override]
        if self.ignore_class is not None:
            counts = operators.cast(m.not_equal(array(y_true), self.ignore_class), "float32")
            counts = reshape(counts, type_of(y_pred).shape[:-1])
            sample_weight = counts if sample_weight is None else counts * fit_weight(sample_weight, counts)
        super().update_state(y_true, y_pred, sample_weight)


class KLDivergence(MeanOfSamples):
    """sum(y_true * log(y_true / y_pred))"""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.kl_divergence(y_true, y_pred)


class Hinge(MeanOfSamples):
    """max(1 - y_true * y_pred, 0), for labels -1 and 1."""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.hinge(y_true, y_pred)


class SquaredHinge(MeanOfSamples):
    """max(1 - y_true * y_pred, 0)**2, for labels -1 and 1."""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.squared_hinge(y_true, y_pred)


class CategoricalHinge(MeanOfSamples):
    """max(the best other class - the true class + 1, 0), for one-hot labels."""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.categorical_hinge(y_true, y_pred)
