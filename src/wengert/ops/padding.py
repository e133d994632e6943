"""pad, in NumPy's modes: elements put before and after those of an axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from wengert.base.dtypes import is_inexact
from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir import operators
from wengert.ir.dim import Dim
from wengert.ir.types import TensorType, type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.indexing import take
from wengert.ops.joining import concatenate
from wengert.ops.operands import Array, array, known
from wengert.ops.shape import broadcast_to, slice_axis
from wengert.ops.sorting import sort
from wengert.prims import indexing, slicing

Widths = int | Sequence[int] | Sequence[Sequence[int]]
FOLDED = ("edge", "reflect", "symmetric", "wrap")


def _median(x: Array, axis: int, *, keepdims: bool) -> Array:
    """The mean of the one or two elements in the middle."""
    n = known("pad", "the length of an axis in mode median", type_of(x).shape[axis])
    middle = take(sort(x, axis=axis), [(n - 1) // 2, n // 2], axis)
    return reduce.mean(middle, axis, keepdims=keepdims)


STATISTICS: dict[str, Callable[..., Array]] = {
    "maximum": reduce.max,
    "minimum": reduce.min,
    "mean": reduce.mean,
    "median": _median,
}
MODES = ("constant", "empty", "linear_ramp", *FOLDED, *STATISTICS)


def pad(
    x: Array,
    pad_width: Widths,
    mode: str = "constant",
    *,
    constant_values: float = 0,
    end_values: float = 0,
    stat_length: int | None = None,
    reflect_type: str = "even",
) -> Array:
    """x with elements before and after those of each axis.

    Args:
        pad_width: one (before, after) for each axis, or one for all, or one number for all.
        mode: what is put there: `constant`: `constant_values`; `empty`: zeros; `edge`: the first and the last
            element; `reflect`: the elements mirrored at the first and the last, `symmetric`: beside them;
            `wrap`: those of the other end; `linear_ramp`: numbers on the way to `end_values`; `maximum`,
            `minimum`, `mean`, `median`: of the `stat_length` elements at that end (None: of all).
        reflect_type: of `reflect` and `symmetric`: `odd` mirrors values at the end's value as well.

    Numerics: results are those of `numpy.pad`. Axes may be of symbolic length, but for `median` and `odd`.

    Raises:
        ShapeError: widths do not fit the axes; there is nothing to repeat.
        ValueRangeError: no such mode.

    Example:
        >>> import wengert as wg
        >>> wg.pad(wg.arange(4), (2, 1), "reflect").numpy()
        array([2, 1, 0, 1, 2, 3, 2])
    """
    x = array(x)
    t = type_of(x)
    widths = _widths(pad_width, t)
    if mode not in MODES:
        raise ValueRangeError(f"pad: mode must be one of {', '.join(MODES)}; got {mode!r}.")
    if reflect_type not in ("even", "odd"):
        raise ValueRangeError(f"pad: reflect_type must be 'even' or 'odd'; got {reflect_type!r}.")
    if stat_length is not None and stat_length < 1:
        raise ValueRangeError(f"pad: stat_length must be an int > 0; got {stat_length}.")
    if not any(map(any, widths)):
        return x
    if mode in ("constant", "empty"):
        low, high = tuple(w[0] for w in widths), tuple(w[1] for w in widths)
        value = constant_values if mode == "constant" else 0
        return slicing.pad(x, low=low, high=high, interior=(0,) * t.rank, value=value)
    for axis, (before, after) in enumerate(widths):
        if not before and not after:
            continue
        if t.shape[axis] == 0:
            raise ShapeError(
                f"pad: there must be an element to go by along axis {axis} in mode {mode}; got {t}."
            )
        if mode == "linear_ramp":
            x = _ramp(x, axis, before, after, end_values)
        elif mode in STATISTICS:
            x = _statistic(x, axis, before, after, mode, stat_length)
        elif reflect_type == "odd" and mode in ("reflect", "symmetric"):
            x = _odd(x, axis, before, after, mode)
        else:
            x = indexing.gather(x, _sources(mode, type_of(x).shape[axis], before, after), axis=axis)
    return x


def _widths(given: Widths, t: TensorType) -> list[tuple[int, int]]:
    """(before, after) for each axis."""
    try:
        found = np.broadcast_to(np.asarray(given), (t.rank, 2))
        fits = found.dtype.kind in "iu" and bool((found >= 0).all())
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"pad: pad_width must be a pair (before, after) of counts for each axis of {t}; got {given}."
        )
    return [(int(a), int(b)) for a, b in found]


def _sources(mode: str, length: int | Dim, before: int, after: int) -> Array:
    """Which element of the axis each one comes from."""
    k = indexing.iota(shape=(length + before + after,), axis=0, dtype="int64") - before
    n = operators.measure(length) if isinstance(length, Dim) else length
    if mode == "edge":
        return m.clip(k, 0, n - 1)
    if mode == "wrap":
        return m.remainder(k, n)
    turn = n * 2 if mode == "symmetric" else m.maximum(n * 2 - 2, 1)
    k = m.remainder(k, turn)
    return m.where(m.less(k, n), k, (turn - 1 if mode == "symmetric" else turn) - k)


def _odd(x: Array, axis: int, before: int, after: int, mode: str) -> Array:
    """Mirrored at the points (first position, first value) and (last position, last value), time and again."""
    t = type_of(x)
    n = t.shape[axis]
    if isinstance(n, Dim):
        raise ShapeError(f"pad: with reflect_type 'odd' the length of axis {axis} must be known; got {t}.")
    reach = n - 1 if mode == "reflect" else n
    if reach == 0:
        return indexing.gather(x, _sources("edge", n, before, after), axis=axis)
    first, last = slice_axis(x, axis, 0, 1), slice_axis(x, axis, n - 1, n)
    k = np.arange(-before, n + after)
    turns = np.floor_divide(k, reach)
    column = tuple(-1 if a == axis else 1 for a in range(t.rank))
    even = indexing.gather(x, _sources(mode, n, before, after), axis=axis)
    mirrored = (turns % 2 != 0).reshape(column)
    rise = m.subtract(last, first)
    up = np.asarray(turns // 2 * 2, t.dtype).reshape(column)
    straight = m.add(even, m.multiply(rise, up))
    turned = m.subtract(
        m.add(m.multiply(rise, np.asarray((turns + 1), t.dtype).reshape(column)), m.multiply(first, 2)), even
    )
    return m.where(mirrored, turned, straight)


def _ramp(x: Array, axis: int, before: int, after: int, end: float) -> Array:
    t = type_of(x)
    column = tuple(-1 if a == axis else 1 for a in range(t.rank))
    wide = x if is_inexact(t.dtype) else operators.cast(x, "float64")

    def ramp(edge: Array, count: int) -> Array:
        share = np.asarray(np.arange(count) / max(count, 1), type_of(wide).dtype).reshape(column)
        steps = m.add(m.multiply(m.subtract(edge, end), share), end)
        return operators.cast(steps if is_inexact(t.dtype) else m.floor(steps), t.dtype)

    left, right = ramp(take(wide, [0], axis), before), ramp(take(wide, [-1], axis), after)
    return concatenate([left, x, right[(slice(None),) * axis + (slice(None, None, -1),)]], axis)


def _statistic(x: Array, axis: int, before: int, after: int, mode: str, length: int | None) -> Array:
    t = type_of(x)
    n = t.shape[axis]

    def of(start: int | Dim, stop: int | Dim, count: int) -> Array:
        value = STATISTICS[mode](slice_axis(x, axis, start, stop), axis, keepdims=True)
        if mode in ("mean", "median") and not is_inexact(t.dtype):
            value = m.round(value)
        shape = (*t.shape[:axis], count, *t.shape[axis + 1 :])
        return operators.cast(broadcast_to(value, shape), t.dtype)

    reach = n if length is None else min(length, n) if isinstance(n, int) else length
    return concatenate([of(0, reach, before), x, of(n - reach, n, after)], axis)
