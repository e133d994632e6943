"""Tensors, what is known of them, and conversions."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from wengert.base.dtypes import dtype_name, finfo, is_integer
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import math as _math
from wengert.ops.operands import Array
from wengert.ops.operands import array as operand
from wengert.prims.bitcast import bitcast
from wengert.runtime.tensor import Tensor
from wengert.runtime.variable import Variable

__all__ = [
    "array", "cast", "convert_to_numpy", "convert_to_tensor", "copy", "dtype", "is_tensor", "ndim", "saturate_cast",
    "shape", "size", "view",
]  # fmt: skip


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


def saturate_cast(x: Any, dtype: Any) -> Array:
    """x in another dtype, where what is beyond its ends becomes the nearer end."""
    x, name = convert_to_tensor(x), dtype_name(dtype)
    held = type_of(x).dtype
    (low, high), (least, most) = _ends(name), _ends(held)
    if low <= least and most <= high:
        return operators.cast(x, name)
    # The limits in the dtype of x: rounded away from 0 they would be beyond those of the new one.
    limits = [_towards_zero(v, held) for v in (builtins.max(low, least), builtins.min(high, most))]
    x = operators.cast(x, "uint8") if held == "bool" else x
    found = operators.cast(_math.clip(x, *limits), name)
    if not is_integer(name):
        return found
    found = _math.where(_math.less(x, limits[0]), int(low), found)
    return _math.where(_math.greater(x, limits[1]), int(high), found)


def _ends(dtype: str) -> tuple[float, float]:
    """The smallest and the largest number of a dtype."""
    if dtype == "bool":
        return 0, 1
    info = np.iinfo(dtype) if is_integer(dtype) else finfo(dtype)
    return info.min, info.max


def _towards_zero(limit: float, dtype: str) -> Any:
    """A number as a dtype holds it, no further from 0."""
    if is_integer(dtype):
        return int(limit)
    held = np.asarray(limit, dtype)
    return (
        np.nextafter(held, np.zeros((), dtype)) if builtins.abs(float(held)) > builtins.abs(limit) else held
    )


def view(x: Any, dtype: Any = None) -> Array:
    """The bits of x, read as numbers of another dtype; where these are wider or narrower, along the last axis.

    Example:
        >>> import wengert as wg
        >>> wg.ops.view(wg.Tensor([1.0]), "int32").numpy()
        array([1065353216], dtype=int32)
    """
    return operand(x) if dtype is None else bitcast(operand(x), dtype=dtype_name(dtype))
