"""Intersection over union: how well masks cover what they should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any, ClassVar

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.base.settings import epsilon
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.nn.losses.loss import divide_or_zero
from wengert.nn.metrics.metric import Metric
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.indexing import one_hot
from wengert.ops.operands import Array, array
from wengert.ops.shape import reshape, transpose


class _Overlap(Metric, base=True):
    """Base: counts of predicted by true classes; then of each class what is both over what is either."""

    @property
    def classes(self) -> int:
        raise NotImplementedError

    def wanted(self) -> tuple[int, ...]:
        """The classes whose mean it is."""
        return tuple(range(self.classes))

    def numbers(self, y_true: Array, y_pred: Array) -> tuple[Array, Array]:
        """Labels and predictions as class numbers."""
        raise NotImplementedError

    def check_fields(self) -> None:
        if self.classes < 1:
            raise ValueRangeError(f"{type(self).__name__}: num_classes must be positive; got {self.classes}.")
        if any(not 0 <= c < self.classes for c in self.wanted()):
            raise ValueRangeError(
                f"{type(self).__name__}: target_class_ids must be below num_classes = {self.classes}; "
                f"got {self.wanted()}."
            )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.confusion = self.add_state("confusion", (self.classes, self.classes))

    def update_state(self, y_true: Array, y_pred: Array, sample_weight: Array | None = None) -> None:
        labels, said = (
            operators.cast(reshape(y, (-1,)), "int64") for y in self.numbers(array(y_true), array(y_pred))
        )
        if type_of(labels).shape != type_of(said).shape:
            raise ShapeError(
                f"{type(self).__name__}: labels and predictions must be as many; "
                f"got {type_of(y_true)} and {type_of(y_pred)}."
            )
        rows = one_hot(labels, self.classes, dtype="float64")
        ignored = getattr(self, "ignore_class", None)
        if ignored is not None:
            rows = rows * reshape(operators.cast(m.not_equal(labels, ignored), "float64"), (-1, 1))
        if sample_weight is not None:
            weight = operators.broadcast_to(reshape(array(sample_weight), (-1,)), type_of(labels).shape)
            rows = rows * reshape(operators.cast(weight, "float64"), (-1, 1))
        columns = one_hot(said, self.classes, dtype="float64")
        self.confusion.assign_add(operators.matmul(transpose(rows), columns))

    def result(self) -> Array:
        counts = self.confusion.value
        both = reduce.sum(counts * one_hot(range(self.classes), self.classes, dtype="float64"), axis=0)
        either = reduce.sum(counts, axis=0) + reduce.sum(counts, axis=1) - both
        chosen = list(self.wanted())
        both, either = both[chosen], either[chosen]
        there = m.greater(either, 1e-9)
        shares = m.where(there, both / (either + epsilon()), 0.0)
        return divide_or_zero(reduce.sum(shares), reduce.sum(operators.cast(there, "float64")))


class IoU(_Overlap):
    """The mean over some classes of what is both predicted and true over what is either.

    Args:
        num_classes: how many classes there are.
        target_class_ids: the classes whose mean it is.
        ignore_class: samples with this label count nothing.
        sparse_y_true, sparse_y_pred: whether they are class numbers, and not one value a class.
        axis: the classes, where they are not.
    """

    num_classes: int
    target_class_ids: Sequence[int]
    ignore_class: int | None = field(default=None, kw_only=True)
    sparse_y_true: bool = field(default=True, kw_only=True)
    sparse_y_pred: bool = field(default=True, kw_only=True)
    axis: int = field(default=-1, kw_only=True)
    by_place: ClassVar[tuple[Any, ...]] = ("num_classes", "target_class_ids", "name", ...)

    @property
    def classes(self) -> int:
        return self.num_classes

    def wanted(self) -> tuple[int, ...]:
        return tuple(self.target_class_ids)

    def numbers(self, y_true: Array, y_pred: Array) -> tuple[Array, Array]:
        pairs = ((y_true, self.sparse_y_true), (y_pred, self.sparse_y_pred))
        true, said = (y if sparse else reduce.argmax(y, axis=self.axis) for y, sparse in pairs)
        return true, said


class MeanIoU(IoU):
    """The mean over all classes of what is both predicted and true over what is either."""

    target_class_ids: Any = field(default=(), init=False)
    by_place: ClassVar[tuple[Any, ...]] = ("num_classes", "name", ...)

    def wanted(self) -> tuple[int, ...]:
        return tuple(range(self.num_classes))


class OneHotIoU(IoU):
    """IoU of one-hot labels, and of the largest prediction of each row."""

    sparse_y_true: bool = field(default=False, kw_only=True)
    sparse_y_pred: bool = field(default=False, kw_only=True)


class OneHotMeanIoU(MeanIoU):
    """MeanIoU of one-hot labels, and of the largest prediction of each row."""

    sparse_y_true: bool = field(default=False, kw_only=True)
    sparse_y_pred: bool = field(default=False, kw_only=True)


class BinaryIoU(_Overlap):
    """IoU of two classes: predictions at least `threshold` are class 1.

    Args:
        target_class_ids: the classes whose mean it is.
        threshold: in [0, 1].
    """

    target_class_ids: Sequence[int] = (0, 1)
    threshold: float = 0.5

    @property
    def classes(self) -> int:
        return 2

    def wanted(self) -> tuple[int, ...]:
        return tuple(self.target_class_ids)

    def numbers(self, y_true: Array, y_pred: Array) -> tuple[Array, Array]:
        return y_true, m.greater_equal(y_pred, self.threshold)
