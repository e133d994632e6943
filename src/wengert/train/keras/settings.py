"""Settings by Keras's names, `wg.config` and `wg.backend`: what layers compute in, how long training may be, ..."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.config import full_traceback
from wengert.base.dtypes import dtype_name, is_float
from wengert.base.errors import UsageError, ValueRangeError
from wengert.base.numbers import require_count, require_in
from wengert.base.settings import SETTINGS, epsilon
from wengert.ir.node import Node
from wengert.nn import mixed_precision
from wengert.nn.config import restart_names, unique_name
from wengert.nn.mixed_precision import dtype_policy, set_dtype_policy
from wengert.ops.dtypes import result_type

__all__ = [
    "backend", "clear_session", "disable_flash_attention", "disable_interactive_logging",
    "disable_traceback_filtering", "dtype_policy", "enable_flash_attention", "enable_interactive_logging",
    "enable_traceback_filtering", "enable_unsafe_deserialization", "epsilon", "floatx", "get_uid",
    "image_data_format", "is_flash_attention_enabled", "is_float_dtype", "is_int_dtype",
    "is_interactive_logging_enabled", "is_keras_tensor", "is_nnx_enabled", "is_traceback_filtering_enabled",
    "max_epochs", "max_steps_per_epoch", "result_type", "set_backend", "set_dtype_policy", "set_epsilon",
    "set_floatx", "set_image_data_format", "set_max_epochs", "set_max_steps_per_epoch", "standardize_dtype",
]  # fmt: skip


def backend() -> str:
    """`"wengert"`."""
    return "wengert"


def set_backend(backend: str) -> None:
    """Refuse everything but `"wengert"`."""
    if backend != "wengert":
        raise UsageError(f"set_backend: must be 'wengert', as there is no other; got {backend!r}.")


def floatx() -> str:
    """The dtype that layers keep their weights in, where nothing else is said."""
    return mixed_precision.global_policy().variable_dtype


def set_floatx(value: str) -> None:
    """Let layers that are made from now on compute in a dtype and keep their weights in it."""
    if not is_float(dtype_name(value)):
        raise ValueRangeError(f"set_floatx: must be float16, bfloat16, float32 or float64; got {value!r}.")
    mixed_precision.set_global_policy(value)


def set_epsilon(value: float) -> None:
    """Change what keeps divisors and logarithms from 0, in what is recorded from now on.

    Example:
        >>> import wengert as wg
        >>> wg.config.set_epsilon(1e-5)
        >>> wg.config.epsilon()
        1e-05
        >>> wg.config.set_epsilon(1e-7)
    """
    require_in("(0, 1)", "set_epsilon", "value", value)
    SETTINGS.epsilon = float(value)


def image_data_format() -> str:
    """`"channels_last"`: a picture is [height, width, channels]."""
    return "channels_last"


def set_image_data_format(data_format: str) -> None:
    """Refuse everything but `"channels_last"`."""
    if data_format != "channels_last":
        raise UsageError(f"set_image_data_format: must be 'channels_last'; got {data_format!r}.")


def set_max_epochs(max_epochs: int | None) -> None:
    """Let no `fit` have more epochs, whatever it is told; None: as many as it is told. To try a program out."""
    SETTINGS.max_epochs = (
        None if max_epochs is None else require_count("set_max_epochs", "max_epochs", max_epochs)
    )


def max_epochs() -> int | None:
    """How many epochs a `fit` may have; None: any number."""
    return SETTINGS.max_epochs


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Let no epoch of `fit`, nor `evaluate` or `predict`, have more steps; None: as many as there are batches."""
    SETTINGS.max_steps_per_epoch = (
        None
        if max_steps_per_epoch is None
        else require_count("set_max_steps_per_epoch", "max_steps_per_epoch", max_steps_per_epoch)
    )


def max_steps_per_epoch() -> int | None:
    """How many steps an epoch may have; None: any number."""
    return SETTINGS.max_steps_per_epoch


def enable_interactive_logging() -> None:
    """Let `fit` and its like write to stdout, as they do by themselves."""
    SETTINGS.interactive_logging = True


def disable_interactive_logging() -> None:
    """Let `fit` and its like tell what they have to tell, a line an epoch, to Python's logger `wengert`."""
    SETTINGS.interactive_logging = False


def is_interactive_logging_enabled() -> bool:
    """Whether `fit` and its like write to stdout."""
    return SETTINGS.interactive_logging


def enable_traceback_filtering() -> None:
    """Let tracebacks of errors show your own lines only."""
    SETTINGS.full_traceback = False


def disable_traceback_filtering() -> None:
    """Let tracebacks of errors show Wengert's own lines, too, as with `WENGERT_TRACEBACK=full`."""
    SETTINGS.full_traceback = True


def is_traceback_filtering_enabled() -> bool:
    """Whether tracebacks of errors show your own lines only.

    Example:
        >>> import wengert as wg
        >>> wg.config.is_traceback_filtering_enabled()
        True
    """
    return not full_traceback()


def enable_flash_attention() -> None:
    """Nothing: the compiler decides how attention is computed."""


def disable_flash_attention() -> None:
    """Nothing: the compiler decides how attention is computed."""


def is_flash_attention_enabled() -> None:
    """None, which says in Keras, too, that nobody has decided: the compiler does."""


def is_nnx_enabled() -> bool:
    """False: weights are `wg.Variable`."""
    return False


def enable_unsafe_deserialization() -> None:
    """Refuse: no file is ever read in a way that runs code."""
    raise UsageError(
        "enable_unsafe_deserialization: reading a file never runs code of it; got a call that asks for it. "
        "Pass custom_objects, or register functions (wg.saving.register_keras_serializable)."
    )


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
