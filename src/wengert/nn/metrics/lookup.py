"""Metrics by what users call them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from wengert.base.calls import require_takes
from wengert.base.errors import ArgumentError, UsageError
from wengert.ir.types import TensorType
from wengert.nn.by_name import by_name
from wengert.nn.metrics.accuracy import accuracy_for
from wengert.nn.metrics.metric import MeanOfSamples, Metric
from wengert.ops.operands import Array

_ALIASES = {
    "mse": "MeanSquaredError", "mae": "MeanAbsoluteError", "rmse": "RootMeanSquaredError",
    "mape": "MeanAbsolutePercentageError", "msle": "MeanSquaredLogarithmicError", "kld": "KLDivergence",
    "kl_divergence": "KLDivergence", "bce": "BinaryCrossentropy", "log_cosh": "LogCoshError",
}  # fmt: skip
_find = by_name(Metric, _ALIASES)
_ACCURACY = ("accuracy", "acc")


class MeanMetricWrapper(MeanOfSamples):
    """The mean of the user's function of (y_true, y_pred).

    Args:
        fn: ``fn(y_true, y_pred, **kwargs)``, one value a sample.
        name: for logs; None takes that of the function.
        kwargs: further arguments of `fn`.
    """

    def __init__(self, fn: Callable[..., Array], name: str | None = None, **kwargs: Any) -> None:
        self.fn = functools.partial(fn, **kwargs) if kwargs else fn
        super().__init__(name=name or getattr(fn, "__name__", "metric"))

    def check_fields(self) -> None:
        require_takes(f"metric {self.name!r}: it", self.fn, "y_true", "y_pred")

    def config(self) -> dict[str, Any]:
        raise UsageError(
            f"metric {self.name!r}: must be a class to be saved, as files hold no code; got {self.fn!r}. Write a "
            f"subclass of Metric, and pass it to load_model as custom_objects."
        )

    def score(self, y_true: Array, y_pred: Array) -> Array:
        values = self.fn(y_true, y_pred)
        if values is None:
            raise ArgumentError(f"metric {self.name!r}: it must give a value; got None. Return one.")
        return values


FunctionMetric = MeanMetricWrapper


def require(identifier: Any) -> None:
    """Raise ValueRangeError unless it describes a metric: what needs labels and predictions to be made can be told."""
    if not (isinstance(identifier, str) and identifier in _ACCURACY):
        get(identifier)


def get(identifier: Any, y_true: TensorType | None = None, y_pred: TensorType | None = None) -> Metric:
    """A metric from its name, its class, its config, a function `(y_true, y_pred) -> values`, or itself.

    "accuracy" is decided by the types of labels and predictions: binary for one output, sparse for class
    numbers, else categorical.
    """
    if isinstance(identifier, str) and identifier in _ACCURACY and y_true is not None and y_pred is not None:
        return accuracy_for(y_true, y_pred)(name=identifier)
    found = _find(identifier)
    if isinstance(found, Metric):
        if isinstance(identifier, str):
            found.name = identifier  # logs say what the user wrote, as in Keras
        return found
    return MeanMetricWrapper(found)
