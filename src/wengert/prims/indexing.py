"""Primitives that pick elements by position: iota, gather, scatter_add and their kind along one axis.

An index outside of its axis is an error, found when the program runs: IndexRangeError, with the index.
Negative indices are outside (`ops/` counts them from the end first).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wengert.base.errors import IndexRangeError, ShapeError
from wengert.ir import operators
from wengert.ir.dim import Dim, product
from wengert.ir.primitive import Primitive
from wengert.ir.types import Shape, TensorType, type_of
from wengert.loop.expr import Expr, Scalars
from wengert.loop.forms import LoopForm
from wengert.loop.nest import Loop
from wengert.prims.families import INTEGERS, NUMBERS, REALS, linear
from wengert.prims.logic import cast, equal, where
from wengert.prims.movement import broadcast_to, full_like, lead, move_axis, reshape
from wengert.prims.params import (
    check_axis,
    check_dtype,
    check_flag,
    check_int,
    check_kind,
    check_same_dtype,
    check_shape,
)

Index = tuple[Expr, ...]

# --- iota -----------------------------------------------------------------------------------------


def _iota_type(*, shape: Shape, axis: int, dtype: str) -> TensorType:
    check_shape("iota", shape)
    check_dtype("iota", dtype)
    out = TensorType(shape, dtype)
    check_kind("iota", out, REALS)
    check_axis("iota", axis, out)
    return out


def _iota_numpy(*, shape: tuple[int, ...], axis: int, dtype: str) -> np.ndarray:
    column = (-1, *(1,) * (len(shape) - axis - 1))
    return np.broadcast_to(np.arange(shape[axis]).astype(dtype).reshape(column), shape)


# The position along one axis, at every element.
iota = Primitive(
    "iota",
    type_rule=_iota_type,
    numpy_rule=_iota_numpy,
    lower=lambda s, i, *, shape, axis, dtype: s.cast(i[axis], dtype),
)

# --- indices counted from either end --------------------------------------------------------------


def _wrap_type(indices: TensorType, *, size: int | Dim, axis: int, name: str, wrap: bool) -> TensorType:
    check_kind("wrap_index", indices, INTEGERS, "the dtype of indices")
    check_shape("wrap_index", (size,), "size")
    check_int("wrap_index", "axis", axis, 0)
    check_flag("wrap_index", "wrap", wrap)
    return TensorType(indices.shape, "int64")


def wrapped(indices: np.ndarray, *, size: int, axis: int, name: str, wrap: bool = True) -> np.ndarray:
    """Indices as int64; with `wrap` from -size on, those below 0 counted from the end."""
    least = -size if wrap else 0
    bad = (indices < least) | (indices >= size)
    if bad.any():
        raise IndexRangeError(outside(name, indices[bad][0], axis, size, least))
    k = indices.astype(np.int64)
    return np.where(k < 0, k + size, k)


def _wrap_at(
    s: Scalars, i: Index, indices: Any, *, size: int | Dim, axis: int, name: str, wrap: bool
) -> Expr:
    k, n = s.cast(indices[i], "int64"), s.length(size)
    if wrap and not indices.dtype.startswith("u"):
        k = s.select(s.compare("lt", k, s.const(0)), s.add(k, n), k)
    return s.check(k, n, s.code)


# Indices of an axis that is `size` long, from the front; with `wrap` those below 0 are counted from the end.
# axis and name: for the message where one is outside.
wrap_index: Primitive = Primitive(
    "wrap_index",
    type_rule=_wrap_type,
    numpy_rule=wrapped,
    lower=_wrap_at,
    lead=lambda count, **params: params,
)

# --- gather and scatter_add: one axis, any number of positions ------------------------------------


def _picked(x: TensorType, indices: TensorType, axis: int) -> Shape:
    """The shape of x with the axes of `indices` in place of `axis`."""
    return x.shape[:axis] + indices.shape + x.shape[axis + 1 :]


def _check_indices(name: str, x: TensorType, indices: TensorType, axis: int) -> None:
    check_axis(name, axis, x)
    check_kind(name, indices, INTEGERS, "the dtype of indices")
    if x.shape[axis] == 0 and indices.size != 0:
        raise ShapeError(
            f"{name}: there must be an element to point to; got x: {x}, axis={axis}, indices: {indices}."
        )


def _gather_type(x: TensorType, indices: TensorType, *, axis: int) -> TensorType:
    _check_indices("gather", x, indices, axis)
    return TensorType(_picked(x, indices, axis), x.dtype)


def check_range(name: str, indices: np.ndarray, x: np.ndarray, axis: int) -> None:
    """Raise IndexRangeError unless all indices are those of elements along one axis of x."""
    bad = (indices < 0) | (indices >= x.shape[axis])
    if bad.any():
        raise IndexRangeError(outside(name, indices[bad][0], axis, x.shape[axis], of=type_of(x)))


def _gather_numpy(x: np.ndarray, indices: np.ndarray, *, axis: int) -> np.ndarray:
    if math.prod(_but(x.shape, axis)):  # else no element needs an index
        check_range("gather", indices, x, axis)
    return np.take(x, indices, axis, mode="clip")


def outside(name: str, index: int, axis: int, length: int, least: int = 0, of: object = None) -> str:
    """What is said of an index that points to no element."""
    return (
        f"{name}: every index must lie in {least}..{length - 1}, along axis {axis} of "
        f"{f'length {length}' if of is None else of}; got index {index}. Check the labels or indices in the data."
    )


def index_message(primitive: str, of: TensorType, index: int, params: dict[str, Any]) -> str:
    """What is said where compiled code has met an index outside of the axis that a primitive takes it for."""
    axis = params.get("axis", 0)
    if primitive != "wrap_index":
        return outside(primitive, index, axis, of.shape[axis], of=of)
    size = params["size"]
    if not params["wrap"]:
        return outside(params["name"], index, axis, size)
    return outside(params["name"], index - size if index < 0 else index, axis, size, -size)


def _checked(s: Scalars, indices: Any, at: Index, size: Expr) -> Expr:
    return s.check(s.cast(indices[at], "int64"), size, s.code)


def _gather_at(s: Scalars, i: Index, x: Any, indices: Any, *, axis: int) -> Expr:
    end = axis + len(indices.shape)
    k = _checked(s, indices, i[axis:end], x.shape[axis])
    return x[(*i[:axis], k, *i[end:])]  # type: ignore[no-any-return]


def _along(indices: Any, x: TensorType, axis: int) -> tuple[Any, Shape]:
    """A batch of indices as positions along one axis of a batch of x; the shape of what they take there."""
    t = type_of(indices)
    size, *rest = t.shape
    count = product(rest)
    column = tuple(count if a == axis + 1 else 1 for a in range(x.rank))
    wide = tuple(count if a == axis + 1 else n for a, n in enumerate(x.shape))
    spread = broadcast_to(reshape(indices, shape=(size, *column[1:])), shape=wide)
    return spread, (*x.shape[: axis + 1], *rest, *x.shape[axis + 2 :])


def _gather_batch(size: int | Dim, moved: Any, x: Any, indices: Any, *, axis: int) -> Any:
    if not moved[1]:
        return gather(x, indices, axis=axis + 1)
    if not moved[0]:
        return move_axis(gather(x, indices, axis=axis), axis, 0)
    places, shape = _along(indices, type_of(x), axis)
    return reshape(take_along_axis(x, places, axis=axis + 1), shape=shape)


# x[..., indices, ...] at one axis
gather: Primitive = linear(
    "gather",
    _gather_type,
    _gather_numpy,
    lower=_gather_at,
    transpose=lambda g, x, indices, *, axis: scatter_add(full_like(x, 0), indices, g, axis=axis),
    batch=_gather_batch,
)


def scatter_type(
    name: str, kinds: frozenset[str], x: TensorType, indices: TensorType, updates: TensorType, axis: int
) -> TensorType:
    """The type of x, which is updated at positions along one axis."""
    check_kind(name, x, kinds)
    _check_indices(name, x, indices, axis)
    check_same_dtype(name, (x, updates))
    if updates.shape != _picked(x, indices, axis):
        raise ShapeError(
            f"{name}: updates must have the axes of indices in place of axis {axis} of x; got x: {x}, "
            f"indices: {indices}, updates: {updates}."
        )
    return x


def scattered(
    name: str, join: np.ufunc | None, x: np.ndarray, indices: np.ndarray, updates: np.ndarray, axis: int
) -> np.ndarray:
    """x with each update joined to the element at its index, in order; in its place where `join` is None."""
    out = np.array(x)
    if updates.size:  # else no element needs an index
        check_range(name, indices, x, axis)
        at: tuple[Any, ...] = (*(slice(None),) * axis, indices)
        if join is None:
            out[at] = updates
        else:
            join.at(out, at, updates)
    return out


def scatter_loops(s: Scalars, x: Any, indices: Any, updates: Any, axis: int, join: str | None) -> LoopForm:
    """One update after the other along `axis`; what lies beside them is independent."""
    loops = tuple(Loop(f"i{a}", n) for a, n in enumerate(updates.shape))
    i = tuple(s.var(loop.var) for loop in loops)
    end = axis + len(indices.shape)
    k = _checked(s, indices, i[axis:end], x.shape[axis])
    return LoopForm(
        loops=loops[:axis] + loops[end:],
        serial=loops[axis:end],
        carries=(),
        index=(*i[:axis], k, *i[end:]),
        value=updates[i],
        accumulate=join,
        base=0,
    )


def _add_jvp(prim: Primitive, dots: Any, x: Any, indices: Any, updates: Any, axis: int) -> Any:
    dx, _, du = dots
    if dx is None and du is None:
        return None
    dx = full_like(x, 0) if dx is None else dx
    return prim(dx, indices, full_like(updates, 0) if du is None else du, axis=axis)


def _scatter_batch(size: int | Dim, moved: Any, x: Any, indices: Any, updates: Any, *, axis: int) -> Any:
    x, updates = (v if m else lead(v, size) for v, m in ((x, moved[0]), (updates, moved[2])))
    if not moved[1]:
        return scatter_add(x, indices, updates, axis=axis + 1)
    places, _ = _along(indices, type_of(x), axis)
    return add_along_axis(x, places, reshape(updates, shape=type_of(places).shape), axis=axis + 1)


# x with updates[..., k, ...] added at [..., indices[k], ...], in order, for all positions k of indices
scatter_add: Primitive = Primitive(
    "scatter_add",
    type_rule=lambda x, indices, updates, *, axis: scatter_type(
        "scatter_add", NUMBERS, x, indices, updates, axis
    ),
    numpy_rule=lambda x, indices, updates, *, axis: scattered(
        "scatter_add", np.add, x, indices, updates, axis
    ),
    jvp=lambda dots, out, x, indices, updates, *, axis: _add_jvp(
        scatter_add, dots, x, indices, updates, axis
    ),
    vjp=lambda g, out, x, indices, updates, *, axis: (g, None, gather(g, indices, axis=axis)),
    loops=lambda s, shape, x, indices, updates, *, axis: scatter_loops(s, x, indices, updates, axis, "sum"),
    batch=_scatter_batch,
)

# --- along one axis, with other positions at each place of the others -----------------------------


def _check_along(name: str, x: TensorType, indices: TensorType, axis: int) -> None:
    _check_indices(name, x, indices, axis)
    if x.rank != indices.rank or _but(x.shape, axis) != _but(indices.shape, axis):
        raise ShapeError(
            f"{name}: indices must have the shape of x but for axis {axis}; got x: {x}, indices: {indices}."
        )


def _but(shape: Shape, axis: int) -> Shape:
    return shape[:axis] + shape[axis + 1 :]


def _take_type(x: TensorType, indices: TensorType, *, axis: int) -> TensorType:
    _check_along("take_along_axis", x, indices, axis)
    return TensorType(indices.shape, x.dtype)


def _take_numpy(x: np.ndarray, indices: np.ndarray, *, axis: int) -> np.ndarray:
    check_range("take_along_axis", indices, x, axis)
    return np.take_along_axis(x, indices.astype(np.int64), axis)


def _take_at(s: Scalars, i: Index, x: Any, indices: Any, *, axis: int) -> Expr:
    k = _checked(s, indices, i, x.shape[axis])
    return x[(*i[:axis], k, *i[axis + 1 :])]  # type: ignore[no-any-return]


def _take_transpose(g: Any, x: Any, indices: Any, *, axis: int) -> Any:
    """One position a row needs no scatter: g where the position along the axis is the index, 0 elsewhere."""
    shape = type_of(x).shape
    if type_of(indices).shape[axis] != 1:
        return add_along_axis(full_like(x, 0), indices, g, axis=axis)
    column = tuple(n if a == axis else 1 for a, n in enumerate(shape))
    place = operators.broadcast_to(iota(shape=column, axis=axis, dtype="int64"), shape, g)
    hit = equal(place, broadcast_to(cast(indices, dtype="int64"), shape=shape))
    return where(hit, broadcast_to(g, shape=shape), full_like(x, 0))


# out[..., k, ...] = x[..., indices[..., k, ...], ...]
take_along_axis: Primitive = linear(
    "take_along_axis",
    _take_type,
    _take_numpy,
    lower=_take_at,
    transpose=_take_transpose,
    lead=lambda size, *, axis: {"axis": axis + 1},
)


def _add_along_type(x: TensorType, indices: TensorType, updates: TensorType, *, axis: int) -> TensorType:
    check_kind("add_along_axis", x, NUMBERS)
    _check_along("add_along_axis", x, indices, axis)
    check_same_dtype("add_along_axis", (x, updates))
    if updates.shape != indices.shape:
        raise ShapeError(f"add_along_axis: updates must have the shape of indices; got {updates}, {indices}.")
    return x


def _add_along_numpy(x: np.ndarray, indices: np.ndarray, updates: np.ndarray, *, axis: int) -> np.ndarray:
    check_range("add_along_axis", indices, x, axis)
    out = np.array(x)
    at: list[Any] = list(np.indices(indices.shape, sparse=True))
    at[axis] = indices
    np.add.at(out, tuple(at), updates)
    return out


def _add_along_loops(s: Scalars, shape: Any, x: Any, indices: Any, updates: Any, *, axis: int) -> LoopForm:
    loops = tuple(Loop(f"i{a}", n) for a, n in enumerate(updates.shape))
    i = tuple(s.var(loop.var) for loop in loops)
    k = _checked(s, indices, i, x.shape[axis])
    return LoopForm(
        loops=loops[:axis] + loops[axis + 1 :],
        serial=(loops[axis],),
        carries=(),
        index=(*i[:axis], k, *i[axis + 1 :]),
        value=updates[i],
        accumulate="sum",
        base=0,
    )


# x with updates[..., k, ...] added at [..., indices[..., k, ...], ...], in order
add_along_axis: Primitive = Primitive(
    "add_along_axis",
    type_rule=_add_along_type,
    numpy_rule=_add_along_numpy,
    jvp=lambda dots, out, x, indices, updates, *, axis: _add_jvp(
        add_along_axis, dots, x, indices, updates, axis
    ),
    vjp=lambda g, out, x, indices, updates, *, axis: (g, None, take_along_axis(g, indices, axis=axis)),
    loops=_add_along_loops,
    lead=lambda size, *, axis: {"axis": axis + 1},
)
