"""Elements picked by position: `x[...]`, take, take_along_axis, one_hot."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.dtypes import dtype_name, is_float
from wengert.base.errors import DTypeError, IndexRangeError, ShapeError
from wengert.ir import operators
from wengert.ir.dim import Dim
from wengert.ir.types import TensorType, type_of
from wengert.ops import math as m
from wengert.ops.bits import logical_and
from wengert.ops.operands import Array, array, known, normalize_axis, require_integer
from wengert.ops.shape import flip, reshape, slice_axis
from wengert.prims import indexing, logic


def getitem(x: Array, key: Any) -> Array:
    """`x[key]`, of ints, slices, None, `...` and at most one array of indices.

    Raises:
        IndexRangeError: an int is outside of its axis, or there are more indices than axes.
        DTypeError: an index of another kind.
    """
    x = array(x)
    entries = _complete(key if isinstance(key, tuple) else (key,), type_of(x))
    shape: list[int | Dim] = []
    picks: list[tuple[int, Array]] = []
    axis = 0
    for k in entries:
        if k is None:
            shape.append(1)
            continue
        length = type_of(x).shape[axis]
        if isinstance(k, slice):
            x = _slice(x, axis, k)
            shape.append(type_of(x).shape[axis])
        elif isinstance(k, int | np.integer) and not isinstance(k, bool):
            x = _pick(x, axis, int(k), length)
        else:
            picks.append((len(shape), _indices(k, type_of(x))))
            shape.append(length)
        axis += 1
    x = reshape(x, tuple(shape))
    if len(picks) > 1:
        raise DTypeError(
            f"index: one array of indices at most can be used; got {len(picks)}. Use take, axis by axis."
        )
    return take(x, picks[0][1], axis=picks[0][0]) if picks else x


def _indices(k: Any, t: TensorType) -> Array:
    """An entry of a key that must be an array of indices."""
    kind = None if isinstance(k, str) else type_of(array(k))
    if kind is not None and kind.dtype == "bool":
        raise DTypeError(
            f"index: a mask would pick a number of elements that is not known before the program runs; got "
            f"{kind} for {t}. Use wg.where(mask, x, 0), or index the NumPy array."
        )
    if kind is None or is_float(kind.dtype):
        raise DTypeError(
            f"index: must be made of ints, slices, None, '...' or an array of integers; got {k!r} for {t}."
        )
    return array(k)


def _complete(key: tuple[Any, ...], t: TensorType) -> list[Any]:
    """The key with one entry an axis: `...` written out, what is missing at the end added."""
    used = sum(1 for k in key if k is not None and k is not Ellipsis)
    dots = [n for n, k in enumerate(key) if k is Ellipsis]
    if used > t.rank or len(dots) > 1:
        raise IndexRangeError(f"index: as many indices as axes at most, and one '...'; got {key} for {t}.")
    at = dots[0] if dots else len(key)
    return [*key[:at], *[slice(None)] * (t.rank - used), *key[at + 1 :]]


def _pick(x: Array, axis: int, k: int, length: int | Dim) -> Array:
    """Element k of an axis, which stays, with length 1, until the final reshape drops it."""
    if isinstance(length, Dim):  # whether there is such an element is seen when the program runs
        at = np.array([k]) if k >= 0 else reshape(m.add(operators.measure(length), k), (1,))
        return indexing.gather(x, at, axis=axis)
    if not -length <= k < length:
        raise IndexRangeError(
            f"index: must be in {-length}..{length - 1} for axis {axis} of {type_of(x)}; got {k}."
        )
    start = k + length if k < 0 else k
    return slice_axis(x, axis, start, start + 1)


def _slice(x: Array, axis: int, s: slice) -> Array:
    length = type_of(x).shape[axis]
    step = 1 if s.step is None else int(s.step)
    if step == 0:
        raise IndexRangeError("index: a step must not be 0.")
    if isinstance(length, Dim):
        if step != 1 or any(isinstance(e, int) and e >= 0 for e in (s.stop,)) or (s.start or 0) < 0:
            known("index", f"the length of axis {axis} for [{s.start}:{s.stop}:{s.step}]", length)
        return slice_axis(x, axis, s.start or 0, length if s.stop is None else length + s.stop)
    start, stop, step = s.indices(length)
    if step > 0:
        return slice_axis(x, axis, start, max(start, stop), step)
    count = max(0, -(-(start - stop) // -step))
    last = start + (count - 1) * step
    return flip(slice_axis(x, axis, last, start + 1, -step) if count else slice_axis(x, axis, 0, 0), axis)


def take(x: Array, indices: Array, axis: int | None = None) -> Array:
    """The elements at `indices` of one axis, whose place the axes of `indices` take.

    Negative indices count from the end.

    Raises:
        IndexRangeError: an index is outside of the axis, when the program runs.
    """
    x, indices = array(x), require_integer("take", "indices", indices)
    if axis is None:
        x, axis = reshape(x, (type_of(x).size,)), 0
    at = normalize_axis("take", axis, type_of(x))
    return indexing.gather(x, _from_the_front(indices, type_of(x).shape[at]), axis=at)


def _from_the_front(indices: Array, length: int | Dim) -> Array:
    """Indices with those below 0 counted from the end. One too far below stays as it is, for the error to tell."""
    dtype = type_of(indices).dtype
    if dtype.startswith("u"):
        return indices
    shifted = m.add(indices, operators.measure(length, dtype) if isinstance(length, Dim) else length)
    return m.where(logical_and(m.less(indices, 0), m.greater_equal(shifted, 0)), shifted, indices)


def take_along_axis(x: Array, indices: Array, axis: int = -1) -> Array:
    """out[..., i, ...] = x[..., indices[..., i, ...], ...]: along one axis, at every place of the others.

    Raises:
        ShapeError: the other axes differ.
    """
    x, indices = array(x), require_integer("take_along_axis", "indices", indices)
    t, ti = type_of(x), type_of(indices)
    at = normalize_axis("take_along_axis", axis, t)
    if ti.rank != t.rank or any(
        m != n for a, (m, n) in enumerate(zip(ti.shape, t.shape, strict=True)) if a != at
    ):
        raise ShapeError(
            f"take_along_axis: all axes but axis {axis} must be equal; got x: {t}, indices: {ti}."
        )
    return indexing.take_along_axis(x, _from_the_front(indices, t.shape[at]), axis=at)


def one_hot(x: Array, num_classes: int, axis: int = -1, dtype: object = "float32") -> Array:
    """1 at the class of each element along a new axis, 0 elsewhere; no 1 for a class out of range."""
    x = require_integer("one_hot", "classes", x)
    t = type_of(x)
    at = normalize_axis("one_hot", axis, t, extra=1)
    classes = np.arange(num_classes, dtype=t.dtype).reshape([-1 if a == at else 1 for a in range(t.rank + 1)])
    apart = reshape(x, (*t.shape[:at], 1, *t.shape[at:]))
    hit = logic.equal(*operators.common(apart, classes))
    return operators.cast(hit, dtype_name(dtype))


def require_labels(name: str, labels: Array) -> Array:
    """Class numbers as integers; floats that come from a file of numbers are converted."""
    labels = array(labels)
    t = type_of(labels)
    if t.dtype == "bool" or is_float(t.dtype):
        return operators.cast(labels, "int64")
    return labels if t.dtype in ("int32", "int64") else operators.cast(labels, "int64")
