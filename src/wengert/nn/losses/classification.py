"""Losses of classes: how surprising the true one is."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from wengert.base.errors import ValueRangeError
from wengert.ir import operators
from wengert.ir.types import TensorType
from wengert.nn.losses.loss import Loss, in_rank_of
from wengert.ops import focal_losses
from wengert.ops import losses as functions
from wengert.ops import math as m
from wengert.ops.operands import Array, array


class _Shares(Loss, base=True):
    """Base where labels are probabilities, most of them 0 and 1."""

    def check_labels(self, call: str, what: str, labels: np.ndarray[Any, Any], output: TensorType) -> None:
        if labels.size and not (labels.min() >= 0 and labels.max() <= 1):
            wrong = np.argwhere((labels < 0) | (labels > 1))
            row = tuple(map(int, wrong[0])) if len(wrong) else (0,)
            raise ValueRangeError(
                f"{call}: {what} must be in 0..1 for loss {self.name!r}; got {labels[row]} at row {row[0]}."
            )


class _Numbered(Loss, base=True):
    """Base: labels are class numbers."""

    @property
    def ignored(self) -> int | None:
        """A label beyond the classes that counts nothing."""
        return None

    def label_type(self, output: TensorType) -> TensorType:
        return TensorType(output.shape[:-1], "int64")

    def check_labels(self, call: str, what: str, labels: np.ndarray[Any, Any], output: TensorType) -> None:
        classes = output.shape[-1]
        # Without arrays of the labels' length: NumPy keeps small blocks of each length that it has met.
        if labels.size and labels.min() >= 0 and labels.max() < classes:
            return
        wrong = (labels < 0) | (labels >= classes)
        if self.ignored is not None:
            wrong &= labels != self.ignored
        if wrong.any():
            row = tuple(map(int, np.argwhere(wrong)[0]))
            low, high = int(labels.min()), int(labels.max())
            hint = f" Should the last layer have {high + 1} units?" if low >= 0 else ""
            raise ValueRangeError(
                f"{call}: {what} must be classes below {classes}, for the model's output {output}; "
                f"got {labels[row]} at row {row[0]}.{hint}"
            )


class SparseCategoricalCrossentropy(_Numbered):
    """-log(p[label]), for labels that are class numbers.

    Args:
        from_logits: predictions are scores, not probabilities.
        ignore_class: samples with this label count nothing; a mean is that of the others.
        axis: the classes; the last axis only.
    """

    from_logits: bool = False
    ignore_class: int | None = None
    axis: int = -1
    by_place: ClassVar[tuple[Any, ...]] = ("from_logits", "ignore_class", "reduction", "axis", "name")

    @property
    def ignored(self) -> int | None:
        return self.ignore_class

    def counting(self, y_true: Array, values: Array) -> Array | None:
        if self.ignore_class is None:
            return None
        counts = m.not_equal(array(y_true), self.ignore_class)
        return operators.cast(in_rank_of(counts, values), "bool")

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return functions.sparse_categorical_crossentropy(
            y_true, y_pred, self.from_logits, self.ignore_class, self.axis
        )


class CategoricalCrossentropy(_Shares):
    """-sum(y_true * log(p)), for one-hot labels.

    Args:
        from_logits: predictions are scores, not probabilities.
        label_smoothing: this share of each label is spread over all classes.
        axis: the classes.
    """

    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1

    def check_fields(self) -> None:
        self.require_in("[0, 1]", "label_smoothing")

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return functions.categorical_crossentropy(
            y_true, y_pred, self.from_logits, self.label_smoothing, self.axis
        )


class BinaryCrossentropy(_Shares):
    """-y_true * log(p) - (1 - y_true) * log(1 - p), for labels 0 and 1.

    Args:
        from_logits: predictions are scores, not probabilities.
        label_smoothing: labels are moved by so much towards 1/2.
        axis: the mean over it is one sample's value.
    """

    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1

    def check_fields(self) -> None:
        self.require_in("[0, 1]", "label_smoothing")

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return functions.binary_crossentropy(
            y_true, y_pred, self.from_logits, self.label_smoothing, self.axis
        )


class BinaryFocalCrossentropy(_Shares):
    """-(1 - p_t)**gamma * log(p_t), where p_t is the probability given to the label, 0 or 1.

    Args:
        apply_class_balancing: weigh class 1 by alpha, class 0 by 1 - alpha.
        gamma: how little what is easy counts.
        from_logits: predictions are scores, not probabilities.
        label_smoothing: labels are moved by so much towards 1/2.
        axis: the mean over it is one sample's value.

    Source: Lin et al., "Focal loss for dense object detection", arXiv:1708.02002.
    """

    apply_class_balancing: bool = False
    alpha: float = 0.25
    gamma: float = 2.0
    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1

    def check_fields(self) -> None:
        self.require_in("[0, 1]", "label_smoothing")

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return focal_losses.binary_focal_crossentropy(
            y_true, y_pred, self.apply_class_balancing, self.alpha, self.gamma, self.from_logits,
            self.label_smoothing, self.axis,
        )  # fmt: skip


class CategoricalFocalCrossentropy(_Shares):
    """-sum(alpha * (1 - p)**gamma * y_true * log(p)), for one-hot labels.

    Args:
        alpha: weight of the whole.
        gamma: how little what is easy counts.
        from_logits: predictions are scores, not probabilities.
        label_smoothing: this share of each label is spread over all classes.
        axis: the classes.

    Source: Lin et al., "Focal loss for dense object detection", arXiv:1708.02002.
    """

    alpha: float = 0.25
    gamma: float = 2.0
    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1

    def check_fields(self) -> None:
        self.require_in("[0, 1]", "label_smoothing")

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return focal_losses.categorical_focal_crossentropy(
            y_true, y_pred, self.alpha, self.gamma, self.from_logits, self.label_smoothing, self.axis
        )


class CategoricalGeneralizedCrossEntropy(_Numbered):
    """(1 - p[label]**q) / q, for labels that are class numbers, some of them wrong.

    Args:
        q: in (0, 1): near 0 it is the cross-entropy, near 1 the absolute error.

    Source: Zhang & Sabuncu, arXiv:1805.07836.
    """

    q: float = 0.5

    def check_fields(self) -> None:
        self.require_in("(0, 1)", "q")

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return focal_losses.categorical_generalized_cross_entropy(y_true, y_pred, self.q)
