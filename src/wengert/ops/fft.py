"""Discrete Fourier transforms, by their array-API names: the namespace `wg.fft`.

norm: which way the scale goes. "backward": inverse transforms are divided by their length; "forward": the others are;
"ortho": both by its root.

float32 gives complex64. Compiled programs call numpy.fft.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert.base.dtypes import complex_of, dtype_name, is_complex
from wengert.base.errors import ArgumentError, DTypeError, ShapeError, ValueRangeError
from wengert.ir import operators
from wengert.ir.dim import Dim, surely_at_least
from wengert.ir.types import type_of
from wengert.ops.creation import asarray
from wengert.ops.indexing import take
from wengert.ops.operands import Array, Axis, array, floating, is_positive, normalize_axes, normalize_axis
from wengert.ops.parts import conj
from wengert.ops.shape import slice_axis
from wengert.prims import fourier as prims
from wengert.prims import slicing
from wengert.prims.indexing import iota

__all__ = [
    "fft",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfftn",
    "rfft",
    "rfftfreq",
    "rfftn",
]

MOST_SAMPLES = 2**44

Length = int | Dim
Lengths = Sequence[Length] | None
Axes = Sequence[int] | None


def fft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
    """y[k] = sum_j x[j] exp(-2 pi i j k / n) along one axis.

    Args:
        n: the length that the axis is cut or filled up with zeros to first.

    Example:
        >>> import wengert as wg
        >>> wg.fft.fft(wg.Tensor([1.0, 0.0, 0.0, 0.0]))
        Tensor([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j], c64[4], cpu)
    """
    return _transform("fft", x, _one(n), (axis,), norm, inverse=False)


def ifft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
    """The inverse of `fft`: y[j] = 1/n sum_k x[k] exp(2 pi i j k / n)."""
    return _transform("ifft", x, _one(n), (axis,), norm, inverse=True)


def fftn(x: Array, /, *, s: Lengths = None, axes: Axes = None, norm: str = "backward") -> Array:
    """`fft` along several axes, all by default.

    Args:
        s: the lengths that the axes are cut or filled up with zeros to first.
    """
    return _transform("fftn", x, s, axes, norm, inverse=False)


def ifftn(x: Array, /, *, s: Lengths = None, axes: Axes = None, norm: str = "backward") -> Array:
    """The inverse of `fftn`."""
    return _transform("ifftn", x, s, axes, norm, inverse=True)


def rfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
    """The first n // 2 + 1 elements of `fft` of real numbers; the others are conjugate to these."""
    return _real("rfft", x, _one(n), (axis,), norm)


def irfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
    """The inverse of `rfft`: n real numbers, 2 (m - 1) by default for an axis of m."""
    return _real_back("irfft", x, _one(n), (axis,), norm)


def rfftn(x: Array, /, *, s: Lengths = None, axes: Axes = None, norm: str = "backward") -> Array:
    """`rfft` along the last of several axes, `fft` along the others."""
    return _real("rfftn", x, s, axes, norm)


def irfftn(x: Array, /, *, s: Lengths = None, axes: Axes = None, norm: str = "backward") -> Array:
    """The inverse of `rfftn`; s is of the result."""
    return _real_back("irfftn", x, s, axes, norm)


def hfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
    """`fft` of a signal of which x is the first half, the other half being conjugate to it: n real numbers."""
    return _real_back("hfft", conj(array(x)), _one(n), (axis,), _other_way("hfft", norm))


def ihfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
    """The inverse of `hfft`: the first n // 2 + 1 elements of `ifft` of real numbers."""
    return conj(_real("ihfft", x, _one(n), (axis,), _other_way("ihfft", norm)))


# --- how ----------------------------------------------------------------------------------------------


def _one(n: int | None) -> Lengths:
    return None if n is None else (n,)


def _other_way(name: str, norm: str) -> str:
    if norm not in prims.NORMS:
        raise ValueRangeError(f"{name}: norm must be one of {', '.join(prims.NORMS)}; got {norm!r}.")
    return prims.OTHER_WAY[norm]


def _transform(name: str, x: Array, s: Lengths, axes: Axes, norm: str, *, inverse: bool) -> Array:
    x = floating(x)
    at = _axes(name, x, s, axes)
    x = _fitted(name, x, s, at)
    x = operators.cast(x, complex_of(type_of(x).dtype))
    return prims.fft(x, axes=at, inverse=inverse, norm=norm) if at else x


def _real(name: str, x: Array, s: Lengths, axes: Axes, norm: str) -> Array:
    x = floating(x)
    if is_complex(type_of(x).dtype):
        raise DTypeError(f"{name}: the operand must be real; got {type_of(x)}. Use fft, or take wg.real(x).")
    at = _axes(name, x, s, axes, least=1)
    x = prims.rfft(_fitted(name, x, s, at), axis=at[-1], norm=norm)
    return prims.fft(x, axes=at[:-1], inverse=False, norm=norm) if len(at) > 1 else x


def _real_back(name: str, x: Array, s: Lengths, axes: Axes, norm: str) -> Array:
    x = floating(x)
    x = operators.cast(x, complex_of(type_of(x).dtype))
    at = _axes(name, x, s, axes, least=1)
    last: Length = (type_of(x).shape[at[-1]] - 1) * 2 if s is None else s[-1]
    if not isinstance(last, Dim) and not is_positive(last):
        raise ShapeError(
            f"{name}: the result must have an element along axis {at[-1]}; got {type_of(x)}, {last}."
        )
    if s is not None:
        x = _fitted(name, x, (*s[:-1], last // 2 + 1), at)
    if len(at) > 1:
        x = prims.fft(x, axes=at[:-1], inverse=True, norm=norm)
    return prims.irfft(x, axis=at[-1], length=last, norm=norm)


def _axes(name: str, x: Array, s: Lengths, axes: Axes, least: int = 0) -> tuple[int, ...]:
    """The axes in the order given, counted from the front; without any, the last so many as s says, or all."""
    t = type_of(x)
    for what, given in (("s", s), ("axes", axes)):
        if not (given is None or isinstance(given, tuple | list)):
            raise ArgumentError(f"{name}: {what} must be a tuple of ints or None; got {given!r}.")
    if axes is None:
        count = t.rank if s is None else len(s)
        if count > t.rank:
            raise ShapeError(f"{name}: there must be an axis for each length; got s={s} for {t}.")
        at = tuple(range(t.rank - count, t.rank))
    else:
        at = tuple(normalize_axis(name, a, t) for a in axes)
    if len(set(at)) < len(at) or len(at) < least or (s is not None and len(s) != len(at)):
        raise ShapeError(
            f"{name}: axes must be different ones, a length for each; got axes={axes}, s={s} for {t}."
        )
    return at


def _fitted(name: str, x: Array, s: Lengths, axes: tuple[int, ...]) -> Array:
    """x with axes cut, or filled up with zeros, to the lengths s."""
    for axis, n in zip(axes, s or (), strict=False):
        t = type_of(x)
        if not isinstance(n, Dim) and not is_positive(n):
            raise ShapeError(f"{name}: lengths must be positive ints; got {n!r} for axis {axis} of {t}.")
        if surely_at_least(t.shape[axis], n):
            x = slice_axis(x, axis, 0, n)
            continue
        high = tuple(n - t.shape[axis] if a == axis else 0 for a in range(t.rank))
        zeros = (0,) * t.rank
        x = slicing.pad(x, low=zeros, high=high, interior=zeros, value=0)
    return x


# --- frequencies --------------------------------------------------------------------------------------


def fftfreq(n: int, /, *, d: float = 1.0, dtype: object = None, device: object = None) -> Any:
    """The frequencies that `fft` of n samples tells of, in the order of its elements: [0, 1, ..., -2, -1] / (d n)."""
    return _frequencies("fftfreq", np.fft.fftfreq, n, d, dtype)


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: object = None, device: object = None) -> Any:
    """The frequencies that `rfft` of n samples tells of: [0, 1, ..., n // 2] / (d n)."""
    return _frequencies("rfftfreq", np.fft.rfftfreq, n, d, dtype)


def _frequencies(name: str, of: Any, n: int, d: float, dtype: object) -> Any:
    if not is_positive(n):
        raise ValueRangeError(f"{name}: n must be a positive int; got {n!r}.")
    if n >= MOST_SAMPLES:
        raise MemoryError(f"{name}: the result must fit into memory; it takes {4 * n:,} bytes for n={n}.")
    if type(d) not in (int, float) or d == 0:
        raise ValueRangeError(
            f"{name}: d, the time from one sample to the next, must be a number but 0; got {d!r}."
        )
    return asarray(of(int(n), d), "float32" if dtype is None else dtype_name(dtype))


def fftshift(x: Array, /, *, axes: Axis = None) -> Array:
    """Elements moved so that frequency 0 comes to the middle of axes, all by default."""
    return _shifted("fftshift", x, axes, up=False)


def ifftshift(x: Array, /, *, axes: Axis = None) -> Array:
    """The inverse of `fftshift`."""
    return _shifted("ifftshift", x, axes, up=True)


def _shifted(name: str, x: Array, axes: Axis, *, up: bool) -> Array:
    x = array(x)
    for axis in normalize_axes(name, axes, type_of(x)):
        n = type_of(x).shape[axis]
        cut = n // 2 if up else (n + 1) // 2
        if isinstance(n, Dim):  # whose half is not known to be shorter
            k = iota(shape=(n,), axis=0, dtype="int64")
            x = take(x, (k + cut) % n, axis=axis)
            continue
        x = slicing.concatenate(slice_axis(x, axis, cut, n), slice_axis(x, axis, 0, cut), axis=axis)
    return x
