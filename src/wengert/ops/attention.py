"""Attention: scores, what may be seen, the softmax over that, and means by it; of long sequences block by block."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from wengert.base.dtypes import finfo
from wengert.base.errors import ShapeError
from wengert.ir.types import type_of
from wengert.ops import activations, bits, reduce
from wengert.ops import math as m
from wengert.ops.control import scan
from wengert.ops.custom import checkpoint, custom_gradient
from wengert.ops.joining import repeat
from wengert.ops.operands import Array, known
from wengert.ops.shape import moveaxis, reshape
from wengert.prims.contraction import dot
from wengert.prims.indexing import iota

QUERIES = 128  # in a block: with 1024 keys or more, their scores are all that a core's cache should hold
LONG = 1024  # queries from which on blocks are faster, forwards by a fifth to a third (docs/design.md)


def attention(
    q: Array,
    k: Array,
    v: Array,
    masks: Sequence[Array] = (),
    *,
    bias: Array | None = None,
    scale: float | None = None,
    is_causal: bool = False,
) -> Array:
    """softmax(scale q k' + bias) v for each head.

    Args:
        masks: True where there is something to see, [batch or 1, heads or 1, T or 1, S or 1].
        bias: added to the scores, of such a shape.
        scale: None: 1 / sqrt(dim).
        is_causal: no query sees keys after it.

    Shapes:
        q [batch, T, heads, dim], k [batch, S, groups, dim], v [batch, S, groups, dim'] where heads are a multiple of
        groups, which share keys and values  ->  [batch, T, heads, dim']

    Numerics: as `Heads`; a query that may see nothing sees everything.

    Raises:
        ShapeError: the shapes do not fit.
    """
    tq, tk, tv = (type_of(x) for x in (q, k, v))
    if {tq.rank, tk.rank, tv.rank} != {4} or tq.shape[3] != tk.shape[3] or tk.shape[:3] != tv.shape[:3]:
        raise ShapeError(
            f"attention: query must be [batch, T, heads, dim], key and value [batch, S, groups, dim]; got "
            f"{tq}, {tk}, {tv}."
        )
    heads, groups = (known("attention", "the number of heads", t.shape[2]) for t in (tq, tk))
    if heads % groups:
        raise ShapeError(
            f"attention: heads of the query must be a multiple of those of the key; got {tq}, {tk}."
        )
    if heads != groups:
        k, v = (repeat(x, heads // groups, axis=2) for x in (k, v))
    q = m.multiply(q, 1 / math.sqrt(known("attention", "dim", tq.shape[3])) if scale is None else scale)
    if is_long(q) and bias is None and all(type_of(a).shape[:2] == (1, 1) for a in masks):
        return moveaxis(mixed_in_blocks(q, k, v, masks, is_causal), 1, 2)
    return moveaxis(mixed_by(weights_of(q, k, masks, is_causal, bias=bias), v), 1, 2)


def is_long(q: Array) -> bool:
    """Whether queries [batch, T, ..] are better gone through in blocks."""
    length = type_of(q).shape[1]
    return isinstance(length, int) and length >= LONG and length % QUERIES == 0


def weights_of(
    q: Array,
    k: Array,
    masks: Sequence[Array],
    is_causal: bool,
    first: Array | int = 0,
    *,
    bias: Array | None = None,
) -> Array:
    """softmax(q k' + bias) of queries and keys [batch, time, head, dim]: [batch, head, T, S]

    masks: [batch, 1, T or 1, S or 1]. is_causal: no query sees keys after it; the first query is number `first`.
    """
    scores = dot(q, k, contract=((3,), (3,)), batch=((0, 2), (0, 2)))
    scores = scores if bias is None else m.add(scores, bias)
    return softmax_where(masks, scores, causal(scores, first) if is_causal else None)


def mixed_by(weights: Array, v: Array) -> Array:
    """Means of the values [batch, S, head, dim]: [batch, head, T, dim]"""
    return dot(weights, v, contract=((3,), (1,)), batch=((0, 1), (0, 2)))


def mixed_in_blocks(q: Array, k: Array, v: Array, masks: Sequence[Array], is_causal: bool) -> Array:
    """mixed_by(weights_of(q, k, ..), v), for a block of queries after the other: no T x S weights are kept."""
    count = int(type_of(q).shape[1]) // QUERIES
    same = [a for a in masks if type_of(a).shape[2] == 1]
    own = [a for a in masks if type_of(a).shape[2] != 1]

    @checkpoint
    def block(q: Array, first: Array, *own: Array) -> Array:
        return mixed_by(weights_of(q, k, [*same, *own], is_causal, first), v)

    def cut(x: Array, axis: int) -> Array:
        shape = type_of(x).shape
        return moveaxis(reshape(x, (*shape[:axis], count, QUERIES, *shape[axis + 1 :])), axis, 0)

    first = QUERIES * np.arange(count, dtype="int32")
    _, ys = scan(lambda none, x: (none, block(*x)), (), (cut(q, 1), first, *(cut(a, 2) for a in own)))
    batch, head, _, dim = type_of(ys).shape[1:]
    return reshape(moveaxis(ys, 0, 2), (batch, head, count * QUERIES, dim))


def causal(scores: Array, first: Array | int = 0) -> Array:
    """Which of the last axis each place of the axis before may see: up to its own, the first being `first`. [T, S]"""
    shape = type_of(scores).shape[-2:]
    row, column = (iota(shape=shape, axis=a, dtype="int32") for a in (0, 1))
    return m.less_equal(column, row if isinstance(first, int) and not first else m.add(row, first))


def near(q: Array, k: Array, window: int) -> Array:
    """Which keys are less than `window` places from each query, of [batch, time, ...]: [1, 1, T, S]"""
    shape = (1, 1, type_of(q).shape[1], type_of(k).shape[1])
    row, column = (iota(shape=shape, axis=a, dtype="int32") for a in (2, 3))
    return m.less(m.abs(m.subtract(row, column)), window)


def softmax_where(masks: Sequence[Array], scores: Array, before: Array | None = None) -> Array:
    """The softmax over the last axis of what all masks let through; of all, where that is nothing.

    before: one more mask, in which each row sees something.
    """
    if not masks and before is None:
        return activations.softmax(scores)
    seen, *others = masks if before is None else [*masks, before]
    for mask in others:
        seen = bits.logical_and(seen, mask)
    low = 0.7 * float(finfo(type_of(scores).dtype).min)  # finite: a row of it alone still has a softmax

    def shares(x: Array) -> tuple[Array, Callable[[Array], Array]]:
        lowered = m.where(seen, x, low)
        top = reduce.peak(lowered, (type_of(x).rank - 1,))
        counts = bits.logical_or(seen, m.less_equal(top, low)) if masks else seen  # a row may see nothing
        # The exp of what is left out is not asked for: CPUs take long for results that small.
        e = m.where(counts, m.exp(m.where(counts, m.subtract(lowered, top), 0.0)), 0.0)
        y = m.multiply(e, m.divide(1.0, reduce.sum(e, -1, keepdims=True)))  # one division a row

        def rule(g: Array) -> Array:
            """y (g - sum(y g)), which needs y alone."""
            d = m.multiply(y, m.subtract(g, reduce.sum(m.multiply(y, g), -1, keepdims=True)))
            return m.where(seen, d, 0.0) if masks else d

        return y, rule

    return custom_gradient(shares, check=False)(scores)
