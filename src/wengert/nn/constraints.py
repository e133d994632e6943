"""Constraints, by Keras's names: what a weight is made to obey after each step of an optimizer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wengert.base.errors import ValueRangeError
from wengert.base.settings import epsilon
from wengert.nn.by_name import by_name, descriptions
from wengert.nn.config import Configured
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.operands import Array


class Constraint(Configured):
    """Base: `__call__(w)` is the weight, changed so that it obeys."""

    family = "constraints"

    def __call__(self, w: Array) -> Array:
        raise NotImplementedError


class NonNeg(Constraint):
    """max(w, 0)

    Example:
        >>> import wengert as wg
        >>> NonNeg()(wg.Tensor([1.0, -2.0])).numpy()
        array([1., 0.], dtype=float32)
    """

    def __call__(self, w: Array) -> Array:
        return m.maximum(w, 0)


class UnitNorm(Constraint):
    """w / |w|, with norms along an axis: those of what reaches each unit of a `Dense` with axis 0.

    Args:
        axis: one or several; [0, 1, 2] for the kernel of a `Conv2D`.
    """

    axis: int | Sequence[int] = 0

    def __call__(self, w: Array) -> Array:
        return m.divide(w, m.add(_norms(w, self.axis), epsilon()))


class MaxNorm(Constraint):
    """w, shortened where its norm along an axis is above `max_value`.

    Source: Srivastava et al., "Dropout", JMLR 2014.
    """

    max_value: float = 2.0
    axis: int | Sequence[int] = 0

    def check_fields(self) -> None:
        self.require_in("[0, inf)", "max_value")

    def __call__(self, w: Array) -> Array:
        return _rescaled(w, self.axis, lambda norms: m.minimum(norms, self.max_value))


class MinMaxNorm(Constraint):
    """w, whose norm along an axis is brought into [min_value, max_value].

    Args:
        rate: what share of the way is gone at once, in (0, 1].
    """

    min_value: float = 0.0
    max_value: float = 1.0
    rate: float = 1.0
    axis: int | Sequence[int] = 0

    def check_fields(self) -> None:
        self.require_in("[0, inf)", "min_value", "max_value")
        self.require_in("(0, 1]", "rate")
        if self.min_value > self.max_value:
            raise ValueRangeError(
                f"MinMaxNorm: min_value must not be above max_value; got {self.min_value} and {self.max_value}."
            )

    def __call__(self, w: Array) -> Array:
        def wanted(norms: Array) -> Array:
            clipped = m.clip(norms, self.min_value, self.max_value)
            return m.add(m.multiply(clipped, self.rate), m.multiply(norms, 1 - self.rate))

        return _rescaled(w, self.axis, wanted)


def _norms(w: Array, axis: int | Sequence[int]) -> Array:
    axes = axis if isinstance(axis, int) else tuple(axis)
    return m.sqrt(reduce.sum(m.square(w), axis=axes, keepdims=True))


def _rescaled(w: Array, axis: int | Sequence[int], wanted: Callable[[Array], Array]) -> Array:
    """w with the norms along an axis that are wanted for those it has."""
    norms = _norms(w, axis)
    return m.multiply(w, m.divide(wanted(norms), m.add(norms, epsilon())))


non_neg, unit_norm, max_norm, min_max_norm = NonNeg, UnitNorm, MaxNorm, MinMaxNorm

get = by_name(Constraint, optional=True)
serialize, deserialize = descriptions(Constraint)

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "unit_norm",
    "serialize",
    "deserialize",
]
