"""Primitives that take parts of a tensor, or put tensors together: slice, pad, concatenate, dynamic_slice.

Positions may be symbolic. They must lie inside of the tensor for every length, or the program is refused
while it is recorded; whether a length such as time - 1 is not negative is seen when the program is called.
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from wengert.base.dtypes import TABLE, is_inexact
from wengert.base.errors import DTypeError, ShapeError, UsageError, ValueRangeError
from wengert.ir.dim import Dim, surely_at_least
from wengert.ir.node import Node
from wengert.ir.primitive import Primitive
from wengert.ir.types import Shape, TensorType, type_of
from wengert.loop.expr import Expr, Scalars, is_int_const
from wengert.prims.families import linear
from wengert.prims.movement import full_like, lead
from wengert.prims.params import (
    check_axis,
    check_counts,
    check_lengths,
    check_same_dtype,
    check_shape,
    show,
    show_types,
)

Index = tuple[Expr, ...]


def inside(s: Scalars, index: Expr, length: Expr) -> Expr:
    """Whether 0 <= index < length."""
    return s.bitop("and", s.compare("le", s.const(0), index), s.compare("lt", index, length))


def clamp(s: Scalars, index: Expr, length: Expr) -> Expr:
    """The nearest position inside of a length that is not 0."""
    return s.max(s.min(index, s.sub(length, s.const(1))), s.const(0))


# --- slice ----------------------------------------------------------------------------------------


def _slice_type(x: TensorType, *, start: Shape, stop: Shape, step: tuple[int, ...]) -> TensorType:
    check_lengths("slice", "start", start, x.rank)
    check_lengths("slice", "stop", stop, x.rank)
    check_counts("slice", "step", step, x.rank, 1)
    for a, n in enumerate(x.shape):
        length = stop[a] - start[a]
        if not surely_at_least(start[a], 0) or not surely_at_least(n, stop[a]) or _negative(length):
            raise ShapeError(
                f"slice: 0 <= start <= stop <= length must hold on every axis, for every symbolic length; "
                f"got x: {x}, start={show(start)}, stop={show(stop)}; see axis {a}."
            )
    return TensorType(tuple((q - p + d - 1) // d for p, q, d in zip(start, stop, step, strict=True)), x.dtype)


def _negative(n: int | Dim) -> bool:
    """Whether a length is surely below 0."""
    return surely_at_least(-1, n)


def _slice_transpose(g: Any, x: Any, *, start: Shape, stop: Shape, step: tuple[int, ...]) -> Any:
    """Zeros between and around: pad is the transpose of slice."""
    high = []
    for n, m, p, d in zip(type_of(x).shape, type_of(g).shape, start, step, strict=True):
        high.append(n - p - ((m - 1) * d + 1 if m != 0 else 0))
    return pad(g, low=start, high=tuple(high), interior=tuple(d - 1 for d in step), value=0)


slice: Primitive = linear(
    "slice",
    _slice_type,
    lambda x, *, start, stop, step: x[tuple(map(builtins.slice, start, stop, step))],
    lower=lambda s, i, x, *, start, stop, step: x[
        tuple(s.add(s.mul(k, s.const(d)), s.length(p)) for k, p, d in zip(i, start, step, strict=True))
    ],
    transpose=_slice_transpose,
    lead=lambda size, *, start, stop, step: {"start": (0, *start), "stop": (size, *stop), "step": (1, *step)},
)


# --- pad ------------------------------------------------------------------------------------------


def _padded(n: int | Dim, low: int | Dim, high: int | Dim, interior: int) -> int | Dim:
    between = (n - 1) * interior if n != 0 else 0
    return n + between + low + high


def _pad_type(
    x: TensorType, *, low: Shape, high: Shape, interior: tuple[int, ...], value: float
) -> TensorType:
    check_lengths("pad", "low", low, x.rank)
    check_lengths("pad", "high", high, x.rank)
    check_counts("pad", "interior", interior, x.rank, 0)
    check_number("pad", value, x)
    shape = tuple(map(_padded, x.shape, low, high, interior))
    if any(map(_negative, shape)):
        raise ShapeError(
            f"pad: no axis may become shorter than 0; got x: {x}, low={show(low)}, high={show(high)}, "
            f"interior={show(interior)}."
        )
    return TensorType(shape, x.dtype)


def check_number(name: str, value: object, x: TensorType) -> None:
    """Raise ValueRangeError unless the Python number `value` can be an element of x."""
    kind = TABLE[x.dtype].kind
    if is_inexact(x.dtype):
        fits = isinstance(value, bool | int | float)
    elif kind == "b":
        fits = isinstance(value, bool) or value in (0, 1)
    else:
        info = np.iinfo(x.dtype)
        fits = isinstance(value, bool | int) and info.min <= value <= info.max
    if not fits:
        raise ValueRangeError(
            f"{name}: value must be a number that {TABLE[x.dtype].name} can hold; got {value!r} for {x}."
        )


def _pad_numpy(
    x: np.ndarray, *, low: tuple[int, ...], high: tuple[int, ...], interior: tuple[int, ...], value: float
) -> np.ndarray:
    """Spread x over an array that has room for all of it, then cut what negative low and high cut."""
    steps = [k + 1 for k in interior]
    core = [(n - 1) * d + 1 if n else 0 for n, d in zip(x.shape, steps, strict=True)]
    room = [max(p, 0) + n + max(q, 0) for p, n, q in zip(low, core, high, strict=True)]
    out = np.full(room, value, x.dtype)
    out[
        tuple(builtins.slice(max(p, 0), max(p, 0) + n, d) for p, n, d in zip(low, core, steps, strict=True))
    ] = x
    return out[
        tuple(builtins.slice(max(-p, 0), m - max(-q, 0)) for p, q, m in zip(low, high, room, strict=True))
    ]


def _pad_at(
    s: Scalars, i: Index, x: Any, *, low: Shape, high: Shape, interior: tuple[int, ...], value: float
) -> Expr:
    fill = s.const(value, x.dtype)
    if any(is_int_const(n, 0) for n in x.shape):
        return fill
    index, there = [], None
    for k, n, p, q, gap in zip(i, x.shape, low, high, interior, strict=True):
        at = s.sub(k, s.length(p))
        if p == 0 and q == 0 and gap == 0:
            index.append(k)
            continue
        holds = s.compare("eq", s.imod(at, s.const(gap + 1)), s.const(0)) if gap else None
        at = s.idiv(at, s.const(gap + 1))
        holds = _both(s, inside(s, at, n), holds)
        there = _both(s, holds, there)
        index.append(clamp(s, at, n))
    element: Expr = x[tuple(index)]
    return element if there is None else s.select(there, element, fill)


def _both(s: Scalars, x: Expr, y: Expr | None) -> Expr:
    return x if y is None else s.bitop("and", x, y)


def _pad_vjp(
    g: Any, out: Any, x: Any, *, low: Shape, high: Shape, interior: tuple[int, ...], value: float
) -> Any:
    """Cut what was added; give back zeros for what was cut."""
    back = tuple(-p for p in low), tuple(-p for p in high)
    rank = len(low)
    if any(n == 0 for n in type_of(x).shape):
        return (full_like(x, 0),)
    g = pad(g, low=back[0], high=back[1], interior=(0,) * rank, value=0)
    if any(interior):
        g = slice(g, start=(0,) * rank, stop=type_of(g).shape, step=tuple(k + 1 for k in interior))
    return (g,)


def _pad_jvp(dots: Any, out: Any, x: Any, *, value: float, **params: Any) -> Any:
    return None if dots[0] is None else pad(dots[0], value=0, **params)


# `value` around x (low, high) and between its elements (interior); a negative low or high cuts.
pad: Primitive = Primitive(
    "pad",
    type_rule=_pad_type,
    numpy_rule=_pad_numpy,
    lower=_pad_at,
    jvp=_pad_jvp,
    vjp=_pad_vjp,
    lead=lambda size, *, low, high, interior, value: {
        "low": (0, *low),
        "high": (0, *high),
        "interior": (0, *interior),
        "value": value,
    },
)


# --- concatenate ----------------------------------------------------------------------------------


def has_border(x: Node) -> bool:
    """Whether x is a value with zeros around it."""
    return x.primitive is pad and x.kwargs["value"] == 0 and not any(x.kwargs["interior"])


def _concatenate_type(*xs: TensorType, axis: int) -> TensorType:
    if not xs:
        raise UsageError("concatenate: takes at least one input; got none.")
    first = xs[0]
    check_axis("concatenate", axis, first)
    check_same_dtype("concatenate", xs)
    if any(_without(x.shape, axis) != _without(first.shape, axis) or x.rank != first.rank for x in xs):
        raise ShapeError(f"concatenate: inputs must agree but for axis {axis}; got {show_types(xs)}.")
    length: int | Dim = 0
    for x in xs:
        length = x.shape[axis] + length
    return TensorType((*first.shape[:axis], length, *first.shape[axis + 1 :]), first.dtype)


def _without(shape: Shape, axis: int) -> Shape:
    return shape[:axis] + shape[axis + 1 :]


def _concatenate_at(s: Scalars, i: Index, *xs: Any, axis: int) -> Expr:
    xs = tuple(x for x in xs if not is_int_const(x.shape[axis], 0)) or xs[:1]
    start, parts = s.const(0), []
    for x in xs:
        at = clamp(s, s.sub(i[axis], start), x.shape[axis]) if len(xs) > 1 else i[axis]
        start = s.add(start, x.shape[axis])
        parts.append((start, x[(*i[:axis], at, *i[axis + 1 :])]))
    _, value = parts.pop()
    for end, part in reversed(parts):
        value = s.select(s.compare("lt", i[axis], end), part, value)
    return value  # type: ignore[no-any-return]


def _concatenate_jvp(dots: Any, out: Any, *xs: Any, axis: int) -> Any:
    return concatenate(
        *(full_like(x, 0) if d is None else d for d, x in zip(dots, xs, strict=True)), axis=axis
    )


def _concatenate_vjp(g: Any, out: Any, *xs: Any, axis: int) -> tuple[Any, ...]:
    shape, parts = type_of(g).shape, []
    at: int | Dim = 0
    one = (1,) * len(shape)
    for x in xs:
        end = at + type_of(x).shape[axis]
        start = tuple(at if a == axis else 0 for a in range(len(shape)))
        stop = tuple(end if a == axis else n for a, n in enumerate(shape))
        parts.append(slice(g, start=start, stop=stop, step=one))
        at = end
    return tuple(parts)


concatenate: Primitive = Primitive(
    "concatenate",
    type_rule=_concatenate_type,
    numpy_rule=lambda *xs, axis: np.concatenate(xs, axis),
    lower=_concatenate_at,
    jvp=_concatenate_jvp,
    vjp=_concatenate_vjp,
    lead=lambda size, *, axis: {"axis": axis + 1},
)


# --- windows at positions that are computed -------------------------------------------------------


def _check_starts(name: str, x: TensorType, starts: tuple[TensorType, ...], sizes: Shape) -> None:
    if len(starts) != x.rank:
        raise UsageError(f"{name}: one start per axis of {x} is needed; got {len(starts)}.")
    for k, t in enumerate(starts):
        if t.rank or TABLE[t.dtype].kind not in "iu":
            raise DTypeError(
                f"{name}: each start must be an integer scalar; got {t} for axis {k}. Cast it first."
            )
    if any(not surely_at_least(n, m) for n, m in zip(x.shape, sizes, strict=True)):
        raise ShapeError(f"{name}: the window must fit into {x}; got sizes {show(sizes)}.")


def _dynamic_slice_type(x: TensorType, *starts: TensorType, sizes: Shape) -> TensorType:
    check_shape("dynamic_slice", sizes, "sizes")
    check_lengths("dynamic_slice", "sizes", sizes, x.rank)
    _check_starts("dynamic_slice", x, starts, sizes)
    return TensorType(sizes, x.dtype)


def _window(x: np.ndarray, starts: tuple[np.ndarray, ...], sizes: Shape) -> tuple[builtins.slice, ...]:
    begins = [max(0, min(int(p), n - m)) for p, n, m in zip(starts, x.shape, sizes, strict=True)]
    return tuple(builtins.slice(b, b + m) for b, m in zip(begins, sizes, strict=True))


def _begins(s: Scalars, x: Any, starts: tuple[Any, ...], sizes: tuple[Expr, ...]) -> list[Expr]:
    """Starts moved so that the window lies inside of x."""
    wanted = [s.cast(p[()], "int64") for p in starts]
    return [s.max(s.const(0), s.min(p, s.sub(n, m))) for p, n, m in zip(wanted, x.shape, sizes, strict=True)]


FIRST = np.zeros((), np.int64)  # where a window that takes all of an axis starts


def _slice_batch(size: int | Dim, moved: Any, x: Any, *starts: Any, sizes: Shape) -> Any:
    """A window at the same place of every x; where places differ, `transforms/vmap.py` loops."""
    if any(moved[1:]):
        return NotImplemented
    return dynamic_slice(x, FIRST, *starts, sizes=(size, *sizes))


# x[starts : starts + sizes]; starts are moved so that the window lies inside of x.
dynamic_slice: Primitive = linear(
    "dynamic_slice",
    _dynamic_slice_type,
    lambda x, *starts, sizes: x[_window(x, starts, sizes)],
    lower=lambda s, i, x, *starts, sizes: x[
        tuple(map(s.add, i, _begins(s, x, starts, tuple(map(s.length, sizes)))))
    ],
    transpose=lambda g, x, *starts, sizes: dynamic_update_slice(full_like(x, 0), g, *starts),
    batch=_slice_batch,
)


def _update_type(x: TensorType, update: TensorType, *starts: TensorType) -> TensorType:
    check_same_dtype("dynamic_update_slice", (x, update))
    if update.rank != x.rank:
        raise ShapeError(f"dynamic_update_slice: x and update must have as many axes; got {x}, {update}.")
    _check_starts("dynamic_update_slice", x, starts, update.shape)
    return x


def _update_numpy(x: np.ndarray, update: np.ndarray, *starts: np.ndarray) -> np.ndarray:
    out = np.array(x)
    out[_window(x, starts, update.shape)] = update
    return out


def _update_at(s: Scalars, i: Index, x: Any, update: Any, *starts: Any) -> Expr:
    if any(is_int_const(m, 0) for m in update.shape):
        return x[i]  # type: ignore[no-any-return]
    there, index = None, []
    for k, p, m in zip(i, _begins(s, x, starts, update.shape), update.shape, strict=True):
        at = s.sub(k, p)
        there = _both(s, inside(s, at, m), there)
        index.append(clamp(s, at, m))
    element: Expr = update[tuple(index)]
    return element if there is None else s.select(there, element, x[i])


def _update_jvp(dots: Any, out: Any, x: Any, update: Any, *starts: Any) -> Any:
    dx, du = dots[:2]
    if dx is None and du is None:
        return None
    dx = full_like(x, 0) if dx is None else dx
    return dynamic_update_slice(dx, full_like(update, 0) if du is None else du, *starts)


def _update_vjp(g: Any, out: Any, x: Any, update: Any, *starts: Any) -> tuple[Any, ...]:
    rest = dynamic_update_slice(g, full_like(update, 0), *starts)
    taken = dynamic_slice(g, *starts, sizes=type_of(update).shape)
    return rest, taken, *(None for _ in starts)


def _update_batch(size: int | Dim, moved: Any, x: Any, update: Any, *starts: Any) -> Any:
    if any(moved[2:]):
        return NotImplemented
    x, update = (v if m else lead(v, size) for v, m in zip((x, update), moved, strict=False))
    return dynamic_update_slice(x, update, FIRST, *starts)


# x with `update` in place of the window at `starts`, which are moved so that it lies inside of x.
dynamic_update_slice: Primitive = Primitive(
    "dynamic_update_slice",
    type_rule=_update_type,
    numpy_rule=_update_numpy,
    lower=_update_at,
    jvp=_update_jvp,
    vjp=_update_vjp,
    batch=_update_batch,
)
