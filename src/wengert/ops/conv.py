"""Convolution and pooling over N spatial axes, channels last, with Keras's padding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert.base.dtypes import is_byte
from wengert.base.errors import ShapeError, ValueRangeError
from wengert.base.words import require_word
from wengert.ir import operators
from wengert.ir.dim import Dim
from wengert.ir.types import TensorType, type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.joining import stack
from wengert.ops.operands import Array, array, floating, known, per_axis
from wengert.ops.shape import reshape, slice_axis
from wengert.prims import convolution, window

Padding = str | Sequence[tuple[int, int]]
Ints = Sequence[int]
Pairs = tuple[tuple[int, int], ...]


def conv(
    x: Array,
    kernel: Array,
    strides: int | Sequence[int] = 1,
    padding: Padding = "valid",
    dilation_rate: int | Sequence[int] = 1,
    groups: int = 1,
) -> Array:
    """out[b, p, o] = sum over offsets q, channels i of x[b, p * stride + q * dilation, i] * kernel[q, i, o].

    Integers are taken as floats; but 8-bit integers times such are summed in int32, which wraps around.

    Args:
        x: [batch, *spatial, channels].
        kernel: [*window, channels / groups, filters].
        padding: "valid", "same", or a pair (before, after) for each spatial axis.

    Raises:
        ShapeError: the channels do not fit, or the window is larger than the padded image.
    """
    x, kernel = array(x), array(kernel)
    if not (is_byte(type_of(x).dtype) and is_byte(type_of(kernel).dtype)):
        x, kernel = floating(x), floating(kernel)
    x, kernel = operators.factors(x, kernel)
    tx, tk = type_of(x), type_of(kernel)
    rank = tk.rank - 2
    if rank < 1 or tx.rank != tk.rank:
        raise ShapeError(
            f"conv: x must be [batch, spatial..., channels] and kernel [window..., in, out]; got {tx} "
            f"and {tk}."
        )
    steps = per_axis("conv", "strides", strides, rank)
    dilation = per_axis("conv", "dilation_rate", dilation_rate, rank)
    window_ = tuple(known("conv", "the kernel's window", n) for n in tk.shape[:-2])
    sizes = tuple((k - 1) * d + 1 for k, d in zip(window_, dilation, strict=True))
    pads = resolve_padding("conv", padding, tx.shape[1:-1], sizes, steps)
    _require_room("conv", tx, window_, steps, pads, dilation)
    return convolution.conv(x, kernel, strides=steps, padding=pads, dilation=dilation, groups=groups)


def depthwise_conv(
    x: Array,
    kernel: Array,
    strides: int | Sequence[int] = 1,
    padding: Padding = "valid",
    dilation_rate: int | Sequence[int] = 1,
) -> Array:
    """Each channel convolved with filters of its own; `conv` says what the arguments are.

    Shapes:
        x [batch, *spatial, channels], kernel [*window, channels, multiplier]  ->  [batch, *spatial', channels *
        multiplier]

    Raises:
        ShapeError: the kernel is not for so many channels.

    Example:
        >>> import wengert as wg
        >>> wg.depthwise_conv(wg.ones((1, 5, 5, 3)), wg.ones((3, 3, 3, 2))).shape
        (1, 3, 3, 6)
    """
    x, kernel = array(x), array(kernel)
    tx, tk = type_of(x), type_of(kernel)
    if tk.rank < 3 or tx.rank != tk.rank or tk.shape[-2] != tx.shape[-1]:
        raise ShapeError(
            f"depthwise_conv: x must be [batch, spatial..., channels] and kernel [window..., channels, multiplier]; "
            f"got {tx} and {tk}."
        )
    *window_, channels, multiplier = (known("depthwise_conv", "the kernel's shape", n) for n in tk.shape)
    one_by_one = reshape(kernel, (*window_, 1, channels * multiplier))
    return conv(x, one_by_one, strides, padding, dilation_rate, groups=channels)


def conv_transpose(
    x: Array,
    kernel: Array,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    output_padding: int | Sequence[int] | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Array:
    """The transpose of a convolution, which has it as its derivative: x times the kernel, put `strides` apart, summed.

    Args:
        padding: "valid": (n - 1) * stride + max(window, stride) outputs; "same": n * stride.
        output_padding: the length is (n - 1) * stride + (the window with "valid", 1 or 2 with "same" as the window is
            odd or even) + so much.

    Shapes:
        x [batch, *spatial, channels], kernel [*window, filters, channels]  ->  [batch, *spatial', filters]

    Raises:
        ShapeError: the kernel is not for so many channels.

    Example:
        >>> import wengert as wg
        >>> wg.conv_transpose(wg.ones((1, 2, 1)), wg.ones((3, 1, 1)), strides=2).numpy().ravel()
        array([1., 1., 2., 1., 1.], dtype=float32)
    """
    x, kernel = operators.factors(floating(x), floating(kernel))
    tx, tk = type_of(x), type_of(kernel)
    rank = tk.rank - 2
    if rank < 1 or tx.rank != tk.rank or tk.shape[-1] != tx.shape[-1]:
        raise ShapeError(
            f"conv_transpose: x must be [batch, spatial..., channels] and kernel [window..., filters, channels]; got "
            f"{tx} and {tk}."
        )
    require_word("conv_transpose", "padding", padding, ("valid", "same"))
    steps = per_axis("conv_transpose", "strides", strides, rank)
    dilation = per_axis("conv_transpose", "dilation_rate", dilation_rate, rank)
    more = [None] * rank if output_padding is None else _each(output_padding, rank)
    lengths: list[int | Dim] = []
    pads: list[tuple[int, int]] = []
    for n, k, s, d, extra in zip(tx.shape[1:-1], tk.shape[:-2], steps, dilation, more, strict=True):
        size = (known("conv_transpose", "the kernel's window", k) - 1) * d + 1
        before, after = _around(padding, size, s, extra)
        lengths.append((n - 1) * s + 2 - size + before + after)
        pads.append((size - 1 - before, max(size - 1 - after, 0)))
    shape = (tx.shape[0], *lengths, tk.shape[-2])
    return convolution.conv_input_grad(
        x, kernel, in_shape=shape, strides=steps, padding=tuple(pads), dilation=dilation, groups=1
    )


def _each(value: int | Sequence[int], rank: int) -> list[Any]:
    return [value] * rank if isinstance(value, int | np.integer) else list(value)


def _around(padding: str, size: int, stride: int, extra: int | None) -> tuple[int, int]:
    """Zeros around x, its elements `stride` apart, over which the window of a transposed convolution goes."""
    if padding == "valid":
        return size - 1, size - 1 + (max(size, stride) - size if extra is None else extra)
    total = stride + size - 2 if extra is None else size + size % 2 - 2 + extra
    before = min((total + 1) // 2, size - 1)
    return before, total - before


def resolve_padding(
    name: str, padding: Padding, lengths: Sequence[int | Dim], sizes: Sequence[int], strides: Sequence[int]
) -> Pairs:
    """Keras's words as explicit pairs. "same": ceil(length / stride) outputs; the odd one goes behind.

    Raises:
        ValueRangeError: another word.
        ShapeError: "same" with a stride over a length that is not known.
    """
    if not isinstance(padding, str):
        return tuple((int(low), int(high)) for low, high in padding)
    if padding.lower() == "valid":
        return ((0, 0),) * len(sizes)
    if padding.lower() != "same":
        raise ValueRangeError(f'{name}: padding must be "valid" or "same"; got {padding!r}.')
    pairs = []
    for n, k, s in zip(lengths, sizes, strides, strict=True):
        if s == 1:
            total = k - 1
        else:
            length = known(name, "a strided axis with same padding", n)
            total = max((-(-length // s) - 1) * s + k - length, 0)
        pairs.append((total // 2, total - total // 2))
    return tuple(pairs)


def _require_room(name: str, t: TensorType, window: Ints, strides: Ints, pads: Pairs, dilation: Ints) -> None:
    """Raise ShapeError where a window fits nowhere: there would be no output, and nobody would see why."""
    axes = zip(t.shape[1:-1], window, strides, pads, dilation, strict=True)
    for axis, (w, k, s, (low, high), d) in enumerate(axes, 1):
        f = (k - 1) * d + 1
        if not isinstance(w, int) or w + low + high >= f:
            continue
        padded = f"2*{low}" if low == high else f"{low} + {high}"
        dilated = f" (F = ({k} - 1)*{d} + 1)" if d > 1 else ""
        places = (w - f + low + high) // s + 1
        raise ShapeError(
            f"{name}: the window, {' x '.join(map(str, window))}, must fit into {t}; got, along axis {axis}, "
            f"L = (W - F + 2P)/S + 1 = ({w} - {f} + {padded})/{s} + 1 = {places} places for it{dilated}. "
            f"Take a smaller one, or pad."
        )


def max_pool(
    x: Array,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: Padding = "valid",
) -> Array:
    """The largest element of each window over the spatial axes of [batch, *spatial, channels].

    Padding never wins: it is smaller than anything.
    """
    x = array(x)
    size, steps, pads = _windows("max_pool", x, pool_size, strides, padding)
    return window.window_max(x, size=size, strides=steps, padding=pads)


def average_pool(
    x: Array,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: Padding = "valid",
) -> Array:
    """The mean of each window over the spatial axes of [batch, *spatial, channels], without the padding."""
    x = floating(x)
    size, steps, pads = _windows("average_pool", x, pool_size, strides, padding)
    total = window.window_sum(x, size=size, strides=steps, padding=pads)
    if not any(map(any, pads)):
        return m.multiply(total, 1 / math.prod(size))
    t = type_of(x)
    for axis in range(1, t.rank - 1):
        length = known("average_pool", "a padded image", t.shape[axis])
        counts = _inside(length, size[axis], steps[axis], *pads[axis])
        total = m.divide(total, counts.reshape((-1, *(1 for _ in t.shape[axis + 1 :]))).astype(t.dtype))
    return total


def adaptive_max_pool(x: Array, output_size: int | Sequence[int]) -> Array:
    """The largest element of each of so many windows along each spatial axis of [batch, *spatial, channels].

    Output i of n sees elements floor(i * length / n) up to ceil((i + 1) * length / n).
    """
    return _adaptive("adaptive_max_pool", x, output_size, max_pool, reduce.max)


def adaptive_average_pool(x: Array, output_size: int | Sequence[int]) -> Array:
    """The mean of each of so many windows; `adaptive_max_pool` says which."""
    return _adaptive("adaptive_average_pool", floating(x), output_size, average_pool, reduce.mean)


def _adaptive(name: str, x: Array, output_size: int | Sequence[int], pool: Any, fold: Any) -> Array:
    x = array(x)
    t = type_of(x)
    if t.rank < 3:
        raise ShapeError(f"{name}: x must be [batch, spatial..., channels]; got {t}.")
    sizes = per_axis(name, "output_size", output_size, t.rank - 2)
    lengths = [known(name, "the length of a pooled axis", n) for n in t.shape[1:-1]]
    if any(n < size for n, size in zip(lengths, sizes, strict=True)):
        raise ShapeError(f"{name}: there must be an element for each of {sizes} outputs; got {t}.")
    if not any(n % size for n, size in zip(lengths, sizes, strict=True)):
        return pool(x, [n // size for n, size in zip(lengths, sizes, strict=True)])
    # One axis after the other: the mean of means of equally many is the mean, and so is the maximum.
    for axis, (length, size) in enumerate(zip(lengths, sizes, strict=True), 1):
        ends = [(i * length // size, -(-(i + 1) * length // size)) for i in range(size)]
        x = stack([fold(slice_axis(x, axis, a, b), axis) for a, b in ends], axis)
    return x


def _inside(length: int, size: int, stride: int, low: int, high: int) -> np.ndarray:
    """How many of its elements each window has within an axis, rather than in the padding."""
    first = np.arange((length + low + high - size) // stride + 1) * stride - low
    return np.minimum(first + size, length) - np.maximum(first, 0)


def _windows(
    name: str, x: Array, pool_size: int | Sequence[int], strides: int | Sequence[int] | None, padding: Padding
) -> tuple[tuple[int, ...], tuple[int, ...], Pairs]:
    """Window, strides and padding with an entry for every axis: batch and channels are left alone."""
    t = type_of(x)
    if t.rank < 3:
        raise ShapeError(f"{name}: x must be [batch, spatial..., channels]; got {t}.")
    rank = t.rank - 2
    size = per_axis(name, "pool_size", pool_size, rank)
    steps = size if strides is None else per_axis(name, "strides", strides, rank)
    pads = resolve_padding(name, padding, t.shape[1:-1], size, steps)
    _require_room(name, t, size, steps, pads, (1,) * rank)
    return (1, *size, 1), (1, *steps, 1), ((0, 0), *pads, (0, 0))
