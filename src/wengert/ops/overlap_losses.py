"""Losses of masks: how little of what is predicted and what is true overlaps."""

from __future__ import annotations

from wengert.base.settings import epsilon
from wengert.ops import reduce
from wengert.ops.losses import same_shape
from wengert.ops.operands import Array, Axis


def dice(y_true: Array, y_pred: Array, axis: Axis = None) -> Array:
    """1 - 2 * sum(y_true * y_pred) / (sum(y_true) + sum(y_pred)), over `axis`; None: over everything.

    Source: Milletari et al., "V-Net", arXiv:1606.04797.
    """
    y_true, y_pred = same_shape("dice", y_true, y_pred)
    both = reduce.sum(y_true * y_pred, axis=axis)
    return 1 - both * 2 / (reduce.sum(y_true, axis=axis) + reduce.sum(y_pred, axis=axis) + epsilon())


def tversky(y_true: Array, y_pred: Array, alpha: float = 0.5, beta: float = 0.5, axis: Axis = None) -> Array:
    """1 - both / (both + alpha * missed + beta * invented), over `axis`; with 0.5 and 0.5 it is `dice`.

    Args:
        y_true, y_pred: shares in [0, 1].
        alpha: weight of what is true and not predicted. beta: of what is predicted and not true.

    Source: Salehi et al., arXiv:1706.05721.
    """
    y_true, y_pred = same_shape("tversky", y_true, y_pred)
    both = reduce.sum(y_true * y_pred, axis=axis)
    missed = reduce.sum(y_true * (1 - y_pred), axis=axis)
    invented = reduce.sum((1 - y_true) * y_pred, axis=axis)
    return 1 - both / (both + missed * alpha + invented * beta + epsilon())
