"""Classes as vectors of 0 and 1; vectors of length 1."""

from __future__ import annotations

from typing import Any

from wengert.ops import norms as _norms
from wengert.ops.indexing import one_hot
from wengert.ops.keras.basics import ndim
from wengert.ops.keras.reductions import max
from wengert.ops.math import divide, maximum
from wengert.ops.operands import Array
from wengert.ops.operands import array as operand

__all__ = ["multi_hot", "normalize"]


def multi_hot(inputs: Any, num_classes: int, axis: int = -1, dtype: Any = None) -> Array:
    """1 at each of the classes that a row names."""
    return max(
        one_hot(inputs, num_classes, axis=axis, dtype=dtype or "float32"), axis=1 if ndim(inputs) > 1 else 0
    )


def normalize(x: Any, axis: int = -1, order: int = 2, epsilon: float = 1e-12) -> Array:
    """x divided by its norm along an axis."""
    return divide(x, maximum(_norms.vector_norm(operand(x), axis=axis, keepdims=True, ord=order), epsilon))
