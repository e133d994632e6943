"""Settings by Keras's names, `wg.backend`: what layers compute in, and how images lie."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.dtypes import dtype_name, is_float
from wengert.base.errors import UsageError, ValueRangeError
from wengert.ir.node import Node
from wengert.nn import mixed_precision
from wengert.nn.config import restart_names, unique_name
from wengert.nn.mixed_precision import dtype_policy, set_dtype_policy
from wengert.ops.dtypes import result_type

__all__ = [
    "backend", "clear_session", "dtype_policy", "epsilon", "floatx", "get_uid", "image_data_format",
    "is_float_dtype", "is_int_dtype", "is_keras_tensor", "result_type", "set_dtype_policy", "set_floatx",
    "set_image_data_format", "standardize_dtype",
]  # fmt: skip


def backend() -> str:
    """`"wengert"`."""
    return "wengert"


def floatx() -> str:
    """The dtype that layers keep their weights in, where nothing else is said."""
    return mixed_precision.global_policy().variable_dtype


def set_floatx(value: str) -> None:
    """Let layers that are made from now on compute in a dtype and keep their weights in it."""
    if not is_float(dtype_name(value)):
        raise ValueRangeError(f"set_floatx: must be float16, bfloat16, float32 or float64; got {value!r}.")
    mixed_precision.set_global_policy(value)


def epsilon() -> float:
    """1e-7, what keeps divisors and logarithms from 0."""
    return 1e-7


def image_data_format() -> str:
    """`"channels_last"`: a picture is [height, width, channels]."""
    return "channels_last"


def set_image_data_format(data_format: str) -> None:
    """Refuse everything but `"channels_last"`."""
    if data_format != "channels_last":
        raise UsageError(f"set_image_data_format: must be 'channels_last'; got {data_format!r}.")


def standardize_dtype(dtype: Any) -> str:
    """The name of a dtype; of None `floatx()`."""
    return floatx() if dtype is None else dtype_name(dtype)


def is_float_dtype(dtype: Any) -> bool:
    """Whether a dtype holds fractions."""
    return is_float(dtype_name(dtype))


def is_int_dtype(dtype: Any) -> bool:
    """Whether a dtype holds integers."""
    return np.dtype(dtype_name(dtype)).kind in "iu"


def is_keras_tensor(x: Any) -> bool:
    """Whether x is a symbol that models are drawn with: an `Input`, or what layers make of one."""
    return isinstance(x, Node)


def clear_session(free_memory: bool = True) -> None:
    """Names that objects get by themselves start anew: dense, dense_1, ... Models leave nothing else behind.

    Args:
        free_memory: for programs that come from Keras; without effect.
    """
    restart_names()


def get_uid(prefix: str = "") -> str:
    """A name that has not been given before."""
    return unique_name(prefix)
