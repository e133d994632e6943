"""Rules on reductions and products. A sum may get another order of additions (its result stays within the
bound of any order) and keep the sign of a zero; all else is bitwise equal.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.dtypes import is_float
from wengert.ir.dim import Dim, product
from wengert.ir.node import Node
from wengert.ir.pattern import rule, var
from wengert.prims.arithmetic import mul, neg
from wengert.prims.contraction import dot
from wengert.prims.movement import broadcast_to, full_like, reduce_sum, reshape, transpose
from wengert.prims.reduction import (
    reduce_all,
    reduce_any,
    reduce_max,
    reduce_min,
    reduce_prod,
    reduce_var,
    variance,
)

A, B, C, P, X, Y = var("a"), var("b"), var("c"), var("p"), var("x"), var("y")
Axes = tuple[int, ...]
REDUCTIONS = (reduce_sum, reduce_max, reduce_min, reduce_prod, reduce_any, reduce_all)
IDEMPOTENT = (reduce_max, reduce_min, reduce_any, reduce_all)  # of equal elements, they are that element


@rule(*(r(X, axes=A) for r in REDUCTIONS))
def reduce_of_ones(x: Node, a: Axes, out: Node) -> Any:
    """A reduction over no axes  ->  x; over axes of length 1  ->  a reshape"""
    long = tuple(k for k in a if x.shape[k] != 1)
    if not a:
        return x
    return None if long == a else reshape(_same(out, x, long), shape=out.shape)


@rule(*(r(r(X, axes=A), axes=B) for r in REDUCTIONS))
def reduce_twice(x: Node, a: Axes, b: Axes, out: Node) -> Any:
    """A reduction of a reduction of its own kind  ->  one, over the axes of both (sums: another order)"""
    kept = [k for k in range(x.ndim) if k not in a]
    return _same(out, x, tuple(sorted((*a, *(kept[k] for k in b)))))


@rule(*(r(transpose(X, perm=P), axes=A) for r in REDUCTIONS))
def reduce_of_transpose(x: Node, p: Axes, a: Axes, out: Node) -> Any:
    """A reduction of transpose(x)  ->  transpose of the reduction, which is smaller (sums: another order)"""
    kept = [p[k] for k in range(len(p)) if k not in a]
    reduced = _same(out, x, tuple(sorted(p[k] for k in a)))
    if kept == sorted(kept):
        return reduced
    return transpose(reduced, perm=tuple(sorted(kept).index(k) for k in kept))


@rule(*(r(broadcast_to(X), axes=A) for r in (reduce_sum, *IDEMPOTENT)))
def reduce_of_repeated(x: Node, a: Axes, out: Node) -> Any:
    """sum over n repetitions of x  ->  x * n  (rounded once: closer than a sum); max, any...  ->  x"""
    whole = out.inputs[0].shape
    lead = len(whole) - x.ndim
    repeated = tuple(k for k in a if whole[k] != 1 and (k < lead or x.shape[k - lead] == 1))
    count = product(whole[k] for k in repeated)
    if not repeated or isinstance(count, Dim) or count == 0:
        return None
    if (
        out.primitive is reduce_sum
        and is_float(x.dtype)
        and float(np.asarray(count).astype(x.dtype)) != count
    ):
        return None  # the number of terms itself would be rounded, or too large
    once = _repeat_but(x, whole, repeated)
    left = tuple(k - sum(r < k for r in repeated) for k in a if k not in repeated)
    rest = _same(out, once, left) if left else once
    return mul(rest, full_like(rest, count)) if out.primitive is reduce_sum else rest


@rule(reduce_sum(neg(X), axes=A))
def sum_of_negatives(x: Node, a: Axes) -> Any:
    """sum(-x)  ->  -sum(x)"""
    return neg(reduce_sum(x, axes=a))


@rule(reduce_sum(mul(X, broadcast_to(Y)), axes=A), reduce_sum(mul(broadcast_to(Y), X), axes=A))
def sum_of_scaled(x: Node, y: Node, a: Axes) -> Any:
    """sum(x * c)  ->  sum(x) * c, for c the same along the axes of the sum (float16, which overflows, is left)"""
    lead = x.ndim - y.ndim
    if x.dtype == "float16" or any(k >= lead and y.shape[k - lead] != 1 for k in a):
        return None
    return mul(reduce_sum(x, axes=a), _repeat_but(y, x.shape, a))


@rule(reduce_var(X, axes=A))
def variance_is_two_sums(x: Node, a: Axes) -> Any:
    """var(x)  ->  sum((x - sum(x) / n)^2) / n, of which others may need the inner sum"""
    return variance(x, axes=a)


def _repeat_but(x: Node, whole: tuple[Any, ...], axes: Axes) -> Node:
    """x repeated to the shape `whole` without `axes`, along which it has one element."""
    lead = len(whole) - x.ndim
    shape = tuple(n for k, n in enumerate(whole) if k not in axes)
    own = tuple(n for k, n in enumerate(x.shape) if k + lead not in axes)
    x = x if x.shape == own else reshape(x, shape=own)
    return x if x.shape == shape else broadcast_to(x, shape=shape)


def _same(out: Node, x: Node, axes: Axes) -> Any:
    """The reduction `out`, of x over `axes`."""
    assert out.primitive is not None
    return out.primitive(x, axes=axes) if axes else x


@rule(dot(transpose(X, perm=P), Y), dot(Y, transpose(X, perm=P)))
def dot_of_transpose(x: Node, p: Axes, out: Node) -> Any:
    """dot(transpose(x), y)  ->  dot(x, y) over other axes, if the axes that stay keep their order"""
    sides = list(out.inputs)
    contract, batch = list(out.kwargs["contract"]), list(out.kwargs["batch"])
    for k, side in enumerate(out.inputs):
        if side.primitive is transpose and side.inputs[0] is x and side.kwargs["perm"] == p:
            free = [p[a] for a in range(len(p)) if a not in contract[k] and a not in batch[k]]
            if free != sorted(free):
                return None
            sides[k] = x
            contract[k], batch[k] = tuple(p[a] for a in contract[k]), tuple(p[a] for a in batch[k])
    return dot(*sides, contract=tuple(contract), batch=tuple(batch))


@rule(transpose(dot(X, Y, contract=C, batch=B), perm=P))
def transpose_of_dot(x: Node, y: Node, c: Any, b: Any, p: Axes) -> Any:
    """transpose(dot(x, y))  ->  dot(y, x), if it exchanges the axes of x with those of y"""
    shared = len(b[0])
    rows = x.ndim - shared - len(c[0])
    block = range(shared, len(p))
    exchanged = (
        *range(shared),
        *(k for k in block if k >= shared + rows),
        *(k for k in block if k < shared + rows),
    )
    return dot(y, x, contract=c[::-1], batch=b[::-1]) if p == exchanged else None


CONTRACTION = (
    reduce_of_ones,
    reduce_twice,
    reduce_of_transpose,
    reduce_of_repeated,
    sum_of_negatives,
    sum_of_scaled,
    variance_is_two_sums,
    dot_of_transpose,
    transpose_of_dot,
)
