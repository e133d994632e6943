"""Loop nests to LLVM modules: the loops around the expressions, and each thread's part of them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from wengert.compiler.emit.builder import Builder, Value, i64
from wengert.compiler.emit.kept import keep_rows
from wengert.compiler.emit.reduce import LoopEmitter
from wengert.compiler.emit.scalars import THREAD, THREADS, open_kernel
from wengert.compiler.emit.target import Target
from wengert.loop.expr import post_order
from wengert.loop.nest import Carry, Loop, Nest
from wengert.loop.schedule import Schedule, VectorLoop, schedule


def emit_nest(nest: Nest, target: Target, name: str) -> str:
    """The text of an LLVM module with one function, `void name(table, slots, tid, threads)`: see `open_kernel`.

    All threads call it with their number; it returns when the thread's part is done.
    """
    return emit_schedule(schedule(nest, target.vector_bytes), target, name)


def emit_schedule(plan: Schedule, target: Target, name: str) -> str:
    """`emit_nest` with a schedule of one's own."""
    nest = plan.nest
    checks = any(e.op == "check" for e in post_order(nest.roots))
    b, buffers = open_kernel(name, nest.slots, nest.params, checks)
    turns = frozenset(x.var for x in nest.serial)
    written = {n: turns for n, slot in enumerate(nest.slots) if slot.written}
    kernel = _Nest(plan, LoopEmitter(b, target, buffers, nest.roots, written))
    if checks:  # one that no turn needs is not made: it may be emitted before the loops
        with b.when(b.compare("icmp ne", kernel.turns_in_all(), i64(0))):
            kernel.emit()
    else:
        kernel.emit()
    b.ret()
    return "\n".join(sorted(b.declarations)) + "\n" + b.text()


class _Nest:
    """The loops of one nest."""

    def __init__(self, plan: Schedule, em: LoopEmitter) -> None:
        self.plan, self.em, self.b = plan, em, em.b
        self.roots = plan.nest.values + [x.extent for x in plan.nest.loops + plan.nest.serial]
        self.indices = [s.index for s in plan.nest.stores]
        em.kept = keep_rows(plan.nest, plan.vector.var, em.guards, em.b) if plan.vector else []

    def turns_in_all(self) -> Value:
        """The product of all extents."""
        nest = self.plan.nest
        return functools.reduce(
            self.b.mul, (self.em.value(x.extent) for x in nest.loops + nest.serial), i64(1)
        )

    def emit(self) -> None:
        plan, em, b = self.plan, self.em, self.b
        em.hoist(self.roots, self.indices)
        outer = [x.var for x in plan.nest.loops[: plan.parallel]]
        extents = [em.value(x.extent) for x in plan.nest.loops[: plan.parallel]]
        if plan.block:
            whole = em.value(plan.nest.loops[-1].extent)
            more = b.add(whole, i64(plan.block - 1))
            extents.append(b.op("udiv", more, i64(plan.block)))
        if not extents:
            with b.when(b.compare("icmp eq", THREAD, i64(0))):
                self.inner(plan.parallel)
            return

        def turn(indices: Sequence[Value]) -> None:
            for var, index in zip(outer, indices, strict=False):
                em.bind(var, index)
            em.hoist(self.roots, self.indices)
            if plan.block:
                start = b.mul(indices[-1], i64(plan.block))
                self.inner(plan.parallel, start, minimum(b, b.add(start, i64(plan.block)), whole))
            else:
                self.inner(plan.parallel)

        self.share(extents, turn)

    def share(self, extents: Sequence[Value], turn: Callable[[Sequence[Value]], None]) -> None:
        """This thread's contiguous part of all indices below the extents, the last index fastest."""
        b = self.b
        total = functools.reduce(b.mul, extents)
        start = b.op("udiv", b.mul(total, THREAD), THREADS)
        stop = b.op("udiv", b.mul(total, b.add(THREAD, i64(1))), THREADS)
        digits: list[Value] = []
        rest = start
        for extent in reversed(extents[1:]):
            safe = (
                extent
                if extent.text.isdigit() and extent.text != "0"
                else b.call("i64", "llvm.smax.i64", [extent, i64(1)])
            )
            digits.insert(0, b.op("urem", rest, safe))
            rest = b.op("udiv", rest, safe)
        with self.em.scope(), b.for_range(start, stop, i64(1), [rest, *digits] if digits else []) as r:
            indices = r.carried if digits else [r.index]
            turn(indices)
            if digits:
                r.advance(*self.following(indices, extents))

    def following(self, indices: Sequence[Value], extents: Sequence[Value]) -> list[Value]:
        """The indices of the next turn, as an odometer counts."""
        b = self.b
        result: list[Value] = []
        step = i64(1)
        for index, extent in reversed(list(zip(indices, extents, strict=True))):
            moved = b.add(index, step)
            over = b.compare("icmp eq", moved, extent)
            result.insert(0, b.select(over, i64(0), moved))
            step = b.convert("zext", over, "i64")
        return result

    def inner(self, depth: int, start: Value | None = None, stop: Value | None = None) -> None:
        """The loops from `depth` on; the last one from start to stop, where given."""
        loops, em = self.plan.nest.loops, self.em
        if depth == len(loops):
            self.turn()
            return
        extent = em.value(loops[depth].extent)
        if self.plan.vector and depth == len(loops) - 1:
            self.vector_loop(self.plan.vector, start or i64(0), stop or extent)
            return
        with em.scope(), self.b.for_range(i64(0), extent, i64(1)) as r:
            em.bind(loops[depth].var, r.index)
            em.hoist(self.roots, self.indices)
            self.inner(depth + 1)

    def vector_loop(self, v: VectorLoop, start: Value, stop: Value) -> None:
        """Many indices a turn; what is left over in masked turns or one by one."""
        b, wide = self.b, v.lanes * v.unroll
        length = b.sub(stop, start)
        if length.text.isdigit():
            full = i64(int(length.text) // wide * wide)
        else:
            full = b.add(start, b.op("and", length, i64(-wide)))
        self.turns(v, start, full, wide)
        if full.text == stop.text:
            return
        if v.masked(self.em.target.masks):
            self.turns(v, full, stop, v.lanes, masked=True)
        else:
            self.turns(v, full, stop, 1)

    def turns(self, v: VectorLoop, start: Value, stop: Value, lanes: int, masked: bool = False) -> None:
        em, b = self.em, self.b
        if start.text == stop.text:
            return
        with em.scope(), b.for_range(start, stop, i64(lanes)) as r:
            if lanes == 1:
                em.bind(v.var, r.index)
            else:
                em.vectorize(
                    v.var, r.index, lanes, em.first_lanes(b.sub(stop, r.index), lanes) if masked else None
                )
            for row in em.kept:
                em.know(row.again, row.load(b, r.index, lanes))
            self.turn()

    def turn(self) -> None:
        """The serial loops and the stores, where all independent loops have their index."""
        em = self.em
        em.hoist(self.roots, self.indices)
        carries = self.plan.nest.carries
        first = [em.vector(c.init) for c in carries]
        self.serial(self.plan.nest.serial, carries, first)

    def serial(self, loops: Sequence[Loop], carries: Sequence[Carry], values: list[Value]) -> list[Value]:
        em = self.em
        if not loops:
            for c, value in zip(carries, values, strict=True):
                em.bind(c.name, value)
            em.hoist(self.roots, self.indices)
            updates = [em.vector(c.update) for c in carries]
            for s, value in [(s, em.value(s.value)) for s in self.plan.nest.stores]:
                em.store(s, value)
            return updates
        extent = em.value(loops[0].extent)
        with em.scope(), self.b.for_range(i64(0), extent, i64(1), values) as r:
            em.bind(loops[0].var, r.index)
            em.hoist(self.roots, self.indices)
            r.advance(*self.serial(loops[1:], carries, r.carried))
        return r.carried


def minimum(b: Builder, x: Value, y: Value) -> Value:
    """The smaller of two signed integers."""
    return b.select(b.compare("icmp slt", x, y), x, y)
