"""What is done with a finished tile: the stores of a contraction, over sums in a small memory of their own.

A loop, not unrolled code: its text is as long as the stores are, whatever the tile's size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wengert.base.dtypes import size_of
from wengert.compiler.emit.arithmetic import STORAGE
from wengert.compiler.emit.builder import Value, i64, vector
from wengert.compiler.emit.reduce import LoopEmitter
from wengert.compiler.product import Product
from wengert.loop.affine import estimate, replace_leaves
from wengert.loop.expr import Expr, Scalars, affine, post_order
from wengert.loop.nest import Store

FAR = 1 << 18  # elements that are more than a core keeps close


def stores_of(p: Product) -> tuple[Store, ...]:
    """The stores with their `acc` as a value that is known once the tile's rows and columns are."""
    s = Scalars()

    def carried(e: Expr) -> Expr | None:
        return s.carry("acc", e.dtype) if e.op == "acc" else None

    return tuple(replace(t, value=replace_leaves(t.value, carried, s)) for t in p.stores)


@dataclass(frozen=True, slots=True)
class Sums:
    """A finished tile: its memory, `pitch` elements from row to row, and where in the output it belongs."""

    memory: Value
    pitch: int
    m: Value
    n: Value
    rows: Value
    columns: Value


class Epilogue:
    """Emits the stores with `em`, in which all axes but the tile's are bound."""

    def __init__(self, p: Product, em: LoopEmitter, stores: Sequence[Store]) -> None:
        self.p, self.em, self.b, self.stores = p, em, em.b, stores
        self.dtype, self.lanes = p.dtype, p.tiling.lanes
        self.touched = self.places()

    def places(self) -> dict[tuple[int, Expr], bool]:
        """(slot, index) of what the stores touch row by row, and whether they write; none if it is near."""
        values = post_order([t.value for t in self.stores])
        touched: list[tuple[Any, Expr]] = [(e.data, e.args[0]) for e in values if e.op == "load"]
        touched += [(t.slot, t.index) for t in self.stores]
        rows = {(s, i) for s, i in touched if affine(i, self.p.n.var) == 1 and self.p.m.var in i.free}
        if math.prod(estimate(x.extent) for x in self.p.outer) * len(rows) < FAR:
            return {}
        return {at: self.p.slots[at[0]].written for at in touched if at in rows}

    def hoist(self) -> None:
        """Emit what does not change from here on."""
        self.em.hoist([t.value for t in self.stores], [t.index for t in self.stores])

    def prefetch(self, tile: Sums) -> None:
        """Ask for what the stores will read and write, while the sums are not finished."""
        if self.touched:
            self.columns(tile, i64(0), tile.columns, False, self.ask)

    def ask(self, _: Value) -> None:
        b, em = self.b, self.em
        for (slot, index), written in self.touched.items():
            at = b.element(em.buffers.pointers[slot], em.scalar(index), STORAGE[self.p.slots[slot].dtype])
            how = (Value("i32", "01"[written]), Value("i32", "3"), Value("i32", "1"))
            b.call("void", "llvm.prefetch.p0", [at, *how])

    def emit(self, tile: Sums) -> None:
        masked = any(c.masked for c in self.p.tiling.columns)
        full = self.b.op("and", tile.columns, i64(-self.lanes)) if masked else tile.columns
        self.columns(tile, i64(0), full, False, self.store)
        if masked:
            self.columns(tile, full, tile.columns, True, self.store)

    def columns(
        self, tile: Sums, start: Value, stop: Value, masked: bool, body: Callable[[Value], None]
    ) -> None:
        """Vector by vector from start to stop; in each, all rows."""
        b, em = self.b, self.em
        with em.scope(), b.for_range(start, stop, i64(self.lanes)) as j:
            mask = em.first_lanes(b.sub(stop, j.index), self.lanes) if masked else None
            em.vectorize(self.p.n.var, b.add(tile.n, j.index), self.lanes, mask)
            self.hoist()
            self.rows(tile, b.element(tile.memory, j.index, STORAGE[self.dtype]), body)

    def rows(self, tile: Sums, sums: Value, body: Callable[[Value], None]) -> None:
        """The stores of one vector of each row."""
        b, em, p = self.b, self.em, self.p
        members = estimate(p.group.extent) if p.group else 1
        with em.scope(), b.for_range(i64(0), tile.rows, i64(1)) as r:
            em.bind(p.m.var, b.add(tile.m, r.index))
            row = b.element(sums, b.mul(r.index, i64(members * tile.pitch)), STORAGE[self.dtype])
            if p.group is None:
                body(row)
                return
            with em.scope(), b.for_range(i64(0), i64(members), i64(1)) as g:
                em.bind(p.group.var, g.index)
                body(b.element(row, b.mul(g.index, i64(tile.pitch)), STORAGE[self.dtype]))

    def store(self, sums: Value) -> None:
        em, type_ = self.em, vector(STORAGE[self.dtype], self.lanes)
        em.bind("acc", self.b.load(sums, type_, size_of(self.dtype)))
        self.hoist()
        for t, value in [(t, em.value(t.value)) for t in self.stores]:
            em.store(t, value)
