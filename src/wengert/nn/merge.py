"""Layers that make one of several inputs: residual sums, concatenations."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, ClassVar

from wengert.base.errors import ShapeError, UsageError
from wengert.ir.types import TensorType, type_of
from wengert.nn.layer import Layer
from wengert.ops import math as m
from wengert.ops.joining import concatenate
from wengert.ops.operands import Array, array, normalize_axis


class Several(Layer):
    """Base of layers that are called with a list of inputs: ``layer([x, y])``."""

    least: ClassVar[int] = 2
    most: ClassVar[int | None] = None

    def taken(self, x: Any) -> Any:
        if not isinstance(x, list | tuple):
            raise UsageError(f"the input must be a list of arrays; got one {type(x).__name__}.")
        if len(x) < self.least or (self.most is not None and len(x) > self.most):
            bound = f"{self.least}..{self.most}" if self.most else f"at least {self.least}"
            raise UsageError(f"the input must be a list of {bound} arrays; got {len(x)}.")
        return [array(v) for v in x]


class Merge(Several):
    """Base of what is done element by element; shapes broadcast, but ranks must be equal."""

    def check_types(self, types: Sequence[TensorType]) -> None:
        """Raise ShapeError unless the inputs fit together."""
        if len({t.rank for t in types}) > 1:
            raise ShapeError(f"the inputs must have the same rank; got {', '.join(map(str, types))}.")

    def merge(self, xs: Sequence[Array]) -> Array:
        """One array of several."""
        raise NotImplementedError

    def call(self, xs: Any) -> Any:
        self.check_types([type_of(x) for x in xs])
        return self.merge(xs)


class Pairwise(Merge):
    """Base of merges by an operation of two, one input after the other."""

    operation: ClassVar[Any]

    def merge(self, xs: Sequence[Array]) -> Array:
        return functools.reduce(type(self).operation, xs)


class Add(Pairwise):
    """x + y + ...: a residual connection is ``Add()([x, block(x)])``."""

    operation = staticmethod(m.add)


class Subtract(Pairwise):
    """x - y, of two inputs."""

    most = 2
    operation = staticmethod(m.subtract)


class Multiply(Pairwise):
    """x * y * ..."""

    operation = staticmethod(m.multiply)


class Maximum(Pairwise):
    """max(x, y, ...), element by element."""

    operation = staticmethod(m.maximum)


class Minimum(Pairwise):
    """min(x, y, ...), element by element."""

    operation = staticmethod(m.minimum)


class Average(Merge):
    """(x + y + ...) / how many they are."""

    def merge(self, xs: Sequence[Array]) -> Array:
        return m.divide(functools.reduce(m.add, xs), float(len(xs)))


class Concatenate(Merge):
    """The inputs one after the other along an axis; all other lengths must be equal.

    Args:
        axis: along which; the batch is axis 0.
    """

    axis: int = -1

    def check_types(self, types: Sequence[TensorType]) -> None:
        super().check_types(types)
        at = normalize_axis("Concatenate", self.axis, types[0])
        if len({(*t.shape[:at], *t.shape[at + 1 :]) for t in types}) > 1:
            found = ", ".join(map(str, types))
            raise ShapeError(f"all axes but axis {self.axis} must be equally long; got {found}.")

    def merge(self, xs: Sequence[Array]) -> Array:
        return concatenate(xs, self.axis)
