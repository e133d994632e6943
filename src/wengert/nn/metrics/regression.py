"""How far predictions are off."""

from __future__ import annotations

from typing import Any, ClassVar

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.base.settings import epsilon
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.nn.losses.loss import fit_weight
from wengert.nn.metrics.metric import MeanOfSamples, Metric, one_shape
from wengert.ops import losses, reduce
from wengert.ops import math as m
from wengert.ops.creation import ones_like
from wengert.ops.operands import Array
from wengert.ops.similarity_losses import cosine_similarity
from wengert.runtime.variable import Variable


class MeanSquaredError(MeanOfSamples):
    """mean((y_true - y_pred)**2)"""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.mean_squared_error(y_true, y_pred)


class MeanAbsoluteError(MeanOfSamples):
    """mean(|y_true - y_pred|)"""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.mean_absolute_error(y_true, y_pred)


class RootMeanSquaredError(MeanOfSamples):
    """sqrt(mean((y_true - y_pred)**2))"""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.mean_squared_error(y_true, y_pred)

    def result(self) -> Array:
        return m.sqrt(super().result())


class MeanAbsolutePercentageError(MeanOfSamples):
    """100 * mean(|y_true - y_pred| / |y_true|)"""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.mean_absolute_percentage_error(y_true, y_pred)


class MeanSquaredLogarithmicError(MeanOfSamples):
    """mean((log(1 + y_true) - log(1 + y_pred))**2)"""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.mean_squared_logarithmic_error(y_true, y_pred)


class LogCoshError(MeanOfSamples):
    """mean(log(cosh(y_pred - y_true)))"""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.log_cosh(y_true, y_pred)


class Poisson(MeanOfSamples):
    """mean(y_pred - y_true * log(y_pred)), for rates of counts."""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return losses.poisson(y_true, y_pred)


class CosineSimilarity(MeanOfSamples):
    """The cosine of the angle between y_true and y_pred, vectors along `axis`: 1 where they point the same way."""

    axis: int = -1
    by_place: ClassVar[tuple[Any, ...]] = ("name", ...)

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return -cosine_similarity(y_true, y_pred, self.axis)


def pearson_correlation(y_true: Array, y_pred: Array, axis: int = -1) -> Array:
    """The correlation of y_true and y_pred along an axis."""

    def standard(x: Array) -> Array:
        x = operators.cast(x, "float32") - reduce.mean(x, axis=axis, keepdims=True)
        return x / reduce.std(x, axis=axis, keepdims=True)

    x, y = one_shape("pearson_correlation", y_true, y_pred)
    return reduce.mean(standard(x) * standard(y), axis=axis)


def concordance_correlation(y_true: Array, y_pred: Array, axis: int = -1) -> Array:
    """2 * covariance / (variances + (difference of the means)**2) along an axis: 1 only where y_pred is y_true."""
    x, y = (operators.cast(v, "float32") for v in one_shape("concordance_correlation", y_true, y_pred))
    (mx, vx), (my, vy) = ([f(v, axis=axis, keepdims=True) for f in (reduce.mean, reduce.var)] for v in (x, y))
    shared = (x - mx) * (y - my)
    return reduce.mean(shared * 2 / (vx + vy + m.square(mx - my) + epsilon()), axis=axis)


class PearsonCorrelation(MeanOfSamples):
    """The correlation of y_true and y_pred along `axis`; the mean of those of all samples."""

    axis: int = -1
    by_place: ClassVar[tuple[Any, ...]] = ("name", ...)

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return pearson_correlation(y_true, y_pred, self.axis)


class ConcordanceCorrelation(MeanOfSamples):
    """2 * covariance / (variances + (difference of the means)**2) along `axis`: 1 only where y_pred is y_true.

    Source: L. I. Lin, "A concordance correlation coefficient to evaluate reproducibility", Biometrics 45, 1989.
    """

    axis: int = -1
    by_place: ClassVar[tuple[Any, ...]] = ("name", ...)

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return concordance_correlation(y_true, y_pred, self.axis)


class R2Score(Metric):
    """1 - sum((y_true - y_pred)**2) / sum((y_true - mean)**2): the share of the variance that is explained.

    Args:
        class_aggregation: of several outputs: "uniform_average", "variance_weighted_average", or None, one each.
        num_regressors: of how many inputs the score is adjusted for; 0 for none. Then there must be more samples.

    Shapes:
        y_true, y_pred [batch, outputs]
    """

    class_aggregation: str | None = "uniform_average"
    num_regressors: int = 0

    def check_fields(self) -> None:
        allowed = (None, "uniform_average", "variance_weighted_average")
        if self.class_aggregation not in allowed:
            raise ValueRangeError(
                f"R2Score: class_aggregation must be one of {allowed}; got {self.class_aggregation!r}."
            )
        if self.num_regressors < 0:
            raise ValueRangeError(f"R2Score: num_regressors must be at least 0; got {self.num_regressors}.")

    def __post_init__(self) -> None:
        super().__post_init__()
        self.num_samples = self.add_state("num_samples")
        self.sums: dict[str, Variable] = {}

    @property
    def variables(self) -> list[Variable]:
        return [self.num_samples, *self.sums.values()]

    def update_state(self, y_true: Array, y_pred: Array, sample_weight: Array | None = None) -> None:
        y_true, y_pred = (operators.cast(y, "float64") for y in one_shape("R2Score", y_true, y_pred))
        t = type_of(y_true)
        if t.rank != 2 or not isinstance(t.shape[1], int):
            raise ShapeError(f"R2Score: needs labels [batch, outputs]; got {t}.")
        if not self.sums:
            names = ("sum", "squared_sum", "residual", "count")
            self.sums = {k: self.add_state(k, t.shape[1:]) for k in names}  # type: ignore[arg-type]
        weight: Array = 1.0 if sample_weight is None else fit_weight(sample_weight, y_true)
        residual = m.square(y_true - y_pred)
        terms = (y_true, m.square(y_true), residual, ones_like(y_true))
        for total, values in zip(self.sums.values(), terms, strict=True):
            total.assign_add(reduce.sum(values * weight, axis=0))
        self.num_samples.assign_add(reduce.sum(ones_like(y_true)))

    def result(self) -> Array:
        total, squares, residual, count = (v.value for v in self.sums.values())
        spread = squares - total * total / count
        score = 1 - residual / spread
        score = m.where(m.isinf(score), 0.0, score)
        if self.class_aggregation == "uniform_average":
            score = reduce.mean(score)
        elif self.class_aggregation == "variance_weighted_average":
            score = reduce.sum(spread * score) / reduce.sum(spread)
        if not self.num_regressors:
            return score
        n = self.num_samples.value
        return 1 - (1 - score) * (n - 1) / (n - self.num_regressors - 1)
