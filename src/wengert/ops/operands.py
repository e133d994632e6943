"""Arguments of `ops`: what users pass, made into what primitives take."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert.base.dtypes import PYTHON, is_inexact, is_integer, promote
from wengert.base.errors import AxisError, DTypeError, ShapeError, UsageError
from wengert.ir.dim import Dim
from wengert.ir.operators import WEAK, cast, common
from wengert.ir.primitive import Primitive
from wengert.ir.types import TensorType, numbers, type_of
from wengert.runtime.tensor import Tensor

Array = Any
"""A tensor, a variable, a recorded node, a NumPy array, or a number: everything primitives apply to."""

Axis = int | Sequence[int] | None


def array(x: Array) -> Array:
    """x as it is if primitives apply to it; lists and numbers as an array (floats as float32, complex64)."""
    if hasattr(x, "interpret") or isinstance(x, np.ndarray):
        return x
    a = numbers(x)
    if isinstance(x, np.generic):
        return a
    return a.astype(PYTHON.get(a.dtype.name, a.dtype), copy=False)


def one_dtype(*xs: Array) -> tuple[Array, ...]:
    """The arrays in the dtype that they promote to together; their shapes stay."""
    dtype = functools.reduce(promote, (type_of(x).dtype for x in xs))
    return tuple(cast(x, dtype) for x in xs)


def floating(x: Array, dtype: str = "float32") -> Array:
    """x itself if it is floating-point or complex, else in `dtype`."""
    x = array(x)
    return x if is_inexact(type_of(x).dtype) else cast(x, dtype)


def wide(x: Array) -> Array:
    """x in float32 at least: sums of narrower floats lose too much, and their range ends soon."""
    x = floating(x)
    return cast(x, promote(type_of(x).dtype, "float32"))


def pair(prim: Primitive, x: Array, y: Array) -> Array:
    """A primitive of two operands, in one dtype and shape."""
    return Tensor.combine(prim, x, y, _whole_pair)


def _whole_pair(prim: Primitive, x: Array, y: Array) -> Array:
    return prim(*common(weak(x), weak(y), name=prim.name))


def weak(x: Array) -> Array:
    """Python numbers stay as they are: they are weak, and take the dtype of the tensors."""
    return x if isinstance(x, WEAK) else array(x)


def float_pair(prim: Primitive, x: Array, y: Array) -> Array:
    """A primitive of two floats; integers become floats."""
    return Tensor.combine(prim, x, y, _whole_float_pair)


def _whole_float_pair(prim: Primitive, x: Array, y: Array) -> Array:
    x, y = common(weak(x), weak(y), name=prim.name)
    return prim(floating(x), floating(y))


def require_integer(name: str, what: str, x: Array) -> Array:
    """x, which must hold integers.

    Raises:
        DTypeError: it does not.
    """
    x = array(x)
    t = type_of(x)
    if not is_integer(t.dtype):
        raise DTypeError(f"{name}: {what} must be integers; got {t}. Convert with astype first.")
    return x


def normalize_axis(name: str, axis: int, t: TensorType, *, extra: int = 0) -> int:
    """An axis counted from the front. extra: how many axes the result has more than `t`.

    Raises:
        AxisError: there is no such axis.
    """
    rank = t.rank + extra
    if isinstance(axis, bool) or not isinstance(axis, int | np.integer):
        raise DTypeError(f"{name}: axis must be an int; got {axis!r}.")
    if not -rank <= axis < rank:
        there = f"be in {-rank}..{rank - 1} for {t}" if rank else f"be left out, as {t} has no axes"
        raise AxisError(f"{name}: axis must {there}; got {axis}.")
    return int(axis) % rank


def normalize_axes(name: str, axis: Axis, t: TensorType) -> tuple[int, ...]:
    """Axes counted from the front, in order; None is all of them.

    Raises:
        AxisError: there is no such axis.
        ShapeError: one is named twice.
    """
    if axis is None:
        return tuple(range(t.rank))
    axes: list[Any] = list(axis) if isinstance(axis, list | tuple) else [axis]
    found = sorted(normalize_axis(name, a, t) for a in axes)
    if len(set(found)) != len(found):
        raise ShapeError(f"{name}: an axis must be named once; got {axis} for {t}.")
    return tuple(found)


def per_axis(name: str, what: str, value: int | Sequence[int], rank: int) -> tuple[int, ...]:
    """One positive int an axis, from one int for all or a sequence.

    Raises:
        ShapeError: a wrong number of ints, or one that is not positive.
    """
    several = isinstance(value, Sequence | np.ndarray)
    values: Sequence[Any] = tuple(value) if several else (value,) * rank  # type: ignore[arg-type]
    if len(values) != rank or not all(is_positive(v) for v in values):
        raise ShapeError(f"{name}: {what} must be a positive int, or {rank} of them; got {value}.")
    return tuple(int(v) for v in values)


def is_positive(x: object) -> bool:
    """Whether x is an integer above 0."""
    return isinstance(x, int | np.integer) and not isinstance(x, bool) and bool(x > 0)


def known(name: str, what: str, length: int | Dim) -> int:
    """The length as a number.

    Raises:
        ShapeError: it is symbolic.
    """
    if isinstance(length, Dim):
        raise ShapeError(f"{name}: {what} must be known while the program is recorded; got {length}.")
    return int(length)


def concrete(name: str, what: str, x: Array, instead: str) -> np.ndarray:
    """x as a NumPy array: what the shape of a result depends on.

    Raises:
        UsageError: x has no numbers yet, because it is part of a program that is being recorded.
    """
    x = array(x)
    if getattr(x, "level", 0) > 1:
        raise UsageError(
            f"{name}: {what} must be known while a program is recorded, because the shape of the result "
            f"depends on it; got {type_of(x)} that the program computes. {instead}"
        )
    return np.asarray(x)
