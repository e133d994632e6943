"""How surprising labels are; by how much margins are missed."""

from __future__ import annotations

from wengert.nn.metrics.metric import MeanOfSamples
from wengert.ops import losses
from wengert.ops.operands import Array


class BinaryCrossentropy(MeanOfSamples):
    """-y_true * log(p) - (1 - y_true) * log(1 - p), for labels 0 and 1.

    Args:
        from_logits: predictions are scores, not probabilities.
        label_smoothing: labels are moved by so much towards 1/2.
    """

    from_logits: bool = False
    label_smoothing: float = 0.0

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

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.categorical_crossentropy(
            y_true, y_pred, self.from_logits, self.label_smoothing, self.axis
        )


class SparseCategoricalCrossentropy(MeanOfSamples):
    """-log(p[label]), for labels that are class numbers.

    Args:
        from_logits: predictions are scores, not probabilities.
        axis: the classes; the last axis only.
    """

    from_logits: bool = False
    axis: int = -1

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.sparse_categorical_crossentropy(y_true, y_pred, self.from_logits, self.axis)


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
