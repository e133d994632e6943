"""resize: images, signals and volumes at another resolution, one axis after the other."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.linalg import tensordot
from wengert.ops.operands import Array, array, floating, known, normalize_axis, per_axis
from wengert.ops.shape import moveaxis, reshape
from wengert.prims import indexing

METHODS = ("nearest", "linear", "cubic", "keys", "lanczos3", "lanczos5")
SUPPORT = {"linear": 1.0, "cubic": 2.0, "keys": 2.0, "lanczos3": 3.0, "lanczos5": 5.0}


def resize(
    x: Array,
    size: int | Sequence[int],
    axes: Sequence[int] | None = None,
    method: str = "linear",
    *,
    align_corners: bool = False,
    antialias: bool = False,
) -> Array:
    """x with other lengths along some axes: values between the elements are interpolated.

    Args:
        size: the new length of each of the axes.
        axes: those of space; by default all but the first and the last ([batch, height, width, channels]).
        method: `nearest`, `linear` (along two axes: bilinear), `cubic` (Keys's kernel with a = -0.75), `keys`
            (with a = -0.5, cut at the borders, as in TensorFlow and JAX), or `lanczos3` and `lanczos5` (sinc kernels of
            that many lobes, cut at the borders).
        align_corners: whether the first and the last elements stay where they are; by default elements are cells
            whose borders do (half-pixel centres).
        antialias: widen the kernel where the axis gets shorter, as Pillow does (cubic with a = -0.5).

    Numerics: PyTorch's interpolate gives the same (`nearest` is its `nearest-exact`). Integers become float32,
    but for `nearest`.

    Raises:
        ShapeError: a length is not positive, or not known; there is nothing to interpolate.

    Example:
        >>> import wengert as wg
        >>> wg.resize(wg.Tensor([0.0, 10.0]), 4, axes=(0,)).numpy()
        array([ 0. ,  2.5,  7.5, 10. ], dtype=float32)

    Source: R. G. Keys, "Cubic convolution interpolation for digital image processing", 1981.
    """
    x = array(x)
    t = type_of(x)
    if method not in METHODS:
        raise ValueRangeError(f"resize: method must be one of {', '.join(METHODS)}; got {method!r}.")
    if (method == "nearest" and antialias) or (method not in ("linear", "cubic") and align_corners):
        raise ValueRangeError(
            f"resize: align_corners is for linear and cubic, antialias for all but nearest; got {method}."
        )
    if align_corners and antialias:
        raise ValueRangeError("resize: align_corners and antialias exclude one another; got both.")
    space = range(1, t.rank - 1) if axes is None else [normalize_axis("resize", a, t) for a in axes]
    lengths = per_axis("resize", "size", size, len(space))
    if method != "nearest":
        x = floating(x)
    for axis, length in zip(space, lengths, strict=True):
        old = known("resize", f"the length of axis {axis}", t.shape[axis])
        if old == 0:
            raise ShapeError(f"resize: there must be an element along axis {axis}; got {t}.")
        if old != length:
            x = _along(x, axis, *_taps(old, length, method, align_corners, antialias))
    return x


def _along(x: Array, axis: int, sources: np.ndarray, weights: np.ndarray) -> Array:
    """out[i] = the sum over k of weights[i, k] x[sources[i, k]], along one axis."""
    if sources.shape[1] == 1:
        return indexing.gather(x, sources[:, 0], axis=axis)
    t = type_of(x)
    column = weights.astype(t.dtype).reshape(*weights.shape, *(1,) * (t.rank - axis - 1))
    return reduce.sum(m.multiply(indexing.gather(x, sources, axis=axis), column), axis + 1)


@functools.lru_cache(maxsize=64)
def _taps(
    old: int, new: int, method: str, align_corners: bool, antialias: bool
) -> tuple[np.ndarray, np.ndarray]:
    """[new, k] elements that each new one is made of, and their weights."""
    if antialias or method in ("keys", "lanczos3", "lanczos5"):
        return _wide_taps(old, new, method, max(old / new, 1.0) if antialias else 1.0)
    k = np.arange(new)
    at = k * ((old - 1) / max(new - 1, 1)) if align_corners else (k + 0.5) * (old / new) - 0.5
    if method == "nearest":
        return np.clip(np.floor(at + 0.5), 0, old - 1).astype(np.int64)[:, None], np.ones((new, 1))
    reach = int(SUPPORT[method])
    first = np.floor(at).astype(np.int64)[:, None] + np.arange(1 - reach, reach + 1)
    return np.clip(first, 0, old - 1), _kernel(method, at[:, None] - first, -0.75)


def _wide_taps(old: int, new: int, method: str, wide: float) -> tuple[np.ndarray, np.ndarray]:
    """Of a kernel stretched so much, such as to the width of a new element, cut at the borders."""
    centre = (np.arange(new) + 0.5) * (old / new)
    reach = SUPPORT[method] * wide
    start = np.maximum((centre - reach + 0.5).astype(np.int64), 0)
    stop = np.minimum((centre + reach + 0.5).astype(np.int64), old)
    sources = start[:, None] + np.arange(int((stop - start).max()))
    weights = _kernel(method, (sources - centre[:, None] + 0.5) / wide, -0.5)
    weights = np.where(sources < stop[:, None], weights, 0)
    return np.minimum(sources, old - 1), weights / weights.sum(1, keepdims=True)


def _kernel(method: str, x: Array, a: float = -0.5) -> Array:
    """The weight of an element x away."""
    x = m.abs(x)
    if method == "linear":
        return m.maximum(1.0 - x, 0.0)
    reach = SUPPORT[method]
    if method.startswith("lanczos"):
        return m.where(x < reach, _sinc(x) * _sinc(x / reach), 0.0)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = a * (((x - 5) * x + 8) * x - 4)
    return m.where(x <= 1, near, m.where(x < 2, far, 0.0))


def _sinc(x: Array) -> Array:
    """sin(pi x) / (pi x); 1 for 0, where the derivative is 0."""
    none = m.equal(x, 0)
    angle = math.pi * m.where(none, 1.0, x)
    return m.where(none, 1.0, m.sin(angle) / angle)


def scale_and_translate(
    x: Array,
    shape: Sequence[int],
    axes: Sequence[int],
    scale: Array,
    translation: Array,
    method: str = "linear",
    antialias: bool = True,
) -> Array:
    """out[i] = x at (i + 1/2 - translation) / scale - 1/2, interpolated, along each of some axes; 0 outside of x.

    Args:
        shape: of the result.
        axes: those that are scaled and moved.
        scale, translation: a number for each of these axes; both may be computed, and have derivatives.
        method: `linear`, `cubic` (Keys's kernel with a = -0.5), `lanczos3` or `lanczos5`; cut at the borders.
        antialias: widen the kernel where the axis gets shorter.

    Example:
        >>> import wengert as wg
        >>> scale_and_translate(wg.Tensor([1.0, 2.0, 3.0]), (3,), (0,), wg.Tensor([1.0]), wg.Tensor([1.0])).numpy()
        array([0., 1., 2.], dtype=float32)
    """
    x = floating(x)
    t = type_of(x)
    if method == "nearest" or method not in METHODS:
        raise ValueRangeError(
            f"scale_and_translate: method must be linear, cubic, lanczos3 or lanczos5; got {method!r}."
        )
    at = [normalize_axis("scale_and_translate", a, t) for a in axes]
    scale, translation = floating(scale), floating(translation)
    for what, numbers in (("scale", scale), ("translation", translation)):
        if type_of(numbers).shape != (len(at),):
            raise ShapeError(
                f"scale_and_translate: {what} must be a number for each of axes {tuple(at)}; got {type_of(numbers)}."
            )
    if len(shape) != t.rank or any(n != t.shape[a] for a, n in enumerate(shape) if a not in at):
        raise ShapeError(
            f"scale_and_translate: shape must be that of x but for axes {tuple(at)}; got {tuple(shape)} for {t}."
        )
    for k, axis in enumerate(at):
        old = known("scale_and_translate", f"the length of axis {axis}", t.shape[axis])
        weights = _moved_weights(old, int(shape[axis]), scale[k], translation[k], method, antialias)
        x = moveaxis(tensordot(x, operators.cast(weights, t.dtype), ((axis,), (1,))), -1, axis)
    return x


def _moved_weights(
    old: int, new: int, scale: Array, translation: Array, method: str, antialias: bool
) -> Array:
    """[new, old]: how much of each element each new one is."""
    dtype = type_of(scale).dtype
    centre = (np.arange(new, dtype=dtype) + 0.5 - translation) / scale - 0.5
    away = reshape(centre, (new, 1)) - np.arange(old, dtype=dtype)
    weights = _kernel(method, away / m.maximum(1.0 / scale, 1.0) if antialias else away)
    total = reduce.sum(weights, 1, keepdims=True)
    some = m.abs(total) > 1000 * float(np.finfo(np.float32).eps)
    inside = (centre >= -0.5) & (centre <= old - 0.5)
    return m.where(some & reshape(inside, (new, 1)), weights / m.where(some, total, 1.0), 0.0)
