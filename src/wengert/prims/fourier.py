"""Discrete Fourier transforms, by numpy.fft. All are linear, so their transposes are all that derivatives need.

A transform of length n has the matrix w**(jk), w = exp(-2 pi i / n), or its conjugate for an inverse one, times a
scale: 1/n where `norm` is "forward" and the transform is, or "backward" and it is an inverse one; 1/sqrt(n) both ways
for "ortho"; else 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.dtypes import complex_of, parts_of
from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir import operators
from wengert.ir.dim import Dim
from wengert.ir.primitive import Primitive
from wengert.ir.types import TensorType, type_of
from wengert.prims import parts
from wengert.prims.families import FLOATS, linear
from wengert.prims.indexing import iota
from wengert.prims.logic import where
from wengert.prims.movement import shifted
from wengert.prims.params import check_axes, check_axis, check_flag, check_kind, is_length, show
from wengert.prims.parts import COMPLEX
from wengert.prims.slicing import pad

NORMS = ("backward", "ortho", "forward")
OTHER_WAY = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def _check(name: str, x: TensorType, axes: tuple[int, ...], norm: object, kinds: frozenset[str]) -> None:
    check_kind(name, x, kinds)
    if norm not in NORMS:
        raise ValueRangeError(f"{name}: norm must be one of {', '.join(NORMS)}; got {norm!r}.")
    if any(x.shape[a] == 0 for a in axes):
        raise ShapeError(f"{name}: axes that are transformed must not be empty; got {x}, axes={show(axes)}.")


# --- complex to complex -----------------------------------------------------------------------------


def _fft_type(x: TensorType, *, axes: Any, inverse: bool, norm: str) -> TensorType:
    check_axes("fft", axes, x)
    check_flag("fft", "inverse", inverse)
    _check("fft", x, axes, norm, COMPLEX)
    return x


def _fft_numpy(x: np.ndarray, *, axes: tuple[int, ...], inverse: bool, norm: str) -> np.ndarray:
    transform: Any = np.fft.ifftn if inverse else np.fft.fftn
    return np.asarray(transform(x, axes=axes, norm=norm))


# y[k] = scale * sum_j w**(jk) x[j] along each of the axes
fft: Primitive = linear(
    "fft",
    _fft_type,
    _fft_numpy,
    transpose=lambda g, x, **params: fft(g, **params),
    lead=lambda size, *, axes, **params: {"axes": shifted(axes), **params},
)

# --- real to complex and back -------------------------------------------------------------------------


def _with_length(t: TensorType, axis: int, n: int | Dim, dtype: str) -> TensorType:
    return TensorType((*t.shape[:axis], n, *t.shape[axis + 1 :]), dtype)


def _rfft_type(x: TensorType, *, axis: int, norm: str) -> TensorType:
    check_axis("rfft", axis, x)
    _check("rfft", x, (axis,), norm, FLOATS)
    return _with_length(x, axis, x.shape[axis] // 2 + 1, complex_of(x.dtype))


def _rfft_transpose(g: Any, x: Any, *, axis: int, norm: str) -> Any:
    """The real part of the whole transform of g, with zeros for the half that is left out."""
    t = type_of(g)
    missing, zeros = type_of(x).shape[axis] - t.shape[axis], (0,) * t.rank
    high = (*zeros[:axis], missing, *zeros[axis + 1 :])
    whole = pad(g, low=zeros, high=high, interior=zeros, value=0)
    back = parts.real(fft(whole, axes=(axis,), inverse=False, norm=norm))
    return operators.cast(back, type_of(x).dtype)


# the first n // 2 + 1 elements of the transform of real numbers; the others are conjugate to these
rfft: Primitive = linear(
    "rfft",
    _rfft_type,
    lambda x, *, axis, norm: np.fft.rfft(x, axis=axis, norm=norm),
    transpose=_rfft_transpose,
    lead=lambda size, *, axis, norm: {"axis": axis + 1, "norm": norm},
)


def _irfft_type(x: TensorType, *, axis: int, length: Any, norm: str) -> TensorType:
    check_axis("irfft", axis, x)
    _check("irfft", x, (axis,), norm, COMPLEX)
    if not is_length(length) or length == 0 or length // 2 + 1 != x.shape[axis]:
        raise ShapeError(
            f"irfft: a result of n elements is made of n // 2 + 1; got {x}, axis={axis}, length={show(length)}."
        )
    return _with_length(x, axis, length, parts_of(x.dtype))


def _irfft_transpose(g: Any, x: Any, *, axis: int, length: Any, norm: str) -> Any:
    """All but the first element, and the middle one of an even number, stand for two."""
    back = parts.conj(rfft(g, axis=axis, norm=OTHER_WAY[norm]))
    k = iota(shape=type_of(back).shape, axis=axis, dtype="int64")
    twice = (0 < k) & (k * 2 != length)  # noqa: SIM300  # an array's operator
    return where(operators.broadcast_to(twice, type_of(back).shape, back), back * 2, back)


# real numbers of which x is the half of the transform; the imaginary part of the first element counts for nothing
irfft: Primitive = linear(
    "irfft",
    _irfft_type,
    lambda x, *, axis, length, norm: np.fft.irfft(x, length, axis=axis, norm=norm),
    transpose=_irfft_transpose,
    lead=lambda size, *, axis, **params: {"axis": axis + 1, **params},
)
