"""Losses of sequences."""

from __future__ import annotations

from wengert.ir.types import TensorType
from wengert.nn.losses.loss import Loss
from wengert.ops.ctc import ctc
from wengert.ops.operands import Array


class CTC(Loss):
    """-log of the probability of all ways to say the labels; class 0 is the blank, and ends short labels.

    Shapes:
        y_true [batch, length] class numbers from 1, y_pred [batch, time, classes] scores

    Source: Graves et al., "Connectionist temporal classification", ICML 2006.
    """

    def label_type(self, output: TensorType) -> None:
        return None

    def call(self, y_true: Array, y_pred: Array) -> Array:
        return ctc(y_true, y_pred)
