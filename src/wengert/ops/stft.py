"""Short-time Fourier transforms: the spectrum of windows of a signal, and the signal of such spectra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.base.numbers import require_count
from wengert.base.words import require_word
from wengert.ir.operators import broadcast_to, cast
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops.fft import irfft, rfft
from wengert.ops.operands import Array, array, floating
from wengert.ops.padding import pad
from wengert.ops.windows import fold, unfold

WINDOWS: dict[str, Callable[[int], np.ndarray[Any, Any]]] = {
    "hann": np.hanning,
    "hamming": np.hamming,
    "blackman": np.blackman,
    "bartlett": np.bartlett,
}
"""Symmetric windows of n values."""


def window_values(name: str, window: Any, length: int, fft_length: int) -> Array:
    """The values of a window of a period, in the middle of `fft_length` of them.

    Args:
        window: "hann", "hamming", the values themselves, or None for ones.

    Raises:
        ShapeError: they are not `length` values.
        ValueRangeError: the window is longer than the transform.
    """
    require_count(name, "sequence_length", length)
    if length > fft_length:
        raise ValueRangeError(
            f"{name}: sequence_length must be at most fft_length, {fft_length}; got {length}."
        )
    if isinstance(window, str):
        require_word(name, "window", window, ("hann", "hamming"))
        values = WINDOWS[window](length + 1)[:-1]
    else:
        values = np.ones(length) if window is None else array(window)
    shape = type_of(values).shape
    if shape != (length,):
        raise ShapeError(f"{name}: the window must have sequence_length, {length}, values; got {shape}.")
    before = (fft_length - length) // 2
    return pad(values, (before, fft_length - length - before))


def stft(
    x: Array,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    window: Any = "hann",
    center: bool = True,
) -> Array:
    """rfft(window * x) of windows of a signal, one every `sequence_stride`.

    Args:
        sequence_length: samples in a window, at most `fft_length`; the window is in the middle of so many.
        window: "hann", "hamming", the values themselves, or None for ones.
        center: mirror the signal by half of `fft_length` at both ends.

    Shapes:
        x [..., samples]  ->  [..., windows, fft_length // 2 + 1], complex
    """
    x = floating(x)
    values = window_values("stft", window, sequence_length, fft_length)
    t = type_of(x)
    if t.rank < 1:
        raise ShapeError(f"stft: x must be [..., samples]; got {t}.")
    if center:
        half = fft_length // 2
        x = pad(x, [(0, 0)] * (t.rank - 1) + [(half, half)], "reflect")
    return rfft(unfold(x, fft_length, sequence_stride) * cast(values, t.dtype))


def istft(
    x: Array,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: Any = "hann",
    center: bool = True,
) -> Array:
    """The signal of the spectra that `stft` gives: windows added up, and divided by the sum of the windows' squares.

    Args:
        length: samples of the result; None: all there are.
        window: None adds up without dividing.

    Shapes:
        x [..., windows, fft_length // 2 + 1], complex  ->  [..., samples]
    """
    values = window_values("istft", window, sequence_length, fft_length)
    frames = irfft(x, n=fft_length)
    t = type_of(frames)
    if t.rank < 2:
        raise ShapeError(f"istft: x must be [..., windows, frequencies]; got {type_of(x)}.")
    values = cast(values, t.dtype)
    count = t.shape[-2]
    samples = (count - 1) * sequence_stride + fft_length
    y = fold(frames * values, samples, sequence_stride)
    if window is not None:
        squares = broadcast_to(m.square(values), (count, fft_length), frames)
        weight = fold(squares, samples, sequence_stride)
        y = y / m.where(weight > 1e-10, weight, 1.0)
    start = fft_length // 2 if center else 0
    if length is not None:
        return y[..., start : start + length]
    return y[..., start : samples - start]
