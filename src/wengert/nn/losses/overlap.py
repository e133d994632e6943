"""Losses of masks."""

from __future__ import annotations

from typing import Any, ClassVar

from wengert.nn.losses.loss import Loss
from wengert.ops import overlap_losses
from wengert.ops.operands import Array


class Dice(Loss):
    """1 - twice what overlaps over what there is, for masks in [0, 1].

    Args:
        axis: over which to count; None: over all of a batch.

    Source: Milletari et al., "V-Net", arXiv:1606.04797.
    """

    axis: Any = None
    by_place: ClassVar[tuple[Any, ...]] = ("reduction", "name", "axis")

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return overlap_losses.dice(y_true, y_pred, self.axis)


class Tversky(Loss):
    """1 - both / (both + alpha * missed + beta * invented), for masks in [0, 1].

    Args:
        alpha: weight of what is true and not predicted.
        beta: weight of what is predicted and not true.
        axis: over which to count; None: over all of a batch.

    Source: Salehi et al., arXiv:1706.05721.
    """

    alpha: float = 0.5
    beta: float = 0.5
    axis: Any = None
    by_place: ClassVar[tuple[Any, ...]] = ("alpha", "beta", "reduction", "name", "axis")

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return overlap_losses.tversky(y_true, y_pred, self.alpha, self.beta, self.axis)
