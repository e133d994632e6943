"""Layers that make one of several inputs: residual sums, concatenations."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, ClassVar

from wengert.base.errors import ShapeError, UsageError, ValueRangeError
from wengert.ir.types import TensorType, type_of
from wengert.nn.layer import Layer
from wengert.ops import joining
from wengert.ops import math as m
from wengert.ops.einsum import einsum
from wengert.ops.operands import Array, array, normalize_axis
from wengert.ops.shape import expand_dims
from wengert.ops.similarity_losses import unit


class Several(Layer):
    """Base of layers that are called with a list of inputs: ``layer([x, y])``."""

    least: ClassVar[int] = 2
    most: ClassVar[int | None] = None

    def taken(self, x: Any) -> Any:
        if not isinstance(x, list | tuple):
            raise UsageError(f"the input must be a list of arrays; got one {type(x).__name__}.")
        if len(x) < self.least or (self.most is not None and len(x) > self.most):
            several = f"{self.least}..{self.most}" if self.least != self.most else f"{self.least}"
            bound = several if self.most else f"at least {self.least}"
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
        return joining.concatenate(xs, self.axis)


class Dot(Several):
    """The sum over an axis of each of two inputs, of the products of their elements, sample by sample.

    Args:
        axes: which axis (the batch is 0): one int, or one for each of the two.
        normalize: divide vectors by their length first: the result is the cosine of their angle.

    Shapes:
        x [batch, a, n], y [batch, b, n], axes 2  ->  [batch, a, b];  x, y [batch, n], axes 1  ->  [batch, 1]

    Example:
        >>> import wengert as wg
        >>> Dot(axes=1)([wg.ones((2, 3)), wg.ones((2, 3))]).numpy().tolist()
        [[3.0], [3.0]]
    """

    axes: int | Sequence[int]
    normalize: bool = False
    most = 2

    def check_fields(self) -> None:
        self._pair()

    def _pair(self) -> tuple[int, int]:
        axes: Any = (self.axes, self.axes) if isinstance(self.axes, int) else tuple(self.axes)
        if len(axes) != 2 or not all(isinstance(a, int) and not isinstance(a, bool) and a != 0 for a in axes):
            raise ValueRangeError(
                f"Dot: axes must be an int, or two, and not the batch, 0; got {self.axes!r}."
            )
        return axes[0], axes[1]

    def call(self, xs: Any) -> Any:
        types = [type_of(x) for x in xs]
        at = [normalize_axis("Dot", a, t) for a, t in zip(self._pair(), types, strict=True)]
        lengths = [t.shape[a] for a, t in zip(at, types, strict=True)]
        if lengths[0] != lengths[1] or 0 in at:
            raise ShapeError(
                f"axes {self._pair()} must be equally long, and not the batch; got {types[0]} and {types[1]}."
            )
        if self.normalize:
            xs = [unit(x, a) for x, a in zip(xs, at, strict=True)]
        first, second = ([_AXES[k][n] for n in range(t.rank)] for k, t in enumerate(types))
        for letters, a in zip((first, second), at, strict=True):
            letters[0], letters[a] = "B", "S"
        out = [c for c in (*first, *second[1:]) if c != "S"]
        y = einsum(f"{''.join(first)},{''.join(second)}->{''.join(out)}", *xs)
        return expand_dims(y, 1) if type_of(y).rank == 1 else y


_AXES = ("abcdefghijkl", "mnopqrstuvwx")


def add(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """`Add(**kwargs)(inputs)`"""
    return Add(**kwargs)(inputs)


def subtract(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """`Subtract(**kwargs)(inputs)`"""
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """`Multiply(**kwargs)(inputs)`"""
    return Multiply(**kwargs)(inputs)


def average(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """`Average(**kwargs)(inputs)`"""
    return Average(**kwargs)(inputs)


def maximum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """`Maximum(**kwargs)(inputs)`"""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """`Minimum(**kwargs)(inputs)`"""
    return Minimum(**kwargs)(inputs)


def concatenate(inputs: Sequence[Any], axis: int = -1, **kwargs: Any) -> Any:
    """`Concatenate(axis, **kwargs)(inputs)`"""
    return Concatenate(axis, **kwargs)(inputs)


def dot(inputs: Sequence[Any], axes: int | Sequence[int] = -1, **kwargs: Any) -> Any:
    """`Dot(axes, **kwargs)(inputs)`"""
    return Dot(axes, **kwargs)(inputs)
