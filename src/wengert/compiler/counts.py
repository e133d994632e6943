"""Counts: the float operations of a scheduled kernel, from its own loops and expressions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from wengert.base.dtypes import is_float
from wengert.compiler.product import Pack, Product
from wengert.compiler.schedule import ScheduledKernel
from wengert.loop.affine import estimate
from wengert.loop.expr import INTRINSICS, Expr, post_order
from wengert.loop.nest import Loop

COUNTED = set(INTRINSICS) | {
    "add", "sub", "mul", "div", "neg", "abs", "min", "max", "fma", "sqrt", "reduce",
}  # fmt: skip


def flops_of(kernel: ScheduledKernel, sizes: Sequence[int]) -> int:
    """Float operations of one run, its params being `sizes`.

    A multiply-add is two, an exp or its kin one, each as often as the loops turn that it depends on. Where one
    extent depends on another loop's index, its first turn stands for all.
    """
    if isinstance(kernel, Pack):
        return 0
    if isinstance(kernel, Product):
        products = math.prod(estimate(x.extent, sizes) for x in kernel.outer) * _terms(kernel, sizes)
        for i in kernel.inside:
            products = products * i.pairs() // math.prod(i.extents)
        turns = {x.var: estimate(x.extent, sizes) for x in (*kernel.outer, *kernel.rows)}
        return 2 * products + _work([t.value for t in kernel.stores], turns, sizes)
    loops: tuple[Loop, ...] = (*kernel.loops, *kernel.serial)
    carried = [c.update for c in kernel.carries]
    turns = {x.var: estimate(x.extent, sizes) for x in loops} | {c.name: 1 for c in kernel.carries}
    return _work([*(t.value for t in kernel.stores), *carried], turns, sizes)


def _terms(p: Product, sizes: Sequence[int]) -> int:
    """Products that are added to one sum; a word is several of them."""
    lengths = [estimate(x.extent, sizes) for x in p.reduce]
    if p.words:
        left = estimate(p.words.left, sizes) if p.words.left else 0
        lengths[-1] = p.words.terms * lengths[-1] + left
    return math.prod(lengths)


def _work(roots: Sequence[Expr], turns: Mapping[str, int], sizes: Sequence[int]) -> int:
    order = post_order(roots)
    inner: dict[str, int] = {}
    for e in order:
        if e.op == "reduce":
            inner.update(zip(e.reduction[1], (estimate(n, sizes) for n in e.args[1:]), strict=True))
    turns = {**turns, **inner}
    total = 0
    for e in order:
        if e.op in COUNTED and e.args and is_float(e.dtype):
            own = math.prod(turns[v] for v in e.reduction[1]) if e.op == "reduce" else 1
            total += (2 if e.op == "fma" else 1) * own * math.prod(turns[v] for v in e.free)
    return total
