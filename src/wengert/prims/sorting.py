"""Primitives about order along an axis: sort, argsort, searchsorted. NaN comes after all numbers, as in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.dtypes import is_float
from wengert.base.errors import ValueRangeError
from wengert.ir.primitive import Primitive
from wengert.ir.types import TensorType
from wengert.loop.expr import Expr, Scalars, is_int_const
from wengert.prims.families import BITS, FLOATS, REALS
from wengert.prims.indexing import add_along_axis, take_along_axis
from wengert.prims.movement import full_like
from wengert.prims.params import check_axis, check_flag, check_kind, check_rank, check_same_dtype

ORDERED = BITS | FLOATS
LONG = 4096  # elements
INDEX_BITS = 47  # no axis has 2**47 elements: a process has no more bytes than that


def _check_order(name: str, x: TensorType, axis: int, descending: bool) -> None:
    check_kind(name, x, ORDERED)
    check_axis(name, axis, x)
    check_flag(name, "descending", descending)


def _lead(size: Any, *, axis: int, descending: bool) -> dict[str, Any]:
    return {"axis": axis + 1, "descending": descending}


# --- argsort --------------------------------------------------------------------------------------


def _argsort_type(x: TensorType, *, axis: int, descending: bool) -> TensorType:
    _check_order("argsort", x, axis, descending)
    return TensorType(x.shape, "int64")


def _argsort_numpy(x: np.ndarray, *, axis: int, descending: bool) -> np.ndarray:
    if not descending:
        return _stable_order(x, axis)
    # Sorted from the end, so that equal elements keep their order when it is turned round.
    last = x.shape[axis] - 1
    return np.asarray(last - np.flip(_stable_order(np.flip(x, axis), axis), axis))


def _stable_order(x: np.ndarray, axis: int) -> np.ndarray:
    """np.argsort(x, kind="stable"); of long axes in a third of the time: the quick sort, then equals by position."""
    length = x.shape[axis]
    if length < LONG or x.dtype.itemsize < 4:  # short, or sorted by their digits
        return np.argsort(x, axis, kind="stable")
    order = np.moveaxis(np.argsort(x, axis), axis, 0)
    ordered = np.take_along_axis(np.moveaxis(x, axis, 0), order, 0)
    before, after = ordered[:-1], ordered[1:]
    run = np.zeros(order.shape, np.int64)  # of equal elements, NaN being one of them
    np.cumsum((before != after) & ((before == before) | (after == after)), 0, out=run[1:])
    return np.moveaxis(np.sort(run * length + order, 0) % length, 0, axis)


# Positions along an axis, ordered by the elements there; equal elements keep their order.
argsort = Primitive("argsort", _argsort_type, _argsort_numpy, lead=_lead)


# --- sort -----------------------------------------------------------------------------------------


def _sort_type(x: TensorType, *, axis: int, descending: bool) -> TensorType:
    _check_order("sort", x, axis, descending)
    return x


def _sort_numpy(x: np.ndarray, *, axis: int, descending: bool) -> np.ndarray:
    # The quick sort, but where it could show that equal elements change places.
    signed = is_float(x.dtype.name) and bool(np.any(np.signbit(x) & (x == 0)))
    ordered = np.sort(x, axis, kind="stable" if signed else None)
    return np.flip(ordered, axis) if descending else ordered


def _sort_jvp(dots: Any, out: Any, x: Any, *, axis: int, descending: bool) -> Any:
    if dots[0] is None:
        return None
    return take_along_axis(dots[0], argsort(x, axis=axis, descending=descending), axis=axis)


def _sort_vjp(g: Any, out: Any, x: Any, *, axis: int, descending: bool) -> tuple[Any, ...]:
    order = argsort(x, axis=axis, descending=descending)
    return (add_along_axis(full_like(x, 0), order, g, axis=axis),)


# The elements along an axis in order. Derivatives go with the elements; of equal ones, with the first first.
sort = Primitive("sort", _sort_type, _sort_numpy, jvp=_sort_jvp, vjp=_sort_vjp, lead=_lead)


# --- searchsorted ---------------------------------------------------------------------------------


def _searchsorted_type(x: TensorType, v: TensorType, *, side: str) -> TensorType:
    check_rank("searchsorted", "x", x, 1)
    check_kind("searchsorted", x, REALS)
    check_same_dtype("searchsorted", (x, v))
    if side not in ("left", "right"):
        raise ValueRangeError(f"searchsorted: side must be 'left' or 'right'; got {side!r}.")
    return TensorType(v.shape, "int64")


def _searchsorted_at(s: Scalars, i: tuple[Expr, ...], x: Any, v: Any, *, side: str) -> Expr:
    """How many elements lie before v: that number is found bit by bit, the highest first."""
    (length,) = x.shape
    if is_int_const(length, 0):
        return s.const(0)
    value, found = v[i], s.const(0)
    bits = length.number.bit_length() if length.op == "const" else INDEX_BITS
    for bit in reversed(range(bits)):
        tried = s.add(found, s.const(2**bit))
        last = s.min(s.sub(tried, s.const(1)), s.sub(length, s.const(1)))
        before = _before(s, x[(s.max(last, s.const(0)),)], value, side)
        fits = s.bitop("and", s.compare("le", tried, length), before)
        found = s.select(fits, tried, found)
    return found


def _before(s: Scalars, element: Expr, value: Expr, side: str) -> Expr:
    """Whether an element lies before a value that is put in front of (left) or behind (right) its equals."""
    if side == "right":
        return s.invert(_less(s, value, element))
    return _less(s, element, value)


def _less(s: Scalars, x: Expr, y: Expr) -> Expr:
    """x < y, where NaN is larger than any number."""
    less = s.compare("lt", x, y)
    if not is_float(x.dtype):
        return less
    above = s.bitop("and", s.compare("eq", x, x), s.compare("ne", y, y))
    return s.bitop("or", less, above)


def _searchsorted_batch(size: Any, moved: Any, x: Any, v: Any, *, side: str) -> Any:
    return NotImplemented if moved[0] else searchsorted(x, v, side=side)


# For each v, how many elements of the sorted x lie before it (left), or before or at it (right).
searchsorted: Primitive = Primitive(
    "searchsorted",
    type_rule=_searchsorted_type,
    numpy_rule=lambda x, v, *, side: np.searchsorted(x, v, side),
    lower=_searchsorted_at,
    batch=_searchsorted_batch,
)
