"""Activation functions, by Keras's names."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.base.registered import object_of
from wengert.base.words import did_you_mean
from wengert.ir.operators import cast
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.operands import Array, floating, normalize_axis
from wengert.ops.shape import slice_axis
from wengert.ops.sorting import sort
from wengert.prims import transcendental
from wengert.prims.indexing import iota

__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]

Activation = Callable[..., Any]


def linear(x: Array) -> Array:
    """x"""
    return x


def relu(
    x: Array, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Array:
    """max(x, 0). Or: x above `threshold`, at most `max_value`; negative_slope * (x - threshold) below it."""
    x = floating(x)
    if threshold == 0.0 and negative_slope == 0.0:
        out = m.maximum(0, x)  # in this order: at 0 the whole derivative goes to the 0
    else:
        out = m.where(m.less_equal(x, threshold), (x - threshold) * negative_slope, x)
    return out if max_value is None else m.minimum(out, max_value)


def relu6(x: Array) -> Array:
    """min(max(x, 0), 6)"""
    return relu(x, max_value=6.0)


def leaky_relu(x: Array, negative_slope: float = 0.2) -> Array:
    """x where it is positive, negative_slope * x elsewhere."""
    return relu(x, negative_slope=negative_slope)


def elu(x: Array, alpha: float = 1.0) -> Array:
    """x where it is positive, alpha * (exp(x) - 1) elsewhere."""
    x = floating(x)
    # Of a large x the exponential would be infinite, although it is not taken.
    below = m.expm1(m.minimum(x, 0)) * alpha
    return m.where(m.greater(x, 0), x, below)


def selu(x: Array) -> Array:
    """1.0507 * elu(x, 1.6733): activations keep mean 0 and variance 1.

    Source: Klambauer et al., "Self-Normalizing Neural Networks", NeurIPS 2017.
    """
    return elu(x, 1.6732632423543772) * 1.0507009873554805


def celu(x: Array, alpha: float = 1.0) -> Array:
    """max(x, 0) + min(0, alpha * (exp(x / alpha) - 1))"""
    x = floating(x)
    return m.maximum(x, 0) + m.expm1(m.minimum(x, 0) / alpha) * alpha


def gelu(x: Array, approximate: bool = False) -> Array:
    """x * P(N(0, 1) <= x); approximate: by a tanh."""
    x = floating(x)
    if approximate:
        return x * 0.5 * (m.tanh((x + x * x * x * 0.044715) * math.sqrt(2 / math.pi)) + 1)
    return x * 0.5 * (m.erf(x * math.sqrt(0.5)) + 1)


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x))"""
    return transcendental.sigmoid(floating(x))


def tanh(x: Array) -> Array:
    """The hyperbolic tangent."""
    return m.tanh(x)


def silu(x: Array) -> Array:
    """x * sigmoid(x)"""
    x = floating(x)
    return x * transcendental.sigmoid(x)


def softplus(x: Array) -> Array:
    """log(1 + exp(x)), without overflow."""
    return m.logaddexp(x, 0)


def log_sigmoid(x: Array) -> Array:
    """log(sigmoid(x)), without underflow."""
    return -softplus(-floating(x))


def softsign(x: Array) -> Array:
    """x / (1 + |x|)"""
    x = floating(x)
    return x / (m.abs(x) + 1)


def mish(x: Array) -> Array:
    """x * tanh(softplus(x))"""
    x = floating(x)
    return x * m.tanh(softplus(x))


def exponential(x: Array) -> Array:
    """exp(x)"""
    return m.exp(x)


def hard_sigmoid(x: Array) -> Array:
    """relu6(x + 3) / 6"""
    return relu6(floating(x) + 3) * (1 / 6)


def hard_silu(x: Array) -> Array:
    """x * hard_sigmoid(x)"""
    x = floating(x)
    return x * hard_sigmoid(x)


def hard_tanh(x: Array) -> Array:
    """x, not below -1 nor above 1."""
    return m.clip(floating(x), -1, 1)


def glu(x: Array, axis: int = -1) -> Array:
    """a * sigmoid(b), with a and b the halves of x along an axis.

    Source: Dauphin et al., "Language modeling with gated convolutional networks", ICML 2017.
    """
    x = floating(x)
    at = normalize_axis("glu", axis, type_of(x))
    length = type_of(x).shape[at]
    if isinstance(length, int) and length % 2:
        raise ShapeError(f"glu: the length of the axis must be even; got {type_of(x)}, axis {axis}.")
    return slice_axis(x, at, 0, length // 2) * sigmoid(slice_axis(x, at, length // 2, length))


def hard_shrink(x: Array, threshold: float = 0.5) -> Array:
    """x where |x| > threshold, 0 elsewhere."""
    x = floating(x)
    return m.where(m.greater(m.abs(x), threshold), x, 0)


def soft_shrink(x: Array, threshold: float = 0.5) -> Array:
    """x moved by `threshold` towards 0, and 0 where it is nearer."""
    x = floating(x)
    return m.where(m.greater(x, threshold), x - threshold, m.where(m.less(x, -threshold), x + threshold, 0))


def tanh_shrink(x: Array) -> Array:
    """x - tanh(x)"""
    x = floating(x)
    return x - m.tanh(x)


def threshold(x: Array, threshold: float, default_value: float) -> Array:
    """x where it is above `threshold`, default_value elsewhere."""
    x = floating(x)
    return m.where(m.greater(x, threshold), x, default_value)


def squareplus(x: Array, b: float = 4.0) -> Array:
    """(x + sqrt(x**2 + b)) / 2

    Source: J. T. Barron, "Squareplus: a softplus-like algebraic rectifier", arXiv:2112.11687.
    """
    x = floating(x)
    return (x + m.sqrt(x * x + b)) * 0.5


def sparse_plus(x: Array) -> Array:
    """0 below -1, (x + 1)**2 / 4 up to 1, x above: a softplus that is 0 somewhere."""
    x = floating(x)
    inner = m.square(x + 1) * 0.25
    return m.where(m.less_equal(x, -1), 0, m.where(m.less(x, 1), inner, x))


def sparse_sigmoid(x: Array) -> Array:
    """0 below -1, (x + 1) / 2 up to 1, 1 above."""
    return m.clip((floating(x) + 1) * 0.5, 0, 1)


def sparsemax(x: Array, axis: int = -1) -> Array:
    """max(x - tau, 0), with the tau for which that sums to 1 along the axis: a softmax that is 0 somewhere.

    Numerics: it is the projection onto distributions, as in the paper. Keras 3's sums to less than 1 where more than
    one element is above 0.

    Source: Martins & Astudillo, "From softmax to sparsemax", ICML 2016, algorithm 1.

    Example:
        >>> import wengert as wg
        >>> wg.activations.sparsemax(wg.Tensor([0.5, 0.25, -1.0])).numpy()
        array([0.625, 0.375, 0.   ], dtype=float32)
    """
    x = floating(x)
    axis = normalize_axis("sparsemax", axis, type_of(x))
    z = m.stop_gradient(x)
    falling = -sort(-z, axis=axis)
    along = tuple(n if a == axis else 1 for a, n in enumerate(type_of(x).shape))
    rank = iota(shape=along, axis=axis, dtype=type_of(x).dtype) + 1
    kept = m.greater(rank * falling + 1, reduce.cumsum(falling, axis=axis))
    smallest = reduce.min(m.where(kept, falling, math.inf), axis, keepdims=True)
    inside = m.greater_equal(z, smallest)
    total = reduce.sum(m.where(inside, x, 0), axis, keepdims=True)
    count = reduce.sum(cast(inside, type_of(x).dtype), axis, keepdims=True)
    return m.where(inside, m.subtract(x, m.divide(total - 1, count)), 0)


def softmax(x: Array, axis: int = -1) -> Array:
    """Turn scores into a distribution along one axis: ``exp(x[i]) / sum_j exp(x[j])``.

    Numerics: the maximum is subtracted first, so no exp overflows. It cancels, so no derivative flows
    through it.
    """
    x = floating(x)
    axis = normalize_axis("softmax", axis, type_of(x))
    e = m.exp(m.subtract(x, reduce.peak(x, (axis,))))
    return m.divide(e, reduce.sum(e, axis, keepdims=True))


def log_softmax(x: Array, axis: int = -1) -> Array:
    """log(softmax(x)), which is finite where the softmax would underflow to 0."""
    x = floating(x)
    axis = normalize_axis("log_softmax", axis, type_of(x))
    shifted = m.subtract(x, reduce.peak(x, (axis,)))
    return m.subtract(shifted, m.log(reduce.sum(m.exp(shifted), axis, keepdims=True)))


ACTIVATIONS: dict[str, Activation] = {
    f.__name__: f
    for f in (
        linear, relu, relu6, leaky_relu, elu, selu, celu, gelu, sigmoid, tanh, silu, softplus, log_sigmoid,
        softsign, mish, exponential, hard_sigmoid, hard_silu, hard_tanh, softmax, log_softmax, glu, hard_shrink,
        soft_shrink, tanh_shrink, threshold, squareplus, sparse_plus, sparse_sigmoid, sparsemax,
    )
} | {"swish": silu, "hard_swish": hard_silu}  # fmt: skip
swish, hard_swish = silu, hard_silu


def get(name: str | Activation | None) -> Activation:
    """The function of that name; None is `linear`; a function is itself.

    Raises:
        ValueRangeError: there is no activation of that name.
    """
    if name is None:
        return linear
    if callable(name) and not isinstance(name, type):
        return name
    found = (ACTIVATIONS.get(name) or object_of(name)) if isinstance(name, str) else None
    if found is None:
        raise ValueRangeError(
            f"activation: must be one of {', '.join(ACTIVATIONS)}, or a function; got {name!r}."
            + (
                f" Make one: {name.__name__}()."
                if isinstance(name, type)
                else did_you_mean(name, ACTIVATIONS)
            )
        )
    return found


def serialize(activation: Activation) -> str:
    """The name of an activation.

    Raises:
        ValueRangeError: it is none of those.
    """
    name = getattr(activation, "__name__", "")
    if ACTIVATIONS.get(name) is not inspect.unwrap(activation):
        raise ValueRangeError(f"activation: must be one of {', '.join(ACTIVATIONS)}; got {activation!r}.")
    return name


def deserialize(config: str) -> Activation:
    """The activation of that name."""
    return get(config)
