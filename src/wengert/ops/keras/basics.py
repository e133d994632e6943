"""Tensors and what is known of them; arrays made from nothing."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from wengert.base.dtypes import dtype_name
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import creation as _creation
from wengert.ops.creation import eye
from wengert.ops.operands import Array
from wengert.ops.operands import array as operand
from wengert.runtime.tensor import Tensor
from wengert.runtime.variable import Variable

__all__ = [
    "arange",
    "array",
    "cast",
    "convert_to_numpy",
    "convert_to_tensor",
    "copy",
    "dtype",
    "identity",
    "is_tensor",
    "linspace",
    "ndim",
    "shape",
    "size",
]


def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None, ragged: Any = None) -> Array:
    """x as a tensor, in a dtype."""
    found = x.value if isinstance(x, Variable) else operand(x)
    found = Tensor(found) if isinstance(found, np.ndarray) else found
    return found if dtype is None else operators.cast(found, dtype_name(dtype))


def array(x: Any, dtype: Any = None) -> Array:
    """x as a tensor, as `convert_to_tensor`."""
    return convert_to_tensor(x, dtype)


def convert_to_numpy(x: Any) -> Any:
    """x as a NumPy array."""
    return np.asarray(x)


def cast(x: Any, dtype: Any) -> Array:
    """x in another dtype."""
    return operators.cast(convert_to_tensor(x), dtype_name(dtype))


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor, or stands for one."""
    return hasattr(x, "interpret") and not isinstance(x, Variable)


def shape(x: Any) -> Any:
    """The lengths of x; a symbol where one is not known."""
    return type_of(x).shape


def ndim(x: Any) -> int:
    """How many axes x has."""
    return type_of(x).rank


def size(x: Any) -> Any:
    """How many elements x has."""
    return type_of(x).size


def dtype(x: Any) -> str:
    """The dtype of x by name."""
    return type_of(x).dtype


def copy(x: Any) -> Array:
    """x: tensors do not change, and need no copies."""
    return convert_to_tensor(x)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Array:
    """start, start + step, ... before stop; from 0 where only one is given. Integers are int32."""
    whole = builtins.all(isinstance(n, int | np.integer) for n in (start, stop, step) if n is not None)
    return _creation.arange(
        start, stop, step, dtype=("int32" if whole else "float32") if dtype is None else dtype
    )


def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None) -> Array:
    """num numbers from start to stop, evenly."""
    return _creation.linspace(start, stop, num, dtype=dtype, endpoint=endpoint)


def identity(n: int, dtype: Any = None) -> Array:
    """The identity matrix."""
    return eye(n, dtype=dtype)
