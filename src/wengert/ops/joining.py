"""Functions that put arrays together, take them apart, or repeat them along an axis, by their array-API names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wengert.base.errors import DTypeError, ShapeError
from wengert.ir import operators
from wengert.ir.dim import Dim
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops.operands import Array, Axis, array, concrete, known, normalize_axis, one_dtype
from wengert.ops.shape import Lengths, expand_dims, reshape, shape_tuple, slice_axis
from wengert.prims import indexing, slicing


def concatenate(arrays: Sequence[Array], /, axis: int | None = 0) -> Array:
    """Arrays one after the other along an axis; their other lengths must agree. axis None: each in a row first."""
    xs = [array(x) for x in arrays]
    if not xs:
        raise ShapeError("concatenate: at least one array is needed; got none.")
    if axis is None:
        xs = [reshape(x, (type_of(x).size,)) for x in xs]
    at = normalize_axis("concatenate", axis or 0, type_of(xs[0]))
    return slicing.concatenate(*one_dtype(*xs), axis=at)


concat = concatenate


def stack(arrays: Sequence[Array], /, axis: int = 0) -> Array:
    """Arrays of one shape along a new axis.

    Raises:
        ShapeError: their shapes differ, or there is none.
    """
    xs = [array(x) for x in arrays]
    if not xs or any(type_of(x).shape != type_of(xs[0]).shape for x in xs):
        got = ", ".join(str(type_of(x)) for x in xs) or "none"
        raise ShapeError(f"stack: at least one array is needed, and all must have one shape; got {got}.")
    return concatenate([expand_dims(x, axis) for x in xs], axis)


def unstack(x: Array, /, axis: int = 0) -> tuple[Array, ...]:
    """The arrays that `stack` would put together to x."""
    x = array(x)
    t = type_of(x)
    at = normalize_axis("unstack", axis, t)
    rest = t.shape[:at] + t.shape[at + 1 :]
    count = known("unstack", "the length of the axis", t.shape[at])
    return tuple(reshape(slice_axis(x, at, k, k + 1), rest) for k in range(count))


def split(x: Array, sections: int | Sequence[int], axis: int = 0) -> list[Array]:
    """Pieces along an axis: so many equal ones, or cut at the positions given."""
    x = array(x)
    t = type_of(x)
    at = normalize_axis("split", axis, t)
    length = known("split", "the length of the axis", t.shape[at])
    if isinstance(sections, int):
        if sections <= 0 or length % sections:
            raise ShapeError(f"split: axis {axis} of {t} must divide into equal parts; got {sections} parts.")
        cuts = list(range(0, length + 1, length // sections)) if length else [0] * (sections + 1)
    else:
        cuts = [0, *(min(max(c + length if c < 0 else c, 0), length) for c in sections), length]
    return [slice_axis(x, at, a, max(a, b)) for a, b in zip(cuts, cuts[1:], strict=False)]


def roll(x: Array, /, shift: int | Sequence[int], axis: Axis = None) -> Array:
    """Elements moved along axes; those that leave come in again at the other end. axis None: as if all in a row."""
    x = array(x)
    t = type_of(x)
    if axis is None:
        return reshape(roll(reshape(x, (t.size,)), shift, 0), t.shape)
    axes = [axis] if isinstance(axis, int | np.integer) else list(axis)
    shifts = [shift] if isinstance(shift, int | np.integer) else list(shift)
    if len(shifts) not in (1, len(axes)):
        raise ShapeError(f"roll: one shift is needed, or one for each axis; got {shift} and axis {axis}.")
    for by, a in zip(shifts * len(axes) if len(shifts) == 1 else shifts, axes, strict=True):
        x = _rolled(x, int(by), normalize_axis("roll", a, t))
    return x


def _rolled(x: Array, shift: int, at: int) -> Array:
    length = type_of(x).shape[at]
    if isinstance(length, Dim):  # the cut lies where the length says, when the program runs
        place = indexing.iota(shape=(length,), axis=0, dtype="int64")
        return indexing.gather(x, m.remainder(m.subtract(place, shift), operators.measure(length)), axis=at)
    cut = -shift % length if length else 0
    if cut == 0:
        return x
    return slicing.concatenate(slice_axis(x, at, cut, length), slice_axis(x, at, 0, cut), axis=at)


def tile(x: Array, repetitions: Lengths, /) -> Array:
    """x laid out side by side, so many times along each axis."""
    x = array(x)
    counts = shape_tuple("tile", repetitions)
    rank = max(type_of(x).rank, len(counts))
    counts = (1,) * (rank - len(counts)) + counts
    x = reshape(x, (1,) * (rank - type_of(x).rank) + type_of(x).shape)
    shape = type_of(x).shape
    pairs = [n for count, length in zip(counts, shape, strict=True) for n in (count, length)]
    apart = reshape(x, tuple(n for length in shape for n in (1, length)))
    return reshape(
        operators.broadcast_to(apart, tuple(pairs)), tuple(c * n for c, n in zip(counts, shape, strict=True))
    )


def repeat(x: Array, repeats: int | Array, /, axis: int | None = None) -> Array:
    """Each element so many times in a row along an axis. axis None: of all elements in a row.

    Args:
        repeats: one count for all, or an integer array with one for each position along the axis; known while a
            program is recorded, because the length of the result depends on it.
    """
    x = array(x)
    if axis is None:
        x, axis = reshape(x, (type_of(x).size,)), 0
    t = type_of(x)
    at = normalize_axis("repeat", axis, t)
    before, n, after = t.shape[:at], t.shape[at], t.shape[at + 1 :]
    if not isinstance(repeats, int | np.integer):
        return _repeated_each(x, repeats, at)
    if repeats < 0:
        raise ShapeError(f"repeat: a count must not be negative; got {repeats}.")
    repeats = int(repeats)
    apart = operators.broadcast_to(reshape(x, (*before, n, 1, *after)), (*before, n, repeats, *after))
    return reshape(apart, (*before, n * repeats, *after))


def _repeated_each(x: Array, repeats: Array, at: int) -> Array:
    counts = concrete("repeat", "counts in an array", repeats, "Give one int for all.")
    length = known("repeat", "the length of the axis", type_of(x).shape[at])
    if counts.dtype.kind not in "iu":
        raise DTypeError(f"repeat: counts must be integers; got {counts.dtype}.")
    if counts.size not in (1, length) or counts.ndim > 1 or np.any(counts < 0):
        raise ShapeError(
            f"repeat: counts must be one, or one for each of the {length} positions, and not negative; "
            f"got {counts.tolist()} for axis {at} of {type_of(x)}."
        )
    counts = np.broadcast_to(counts, (length,))
    return indexing.gather(x, np.repeat(np.arange(length), counts), axis=at)


def diff(
    x: Array, /, axis: int = -1, n: int = 1, prepend: Array | None = None, append: Array | None = None
) -> Array:
    """x[k + 1] - x[k] along an axis, n times over.

    Args:
        prepend, append: put before and after x first; of its shape but for the length of the axis.
    """
    x = array(x)
    at = normalize_axis("diff", axis, type_of(x))
    if n < 0:
        raise ShapeError(f"diff: n must not be negative; got {n}.")
    parts = [a for a in (prepend, x, append) if a is not None]
    x = concatenate(parts, at) if len(parts) > 1 else x
    for _ in range(n):
        length = type_of(x).shape[at]
        if not isinstance(length, Dim) and length == 0:
            break
        x = m.subtract(slice_axis(x, at, 1, length), slice_axis(x, at, 0, length - 1))
    return x
