"""Metrics, by Keras's names: numbers about predictions, gathered over batches in variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any, ClassVar

import numpy as np

from wengert.base.dtypes import dtype_name
from wengert.base.errors import ShapeError
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.nn import initializers
from wengert.nn.by_name import descriptions
from wengert.nn.config import Configured, snake_case
from wengert.nn.losses.loss import divide_or_zero, fit_weight
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.operands import Array, array
from wengert.ops.shape import expand_dims
from wengert.runtime.variable import Variable


class Metric(Configured):
    """Base: `update_state` with each batch, `result` at any time, `reset_state` to start again.

    Args:
        name: for logs.
        dtype: for programs that come from Keras; without effect: numbers are gathered in float64.
    """

    family = "metrics"
    aside = ("dtype",)
    name: str | None = field(default=None, kw_only=True)
    by_place: ClassVar[tuple[Any, ...]] = (..., "name")

    def __post_init__(self) -> None:
        self.name = self.name or snake_case(type(self).__name__)
        super().__post_init__()

    @property
    def variables(self) -> list[Variable]:
        """The state."""
        return [v for v in vars(self).values() if isinstance(v, Variable)]

    def reset_state(self) -> None:
        """Forget all batches."""
        for v in self.variables:
            v.assign(np.zeros(v.shape, v.dtype))

    def add_state(self, name: str, shape: Sequence[int] = ()) -> Variable:
        """Zeros in float64, so that counts stay exact beyond 2**24; assign it to an attribute."""
        return Variable(np.zeros(tuple(shape)), name=f"{self.name}/{name}", trainable=False, dtype="float64")

    def add_variable(
        self, shape: Sequence[int] = (), initializer: Any = "zeros", dtype: object = None, name: str = "state"
    ) -> Variable:
        """A variable of the metric's state; assign it to an attribute.

        Args:
            initializer: what it holds at first; `reset_state` makes it 0 unless overridden.
        """
        value = initializers.get(initializer)(tuple(shape), dtype_name(dtype or "float32"))
        return Variable(value, name=f"{self.name}/{name}", trainable=False)

    add_weight = add_variable

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Take a batch in: `update_state(y_true, y_pred, sample_weight=None)`."""
        raise NotImplementedError

    def result(self) -> Array:
        """The number so far."""
        raise NotImplementedError

    def __call__(self, *args: Any, **kwargs: Any) -> Array:
        """Take a batch in and give the number so far."""
        self.update_state(*args, **kwargs)
        return self.result()


class Mean(Metric):
    """The weighted mean of all values given to `update_state(values, sample_weight)`; 0 before the first.

    Numerics: gathered in float64, so that the count of values stays exact beyond 2**24.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.total, self.count = self.add_state("total"), self.add_state("count")

    def update_state(self, values: Array, sample_weight: Array | None = None) -> None:
        values = array(values)
        shape = type_of(values).shape
        n: Any = reduce.count(shape)
        if sample_weight is not None:
            weight = operators.broadcast_to(fit_weight(sample_weight, values), shape)
            values, n = m.multiply(values, weight), reduce.sum(weight)
        self.total.assign_add(operators.cast(reduce.sum(values), "float64"))
        self.count.assign_add(n if isinstance(n, int) else operators.cast(n, "float64"))

    def result(self) -> Array:
        return divide_or_zero(self.total.value, self.count.value)


class Sum(Metric):
    """The weighted sum of all values given to `update_state(values, sample_weight)`, gathered in float64."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.total = self.add_state("total")

    def update_state(self, values: Array, sample_weight: Array | None = None) -> None:
        values = array(values)
        if sample_weight is not None:
            values = m.multiply(values, fit_weight(sample_weight, values))
        self.total.assign_add(operators.cast(reduce.sum(values), "float64"))

    def result(self) -> Array:
        return self.total.value


class MeanOfSamples(Mean, base=True):
    """Base of the means of `score(y_true, y_pred)`, one value a sample."""

    def score(self, y_true: Array, y_pred: Array) -> Array:
        """One value a sample."""
        raise NotImplementedError

    def update_state(self, y_true: Array, y_pred: Array, sample_weight: Array | None = None) -> None:  # type: ignore[override]
        super().update_state(self.score(y_true, y_pred), sample_weight)


def one_shape(name: str, y_true: Array, y_pred: Array) -> tuple[Array, Array]:
    """Labels and predictions of one shape; labels without the predictions' last axis of length 1 get it.

    Raises:
        ShapeError: they still differ.
    """
    y_true, y_pred = array(y_true), array(y_pred)
    tt, tp = type_of(y_true), type_of(y_pred)
    if tp.rank == tt.rank + 1 and tp.shape[-1] == 1:
        y_true = expand_dims(y_true, -1)
    if type_of(y_true).shape != tp.shape:
        raise ShapeError(
            f"{name}: labels and predictions must have one shape; got labels {tt}, predictions {tp}."
        )
    return y_true, y_pred


serialize, deserialize = descriptions(Metric)
