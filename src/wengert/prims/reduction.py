"""Primitives that fold axes away: max, min, prod, var, any, all, argmax, argmin.

(`reduce_sum` is defined with its transpose, `broadcast_to`, in movement.py.)
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from wengert.base.dtypes import is_float
from wengert.base.errors import ShapeError
from wengert.ir.dim import Dim, product
from wengert.ir.primitive import Primitive, Rule
from wengert.ir.types import TensorType, type_of
from wengert.loop.expr import Expr, Scalars
from wengert.prims.families import FLOATS, NUMBERS, REALS
from wengert.prims.logic import cast, equal
from wengert.prims.movement import (
    count,
    merge_index,
    reduce_sum,
    reduced_type,
    reshape,
    restore_axes,
    shifted,
    transpose,
)
from wengert.prims.params import check_axis, check_kind
from wengert.prims.slicing import pad

__all__ = [
    "argmax",
    "argmin",
    "reduce_all",
    "reduce_any",
    "reduce_max",
    "reduce_min",
    "reduce_prod",
    "reduce_sum",
    "reduce_var",
]

Axes = tuple[int, ...]


def _lower(kind: str) -> Rule:
    def lower(s: Scalars, i: tuple[Expr, ...], x: Any, *, axes: Axes) -> Expr:
        return s.reduce(kind, [x.shape[a] for a in axes], lambda k: x[merge_index(i, k, axes)])

    return lower


def _lead(size: int | Dim, *, axes: Axes) -> dict[str, Any]:
    return {"axes": shifted(axes)}


# --- extrema --------------------------------------------------------------------------------------


def _extremum(kind: str, numpy_rule: Rule) -> Primitive:
    """The derivative is shared equally by all elements that are the extremum."""
    name = f"reduce_{kind}"

    def type_rule(x: TensorType, *, axes: Axes) -> TensorType:
        check_kind(name, x, REALS)
        out = reduced_type(name, x, axes)
        if any(x.shape[a] == 0 for a in axes):
            raise ShapeError(f"{name}: there must be an element to choose; got {x}, axes={axes}.")
        return out

    def share(out: Any, x: Any, axes: Axes) -> Any:
        hit = cast(equal(x, restore_axes(out, x, axes)), dtype=type_of(x).dtype)
        return hit / restore_axes(reduce_sum(hit, axes=axes), x, axes)

    def jvp(dots: Any, out: Any, x: Any, *, axes: Axes) -> Any:
        return None if dots[0] is None else reduce_sum(dots[0] * share(out, x, axes), axes=axes)

    def vjp(g: Any, out: Any, x: Any, *, axes: Axes) -> tuple[Any, ...]:
        return (restore_axes(g, x, axes) * share(out, x, axes),)

    return Primitive(
        name, type_rule, lambda x, *, axes: numpy_rule(x, axis=axes), _lower(kind), jvp, vjp, lead=_lead
    )


reduce_max = _extremum("max", np.max)
reduce_min = _extremum("min", np.min)


# --- product --------------------------------------------------------------------------------------


def _prod_type(x: TensorType, *, axes: Axes) -> TensorType:
    check_kind("reduce_prod", x, NUMBERS)
    return reduced_type("reduce_prod", x, axes)


def _other_factors(x: Any, axes: Axes) -> Any:
    """For each element, the product of all others over `axes`: exact at zeros, and so are its derivatives."""
    t = type_of(x)
    kept = tuple(a for a in range(t.rank) if a not in axes)
    count = product(t.shape[a] for a in axes)
    if isinstance(count, Dim):
        raise ShapeError(f"reduce_prod: to differentiate, the lengths of axes {axes} must be known; got {t}.")
    perm = (*kept, *axes)
    moved = transpose(x, perm=perm)
    rows = reshape(moved, shape=(*(t.shape[a] for a in kept), count))
    others = _shifted_products(rows, 1, count) * _shifted_products(rows, -1, count)
    back = reshape(others, shape=type_of(moved).shape)
    return transpose(back, perm=tuple(perm.index(a) for a in range(t.rank)))


def _shifted_products(x: Any, direction: int, count: int) -> Any:
    """Products of all elements before (1) or after (-1) each, along the last axis, in log2(count) steps."""
    lead = (0,) * (type_of(x).rank - 1)

    def shift(y: Any, by: int) -> Any:
        by *= direction
        return pad(y, low=(*lead, by), high=(*lead, -by), interior=(*lead, 0), value=1)

    if not count:
        return x
    x, reach = shift(x, 1), 1
    while reach < count:
        x, reach = x * shift(x, reach), 2 * reach
    return x


reduce_prod = Primitive(
    "reduce_prod",
    type_rule=_prod_type,
    numpy_rule=lambda x, *, axes: np.prod(x, axis=axes, dtype=x.dtype),
    lower=_lower("prod"),
    jvp=lambda dots, out, x, *, axes: (
        None if dots[0] is None else reduce_sum(dots[0] * _other_factors(x, axes), axes=axes)
    ),
    vjp=lambda g, out, x, *, axes: (restore_axes(g, x, axes) * _other_factors(x, axes),),
    lead=_lead,
)


# --- variance -------------------------------------------------------------------------------------


def deviation(x: Any, axes: Axes) -> Any:
    """x - mean(x) over `axes`."""
    return x - restore_axes(_mean(reduce_sum(x, axes=axes), x, axes), x, axes)


def _mean(total: Any, x: Any, axes: Axes) -> Any:
    """A sum over `axes` of x's shape, divided by their length."""
    t = type_of(x)
    n = count(tuple(t.shape[a] for a in axes), x)
    return total / (n if isinstance(n, int) else cast(n, dtype=t.dtype))


def variance(x: Any, *, axes: Axes) -> Any:
    """mean((x - mean(x))^2), in two passes: the mean is subtracted first, so nothing cancels."""
    off = deviation(x, axes)
    return _mean(reduce_sum(off * off, axes=axes), x, axes)


def _var_type(x: TensorType, *, axes: Axes) -> TensorType:
    check_kind("reduce_var", x, FLOATS)
    return reduced_type("reduce_var", x, axes)


def _var_numpy(x: np.ndarray, *, axes: Axes) -> np.ndarray:
    n = math.prod(x.shape[a] for a in axes)
    off = x - np.sum(x, axis=axes, dtype=x.dtype, keepdims=True) / np.asarray(n, x.dtype)
    return np.asarray(np.sum(off * off, axis=axes, dtype=x.dtype) / np.asarray(n, x.dtype))


def _var_lower(s: Scalars, i: tuple[Expr, ...], x: Any, *, axes: Axes) -> Expr:
    extents = [x.shape[a] for a in axes]
    n = s.cast(functools.reduce(s.mul, extents, s.const(1)), x.dtype)
    mean = s.div(s.reduce("sum", extents, lambda k: x[merge_index(i, k, axes)]), n)

    def square(k: tuple[Expr, ...]) -> Expr:
        off = s.sub(x[merge_index(i, k, axes)], mean)
        return s.mul(off, off)

    return s.div(s.reduce("sum", extents, square), n)


def _var_jvp(dots: Any, out: Any, x: Any, *, axes: Axes) -> Any:
    if dots[0] is None:
        return None
    return _mean(reduce_sum(dots[0] * deviation(x, axes), axes=axes) * 2, x, axes)


# Deviations add up to nothing, so how the mean moves with x adds nothing to the derivative. Differentiating
# the two sums would not see that, and take another pass over x to compute that nothing.
reduce_var = Primitive(
    "reduce_var",
    type_rule=_var_type,
    numpy_rule=_var_numpy,
    lower=_var_lower,
    jvp=_var_jvp,
    vjp=lambda g, out, x, *, axes: (restore_axes(_mean(g * 2, x, axes), x, axes) * deviation(x, axes),),
)


# --- logic ----------------------------------------------------------------------------------------


def _logical(kind: str, numpy_rule: Rule) -> Primitive:
    name = f"reduce_{kind}"

    def type_rule(x: TensorType, *, axes: Axes) -> TensorType:
        check_kind(name, x, frozenset("b"))
        return reduced_type(name, x, axes)

    return Primitive(name, type_rule, lambda x, *, axes: numpy_rule(x, axis=axes), _lower(kind), lead=_lead)


reduce_any = _logical("any", np.any)
reduce_all = _logical("all", np.all)


# --- where the extremum is ------------------------------------------------------------------------


def _position(name: str, kind: str, numpy_rule: Rule) -> Primitive:
    """The first position of the extremum along one axis (int64); the first NaN where there is one."""

    def type_rule(x: TensorType, *, axis: int) -> TensorType:
        check_kind(name, x, REALS)
        check_axis(name, axis, x)
        if x.shape[axis] == 0:
            raise ShapeError(f"{name}: there must be an element to choose; got {x}, axis={axis}.")
        return TensorType(x.shape[:axis] + x.shape[axis + 1 :], "int64")

    def lower(s: Scalars, i: tuple[Expr, ...], x: Any, *, axis: int) -> Expr:
        n = x.shape[axis]

        def element(k: tuple[Expr, ...]) -> Expr:
            return x[merge_index(i, k, (axis,))]  # type: ignore[no-any-return]

        best = s.reduce(kind, [n], element)

        def candidate(k: tuple[Expr, ...]) -> Expr:
            hit = s.compare("eq", element(k), best)
            if is_float(x.dtype):
                hit = s.bitop("or", hit, s.compare("ne", element(k), element(k)))
            return s.select(hit, k[0], n)

        return s.reduce("min", [n], candidate)

    return Primitive(
        name,
        type_rule,
        lambda x, *, axis: numpy_rule(x, axis=axis),
        lower,
        lead=lambda size, *, axis: {"axis": axis + 1},
    )


argmax = _position("argmax", "max", np.argmax)
argmin = _position("argmin", "min", np.argmin)
