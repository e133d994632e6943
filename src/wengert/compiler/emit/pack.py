"""Packing to LLVM modules: B copied into panels whose rows are the vectors of the micro-kernel."""

from __future__ import annotations

from collections.abc import Sequence

from wengert.base.dtypes import size_of
from wengert.compiler.emit.arithmetic import STORAGE, lanes_of
from wengert.compiler.emit.builder import Builder, Value, i64, vector
from wengert.compiler.emit.memory import Access, load
from wengert.compiler.emit.reduce import LoopEmitter
from wengert.compiler.emit.scalars import open_kernel
from wengert.compiler.emit.share import shared
from wengert.compiler.emit.target import Target
from wengert.compiler.product import Pack
from wengert.loop.affine import constant

TERMS = 128  # rows of a panel that a thread packs at once


def emit_pack(p: Pack, target: Target, name: str) -> str:
    """The text of an LLVM module whose function `name(table, slots, tid, threads)` packs."""
    return _PackEmitter(p, target, name).emit()


class _PackEmitter:
    """`k` is the last axis of the sum: the one along which B's elements are neighbours, if any is."""

    def __init__(self, p: Pack, target: Target, name: str) -> None:
        self.p, self.target = p, target
        self.dtype = p.dtype
        self.size, self.type = size_of(self.dtype), STORAGE[self.dtype]
        self.lanes = target.lanes(self.size)
        self.b, buffers = open_kernel(name, p.slots, p.params, False)
        self.source, self.to = buffers.pointers[p.source[0]], buffers.pointers[p.to]
        axes = (*p.batch, *p.reduce, p.n)
        self.em = LoopEmitter(self.b, target, buffers, [e for x in axes for e in (x.extent, x.b)])

    def emit(self) -> str:
        b, p, em = self.b, self.p, self.em
        *outer, k = p.reduce or (None,)
        axes = [*p.batch, p.n, *outer]
        self.length, self.step = (em.value(k.extent), em.value(k.b)) if k else (i64(1), i64(0))
        self.columns, self.stride = em.value(p.n.extent), em.value(p.n.b)
        strides = [em.value(x.b) for x in axes]
        extents = [em.value(x.extent) for x in axes]
        extents[len(p.batch)] = self.parts(self.columns, p.width)
        offset = em.value(p.source[1])
        with shared(b, [*extents, self.parts(self.length, TERMS)]) as indices:
            *indices, part = indices
            row = i64(0)
            for axis, (index, extent) in enumerate(zip(indices, extents, strict=True)):
                row = b.add(b.mul(row, extent), index)
                if axis == len(p.batch):
                    index = first = b.mul(index, i64(p.width))
                offset = b.add(offset, b.mul(index, strides[axis]))
            start = b.mul(part, i64(TERMS))
            stop = b.call("i64", "llvm.smin.i64", [b.add(start, i64(TERMS)), self.length])
            to = b.element(self.to, b.mul(b.mul(row, self.length), i64(p.width)), self.type)
            self.panel(b.element(self.source, offset, self.type), to, b.sub(self.columns, first), start, stop)
        b.ret()
        return "\n".join(sorted(b.declarations)) + "\n" + b.text()

    def parts(self, extent: Value, size: int) -> Value:
        return self.b.op("udiv", self.b.add(extent, i64(size - 1)), i64(size))

    def panel(self, source: Value, to: Value, columns: Value, start: Value, stop: Value) -> None:
        """Rows start..stop of one panel, of which `columns` are real."""
        b = self.b
        if constant(self.p.n.b) == 1:
            with b.for_range(start, stop, i64(1)) as k:
                self.copy(source, to, columns, k.index)
            return
        known = int(self.length.text) if self.length.text.isdigit() else None
        in_squares = self.step.text == "1" and (known is None or known >= self.lanes)
        if in_squares:
            squares = b.add(start, b.op("and", b.sub(stop, start), i64(-self.lanes)))
            with b.for_range(start, squares, i64(self.lanes)) as k:
                self.transpose(source, to, columns, k.index)
            start = squares
        if not in_squares or known is None or known % self.lanes:
            with b.for_range(start, stop, i64(1)) as k:
                self.gather(source, to, columns, k.index)

    def copy(self, source: Value, to: Value, columns: Value, k: Value) -> None:
        """One row of neighbours."""
        b = self.b
        at, to = self.row(source, k), b.element(to, b.mul(k, i64(self.p.width)), self.type)
        for j in range(0, self.p.width, self.lanes):
            mask = self.em.first_lanes(b.sub(columns, i64(j)), self.lanes)
            x = load(b, Access(b.element(at, i64(j), self.type), self.lanes, mask=mask), self.dtype)
            b.store(x, b.element(to, i64(j), self.type), self.size)

    def transpose(self, source: Value, to: Value, columns: Value, k: Value) -> None:
        """`lanes` rows of the panel at once, from `lanes` columns of neighbours."""
        b, lanes = self.b, self.lanes
        with b.for_range(i64(0), i64(self.p.width), i64(lanes)) as group:
            rows = []
            for n in range(lanes):
                column = self.inside(b.add(group.index, i64(n)), columns)
                at = b.element(self.row(source, k), b.mul(column, self.stride), self.type)
                rows.append(load(b, Access(at, lanes), self.dtype))
            for n, x in enumerate(transposed(b, rows)):
                row = b.add(b.mul(b.add(k, i64(n)), i64(self.p.width)), group.index)
                b.store(x, b.element(to, row, self.type), self.size)

    def gather(self, source: Value, to: Value, columns: Value, k: Value) -> None:
        """One row, from elements that are no neighbours."""
        b, lanes = self.b, self.lanes
        with b.for_range(i64(0), i64(self.p.width), i64(lanes)) as group:
            steps = Value(vector("i64", lanes), f"<{', '.join(f'i64 {n}' for n in range(lanes))}>")
            column = self.inside(b.op("add", b.splat(group.index, lanes), steps), columns)
            offset = b.op("mul", column, b.splat(self.stride, lanes))
            at = b.value(vector("ptr", lanes), f"getelementptr {self.type}, {self.row(source, k)}, {offset}")
            row = b.add(b.mul(k, i64(self.p.width)), group.index)
            b.store(load(b, Access(at, lanes), self.dtype), b.element(to, row, self.type), self.size)

    def row(self, source: Value, k: Value) -> Value:
        return self.b.element(source, self.b.mul(k, self.step), self.type)

    def inside(self, column: Value, columns: Value) -> Value:
        """A column of the panel; beyond the last one the last again, which nobody looks at."""
        lanes = lanes_of(column.type)
        last = self.b.splat(self.b.add(columns, i64(-1)), lanes)
        name = "llvm.smin.i64" if lanes == 1 else f"llvm.smin.v{lanes}i64"
        return self.b.call(column.type, name, [column, last])


def transposed(b: Builder, rows: Sequence[Value]) -> list[Value]:
    """A square of vectors, transposed by exchanging ever larger blocks across its diagonal."""
    lanes = len(rows)
    x = list(rows)
    distance = 1
    while distance < lanes:
        low = [j if not j & distance else lanes + j - distance for j in range(lanes)]
        high = [j + distance if not j & distance else lanes + j for j in range(lanes)]
        for i in range(lanes):
            if not i & distance:
                x[i], x[i + distance] = (_shuffle(b, x[i], x[i + distance], order) for order in (low, high))
        distance *= 2
    return x


def _shuffle(b: Builder, x: Value, y: Value, order: Sequence[int]) -> Value:
    lanes = ", ".join(f"i32 {n}" for n in order)
    return b.value(x.type, f"shufflevector {x}, {y}, <{len(order)} x i32> <{lanes}>")
