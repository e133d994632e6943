"""Losses of classes that dwell on what is hard, or on what may be labelled wrongly."""

from __future__ import annotations

from wengert.base.numbers import require_in
from wengert.base.settings import epsilon
from wengert.ir.types import type_of
from wengert.ops import activations, reduce
from wengert.ops import math as m
from wengert.ops.indexing import class_numbers, one_hot
from wengert.ops.losses import same_shape
from wengert.ops.operands import Array, floating, known


def binary_focal_crossentropy(
    y_true: Array,
    y_pred: Array,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Array:
    """mean(-(1 - p_t)**gamma * log(p_t)) over an axis, where p_t is the probability given to the label.

    Args:
        y_true: 0 or 1. y_pred: probabilities of 1; scores if `from_logits`.
        apply_class_balancing: weigh class 1 by alpha and class 0 by 1 - alpha.
        gamma: how little what is easy counts; 0 is the cross-entropy.
        label_smoothing: labels are moved by so much towards 1/2, in [0, 1].

    Source: Lin et al., "Focal loss for dense object detection", arXiv:1708.02002.
    """
    y_true, y_pred = same_shape("binary_focal_crossentropy", y_true, y_pred)
    if label_smoothing:
        y_true = y_true * (1 - label_smoothing) + 0.5 * label_smoothing
    p = activations.sigmoid(y_pred) if from_logits else y_pred
    q = m.clip(p, epsilon(), 1 - epsilon())
    loss = -(y_true * m.log(q) + (1 - y_true) * m.log(1 - q))
    loss = loss * m.pow(1 - (y_true * p + (1 - y_true) * (1 - p)), gamma)
    if apply_class_balancing:
        loss = loss * (y_true * alpha + (1 - y_true) * (1 - alpha))
    return reduce.mean(loss, axis=axis)


def categorical_focal_crossentropy(
    y_true: Array,
    y_pred: Array,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Array:
    """-sum(alpha * (1 - p)**gamma * y_true * log(p)) over the class axis.

    Args:
        y_true: one-hot labels. y_pred: probabilities; scores if `from_logits`.
        gamma: how little what is easy counts.
        label_smoothing: this share of each label is spread over all classes, in [0, 1].

    Source: Lin et al., "Focal loss for dense object detection", arXiv:1708.02002.
    """
    y_true, y_pred = same_shape("categorical_focal_crossentropy", y_true, y_pred)
    if label_smoothing:
        classes = known(
            "categorical_focal_crossentropy", "the number of classes", type_of(y_pred).shape[axis]
        )
        y_true = y_true * (1 - label_smoothing) + label_smoothing / classes
    p = activations.softmax(y_pred, axis) if from_logits else y_pred
    p = m.clip(p / reduce.sum(p, axis=axis, keepdims=True), epsilon(), 1 - epsilon())
    return reduce.sum(m.pow(1 - p, gamma) * -alpha * y_true * m.log(p), axis=axis)


def categorical_generalized_cross_entropy(y_true: Array, y_pred: Array, q: float = 0.5) -> Array:
    """(1 - p[label]**q) / q: between the cross-entropy (q near 0) and the absolute error (q = 1).

    Args:
        y_true: class numbers. y_pred: probabilities along the last axis.
        q: in (0, 1); the larger, the less a wrong label weighs.

    Source: Zhang & Sabuncu, arXiv:1805.07836, equation 6.
    """
    require_in("(0, 1)", "categorical_generalized_cross_entropy", "q", q)
    y_pred = floating(y_pred)
    labels = class_numbers(y_true)
    classes = known(
        "categorical_generalized_cross_entropy", "the number of classes", type_of(y_pred).shape[-1]
    )
    chosen = reduce.sum(one_hot(labels, classes) * y_pred, axis=-1)
    return (1 - m.pow(chosen, q)) / q
