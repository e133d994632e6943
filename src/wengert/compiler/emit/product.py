"""Products to LLVM modules: the loops around the micro-kernel, and what is done with a finished tile."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wengert.base.dtypes import size_of
from wengert.compiler.emit.arithmetic import STORAGE
from wengert.compiler.emit.builder import Builder, Value, i64
from wengert.compiler.emit.epilogue import Epilogue, Sums, stores_of
from wengert.compiler.emit.local import fill
from wengert.compiler.emit.reduce import LoopEmitter
from wengert.compiler.emit.scalars import open_kernel
from wengert.compiler.emit.share import shared
from wengert.compiler.emit.target import Target
from wengert.compiler.microkernel import Reduce, Tile, WordProduct, emit_tile
from wengert.compiler.product import CHUNK, Level, Local, Product, is_plain
from wengert.compiler.tiling import Columns
from wengert.loop.affine import constant, estimate
from wengert.loop.expr import affine, post_order
from wengert.loop.nest import Axis

FALSE = Value("i1", "false")
ZERO = i64(0)


def emit_product(p: Product, target: Target, name: str) -> str:
    """The text of an LLVM module whose function `name(table, slots, tid, threads)` runs the product."""
    return _ProductEmitter(p, target, name).emit()


@dataclass(frozen=True, slots=True)
class Span:
    """The indices low .. low + length - 1 of an axis."""

    low: Value
    length: Value


@dataclass(frozen=True, slots=True)
class Place:
    """Where the loops are: what is left of each axis, and whether sums are already begun."""

    spans: dict[str, Span]
    resume: Value

    def narrow(self, axis: Axis, span: Span, resume: Value | None = None) -> Place:
        return Place({**self.spans, axis.var: span}, resume or self.resume)


@dataclass
class Piece:
    """A part of a span: its first index, how many there are, and which of the sizes fit."""

    b: Builder
    first: Value
    fits: Sequence[Value]
    count: Value = ZERO

    def choose(self, options: Sequence[Value]) -> Value:
        """The option of the size that was taken."""
        *larger, chosen = options
        for fit, option in reversed(list(zip(self.fits, larger, strict=True))):
            chosen = self.b.select(fit, option, chosen)
        return chosen


class _ProductEmitter:
    def __init__(self, p: Product, target: Target, name: str) -> None:
        self.p, self.target, self.name = p, target, name
        self.dtype = p.dtype
        self.type, self.lanes = STORAGE[self.dtype], p.tiling.lanes
        self.a_type, self.b_type = (STORAGE[p.slots[slot].dtype] for slot in (p.a[0], p.b[0]))
        stores = stores_of(p)
        roots = [e for t in stores for e in (t.value, t.index)]
        self.b, self.buffers = open_kernel(
            name, p.slots, p.params, any(e.op == "check" for e in post_order(roots))
        )
        moves = [e for x in (*p.outer, *p.reduce, p.m) for e in (x.extent, x.a, x.b)]
        tile = frozenset(x.var for x in (p.n, *p.rows))
        written = {n: tile for n, slot in enumerate(p.slots) if slot.written}
        steps = [v.step for v in p.levels] + ([p.words.left] if p.words and p.words.left else [])
        steps += [p.local.step, p.local.source[1]] if p.local else []
        self.em = LoopEmitter(self.b, target, self.buffers, [*roots, *moves, *steps], written)
        self.pitch = 0
        self.finish = None if is_plain(p.stores, p.rows) else Epilogue(p, self.em, stores)
        self.functions: list[Builder] = []

    def emit(self) -> str:
        p, b = self.p, self.b
        if self.finish:
            self.pitch = max(c.vectors for c in p.tiling.columns) * self.lanes
            count = self.pitch * p.tiling.rows[0] * self.group_size()
            self.tile_memory = b.value("ptr", f"alloca [{count} x {self.type}], align 64")
            self.finish.hoist()
        axes = {x.var: x for x in (*p.outer, *p.reduce, p.m)}
        self.em.hoist([e for x in axes.values() for e in (x.extent, x.a, x.b)])
        spans = {v: Span(i64(0), self.em.value(x.extent)) for v, x in axes.items()}
        self.share(Place(spans, FALSE))
        b.ret()
        builders = [b, *self.functions]
        declarations = sorted(set().union(*(f.declarations for f in builders)))
        return "\n".join(declarations) + "\n" + "\n".join(f.text() for f in builders)

    # --- loops --------------------------------------------------------------------------------
    def share(self, place: Place) -> None:
        """This thread's contiguous part of the turns of all parallel levels."""
        p = self.p
        levels = p.levels[: p.parallel]
        counts = [self.turns(v) for v in levels]
        with self.em.scope(), shared(self.b, counts) as turns:
            if p.local:
                self.begin_block(p.local, turns, counts)
            for level, turn in zip(levels, turns, strict=True):
                if level.chunks:
                    self.em.bind(CHUNK, turn)
                low = self.b.mul(turn, self.em.value(level.step))
                place = place.narrow(level.axis, self.span(level, place, low))
            self.descend(p.levels[p.parallel :], place)

    def turns(self, level: Level) -> Value:
        """How many turns a level takes over its whole axis."""
        s = self.em.scalars
        if level.chunks:
            return i64(level.chunks)
        step = level.step
        return self.em.value(s.idiv(s.add(level.axis.extent, s.sub(step, s.const(1))), step))

    def span(self, level: Level, place: Place, low: Value) -> Span:
        """What a turn that starts at `low` covers of what the levels around it have left."""
        around, step = place.spans[level.axis.var], self.em.value(level.step)
        if self.divides(level):
            return Span(low, step)
        left = self.b.sub(self.b.add(around.low, around.length), low)
        if level.axis.reduced:
            left = self.maximum(left, i64(0))
        return Span(low, self.minimum(left, step))

    def divides(self, level: Level) -> bool:
        """Whether every turn has its full step; not known of levels that share an axis."""
        extent, step = constant(level.axis.extent), constant(level.step)
        alone = sum(v.axis.var == level.axis.var for v in self.p.levels) == 1
        return alone and extent is not None and step is not None and extent > 0 and extent % step == 0

    def descend(self, levels: Sequence[Level], place: Place) -> None:
        """The loops of one thread, then the tiles."""
        if not levels:
            self.tiles(place)
            return
        p, b, (level, *rest) = self.p, self.b, levels
        span = place.spans[level.axis.var]
        stop = b.add(span.low, span.length)
        if level.axis.reduced:  # one turn at least: a sum of nothing is 0, and has to be stored
            stop = self.maximum(stop, b.add(span.low, i64(1)))
        with self.em.scope(), b.for_range(span.low, stop, self.em.value(level.step)) as loop:
            resume = place.resume
            if level.axis.reduced:
                again = b.compare("icmp ne", loop.index, span.low)
                resume = again if resume == FALSE else b.op("or", resume, again)
            inner = place.narrow(level.axis, self.span(level, place, loop.index), resume)
            if p.local and level.axis.reduced:
                self.fill(p.local, inner)
            self.descend(rest, inner)

    # --- panels of a block's own --------------------------------------------------------------
    def begin_block(self, local: Local, turns: Sequence[Value], counts: Sequence[Value]) -> None:
        """The place of this block's panels."""
        number = i64(0)
        for turn, count in zip(turns, counts, strict=True):
            number = self.b.add(self.b.mul(number, count), turn)
        at = self.b.mul(number, i64(local.size))
        self.panels = self.b.element(self.buffers.pointers[local.to], at, self.b_type)

    def fill(self, local: Local, place: Place) -> None:
        """Copy the block's columns of a part of B to them."""
        b, n, k = self.b, place.spans[self.p.n.var], place.spans[self.p.reduce[0].var]
        at = b.add(self.em.value(local.source[1]), b.add(b.mul(k.low, self.em.value(local.step)), n.low))
        source = b.element(self.buffers.pointers[local.source[0]], at, self.b_type)
        self.first_column = n.low
        fill(self.em, local, self.dtype, self.lanes, source, self.panels, (k.length, n.length))

    def minimum(self, x: Value, y: Value) -> Value:
        return x if x == y else self.b.call("i64", "llvm.smin.i64", [x, y])

    def maximum(self, x: Value, y: Value) -> Value:
        return self.b.call("i64", "llvm.smax.i64", [x, y])

    # --- tiles --------------------------------------------------------------------------------
    def tiles(self, place: Place) -> None:
        """All tiles of what is left of the tile's axes."""
        p, b, em = self.p, self.b, self.em
        place = self.inside(place)
        a_base, b_base = self.operands(place)
        if self.finish:
            self.finish.hoist()
        else:
            em.hoist([p.stores[0].index])
        functions, integers = self.functions_of(place)
        panel, rows = place.spans[p.n.var], place.spans[p.m.var]
        with self.pieces(panel, [c.count for c in p.tiling.columns]) as n:
            of_width = [n.choose(row) for row in functions]
            b_at = b.element(b_base, b.sub(n.first, panel.low), self.b_type)
            with self.pieces(rows, p.tiling.rows) as m:
                a_at = b.element(a_base, b.mul(m.first, em.value(p.m.a)), self.a_type)
                sums = self.tile_memory if self.finish else self.c_address(m.first, n.first)
                tile = Sums(sums, self.pitch, m.first, n.first, m.count, n.count)
                if self.finish:
                    self.finish.prefetch(tile)
                b.call_at(m.choose(of_width), [a_at, b_at, sums, place.resume, n.count, *integers])
                if self.finish:
                    self.finish.emit(tile)

    def inside(self, place: Place) -> Place:
        """The place without terms that are 0."""
        b = self.b
        for i in self.p.inside:
            span, moved = place.spans[i.reduced], b.mul(place.spans[i.outer].low, i64(i.step))

            def first_from(bound: int, moved: Value = moved, turn: int = i.turn) -> Value:
                """The first index for which the sum is not below the bound."""
                gap = self.maximum(b.sub(i64(bound), moved), ZERO)
                return gap if turn == 1 else b.op("udiv", b.add(gap, i64(turn - 1)), i64(turn))

            low = self.maximum(span.low, first_from(i.low))
            stop = self.minimum(b.add(span.low, span.length), first_from(i.high))
            place = Place(
                {**place.spans, i.reduced: Span(low, self.maximum(b.sub(stop, low), ZERO))}, place.resume
            )
        return place

    def operands(self, place: Place) -> tuple[Value, Value]:
        """Where A and B begin for the tiles of a place, but for the rows; the other axes are bound."""
        p, b, em = self.p, self.b, self.em
        a, c = em.value(p.a[1]), em.value(p.b[1])
        for x in {x.var: x for x in (*p.outer, *p.reduce)}.values():
            low = place.spans[x.var].low
            c = b.add(c, b.mul(low, em.value(x.b)))
            if x != p.m:
                a = b.add(a, b.mul(low, em.value(x.a)))
            if x not in (*p.rows, p.n) and not x.reduced:
                em.bind(x.var, low)
        pointers = self.buffers.pointers
        if p.local:
            panel = b.mul(b.sub(place.spans[p.n.var].low, self.first_column), i64(p.local.terms))
            return b.element(pointers[p.a[0]], a, self.a_type), b.element(self.panels, panel, self.b_type)
        return b.element(pointers[p.a[0]], a, self.a_type), b.element(pointers[p.b[0]], c, self.b_type)

    @contextlib.contextmanager
    def pieces(self, span: Span, sizes: Sequence[int]) -> Iterator[Piece]:
        """Cuts a span: again and again the largest size that fits; if none does, what is left."""
        b = self.b
        stop = b.add(span.low, span.length)
        with self.em.scope(), b.for_range(span.low, stop, i64(sizes[0])) as loop:
            left = b.sub(stop, loop.index)
            fits = [b.compare("icmp sge", left, i64(size)) for size in sizes[:-1]]
            piece = Piece(b, loop.index, fits)
            whole = span.length.text.isdigit() and int(span.length.text) % sizes[-1] == 0
            rest = i64(sizes[-1]) if len(sizes) == 1 and whole else self.minimum(left, i64(sizes[-1]))
            piece.count = loop.step = piece.choose([*(i64(size) for size in sizes[:-1]), rest])
            yield piece

    def functions_of(self, place: Place) -> tuple[list[list[Value]], list[Value]]:
        """The micro-kernel for each height and width, and the run-time integers that all of them take."""
        p, integers = self.p, _Integers()
        loops = [
            Reduce(
                integers(place.spans[x.var].length),
                integers(self.em.value(x.a)),
                integers(self.em.value(x.b)),
            )
            for x in p.reduce
        ]
        tiles = [
            [self.shape(height, width, integers) for width in p.tiling.columns] for height in p.tiling.rows
        ]
        names: list[str] = []
        for tile in itertools.chain(*tiles):
            names.append(f"{self.name}.tile{len(names)}")
            self.functions.append(emit_tile(names[-1], tile, loops, integers.inside))
        values = iter(Value("ptr", f"@{name}") for name in names)
        return [[next(values) for _ in row] for row in tiles], integers.outside

    def shape(self, height: int, width: Columns, integers: _Integers) -> Tile:
        """The tile's rows are in A as its axes say, and in C too, or in the tile's memory."""
        p, members = self.p, self.group_size()
        in_a = [self.em.value(x.a) for x in p.rows]
        in_c = [i64(affine(p.stores[0].index, x.var) or 0) for x in p.rows]
        if self.finish:
            in_c = [i64(members * self.pitch), i64(self.pitch)]
        rows = [(r, g) for r in range(height) for g in range(members)]
        return Tile(
            a_rows=tuple(integers(self.offset(at, in_a)) for at in rows),
            c_rows=tuple(integers(self.offset(at, in_c)) for at in rows),
            vectors=width.vectors,
            lanes=self.lanes,
            type=self.type,
            size=size_of(self.dtype),
            a_type=self.a_type,
            b_type=self.b_type,
            masked_b=width.masked and not p.packed,
            masked_c=width.masked and not self.finish,
            fma=self.target.fma,
            ahead=p.ahead,
            resumes=any(v.axis.reduced for v in p.levels[p.parallel :]),
            words=self.words(integers),
        )

    def words(self, integers: _Integers) -> WordProduct | None:
        """How words are multiplied; terms that are left over lie in A as those of words do."""
        words = self.p.words
        if words is None:
            return None
        left = integers(self.em.value(words.left)) if words.left else None
        step = self.em.scalars.idiv(self.p.reduce[-1].a, self.em.scalars.const(words.terms))
        offsets = self.target.offsets(words.a, words.b)
        return WordProduct(words.a, words.b, words.bits, offsets, left, integers(self.em.value(step)))

    def offset(self, index: Sequence[int], strides: Sequence[Value]) -> Value:
        total = i64(0)
        for i, stride in zip(index, strides, strict=False):  # without a group there is one stride
            total = self.b.add(total, self.b.mul(i64(i), stride))
        return total

    def group_size(self) -> int:
        return estimate(self.p.group.extent) if self.p.group else 1

    def c_address(self, m: Value, n: Value) -> Value:
        """Where a tile lies in the output, if it is stored as it is."""
        store, group = self.p.stores[0], self.p.group
        for axis, index in ((self.p.m, m), (self.p.n, n), *([(group, ZERO)] if group else [])):
            self.em.bind(axis.var, index)
        return self.b.element(self.buffers.pointers[store.slot], self.em.value(store.index), self.type)


class _Integers:
    """Run-time integers that an inner function is passed: outside they have one name, inside another."""

    def __init__(self) -> None:
        self.outside: list[Value] = []
        self.inside: list[Value] = []

    def __call__(self, x: Value) -> Value:
        if not x.text.startswith("%"):
            return x
        if x not in self.outside:
            self.outside.append(x)
            self.inside.append(Value("i64", f"%x{len(self.inside)}"))
        return self.inside[self.outside.index(x)]
