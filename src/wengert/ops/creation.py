"""Arrays made from nothing, by their array-API names."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.dtypes import dtype_name
from wengert.ir import operators
from wengert.ir.dim import Dim
from wengert.ir.types import type_of
from wengert.ops.operands import Array, array
from wengert.ops.shape import Lengths, shape_tuple
from wengert.runtime.tensor import Tensor


def asarray(x: Any, dtype: object = None) -> Any:
    """A tensor of a list, a number or an array. Python floats become float32; arrays keep their dtype."""
    x = array(x)
    if dtype is not None:
        x = operators.cast(x, dtype_name(dtype))
    return x if hasattr(x, "interpret") else Tensor(x)


def full(shape: Lengths, fill_value: Any, dtype: object = None) -> Any:
    """A shape filled with one value."""
    value = array(fill_value)
    if dtype is not None:
        value = operators.cast(value, dtype_name(dtype))
    lengths = shape_tuple("full", shape)
    if hasattr(value, "interpret") or any(isinstance(n, Dim) for n in lengths):
        return operators.broadcast_to(value, lengths)
    return Tensor(np.full(lengths, value, type_of(value).dtype))


def zeros(shape: Lengths, dtype: object = "float32") -> Any:
    """A shape filled with 0."""
    return full(shape, 0, dtype)


def ones(shape: Lengths, dtype: object = "float32") -> Any:
    """A shape filled with 1."""
    return full(shape, 1, dtype)


def full_like(x: Array, fill_value: Any, dtype: object = None) -> Any:
    """The shape and dtype of x, filled with one value."""
    t = type_of(array(x))
    return full(t.shape, fill_value, dtype or t.dtype)


def zeros_like(x: Array, dtype: object = None) -> Any:
    """The shape and dtype of x, filled with 0."""
    return full_like(x, 0, dtype)


def ones_like(x: Array, dtype: object = None) -> Any:
    """The shape and dtype of x, filled with 1."""
    return full_like(x, 1, dtype)


def arange(start: float, stop: float | None = None, step: float = 1, dtype: object = None) -> Any:
    """start, start + step, ... below stop; 0, 1, ... below `start` when it stands alone."""
    first, end = (0, start) if stop is None else (start, stop)
    return asarray(np.arange(first, end, step), dtype or _natural(start, stop, step))


def _natural(*numbers: float | None) -> str:
    return "float32" if any(isinstance(n, float) for n in numbers) else "int64"


def linspace(start: float, stop: float, num: int, dtype: object = "float32") -> Any:
    """`num` evenly spaced numbers from start to stop, both included."""
    return asarray(np.linspace(start, stop, num), dtype)


def eye(n_rows: int, n_cols: int | None = None, k: int = 0, dtype: object = "float32") -> Any:
    """1 on the k-th diagonal, 0 elsewhere."""
    return Tensor(np.eye(n_rows, n_cols, k, dtype=dtype_name(dtype)))
