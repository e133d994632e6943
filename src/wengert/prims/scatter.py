"""Primitives that update elements at positions along one axis: scatter_set, scatter_mul, scatter_max, scatter_min.

(`scatter_add` is defined with its transpose, `gather`, in indexing.py.) Updates of one element are made in the
order of the positions, whatever the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from wengert.ir import operators
from wengert.ir.dim import Dim
from wengert.ir.primitive import Primitive
from wengert.ir.types import TensorType, type_of
from wengert.prims.families import ANY, NUMBERS, REALS, total
from wengert.prims.indexing import gather, iota, scatter_add, scatter_loops, scatter_type, scattered
from wengert.prims.logic import cast, equal, where
from wengert.prims.movement import broadcast_to, full_like, lead, reshape


def _scatter(
    name: str,
    join: str | None,
    ufunc: np.ufunc | None,
    tangent: Callable[..., Any],
    cotangents: Callable[..., tuple[Any, Any]],
) -> Primitive:
    """tangent: (dx, du, out, x, indices, updates, axis); cotangents: (g, out, ...) -> those of x and updates."""
    kinds = {None: ANY, "prod": NUMBERS}.get(join, REALS)

    def type_rule(x: TensorType, indices: TensorType, updates: TensorType, *, axis: int) -> TensorType:
        return scatter_type(name, kinds, x, indices, updates, axis)

    def jvp(dots: Any, out: Any, x: Any, indices: Any, updates: Any, *, axis: int) -> Any:
        dx, _, du = dots
        if dx is None and du is None:
            return None
        return tangent(dx, du, out, x, indices, updates, axis)

    def vjp(g: Any, out: Any, x: Any, indices: Any, updates: Any, *, axis: int) -> tuple[Any, ...]:
        dx, du = cotangents(g, out, x, indices, updates, axis)
        return dx, None, du

    def batch(size: int | Dim, moved: Any, x: Any, indices: Any, updates: Any, *, axis: int) -> Any:
        if moved[1]:
            return NotImplemented
        x, updates = (v if m else lead(v, size) for v, m in ((x, moved[0]), (updates, moved[2])))
        return prim(x, indices, updates, axis=axis + 1)

    prim = Primitive(
        name,
        type_rule,
        lambda x, indices, updates, *, axis: scattered(name, ufunc, x, indices, updates, axis),
        jvp=jvp,
        vjp=vjp,
        loops=lambda s, shape, x, indices, updates, *, axis: scatter_loops(
            s, x, indices, updates, axis, join
        ),
        batch=batch,
    )
    return prim


# --- set ------------------------------------------------------------------------------------------


def _stays(x: Any, indices: Any, updates: Any, axis: int) -> Any:
    """For each update, whether it is the last one of its element."""
    shape = type_of(indices).shape
    t = type_of(updates)
    order = reshape(iota(shape=(type_of(indices).size,), axis=0, dtype="int64"), shape=shape)
    order = operators.broadcast_to(order, shape, indices)
    none = full_like(indices, -1, TensorType((type_of(x).shape[axis],), "int64"))
    last = gather(scatter_set(none, indices, order, axis=0), indices, axis=0)
    column = (*(1,) * axis, *shape, *(1,) * (t.rank - axis - len(shape)))
    return broadcast_to(reshape(equal(last, order), shape=column), shape=t.shape)


def _set_tangent(dx: Any, du: Any, out: Any, x: Any, indices: Any, updates: Any, axis: int) -> Any:
    dx = full_like(x, 0) if dx is None else dx
    return scatter_set(dx, indices, full_like(updates, 0) if du is None else du, axis=axis)


def _set_cotangents(g: Any, out: Any, x: Any, indices: Any, updates: Any, axis: int) -> tuple[Any, Any]:
    zero = full_like(updates, 0)
    stays = _stays(x, indices, updates, axis)
    return scatter_set(g, indices, zero, axis=axis), where(stays, gather(g, indices, axis=axis), zero)


# x with updates[..., k, ...] at [..., indices[k], ...]; of several for one element the last is seen.
scatter_set = _scatter("scatter_set", None, None, _set_tangent, _set_cotangents)


# --- multiply -------------------------------------------------------------------------------------


def _joined_sum(x: Any, indices: Any, terms: Any, axis: int) -> Any:
    """For each element of x, the sum of its updates' terms."""
    return scatter_add(full_like(x, 0), indices, terms, axis=axis)


def _other_factors(x: Any, indices: Any, updates: Any, axis: int) -> Any:
    """For each update, the product of the others of its element: exact at zeros."""
    is_zero = equal(updates, full_like(updates, 0))
    one, zero = full_like(updates, 1), full_like(updates, 0)
    factors = where(is_zero, one, updates)
    rest = scatter_mul(full_like(x, 1), indices, factors, axis=axis)
    zeros = _joined_sum(x, indices, where(is_zero, one, zero), axis)
    rest, zeros = gather(rest, indices, axis=axis), gather(zeros, indices, axis=axis)
    others = zeros - where(is_zero, one, zero)
    return where(equal(others, zero), rest / factors, zero)


def _mul_tangent(dx: Any, du: Any, out: Any, x: Any, indices: Any, updates: Any, axis: int) -> Any:
    of_x = None if dx is None else scatter_mul(dx, indices, updates, axis=axis)
    if du is None:
        return of_x
    others = _other_factors(x, indices, updates, axis)
    return total([of_x, x * _joined_sum(x, indices, others * du, axis)])


def _mul_cotangents(g: Any, out: Any, x: Any, indices: Any, updates: Any, axis: int) -> tuple[Any, Any]:
    du = gather(g * x, indices, axis=axis) * _other_factors(x, indices, updates, axis)
    return scatter_mul(g, indices, updates, axis=axis), du


# x with the element at indices[k] multiplied by updates[k], for all k
scatter_mul = _scatter("scatter_mul", "prod", np.multiply, _mul_tangent, _mul_cotangents)


# --- extrema --------------------------------------------------------------------------------------


def _shares(out: Any, x: Any, indices: Any, updates: Any, axis: int) -> tuple[Any, Any, Any]:
    """Where x and where updates are the extremum (1, else 0), and how many are."""
    dtype = type_of(x).dtype
    of_x = cast(equal(x, out), dtype=dtype)
    of_updates = cast(equal(updates, gather(out, indices, axis=axis)), dtype=dtype)
    return of_x, of_updates, of_x + _joined_sum(x, indices, of_updates, axis)


def _extremum_tangent(dx: Any, du: Any, out: Any, x: Any, indices: Any, updates: Any, axis: int) -> Any:
    of_x, of_updates, count = _shares(out, x, indices, updates, axis)
    terms = [
        None if dx is None else dx * of_x,
        None if du is None else _joined_sum(x, indices, du * of_updates, axis),
    ]
    return total(terms) / count


def _extremum_cotangents(g: Any, out: Any, x: Any, indices: Any, updates: Any, axis: int) -> tuple[Any, Any]:
    of_x, of_updates, count = _shares(out, x, indices, updates, axis)
    each = g / count
    return each * of_x, gather(each, indices, axis=axis) * of_updates


# x with the element at indices[k] replaced by updates[k] where that is larger (smaller), for all k. The derivative
# is shared equally by all that are the extremum.
scatter_max = _scatter("scatter_max", "max", np.maximum, _extremum_tangent, _extremum_cotangents)
scatter_min = _scatter("scatter_min", "min", np.minimum, _extremum_tangent, _extremum_cotangents)
