"""What is done with a finished tile: the stores of a contraction, over sums in a small memory of their own.

A loop, not unrolled code: its text is as long as the stores are, whatever the tile's size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wengert.base.dtypes import size_of
from wengert.compiler.emit.arithmetic import STORAGE
from wengert.compiler.emit.builder import Value, i64, vector
from wengert.compiler.emit.reduce import LoopEmitter
from wengert.compiler.product import Product
from wengert.loop.affine import estimate, replace_leaves
from wengert.loop.expr import Expr, Scalars
from wengert.loop.nest import Store


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
        self.dtype, self.lanes = p.slots[p.a[0]].dtype, p.tiling.lanes

    def hoist(self) -> None:
        """Emit what does not change from here on."""
        self.em.hoist([t.value for t in self.stores], [t.index for t in self.stores])

    def emit(self, tile: Sums) -> None:
        masked = any(c.masked for c in self.p.tiling.columns)
        full = self.b.op("and", tile.columns, i64(-self.lanes)) if masked else tile.columns
        self.columns(tile, i64(0), full, masked=False)
        if masked:
            self.columns(tile, full, tile.columns, masked=True)

    def columns(self, tile: Sums, start: Value, stop: Value, masked: bool) -> None:
        """Vector by vector from start to stop; in each, all rows."""
        b, em = self.b, self.em
        with em.scope(), b.for_range(start, stop, i64(self.lanes)) as j:
            mask = em.first_lanes(b.sub(stop, j.index), self.lanes) if masked else None
            em.vectorize(self.p.n.var, b.add(tile.n, j.index), self.lanes, mask)
            self.hoist()
            self.rows(tile, b.element(tile.memory, j.index, STORAGE[self.dtype]))

    def rows(self, tile: Sums, sums: Value) -> None:
        """The stores of one vector of each row."""
        b, em, p = self.b, self.em, self.p
        members = estimate(p.group.extent) if p.group else 1
        with em.scope(), b.for_range(i64(0), tile.rows, i64(1)) as r:
            em.bind(p.m.var, b.add(tile.m, r.index))
            row = b.element(sums, b.mul(r.index, i64(members * tile.pitch)), STORAGE[self.dtype])
            if p.group is None:
                self.store(row)
                return
            with em.scope(), b.for_range(i64(0), i64(members), i64(1)) as g:
                em.bind(p.group.var, g.index)
                self.store(b.element(row, b.mul(g.index, i64(tile.pitch)), STORAGE[self.dtype]))

    def store(self, sums: Value) -> None:
        em, type_ = self.em, vector(STORAGE[self.dtype], self.lanes)
        em.bind("acc", self.b.load(sums, type_, size_of(self.dtype)))
        self.hoist()
        for t, value in [(t, em.value(t.value)) for t in self.stores]:
            em.store(t, value)
