"""Metrics by what users call them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wengert.ir.types import TensorType
from wengert.nn.config import by_name
from wengert.nn.metrics.accuracy import accuracy_for
from wengert.nn.metrics.metric import MeanOfSamples, Metric
from wengert.ops.operands import Array

_ALIASES = {
    "mse": "MeanSquaredError", "mae": "MeanAbsoluteError", "rmse": "RootMeanSquaredError",
    "mape": "MeanAbsolutePercentageError", "msle": "MeanSquaredLogarithmicError", "kld": "KLDivergence",
    "kl_divergence": "KLDivergence", "bce": "BinaryCrossentropy", "log_cosh": "LogCoshError",
}  # fmt: skip
_find: Callable[[Any], Any] = by_name(Metric, _ALIASES)
_ACCURACY = ("accuracy", "acc")


class MeanMetricWrapper(MeanOfSamples):
    """The mean of the user's function of (y_true, y_pred).

    Args:
        fn: ``fn(y_true, y_pred, **kwargs)``, one value a sample.
        name: for logs; None takes that of the function.
        kwargs: further arguments of `fn`.
    """

    def __init__(self, fn: Callable[..., Array], name: str | None = None, **kwargs: Any) -> None:
        super().__init__(name=name or getattr(fn, "__name__", "metric"))
        self.fn, self.arguments = fn, kwargs

    def score(self, y_true: Array, y_pred: Array) -> Array:
        return self.fn(y_true, y_pred, **self.arguments)

    def get_config(self) -> dict[str, Any]:
        return {"fn": self.fn, "name": self.name, **self.arguments}


FunctionMetric = MeanMetricWrapper


def get(identifier: Any, y_true: TensorType | None = None, y_pred: TensorType | None = None) -> Metric:
    """A metric from its name, its class, its config, a function `(y_true, y_pred) -> values`, or itself.

    "accuracy" is decided by the types of labels and predictions: binary for one output, sparse for class
    numbers, else categorical.
    """
    if identifier in _ACCURACY and y_true is not None and y_pred is not None:
        return accuracy_for(y_true, y_pred)(name=identifier)
    found = _find(identifier)
    if isinstance(found, Metric):
        if isinstance(identifier, str):
            found.name = identifier  # logs say what the user wrote, as in Keras
        return found
    return MeanMetricWrapper(found)
