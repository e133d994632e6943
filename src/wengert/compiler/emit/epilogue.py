"""What is done with a finished tile: the stores of a contraction, over sums in a small memory of their own.

A loop, not unrolled code: its text is as long as the stores are, whatever the tile's size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wengert.base.dtypes import size_of
from wengert.compiler.emit.arithmetic import STORAGE
from wengert.compiler.emit.builder import Builder, Value, i64, vector
from wengert.compiler.emit.reduce import LoopEmitter
from wengert.compiler.emit.scalars import Buffers
from wengert.compiler.emit.target import Target
from wengert.compiler.product import Product
from wengert.loop.affine import replace_leaves
from wengert.loop.expr import Scalars
from wengert.loop.nest import Store

SUMS, ROWS, COLUMNS = Value("ptr", "%sums"), Value("i64", "%rows"), Value("i64", "%columns")


def emit_epilogue(
    name: str, p: Product, target: Target, pitch: int, axes: Sequence[str], checks: bool
) -> Builder:
    """The function `name(slots..., params..., [error], sums, rows, columns, axes...)`.

    sums: the tile's, `pitch` elements from row to row. axes: where the tile begins.
    """
    pointers = tuple(Value("ptr", f"%slot{n}") for n in range(len(p.slots)))
    params = tuple(Value("i64", f"%param{n}") for n in range(p.params))
    error = Value("ptr", "%error") if checks else None
    starts = {v: Value("i64", f"%at{n}") for n, v in enumerate(axes)}
    arguments = [*pointers, *params, *([error] if error else []), SUMS, ROWS, COLUMNS, *starts.values()]
    f = Builder(name, arguments, "nounwind noinline", "internal")
    stores = [_carrying(t) for t in p.stores]
    roots = [t.value for t in stores] + [t.index for t in stores]
    rows = frozenset((p.n.var, p.m.var))
    written = {n: rows for n, slot in enumerate(p.slots) if slot.written}
    em = LoopEmitter(f, target, Buffers(pointers, params, error), roots, written)
    for x in p.outer:
        if x not in (p.n, p.m, p.group):
            em.bind(x.var, starts[x.var])
    _EpilogueEmitter(f, p, stores, em, pitch, starts).emit()
    f.ret()
    return f


def _carrying(t: Store) -> Store:
    """The store with its `acc` as a value that is known once the tile's rows and columns are."""
    s = Scalars()
    return replace(
        t, value=replace_leaves(t.value, lambda e: s.carry("acc", e.dtype) if e.op == "acc" else None, s)
    )


class _EpilogueEmitter:
    def __init__(
        self,
        f: Builder,
        p: Product,
        stores: Sequence[Store],
        em: LoopEmitter,
        pitch: int,
        starts: dict[str, Value],
    ) -> None:
        self.f, self.p, self.stores, self.em, self.pitch, self.starts = f, p, stores, em, pitch, starts
        self.dtype = p.slots[p.a[0]].dtype
        self.roots = [t.value for t in stores]
        self.indices = [t.index for t in stores]
        self.lanes = p.tiling.lanes

    def emit(self) -> None:
        f, lanes = self.f, self.lanes
        masked = any(c.masked for c in self.p.tiling.columns)
        full = f.op("and", COLUMNS, i64(-lanes)) if masked else COLUMNS
        self.em.hoist(self.roots, self.indices)
        self.columns(i64(0), full, masked=False)
        if masked:
            self.columns(full, COLUMNS, masked=True)

    def columns(self, start: Value, stop: Value, masked: bool) -> None:
        """Vector by vector from start to stop; in each, all rows."""
        f, em, n = self.f, self.em, self.p.n.var
        with em.scope(), f.for_range(start, stop, i64(self.lanes)) as j:
            mask = em.first_lanes(f.sub(stop, j.index), self.lanes) if masked else None
            em.vectorize(n, f.add(self.starts[n], j.index), self.lanes, mask)
            em.hoist(self.roots, self.indices)
            self.rows(j.index)

    def rows(self, column: Value) -> None:
        f, em, p = self.f, self.em, self.p
        group = i64(int(p.group.extent.data) if p.group else 1)  # type: ignore[call-overload]
        with em.scope(), f.for_range(i64(0), ROWS, i64(1)) as r:
            em.bind(p.m.var, f.add(self.starts[p.m.var], r.index))
            if p.group is None:
                self.store(f.add(f.mul(r.index, i64(self.pitch)), column))
            else:
                with em.scope(), f.for_range(i64(0), group, i64(1)) as g:
                    em.bind(p.group.var, g.index)
                    row = f.add(f.mul(r.index, group), g.index)
                    self.store(f.add(f.mul(row, i64(self.pitch)), column))

    def store(self, at: Value) -> None:
        f, em = self.f, self.em
        type_ = STORAGE[self.dtype]
        em.bind("acc", f.load(f.element(SUMS, at, type_), vector(type_, self.lanes), size_of(self.dtype)))
        em.hoist(self.roots, self.indices)
        for s, value in [(s, em.value(s.value)) for s in self.stores]:
            em.store(s, value)
