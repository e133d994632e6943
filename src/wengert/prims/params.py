"""Checks of what type rules are given: ranks, axes, lengths, counts. One form of message for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wengert.base.dtypes import TABLE
from wengert.base.errors import DTypeError, ShapeError, UsageError, ValueRangeError
from wengert.ir.dim import Dim
from wengert.ir.types import TensorType


def is_int(x: object) -> bool:
    """Whether x is a Python integer (True and False are not)."""
    return isinstance(x, int) and not isinstance(x, bool)


def is_length(x: object) -> bool:
    """Whether x can be a length or a position: an integer or symbolic."""
    return is_int(x) or isinstance(x, Dim)


def show(values: object) -> str:
    """A parameter as messages print it: a tuple as [2,batch], anything else as Python does."""
    if isinstance(values, tuple | list):
        return f"[{','.join(show(v) for v in values)}]"
    return str(values) if isinstance(values, Dim) else repr(values)


def show_types(types: Iterable[object]) -> str:
    """Types as messages print them."""
    return ", ".join(map(str, types))


def check_rank(name: str, what: str, x: TensorType, rank: int) -> None:
    """Raise ShapeError unless x has `rank` axes."""
    if x.rank != rank:
        raise ShapeError(f"{name}: {what} must have {rank} axes; got {x}. Reshape it first.")


def check_axis(name: str, axis: object, x: TensorType) -> None:
    """Raise ShapeError unless `axis` is an axis of x, counted from 0."""
    if not is_int(axis) or not 0 <= axis < x.rank:  # type: ignore[operator]
        raise ShapeError(f"{name}: {_axes_of(x)}; got axis={show(axis)}. Count axes from 0.")


def check_axes(name: str, axes: object, x: TensorType, what: str = "axes") -> None:
    """Raise ShapeError unless `axes` is a tuple of different axes of x, counted from 0."""
    fits = (
        isinstance(axes, tuple)
        and all(is_int(a) and 0 <= a < x.rank for a in axes)
        and len(set(axes)) == len(axes)
    )
    if not fits:
        raise ShapeError(
            f"{name}: {what} must be a tuple of different axes; {_axes_of(x)}; got {what}={show(axes)}. "
            f"Count axes from 0, each once."
        )


def _axes_of(x: TensorType) -> str:
    return f"{x} has axes 0..{x.rank - 1}" if x.rank else f"{x} has no axes"


def check_shape(name: str, shape: object, what: str = "shape") -> None:
    """Raise ShapeError unless `shape` is a tuple of lengths that are not negative."""
    if not isinstance(shape, tuple) or not all(isinstance(n, Dim) or (is_int(n) and n >= 0) for n in shape):
        raise ShapeError(
            f"{name}: {what} must be a tuple of lengths >= 0; got {show(shape)}. Use Python integers."
        )


def check_lengths(name: str, what: str, values: object, count: int) -> None:
    """Raise ShapeError unless `values` is a tuple of `count` integers or symbolic lengths."""
    if not isinstance(values, tuple) or len(values) != count or not all(map(is_length, values)):
        raise ShapeError(
            f"{name}: {what} must be a tuple of {count} integers; got {show(values)}. Give one per axis."
        )


def check_counts(name: str, what: str, values: object, count: int, least: int) -> None:
    """Raise ShapeError unless `values` is a tuple of `count` integers, none below `least`."""
    fits = (
        isinstance(values, tuple) and len(values) == count and all(is_int(v) and v >= least for v in values)
    )
    if not fits:
        raise ShapeError(
            f"{name}: {what} must be a tuple of {count} integers >= {least}; got {show(values)}. "
            f"Give one per axis."
        )


def check_pairs(name: str, what: str, values: object, count: int) -> None:
    """Raise ShapeError unless `values` is a tuple of `count` pairs of integers >= 0."""
    pairs = values if isinstance(values, tuple) else ()
    fits = all(isinstance(p, tuple) and len(p) == 2 and all(is_int(v) and v >= 0 for v in p) for p in pairs)
    if not isinstance(values, tuple) or not fits or len(pairs) != count:
        raise ShapeError(
            f"{name}: {what} must be {count} pairs (low, high) of integers >= 0; got {show(values)}. "
            f"Give one pair per spatial axis."
        )


def check_flag(name: str, what: str, value: object) -> None:
    """Raise ValueRangeError unless `value` is True or False."""
    if not isinstance(value, bool):
        raise ValueRangeError(f"{name}: {what} must be True or False; got {value!r}.")


def check_int(name: str, what: str, value: object, least: int) -> None:
    """Raise ValueRangeError unless `value` is an integer, not below `least`."""
    if not is_int(value) or value < least:  # type: ignore[operator]
        raise ValueRangeError(f"{name}: {what} must be an integer >= {least}; got {value!r}.")


def check_dtype(name: str, dtype: object) -> None:
    """Raise DTypeError unless `dtype` is the name of a dtype."""
    if not isinstance(dtype, str) or dtype not in TABLE:
        raise DTypeError(f"{name}: dtype must be one of {', '.join(TABLE)}; got {dtype!r}.")


def check_kind(name: str, t: TensorType, kinds: frozenset[str], what: str = "the dtype") -> None:
    """Raise DTypeError unless the dtype of t is of one of the kinds."""
    if TABLE[t.dtype].kind not in kinds:
        allowed = ", ".join(d.name for d in TABLE.values() if d.kind in kinds)
        raise DTypeError(f"{name}: {what} must be one of {allowed}; got {t}. Convert with astype first.")


def check_same_dtype(name: str, types: Sequence[TensorType]) -> None:
    """Raise DTypeError unless all inputs have one dtype."""
    if len({t.dtype for t in types}) > 1:
        raise DTypeError(
            f"{name}: inputs must have one dtype; got {show_types(types)}. Convert with astype first."
        )


def check_same_shape(name: str, types: Sequence[TensorType]) -> None:
    """Raise ShapeError unless all inputs have one shape."""
    if len({t.shape for t in types}) > 1:
        raise ShapeError(
            f"{name}: inputs must have one shape; got {show_types(types)}. "
            f"Broadcast first: broadcast_to(x, shape)."
        )


def check_count(name: str, types: Sequence[TensorType], count: int) -> None:
    """Raise UsageError unless there are `count` inputs."""
    if len(types) != count:
        raise UsageError(f"{name}: takes {count} inputs; got {len(types)} ({show_types(types)}).")
