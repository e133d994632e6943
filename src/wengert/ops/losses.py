"""Loss functions: one value a sample, by Keras's names."""

from __future__ import annotations

import math
from typing import Any

from wengert.base.errors import ShapeError
from wengert.base.settings import epsilon
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import activations, reduce
from wengert.ops import math as m
from wengert.ops.indexing import class_numbers
from wengert.ops.operands import Array, array, floating, normalize_axis
from wengert.ops.shape import expand_dims, squeeze
from wengert.prims.indexing import take_along_axis


def mean_squared_error(y_true: Array, y_pred: Array) -> Array:
    """mean((y_true - y_pred)**2) over the last axis."""
    return reduce.mean(m.square(_difference("mean_squared_error", y_true, y_pred)), axis=-1)


def mean_absolute_error(y_true: Array, y_pred: Array) -> Array:
    """mean(|y_true - y_pred|) over the last axis."""
    return reduce.mean(m.abs(_difference("mean_absolute_error", y_true, y_pred)), axis=-1)


def huber(y_true: Array, y_pred: Array, delta: float = 1.0) -> Array:
    """mean of e*e/2 where |e| <= delta, delta*|e| - delta**2/2 elsewhere, over the last axis."""
    e = m.abs(_difference("huber", y_true, y_pred))
    return reduce.mean(m.where(m.less_equal(e, delta), e * e * 0.5, e * delta - 0.5 * delta**2), axis=-1)


def log_cosh(y_true: Array, y_pred: Array) -> Array:
    """mean(log(cosh(y_pred - y_true))) over the last axis, without overflow."""
    e = -_difference("log_cosh", y_true, y_pred)
    return reduce.mean(e + activations.softplus(e * -2.0) - math.log(2), axis=-1)


def hinge(y_true: Array, y_pred: Array) -> Array:
    """mean(max(1 - y_true * y_pred, 0)) over the last axis; y_true is -1 or 1 (0 is taken as -1)."""
    return reduce.mean(_lack("hinge", y_true, y_pred), axis=-1)


def squared_hinge(y_true: Array, y_pred: Array) -> Array:
    """mean(max(1 - y_true * y_pred, 0)**2) over the last axis; y_true is -1 or 1 (0 is taken as -1)."""
    return reduce.mean(m.square(_lack("squared_hinge", y_true, y_pred)), axis=-1)


def _lack(name: str, y_true: Array, y_pred: Array) -> Array:
    """By how much predictions fall short of a margin of 1 on the side of their label."""
    y_true, y_pred = same_shape(name, y_true, y_pred)
    sign = m.where(m.equal(y_true, 0), -1, y_true)
    return m.maximum(1 - sign * y_pred, 0)


def categorical_hinge(y_true: Array, y_pred: Array) -> Array:
    """max(max over the other classes - the true class + 1, 0), along the last axis; y_true is one-hot."""
    y_true, y_pred = same_shape("categorical_hinge", y_true, y_pred)
    true, best = reduce.sum(y_true * y_pred, axis=-1), reduce.max((1 - y_true) * y_pred, axis=-1)
    return m.maximum(best - true + 1, 0)


def mean_absolute_percentage_error(y_true: Array, y_pred: Array) -> Array:
    """100 * mean(|y_true - y_pred| / max(|y_true|, 1e-7)) over the last axis."""
    y_true, y_pred = same_shape("mean_absolute_percentage_error", y_true, y_pred)
    return reduce.mean(m.abs((y_true - y_pred) / m.maximum(m.abs(y_true), epsilon())), axis=-1) * 100.0


def mean_squared_logarithmic_error(y_true: Array, y_pred: Array) -> Array:
    """mean((log(1 + y_true) - log(1 + y_pred))**2) over the last axis; both are taken as at least 1e-7."""
    y_true, y_pred = same_shape("mean_squared_logarithmic_error", y_true, y_pred)
    logs = [m.log(m.maximum(y, epsilon()) + 1) for y in (y_true, y_pred)]
    return reduce.mean(m.square(logs[0] - logs[1]), axis=-1)


def poisson(y_true: Array, y_pred: Array) -> Array:
    """mean(y_pred - y_true * log(y_pred + 1e-7)) over the last axis; y_pred is a rate."""
    y_true, y_pred = same_shape("poisson", y_true, y_pred)
    return reduce.mean(y_pred - y_true * m.log(y_pred + epsilon()), axis=-1)


def kl_divergence(y_true: Array, y_pred: Array) -> Array:
    """sum(y_true * log(y_true / y_pred)) over the last axis."""
    y_true, y_pred = same_shape("kl_divergence", y_true, y_pred)
    y_true, y_pred = m.clip(y_true, epsilon(), 1), m.clip(y_pred, epsilon(), 1)
    return reduce.sum(y_true * m.log(y_true / y_pred), axis=-1)


def sparse_categorical_crossentropy(
    y_true: Array, y_pred: Array, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> Array:
    """-log(p[label]): how surprising the true class is.

    Args:
        y_true: class numbers, the shape of y_pred without its class axis (or with length 1 there).
        y_pred: probabilities of the classes along the last axis; scores if `from_logits`.
        ignore_class: a label, of a class or none, whose samples give 0.

    Raises:
        ShapeError: the shapes do not fit.
        IndexRangeError: a label is no class, when the program runs.

    Numerics: from logits by log_softmax. Probabilities that were recorded as a softmax are traced back to
    its logits.
    """
    y_pred, labels = floating(y_pred), class_numbers(y_true)
    t, tl = type_of(y_pred), type_of(labels)
    if normalize_axis("sparse_categorical_crossentropy", axis, t) != t.rank - 1:
        raise ShapeError(
            f"sparse_categorical_crossentropy: the classes must be on the last axis; got axis {axis} for {t}."
        )
    if tl.rank == t.rank and tl.shape[-1] == 1:
        labels = squeeze(labels, -1)
    if type_of(labels).shape != t.shape[:-1]:
        raise ShapeError(
            f"sparse_categorical_crossentropy: labels must have the shape of the predictions without "
            f"their last axis; "
            f"got labels {tl}, predictions {t}. For one-hot labels use categorical_crossentropy."
        )
    logs = log_probabilities(y_pred, from_logits, -1)
    if ignore_class is None:
        return -squeeze(take_along_axis(logs, expand_dims(labels, -1), axis=t.rank - 1), -1)
    counts = m.not_equal(labels, ignore_class)
    picked = take_along_axis(logs, expand_dims(m.where(counts, labels, 0), -1), axis=t.rank - 1)
    return m.where(counts, -squeeze(picked, -1), 0.0)


def categorical_crossentropy(
    y_true: Array, y_pred: Array, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Array:
    """-sum(y_true * log(p)) over the class axis.

    Args:
        y_true: one-hot labels, or any distribution over the classes.
        y_pred: probabilities; scores if `from_logits`.
        label_smoothing: this share of each label is spread over all classes, in [0, 1].
    """
    y_true, y_pred = same_shape("categorical_crossentropy", y_true, y_pred)
    if label_smoothing:
        classes = type_of(y_pred).shape[axis]
        y_true = y_true * (1 - label_smoothing) + label_smoothing / classes  # type: ignore[operator]
    return -reduce.sum(y_true * log_probabilities(y_pred, from_logits, axis), axis=axis)


def binary_crossentropy(
    y_true: Array, y_pred: Array, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Array:
    """mean(-y_true * log(p) - (1 - y_true) * log(1 - p)) over an axis.

    Args:
        y_true: 0 or 1, or probabilities.
        y_pred: probabilities of 1; scores if `from_logits`.
        label_smoothing: labels are moved by so much towards 1/2, in [0, 1].

    Numerics: from logits x as max(x, 0) - x * y_true + log(1 + exp(-|x|)), which neither overflows nor
    cancels.
    """
    y_true, y_pred = same_shape("binary_crossentropy", y_true, y_pred)
    if label_smoothing:
        y_true = y_true * (1 - label_smoothing) + 0.5 * label_smoothing
    logits = y_pred if from_logits else _behind(y_pred, "sigmoid")
    if logits is not None:
        return reduce.mean(activations.softplus(logits) - logits * y_true, axis=axis)
    p = m.clip(y_pred, epsilon(), 1 - epsilon())
    return reduce.mean(-(y_true * m.log(p) + (1 - y_true) * m.log(1 - p)), axis=axis)


def log_probabilities(y_pred: Array, from_logits: bool, axis: int) -> Array:
    """The logarithm of a distribution over classes, of its logits or of itself."""
    if from_logits:
        return activations.log_softmax(y_pred, axis)
    found = _log_of_softmax(y_pred, normalize_axis("crossentropy", axis, type_of(y_pred)))
    if found is not None:
        return found
    p = m.divide(y_pred, reduce.sum(y_pred, axis=axis, keepdims=True))
    return m.log(m.clip(p, epsilon(), 1 - epsilon()))


def _log_of_softmax(p: Any, axis: int) -> Any:
    """log(exp(z) / s) = z - log(s), if p was recorded as exp(z) / s with s the sum of exp(z); else None.

    exp(z) underflows where z does not, and the derivative with it: so the loss looks at how its argument was
    made.
    """
    e, s = _behind(p, "div", 0), _behind(p, "div", 1)
    total = _behind(_behind(s, "broadcast_to"), "reshape")
    z = _behind(e, "exp")
    if z is None or _behind(total, "reduce_sum") is not e or dict(total.params)["axes"] != (axis,):
        return None
    return m.subtract(z, m.log(s))


def _behind(x: Any, primitive: str, index: int = 0) -> Any:
    """Input number `index` of the recorded step that made x, if that step is `primitive`."""
    made_by = getattr(x, "primitive", None)
    return x.inputs[index] if made_by is not None and made_by.name == primitive else None


def _difference(name: str, y_true: Array, y_pred: Array) -> Array:
    y_true, y_pred = same_shape(name, y_true, y_pred)
    return m.subtract(y_true, y_pred)


def same_shape(name: str, y_true: Array, y_pred: Array) -> tuple[Array, Array]:
    """Both in the dtype of the predictions; a last axis of length 1 that only one of them has is added.

    Raises:
        ShapeError: they still differ.
    """
    y_pred = floating(y_pred)
    y_true = operators.cast(array(y_true), type_of(y_pred).dtype)
    tt, tp = type_of(y_true), type_of(y_pred)
    if tp.rank == tt.rank + 1 and tp.shape[-1] == 1:
        y_true = expand_dims(y_true, -1)
    elif tt.rank == tp.rank + 1 and tt.shape[-1] == 1:
        y_pred = expand_dims(y_pred, -1) if tp.rank == 1 else y_pred
        y_true = y_true if tp.rank == 1 else squeeze(y_true, -1)
    if type_of(y_true).shape != type_of(y_pred).shape:
        raise ShapeError(
            f"{name}: labels and predictions must have one shape; got labels {tt}, predictions {tp}."
        )
    return y_true, y_pred
