"""Primitives that run along one axis: cumsum, cumprod, recurrence."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.ir.primitive import Primitive
from wengert.ir.types import Shape, TensorType, type_of
from wengert.loop.expr import Scalars
from wengert.loop.forms import LoopForm
from wengert.loop.nest import Carry, Loop
from wengert.prims.families import INEXACT, NUMBERS, linear, total
from wengert.prims.params import check_axis, check_flag, check_kind, check_same_dtype, check_same_shape
from wengert.prims.slicing import pad

# --- running sums ---------------------------------------------------------------------------------


def _cumsum_type(x: TensorType, *, axis: int, reverse: bool) -> TensorType:
    check_kind("cumsum", x, NUMBERS)
    check_axis("cumsum", axis, x)
    check_flag("cumsum", "reverse", reverse)
    return x


def _cumsum_numpy(x: np.ndarray, *, axis: int, reverse: bool) -> np.ndarray:
    if reverse:
        return np.flip(np.cumsum(np.flip(x, axis), axis, dtype=x.dtype), axis)
    return np.cumsum(x, axis, dtype=x.dtype)


def _cumsum_loops(s: Scalars, shape: Shape, x: Any, *, axis: int, reverse: bool) -> LoopForm:
    loops = tuple(Loop(f"i{a}", n) for a, n in enumerate(x.shape))
    serial = loops[axis]
    k = s.var(serial.var)
    at = s.sub(s.sub(serial.extent, s.const(1)), k) if reverse else k
    index = tuple(at if a == axis else s.var(loop.var) for a, loop in enumerate(loops))
    value = s.add(s.carry("sum", x.dtype), x[index])
    start = s.const(0, x.dtype)
    return LoopForm(
        loops=loops[:axis] + loops[axis + 1 :],
        serial=(serial,),
        carries=(Carry("sum", start, value),),
        index=index,
        value=value,
    )


# Sums of all elements up to and including each, along one axis; reverse: from the end.
cumsum: Primitive = linear(
    "cumsum",
    _cumsum_type,
    _cumsum_numpy,
    loops=_cumsum_loops,
    transpose=lambda g, x, *, axis, reverse: cumsum(g, axis=axis, reverse=not reverse),
    lead=lambda size, *, axis, reverse: {"axis": axis + 1, "reverse": reverse},
)


def _shift(x: Any, axis: int, by: int, value: float) -> Any:
    """x moved along an axis by one place, to the end (1) or to the start (-1); `value` comes in."""
    along = tuple(by if a == axis else 0 for a in range(type_of(x).rank))
    return pad(x, low=along, high=tuple(-n for n in along), interior=(0,) * len(along), value=value)


# --- running products -----------------------------------------------------------------------------


def _cumprod_type(x: TensorType, *, axis: int) -> TensorType:
    check_kind("cumprod", x, NUMBERS)
    check_axis("cumprod", axis, x)
    return x


def _cumprod_loops(s: Scalars, shape: Shape, x: Any, *, axis: int) -> LoopForm:
    loops = tuple(Loop(f"i{a}", n) for a, n in enumerate(x.shape))
    index = tuple(s.var(loop.var) for loop in loops)
    value = s.mul(s.carry("product", x.dtype), x[index])
    return LoopForm(
        loops=loops[:axis] + loops[axis + 1 :],
        serial=(loops[axis],),
        carries=(Carry("product", s.const(1, x.dtype), value),),
        index=index,
        value=value,
    )


def _cumprod_vjp(g: Any, out: Any, x: Any, *, axis: int) -> tuple[Any, ...]:
    """What x[k] is a factor of: out[k - 1] times (g[k] + x[k + 1] (g[k + 1] + x[k + 2] ...)). Exact at zeros."""
    rest = recurrence(_shift(x, axis, -1, 0), g, axis=axis, reverse=True)
    return (_shift(out, axis, 1, 1) * rest,)


# Products of all elements up to and including each, along one axis.
cumprod: Primitive = Primitive(
    "cumprod",
    type_rule=_cumprod_type,
    numpy_rule=lambda x, *, axis: np.cumprod(x, axis, dtype=x.dtype),
    loops=_cumprod_loops,
    jvp=lambda dots, out, x, *, axis: (
        None
        if dots[0] is None
        else recurrence(x, dots[0] * _shift(out, axis, 1, 1), axis=axis, reverse=False)
    ),
    vjp=_cumprod_vjp,
    lead=lambda size, *, axis: {"axis": axis + 1},
)


# --- linear recurrences ---------------------------------------------------------------------------


def _recurrence_type(a: TensorType, b: TensorType, *, axis: int, reverse: bool) -> TensorType:
    check_kind("recurrence", a, INEXACT)
    check_same_shape("recurrence", (a, b))
    check_same_dtype("recurrence", (a, b))
    check_axis("recurrence", axis, a)
    check_flag("recurrence", "reverse", reverse)
    return a


def _recurrence_numpy(a: np.ndarray, b: np.ndarray, *, axis: int, reverse: bool) -> np.ndarray:
    out = np.array(b)
    factors, rows = np.moveaxis(a, axis, 0), np.moveaxis(out, axis, 0)  # views
    order = range(len(rows))[::-1] if reverse else range(len(rows))
    for before, k in zip(order, order[1:], strict=False):
        rows[k] += factors[k] * rows[before]
    return out


def _recurrence_loops(s: Scalars, shape: Shape, a: Any, b: Any, *, axis: int, reverse: bool) -> LoopForm:
    loops = tuple(Loop(f"i{n}", length) for n, length in enumerate(a.shape))
    serial = loops[axis]
    k = s.var(serial.var)
    at = s.sub(s.sub(serial.extent, s.const(1)), k) if reverse else k
    index = tuple(at if n == axis else s.var(loop.var) for n, loop in enumerate(loops))
    grown = s.add(s.mul(a[index], s.carry("h", a.dtype)), b[index])
    value = s.select(s.compare("eq", k, s.const(0)), b[index], grown)
    return LoopForm(
        loops=loops[:axis] + loops[axis + 1 :],
        serial=(serial,),
        carries=(Carry("h", s.const(0, a.dtype), value),),
        index=index,
        value=value,
    )


def _recurrence_jvp(dots: Any, out: Any, a: Any, b: Any, *, axis: int, reverse: bool) -> Any:
    da, db = dots
    moved = None if da is None else da * _shift(out, axis, -1 if reverse else 1, 0)
    growth = total([moved, db])
    return None if growth is None else recurrence(a, growth, axis=axis, reverse=reverse)


def _recurrence_vjp(g: Any, out: Any, a: Any, b: Any, *, axis: int, reverse: bool) -> tuple[Any, ...]:
    by = -1 if reverse else 1
    bar = recurrence(_shift(a, axis, -by, 0), g, axis=axis, reverse=not reverse)
    return bar * _shift(out, axis, by, 0), bar


# out[k] = a[k] * out[k - 1] + b[k] along one axis, from out[0] = b[0]; reverse: from the end.
recurrence: Primitive = Primitive(
    "recurrence",
    type_rule=_recurrence_type,
    numpy_rule=_recurrence_numpy,
    loops=_recurrence_loops,
    jvp=_recurrence_jvp,
    vjp=_recurrence_vjp,
    lead=lambda size, *, axis, reverse: {"axis": axis + 1, "reverse": reverse},
)
