"""How often predictions are right."""

from __future__ import annotations

from wengert.base.errors import ShapeError
from wengert.ir import operators
from wengert.ir.types import TensorType, type_of
from wengert.nn.metrics.metric import MeanOfSamples, one_shape
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.indexing import require_labels, take_along_axis
from wengert.ops.operands import Array
from wengert.ops.shape import expand_dims, squeeze


class Accuracy(MeanOfSamples):
    """How often predictions equal labels."""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        y_true, y_pred = one_shape("Accuracy", y_true, y_pred)
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
        y_true, y_pred = one_shape("CategoricalAccuracy", y_true, y_pred)
        return operators.cast(m.equal(reduce.argmax(y_true, -1), reduce.argmax(y_pred, -1)), "float32")


class BinaryAccuracy(MeanOfSamples):
    """How often predictions are on the label's side of the threshold."""

    threshold: float = 0.5

    def score(self, y_true: Array, y_pred: Array) -> Array:
        y_true, y_pred = one_shape("BinaryAccuracy", y_true, y_pred)
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


class TopKCategoricalAccuracy(MeanOfSamples):
    """How often the one-hot label is among the k most likely classes."""

    k: int = 5

    def score(self, y_true: Array, y_pred: Array) -> Array:
        labels = reduce.argmax(y_true, axis=-1)
        return SparseTopKCategoricalAccuracy.score(self, labels, y_pred)  # type: ignore[arg-type]


def accuracy_for(y_true: TensorType, y_pred: TensorType) -> type[MeanOfSamples]:
    """The kind of accuracy that fits labels and predictions of these types."""
    if y_pred.rank == 0 or y_pred.shape[-1] == 1:
        return BinaryAccuracy
    if y_true.rank < y_pred.rank or y_true.shape[-1] == 1:
        return SparseCategoricalAccuracy
    return CategoricalAccuracy
