"""Losses, by Keras's names: what training makes small."""

from __future__ import annotations

from dataclasses import field
from typing import Any, ClassVar

import numpy as np

from wengert.base.calls import require_takes
from wengert.base.dtypes import computed, is_float
from wengert.base.errors import DTypeError, ShapeError, UsageError, ValueRangeError
from wengert.ir import operators
from wengert.ir.types import TensorType, type_of
from wengert.nn.by_name import by_name, descriptions
from wengert.nn.config import Configured, snake_case
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.operands import Array, array
from wengert.ops.shape import expand_dims, squeeze

REDUCTIONS = ("sum_over_batch_size", "mean", "mean_with_sample_weight", "sum", "none", None)


class Loss(Configured):
    """Base: write `call(y_true, y_pred)`, one value a sample; calling the loss reduces them to a scalar.

    Args:
        reduction: "sum_over_batch_size" (the mean), "mean_with_sample_weight" (divided by the sum of the
            weights), "sum", or None for the values as they are.
        name: for messages and logs.
        dtype: for programs that come from Keras; without effect: a loss is computed in the dtype of what it is given.
    """

    family = "losses"
    aside = ("dtype",)
    reduction: str | None = field(default="sum_over_batch_size", kw_only=True)
    by_place: ClassVar[tuple[Any, ...]] = (..., "reduction", "name")
    name: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        self.name = self.name or snake_case(type(self).__name__)
        if self.reduction not in REDUCTIONS:
            raise ValueRangeError(
                f"{type(self).__name__}: reduction must be one of {REDUCTIONS}; got {self.reduction!r}."
            )
        super().__post_init__()

    def call(self, y_true: Array, y_pred: Array) -> Array:
        """One value a sample."""
        raise NotImplementedError

    def label_type(self, output: TensorType) -> TensorType | None:
        """What labels are for a model with this output: by default the same; None if the data must tell."""
        return output

    def check_labels(self, call: str, what: str, labels: np.ndarray[Any, Any], output: TensorType) -> None:
        """Raise unless these labels, rows of an array, make sense."""

    def counting(self, y_true: Array, values: Array) -> Array | None:
        """Which of the values a mean is of; None: all."""
        return None

    def __call__(self, y_true: Array, y_pred: Array, sample_weight: Array | None = None) -> Array:
        """The loss of predictions, given what is true."""
        y_pred = operators.cast(y_pred, computed(type_of(y_pred).dtype))
        values = self.call(y_true, y_pred)
        weight = None if sample_weight is None else fit_weight(sample_weight, values)
        if weight is not None:
            values = m.multiply(values, weight)
        if self.reduction in (None, "none") or not type_of(values).rank:
            return values
        counting = self.counting(y_true, values)
        if counting is not None:
            values = m.where(counting, values, 0.0)
            weight = None if weight is None else m.where(counting, weight, 0.0)
        total = reduce.sum(values)
        if self.reduction == "sum":
            return total
        if self.reduction == "mean_with_sample_weight" and weight is not None:
            return divide_or_zero(total, reduce.sum(weight))
        if counting is not None:
            return divide_or_zero(total, operators.cast(reduce.count_nonzero(counting), type_of(total).dtype))
        n = reduce.count(type_of(values).shape)
        return m.divide(total, max(n, 1) if isinstance(n, int) else operators.cast(n, type_of(total).dtype))


def fit_weight(weight: Array, values: Array) -> Array:
    """Weights in the dtype and rank of the values: a trailing axis of length 1 goes, missing ones are added.

    Raises:
        ShapeError: they do not broadcast to the values.
    """
    t = type_of(values)
    weight = in_rank_of(operators.cast(array(weight), t.dtype), values)
    shape = type_of(weight).shape
    if len(shape) > t.rank or any(n not in (1, m) for n, m in zip(shape[::-1], t.shape[::-1], strict=False)):
        raise ShapeError(
            f"sample_weight: must have one number a sample; got {type_of(weight)} for losses {t}."
        )
    return weight


def in_rank_of(x: Array, values: Array) -> Array:
    """x with the rank of the values: a trailing axis of length 1 goes, missing ones are added."""
    rank = type_of(values).rank
    if type_of(x).rank == rank + 1 and type_of(x).shape[-1] == 1:
        x = squeeze(x, -1)
    while 0 < type_of(x).rank < rank:
        x = expand_dims(x, -1)
    return x


def divide_or_zero(x: Array, y: Array) -> Array:
    """x / y; 0 where y is 0."""
    zero = m.equal(y, 0)
    return m.where(zero, 0, m.divide(x, m.where(zero, 1, y)))


_ALIASES = {
    "mse": "MeanSquaredError", "mae": "MeanAbsoluteError", "huber_loss": "Huber", "kld": "KLDivergence",
    "kl_divergence": "KLDivergence", "logcosh": "LogCosh", "bce": "BinaryCrossentropy",
}  # fmt: skip
_find = by_name(Loss, _ALIASES)


class _Function(Loss, base=True):
    """A loss made of the user's function of (y_true, y_pred)."""

    function: Any

    def label_type(self, output: TensorType) -> None:
        return None

    def check_fields(self) -> None:
        require_takes(f"loss {self.name!r}: it", self.function, "y_true", "y_pred")

    def config(self) -> dict[str, Any]:
        raise UsageError(
            f"loss {self.name!r}: must be a class to be saved, as files hold no code; got {self.function!r}. Write a "
            f"subclass of Loss whose `call` does this, and pass it to load_model as custom_objects."
        )

    def call(self, y_true: Array, y_pred: Array) -> Array:
        values = self.function(y_true, y_pred)
        t = values.type if isinstance(getattr(values, "type", None), TensorType) else None
        if t is None or not is_float(t.dtype):
            raise DTypeError(
                f"loss {self.name!r}: it must give floats computed from the predictions; got "
                f"{repr(values) if t is None else t}."
            )
        if t.rank and t.shape[0] != type_of(y_pred).shape[0]:
            raise ShapeError(
                f"loss {self.name!r}: it must give one value a sample, or one for the batch; got {t} for "
                f"predictions {type_of(y_pred)}."
            )
        return values


def get(identifier: Any) -> Loss:
    """A loss from its name, its class, its config, a function `(y_true, y_pred) -> values`, or itself."""
    found = _find(identifier)
    return found if isinstance(found, Loss) else _Function(found, name=getattr(found, "__name__", "loss"))


serialize, deserialize = descriptions(Loss)
