"""Fourier transforms of pairs (real part, imaginary part), as Keras has them, and windows of signals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wengert.base.dtypes import is_complex, is_float
from wengert.base.errors import DTypeError, ShapeError, UsageError
from wengert.ir.types import type_of
from wengert.ops import fft as _fft
from wengert.ops import math as m
from wengert.ops import parts, windows
from wengert.ops import stft as _stft
from wengert.ops.joining import stack
from wengert.ops.operands import Array, floating
from wengert.ops.operands import array as operand
from wengert.prims.parts import join

__all__ = [
    "extract_sequences",
    "fft",
    "fft2",
    "ifft2",
    "irfft",
    "istft",
    "polar",
    "rfft",
    "stft",
    "view_as_complex",
    "view_as_real",
]

Pair = tuple[Array, Array]


def fft(x: Any) -> Pair:
    """`wg.fft.fft` of real + i imag along the last axis, as a pair (real, imag).

    Example:
        >>> import wengert as wg
        >>> real, imag = fft((wg.Tensor([0.0, 1.0]), wg.Tensor([1.0, 0.0])))
        >>> real.numpy(), imag.numpy()
        (array([ 1., -1.], dtype=float32), array([1., 1.], dtype=float32))
    """
    return _pair(_fft.fft(_complex("fft", x)))


def fft2(x: Any) -> Pair:
    """`fft` along the last two axes of a pair (real, imag)."""
    return _along_two("fft2", _fft.fftn, x)


def ifft2(x: Any) -> Pair:
    """The inverse of `fft2`."""
    return _along_two("ifft2", _fft.ifftn, x)


def _along_two(name: str, transform: Callable[..., Array], x: Any) -> Pair:
    z = _complex(name, x)
    if type_of(z).rank < 2:
        raise ShapeError(f"{name}: the input must have two axes at least; got {type_of(z)}.")
    return _pair(transform(z, axes=(-2, -1)))


def rfft(x: Any, fft_length: int | None = None) -> Pair:
    """The first fft_length // 2 + 1 elements of `fft` of real numbers, as a pair (real, imag)."""
    return _pair(_fft.rfft(operand(x), n=fft_length))


def irfft(x: Any, fft_length: int | None = None) -> Array:
    """The inverse of `rfft`: so many real numbers of a pair (real, imag)."""
    return _fft.irfft(_complex("irfft", x), n=fft_length)


def stft(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    window: Any = "hann",
    center: bool = True,
) -> Pair:
    """Spectra of windows of a signal, as a pair (real, imag); `wengert.ops.stft` says what the arguments are."""
    x = operand(x)
    if not is_float(type_of(x).dtype):
        raise DTypeError(f"stft: x must be floating-point; got {type_of(x)}.")
    return _pair(_stft.stft(x, sequence_length, sequence_stride, fft_length, window, center))


def istft(
    x: Any, sequence_length: int, sequence_stride: int, fft_length: int, length: int | None = None,
    window: Any = "hann", center: bool = True,
) -> Array:  # fmt: skip
    """The signal of the spectra (real, imag) that `stft` gives."""
    z = _complex("istft", x)
    return _stft.istft(z, sequence_length, sequence_stride, fft_length, length, window, center)


def extract_sequences(x: Any, sequence_length: int, sequence_stride: int) -> Array:
    """Windows of the last axis, one every `sequence_stride`: [..., n]  ->  [..., windows, sequence_length]"""
    return windows.unfold(x, sequence_length, sequence_stride)


# --- complex numbers ------------------------------------------------------------------------------


def polar(abs_: Any, angle: Any) -> Array:
    """abs_ (cos(angle) + i sin(angle))"""
    size, angle = floating(abs_), floating(angle)
    return join(m.multiply(size, m.cos(angle)), m.multiply(size, m.sin(angle)))


def view_as_complex(x: Any) -> Array:
    """x[..., 0] + i x[..., 1]"""
    x = floating(x)
    t = type_of(x)
    if not t.rank or t.shape[-1] != 2:
        raise ShapeError(f"view_as_complex: the last axis must be real and imaginary part; got {t}.")
    return join(x[..., 0], x[..., 1])


def view_as_real(x: Any) -> Array:
    """The real and the imaginary part, along a new last axis."""
    x = operand(x)
    return stack([parts.real(x), parts.imag(x)], axis=-1)


def _complex(name: str, x: Any) -> Array:
    """real + i imag of a pair."""
    if not isinstance(x, tuple | list) or len(x) != 2:
        raise UsageError(f"{name}: the input must be a pair (real, imag) of tensors; got {type(x).__name__}.")
    real, imag = map(operand, x)
    for t in (type_of(real), type_of(imag)):
        if not is_float(t.dtype) or is_complex(t.dtype):
            raise DTypeError(f"{name}: real and imaginary parts must be floating-point; got {t}.")
    if type_of(real).shape != type_of(imag).shape:
        raise ShapeError(
            f"{name}: real and imaginary parts must have the same shape; got {type_of(real)}, {type_of(imag)}."
        )
    return join(real, imag)


def _pair(z: Array) -> Pair:
    return parts.real(z), parts.imag(z)
