"""How often predictions are right."""

from __future__ import annotations

from typing import Any, ClassVar

from wengert.base.errors import ShapeError
from wengert.base.numbers import require_count
from wengert.ir import operators
from wengert.ir.types import TensorType, type_of
from wengert.nn.metrics.metric import MeanOfSamples, one_shape
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.indexing import class_numbers, take_along_axis
from wengert.ops.operands import Array, array
from wengert.ops.shape import expand_dims, squeeze


def binary_accuracy(y_true: Array, y_pred: Array, threshold: float = 0.5) -> Array:
    """How often predictions are on the label's side of the threshold, along the last axis."""
    y_true, y_pred = one_shape("binary_accuracy", y_true, y_pred)
    decided = operators.cast(m.greater(y_pred, threshold), "float32")
    return reduce.mean(_equal(operators.cast(y_true, "float32"), decided), axis=-1)


def categorical_accuracy(y_true: Array, y_pred: Array) -> Array:
    """1 where the most likely class is the one-hot label's, else 0."""
    y_true, y_pred = one_shape("categorical_accuracy", y_true, y_pred)
    return _equal(reduce.argmax(y_true, -1), reduce.argmax(y_pred, -1))


def sparse_categorical_accuracy(y_true: Array, y_pred: Array) -> Array:
    """1 where the most likely class is the label, a class number, else 0.

    Raises:
        ShapeError: labels have not the shape of the predictions without their last axis.
    """
    labels, t = class_numbers(y_true), type_of(y_pred)
    if type_of(labels).rank == t.rank and type_of(labels).shape[-1] == 1:
        labels = squeeze(labels, -1)
    if type_of(labels).shape != t.shape[:-1]:
        raise ShapeError(
            f"sparse_categorical_accuracy: labels must have the shape of the predictions without their last axis; "
            f"got labels {type_of(y_true)}, predictions {t}."
        )
    return _equal(labels, reduce.argmax(y_pred, axis=-1))


def sparse_top_k_categorical_accuracy(
    y_true: Array, y_pred: Array, k: int = 5, from_sorted_ids: bool = False
) -> Array:
    """1 where the label, a class number, is among the k most likely classes, else 0.

    Args:
        from_sorted_ids: predictions are class numbers, the most likely first, rather than scores of all classes.
    """
    labels = class_numbers(y_true)
    if type_of(labels).rank == type_of(y_pred).rank:
        labels = squeeze(labels, -1)
    if from_sorted_ids:
        found = m.equal(*operators.common(array(y_pred)[..., :k], expand_dims(labels, -1)))
        return operators.cast(reduce.any(found, axis=-1), "float32")
    mine = take_along_axis(y_pred, expand_dims(labels, -1), -1)
    above = reduce.count_nonzero(m.greater(y_pred, mine), axis=-1)
    return operators.cast(m.less(above, k), "float32")


def top_k_categorical_accuracy(y_true: Array, y_pred: Array, k: int = 5) -> Array:
    """1 where the one-hot label is among the k most likely classes, else 0."""
    y_true, y_pred = one_shape("top_k_categorical_accuracy", y_true, y_pred)
    return sparse_top_k_categorical_accuracy(reduce.argmax(y_true, axis=-1), y_pred, k)


def _equal(a: Array, b: Array) -> Array:
    return operators.cast(m.equal(a, b), "float32")


class Accuracy(MeanOfSamples):
    """How often predictions equal labels."""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return _equal(*one_shape("Accuracy", y_true, y_pred))


class SparseCategoricalAccuracy(MeanOfSamples):
    """How often the most likely class is the label, a class number."""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return sparse_categorical_accuracy(y_true, y_pred)


class CategoricalAccuracy(MeanOfSamples):
    """How often the most likely class is the one-hot label's."""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return categorical_accuracy(y_true, y_pred)


class BinaryAccuracy(MeanOfSamples):
    """How often predictions are on the label's side of the threshold."""

    threshold: float = 0.5
    by_place: ClassVar[tuple[Any, ...]] = ("name", ...)

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return binary_accuracy(y_true, y_pred, self.threshold)


class SparseTopKCategoricalAccuracy(MeanOfSamples):
    """How often the label is among the k most likely classes.

    Args:
        k: how many.
        from_sorted_ids: predictions are class numbers, the most likely first, rather than scores of all classes.
    """

    k: int = 5
    from_sorted_ids: bool = False
    by_place: ClassVar[tuple[Any, ...]] = ("k", "name", ...)

    def check_fields(self) -> None:
        require_count(type(self).__name__, "k", self.k)

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return sparse_top_k_categorical_accuracy(y_true, y_pred, self.k, self.from_sorted_ids)


class TopKCategoricalAccuracy(MeanOfSamples):
    """How often the one-hot label is among the k most likely classes."""

    k: int = 5

    def check_fields(self) -> None:
        require_count(type(self).__name__, "k", self.k)

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return top_k_categorical_accuracy(y_true, y_pred, self.k)


def accuracy_for(y_true: TensorType, y_pred: TensorType) -> type[MeanOfSamples]:
    """The kind of accuracy that fits labels and predictions of these types."""
    if y_pred.rank == 0 or y_pred.shape[-1] == 1:
        return BinaryAccuracy
    if y_true.rank < y_pred.rank or y_true.shape[-1] == 1:
        return SparseCategoricalAccuracy
    return CategoricalAccuracy
