"""Split: long sums with few results, as of each channel of a batch, done in chunks that threads share.

    out[c] = f(sum(x[n, h, w, c] for n, h, w))
    ->  part[chunk, c] = sum(x[n, h, w, c] for n of the chunk, h, w);  out[c] = f(sum(part[k, c] for k))

The number of chunks is fixed, so the bits of the result do not depend on the number of threads. Sums over the
same indices get the same loops: all of them are made in one pass over memory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from wengert.compiler.product import CHUNK, Scheduled, Scratch
from wengert.loop.affine import estimate, replace_nodes, substitute
from wengert.loop.expr import Expr, Scalars, post_order
from wengert.loop.nest import Loop, Nest, Slot, Store

CHUNKS = 16
RESULTS = 4096  # outputs, at most: with more of them there is enough to share
WORK = 1 << 16  # terms that are worth another kernel


def split_sums(nest: Nest) -> Scheduled | None:
    """The nest in parts, partial sums and what is done with them; None if it has no such sums."""
    results = math.prod(estimate(x.extent) for x in nest.loops)
    if nest.serial or results > RESULTS or any(has(t.index, "reduce") for t in nest.stores):
        return None
    return _Split(nest, max(4 * CHUNKS, WORK // max(1, results))).run()


def has(e: Expr, op: str) -> bool:
    """Whether there is such an operation in an expression."""
    return any(x.op == op for x in post_order([e]))


class _Split:
    """terms: what makes a sum long; joining CHUNKS parts is not.

    Sums inside of others, as a mean in a variance, are made before them.
    """

    def __init__(self, nest: Nest, terms: int) -> None:
        self.nest, self.terms, self.s = nest, terms, Scalars()
        self.slots, self.scratch, self.first = list(nest.slots), list[Scratch](), list[Nest]()
        s = self.s
        self.results, self.at = s.const(1), s.const(0)
        for x in nest.loops:
            self.at = s.add(s.mul(self.at, x.extent), s.var(x.var))
            self.results = s.mul(self.results, x.extent)

    def run(self) -> Scheduled | None:
        stores = self.nest.stores
        while sums := self.innermost([t.value for t in stores]):
            known = self.wholes(sums)
            stores = tuple(replace(t, value=replace_nodes(t.value, known, self.s)) for t in stores)
        if not self.first:
            return None
        kernels = (*self.first, replace(self.nest, stores=stores))
        return Scheduled(tuple(replace(k, slots=tuple(self.slots)) for k in kernels), tuple(self.scratch))

    def innermost(self, values: Sequence[Expr]) -> list[Expr]:
        """Long sums over the same indices, in which there are no other long ones."""
        long: list[Expr] = []
        outer: set[Expr] = set()
        for e in post_order(values):
            inside = any(a in outer for a in e.args)
            if self.is_long(e):
                if not inside and (not long or e.args[1:] == long[0].args[1:]):
                    long.append(e)
                inside = True
            if inside:
                outer.add(e)
        return long

    def is_long(self, e: Expr) -> bool:
        if e.op != "reduce" or has(e, "check"):
            return False
        lengths = [estimate(n) for n in e.args[1:]]
        bound = {x.var for x in self.nest.loops}
        return max(lengths) >= CHUNKS and math.prod(lengths) >= self.terms and e.free <= bound

    def wholes(self, sums: Sequence[Expr]) -> dict[Expr, Expr]:
        """A kernel that makes the parts of these sums; for each sum, its parts joined."""
        s = self.s
        parts = {r: self.part(r, sums[0].data[1]) for r in sums}  # type: ignore[index]
        at = s.add(s.mul(s.var(CHUNK), self.results), self.at)
        stores = {p: Store(len(self.slots) + k, at, p) for k, p in enumerate(dict.fromkeys(parts.values()))}
        loops = (Loop(CHUNK, s.const(CHUNKS)), *self.nest.loops)
        self.first.append(Nest(loops, tuple(stores.values()), (), self.nest.params))
        self.slots += [Slot(p.dtype, True) for p in stores]
        self.scratch += [Scratch(p.dtype, s.mul(self.results, s.const(CHUNKS))) for p in stores]
        return {r: self.whole(p, stores[p].slot) for r, p in parts.items()}

    def part(self, r: Expr, names: tuple[str, ...]) -> Expr:
        """The reduction over one chunk, its loops called `names`."""
        s, (body, *extents) = self.s, r.args
        data: Any = r.data
        kind, own = data
        cut = next(a for a, n in enumerate(extents) if estimate(n) >= CHUNKS)
        n = extents[cut]
        step = s.idiv(s.add(n, s.const(CHUNKS - 1)), s.const(CHUNKS))
        start = s.mul(s.var(CHUNK), step)
        extents[cut] = s.max(s.min(s.sub(n, start), step), s.const(0))
        index = {old: s.var(new) for old, new in zip(own, names, strict=True)}
        index[own[cut]] = s.add(start, s.var(names[cut]))
        return s.make("reduce", r.dtype, (substitute(body, index, s), *extents), (kind, names))

    def whole(self, part: Expr, slot: int) -> Expr:
        """All chunks' parts joined."""
        s = self.s
        kind = part.data[0]  # type: ignore[index]
        name = f"{CHUNK}{slot}"  # found nowhere else in the nest
        element = s.load(slot, s.add(s.mul(s.var(name), self.results), self.at), part.dtype)
        return s.make("reduce", part.dtype, (element, s.const(CHUNKS)), (kind, (name,)))
