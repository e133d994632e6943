"""Classes as vectors of 0 and 1, and how well probabilities fit them; vectors of length 1."""

from __future__ import annotations

from typing import Any

from wengert.base import settings
from wengert.base.dtypes import dtype_name
from wengert.base.errors import UsageError
from wengert.ops import activations, indexing, losses, norms, reduce
from wengert.ops import math as m
from wengert.ops.keras.basics import ndim
from wengert.ops.operands import Array, floating
from wengert.ops.operands import array as operand
from wengert.ops.shape import moveaxis, squeeze

__all__ = [
    "binary_crossentropy", "gelu", "multi_hot", "normalize", "one_hot", "sparse_categorical_crossentropy",
]  # fmt: skip


def gelu(x: Any, approximate: bool = True) -> Array:
    """x * P(N(0, 1) <= x), approximately by a tanh."""
    return activations.gelu(x, approximate)


def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> Array:
    """1 at the class of each element along a new axis, 0 elsewhere; no 1 for a class out of range."""
    _refuse_sparse("one_hot", sparse)
    return indexing.one_hot(x, num_classes, axis, dtype_name(dtype or "float32"))


def multi_hot(
    inputs: Any, num_classes: int | None = None, axis: int = -1, dtype: Any = None, sparse: bool = False,
    *, num_tokens: int | None = None,
) -> Array:  # fmt: skip
    """1 at each of the classes that a row names. num_tokens: an older name of num_classes.

    Example:
        >>> import wengert as wg
        >>> wg.ops.multi_hot([0, 2], 4).tolist()
        [1.0, 0.0, 1.0, 0.0]
    """
    _refuse_sparse("multi_hot", sparse)
    inputs, count = operand(inputs), num_tokens if num_classes is None else num_classes
    if count is None:
        raise UsageError("multi_hot: num_classes must be given; got None.")
    hot = one_hot(inputs, count, axis=axis, dtype=dtype)
    return reduce.max(hot, axis=1 if ndim(inputs) > 1 else 0)


def _refuse_sparse(name: str, sparse: bool) -> None:
    if sparse:
        raise UsageError(f"{name}: sparse must be False, as there are no sparse tensors; got {sparse!r}.")


def normalize(x: Any, axis: Any = -1, order: int = 2, epsilon: float | None = None) -> Array:
    """x divided by its norm along an axis, which counts as epsilon at least."""
    x = floating(x)
    length = norms.vector_norm(x, axis=axis if ndim(x) else None, keepdims=True, ord=order)
    return m.divide(x, m.maximum(length, settings.epsilon() if epsilon is None else epsilon))


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Array:
    """-target * log(p) - (1 - target) * log(1 - p), element by element; of scores if `from_logits`."""
    target, output = losses.same_shape("binary_crossentropy", target, output)
    if from_logits:
        return m.subtract(activations.softplus(output), m.multiply(output, target))
    p = m.clip(output, settings.epsilon(), 1 - settings.epsilon())
    return m.negative(target * m.log(p) + (1 - target) * m.log(1 - p))


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Array:
    """-log(p[label]), of probabilities, or scores, of the classes along an axis."""
    target, output = operand(target), operand(output)
    if ndim(target) == ndim(output):
        target = squeeze(target, axis)
    return losses.sparse_categorical_crossentropy(target, moveaxis(output, axis, -1), from_logits)
