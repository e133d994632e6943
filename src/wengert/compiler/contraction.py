"""How a contraction runs: the register tile, packing, blocks, and what threads share.

`schedule_contraction` turns a `Contraction` into kernels to run in order. The choices follow from shapes and
target alone, never from the number of threads: each output element is summed in one order, whoever sums it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from wengert.base.dtypes import is_byte, is_float, size_of, summed
from wengert.compiler.choices import MODEL, Choices
from wengert.compiler.emit.target import Target
from wengert.compiler.product import CHUNK, Level, Pack, Product, Scheduled, Scratch, Words, is_plain
from wengert.compiler.roles import Roles, find_roles, footprint, joined, restride
from wengert.compiler.tiling import CALL, Extent, Registers, Tiling, choose_tile, turn
from wengert.compiler.words import Reach, WordAxis, choose_axis, pack_words
from wengert.loop.affine import constant, estimate, replace_leaves
from wengert.loop.expr import Expr, Scalars, post_order
from wengert.loop.nest import Axis, Contraction, Loop, Nest, Slot, Store

CACHE = 512 << 10  # bytes that stay close to a core while it works on them: half of a common L2
PANEL = 256 << 10  # bytes of B that a column of tiles shares; longer sums are done in parts
PART = 128 << 10  # bytes of A and B that a part of a cut sum goes through, tile after tile
UNIT = 20_000  # cycles that are worth handing to a thread at once
REUSE = 96  # rows for which each element of a large B is fetched once
UNITS = 48  # pieces of work that are enough for any number of threads
CHUNKS = 16  # parts of a sum whose output is too small to share among threads
DEEP = 4096  # terms that make such a sum worth cutting
DEEP_PANEL = 256  # rows of B from which on they evict one another if they are aliased
WORTH_PACKING = 1 << 17  # uses of a panel's columns that pay for packing it
ALIASED = 4096  # bytes: rows that far apart compete for the same lines of the first cache
WAYS = 8  # so many of them it holds


def supports(c: Contraction, target: Target) -> bool:
    """Whether the micro-kernel serves this contraction; others are nests with a `reduce`."""
    a, b = c.slots[c.a_slot].dtype, c.slots[c.b_slot].dtype
    accs = [e for t in c.stores for e in post_order([t.value]) if e.op == "acc"]
    alike = (is_float(a) and a == b) or (is_byte(a) and is_byte(b))
    if not alike or any(e.dtype != summed(a) for e in accs) or not c.stores:
        return False
    if any(e.op == "acc" for t in c.stores for e in post_order([t.index])):
        return False
    roles = find_roles(c, Scalars())
    if roles is None:
        return False
    rows = math.prod(estimate(x.extent) for x in roles.m)
    in_place = constant(roles.n.b) == 1 and a == summed(a)
    return in_place or rows >= 8  # else packing B costs more than the product


def schedule_contraction(
    c: Contraction, target: Target, steady: Collection[int] = (), given: Choices = MODEL
) -> Scheduled:
    """The kernels of a contraction that `supports` accepts.

    steady: slots of what stays the same for many runs: it is packed once for all of them.
    given: what a search has chosen; the cost model chooses the rest.
    """
    return _Scheduler(c, target, steady, given).run()


class _Scheduler:
    """Makes the decisions one after another; `kernels` and `scratch` grow with them."""

    def __init__(self, c: Contraction, target: Target, steady: Collection[int], given: Choices) -> None:
        self.s, self.c, self.target, self.steady = Scalars(), c, target, steady
        self.given, self.made = given, MODEL
        roles = find_roles(c, self.s)
        if roles is None:
            raise AssertionError(f"schedule_contraction: an axis must be contiguous in all stores; got\n{c}")
        self.roles: Roles = roles
        self.factors = c.slots[roles.a[0]].dtype, c.slots[roles.b[0]].dtype
        self.dtype = summed(self.factors[0])
        self.size = size_of(self.dtype)
        self.scratch: list[Scratch] = []
        self.before: list[Product | Pack | Nest] = []
        self.after: list[Product | Pack | Nest] = []
        self.words: WordAxis | None = None
        if self.dtype != self.factors[0]:
            self.take_words()
            roles = self.roles
        self.b, self.n, self.reduce, self.stores = roles.b, roles.n, roles.reduce, roles.stores
        self.ahead = (0, 0)
        self.depth = math.prod(estimate(x.extent) for x in roles.reduce)

    def run(self) -> Scheduled:
        m, group, tiling = self.choose_rows()
        others = tuple(x for x in self.roles.m if x not in (m, group))
        self.group, self.tiling = group, tiling
        if self.must_pack() or self.choose("pack", self.should_pack()):
            self.pack()
        chunk = self.choose_chunks()
        if chunk:
            levels, parallel = self.chunked_levels(chunk, others)
        else:
            levels, parallel = self.unit_levels(m, others)
        slots = self.slots()
        product = Product(
            levels,
            parallel,
            m,
            group,
            self.n,
            self.roles.outer,
            self.reduce,
            tiling,
            self.roles.a,
            self.b,
            any(isinstance(k, Pack) for k in self.before),
            self.ahead,
            self.stores,
            slots,
            self.c.params,
            self.dtype,
            Words(*self.factors, self.words.bits, self.words.left) if self.words else None,
        )
        kernels = [replace(k, slots=slots) for k in (*self.before, product, *self.after)]
        return Scheduled(tuple(kernels), tuple(self.scratch), self.made)

    def choose(self, name: str, by_model: int) -> int:
        """What a search has chosen, else what the model has."""
        found: int | None = getattr(self.given, name)
        chosen = by_model if found is None else found
        self.made = replace(self.made, **{name: chosen})
        return chosen

    def slots(self) -> tuple[Slot, ...]:
        return (*self.c.slots, *(Slot(x.dtype, True) for x in self.scratch))

    def allocate(self, size: Expr, dtype: str | None = None) -> int:
        """The slot of a new buffer."""
        self.scratch.append(Scratch(dtype or self.dtype, size))
        return len(self.c.slots) + len(self.scratch) - 1

    def volume(self, axes: Sequence[Axis]) -> Expr:
        total = self.s.const(1)
        for x in axes:
            total = self.s.mul(total, x.extent)
        return total

    # --- the register tile --------------------------------------------------------------------
    def choose_rows(self) -> tuple[Axis, Axis | None, Tiling]:
        """The axis of the tile's rows, an inner one that lies in it as a whole, and the sizes."""
        # Where there is no multiply-add, a product needs a register before it is added.
        if self.words is not None:
            whole = self.words.holds(self.factors[0])
        else:
            whole = self.target.fma and is_float(self.dtype)
        count = self.target.registers - (not whole)
        beside = self.words is not None and self.target.offsets(*self.factors)
        registers = Registers(count, self.target.lanes(self.size), self.size, int(beside))
        best: tuple[float, Axis, Axis | None, Tiling] | None = None
        rows = sorted(self.roles.m, key=lambda x: abs(estimate(x.a))) or [self.unit_axis()]
        total = math.prod(estimate(x.extent) for x in rows)
        small = [x for x in rows if (constant(x.extent) or count) < count // 2]
        for x in rows:
            most = WAYS if estimate(x.a) * self.size % ALIASED == 0 else count
            for group in (None, *(y for y in small if y is not x)):
                unit = estimate(group.extent) if group else 1
                m = _extent(x)
                given = self.given.rows, self.given.vectors
                cost, tiling = choose_tile(m, _extent(self.n), self.depth, registers, unit, most, given)
                cost *= total / max(1, m.guess * unit)
                if best is None or cost < 0.95 * best[0]:  # nearer rows are better where it matters little
                    best = cost, x, group, tiling
        assert best is not None
        tiling = best[3]
        self.made = replace(self.made, rows=tiling.rows[0], vectors=tiling.columns[0].vectors)
        return best[1:]

    def unit_axis(self) -> Axis:
        """One row, where there is none."""
        return Axis("row", self.s.const(1), self.s.const(0), self.s.const(0))

    # --- words --------------------------------------------------------------------------------
    def take_words(self) -> None:
        """Make what the operands hold words, or copy it to the dtype of the sums, if there is no product of words."""
        s, roles, dtype = self.s, self.roles, self.factors[0]
        bits = self.target.term_bits(dtype)
        self.words = choose_axis(roles.reduce, bits, s) if bits else None
        if self.words is None:
            self.roles = replace(roles, a=self.widened(roles.a, "a"), b=self.widened(roles.b, "b"))
            return
        k, a = self.words.axis, roles.a
        if constant(k.a) != 1 or not self.words.holds(dtype):
            reach = self.reach(a, "a")
            to = self.allocate(reach.room, "uint32")
            self.before.append(reach.words(to, self.words, k.a, self.c.params, s))
            a = to, s.sub(a[1], reach.low)
        n = s.const(self.words.terms)
        turns = replace(k, extent=self.words.whole, a=s.mul(n, k.a), b=s.mul(n, k.b))
        self.roles = replace(roles, a=a, reduce=(*(x for x in roles.reduce if x is not k), turns))

    def widened(self, operand: tuple[int, Expr], side: str) -> tuple[int, Expr]:
        reach = self.reach(operand, side)
        to = self.allocate(reach.room)
        self.before.append(reach.widen(to, self.dtype, self.c.params, self.s))
        return to, self.s.sub(operand[1], reach.low)

    def reach(self, operand: tuple[int, Expr], side: str) -> Reach:
        axes = (*self.roles.outer, *self.roles.reduce)
        moves = [(getattr(x, side), x.extent) for x in axes if estimate(getattr(x, side))]
        return Reach.of(operand, self.c.slots[operand[0]].dtype, moves, self.s)

    # --- packing ------------------------------------------------------------------------------
    def must_pack(self) -> bool:
        """Whether B can be read from panels alone: its columns are no neighbours."""
        return constant(self.n.b) != 1 or self.words is not None

    def should_pack(self) -> bool:
        """Whether panels are worth it: B's rows evict one another."""
        rows = math.prod(estimate(x.extent) for x in self.roles.m)
        if any(c.masked for c in self.tiling.columns) and not self.target.masks(self.size) and rows >= 8:
            return True
        near = [abs(step) * self.size for x in self.reduce if (step := constant(x.b))]
        if not near or min(near) % ALIASED or self.depth < DEEP_PANEL:
            return False
        return rows >= 8 if self.b[0] in self.steady else rows * self.depth >= WORTH_PACKING

    def pack(self) -> None:
        """Read B from panels: n / width of them, each a gapless [k][width]."""
        width = self.tiling.columns[0].vectors * self.tiling.lanes
        s, batch = self.s, (*self.roles.batch, *self.roles.n_rest)
        batch = tuple(x for x in batch if estimate(x.b))
        reduce = self.reduce
        if self.words:
            reduce = (*reduce[:-1], replace(reduce[-1], extent=self.words.rows))
        depth = self.volume(reduce)
        panels = s.idiv(s.add(self.n.extent, s.const(width - 1)), s.const(width))
        panel = s.mul(depth, s.const(width))
        to = self.allocate(s.mul(s.mul(self.volume(batch), panels), panel), "uint32" if self.words else None)
        if self.words:
            self.before += pack_words(
                self.words, self.n, batch, self.reduce, self.b, self.factors[1], to, width,
                self.c.params, self.allocate, s,
            )  # fmt: skip
        else:
            self.before.append(Pack(self.n, reduce, batch, width, self.b, to, (), self.c.params, self.dtype))
        self.b = to, s.const(0)
        self.n = replace(self.n, b=depth)  # at multiples of the width, where panels begin
        strides = restride(reduce, s.const(width), s)
        turns = [replace(x, b=y.b) for x, y in zip(self.reduce, strides, strict=True)]
        self.reduce = tuple(turns if self.words else joined(turns, s))
        packed = {x.var: x for x in restride(batch, s.mul(panels, panel), s)}
        roles = self.roles
        self.roles = replace(
            roles,
            batch=tuple(packed.get(x.var, x) for x in roles.batch),
            n_rest=tuple(packed.get(x.var, x) for x in roles.n_rest),
            n=self.n,
        )

    # --- the loops ----------------------------------------------------------------------------
    def unit_levels(self, m: Axis, others: Sequence[Axis]) -> tuple[tuple[Level, ...], int]:
        """Threads share pieces of the output; each sums all of its terms, in parts if there are many."""
        parts = self.parts(self.choose("panel", PANEL), self.width() * self.size)
        if parts and not is_plain(self.stores, [m, self.group] if self.group else [m]):
            self.accumulate_apart()
        steps = self.rows_of_unit(m, others)
        rows = [Level(x, self.s.const(steps[x.var])) for x in (*others, m)]
        inner = self.singles([x for x in others if steps[x.var] > 1])
        columns = [*self.singles(self.roles.n_rest), self.panels()]
        near = footprint([*self.roles.m, *self.reduce], "a") * self.size <= CACHE
        columns_first = self.choose("columns_first", near)
        if columns_first and not parts and math.prod(estimate(x.extent) for x in self.roles.m) <= REUSE:
            self.ahead = 0, self.next_panel()
        shared = [*self.singles(self.roles.batch), *(columns + rows if columns_first else rows + columns)]
        return (*shared, *parts, *inner), len(shared)

    def next_panel(self) -> int:
        """How far the next columns of a large B are, for few rows do not last until they are there; else 0."""
        moving = [x for x in (*self.roles.batch, *self.roles.n_rest, self.n, *self.reduce) if estimate(x.b)]
        large = footprint(moving, "b") * self.size > 2 * CACHE
        return self.width() * (constant(self.n.b) or 0) if large else 0

    def chunked_levels(self, chunk: Level, others: Sequence[Axis]) -> tuple[tuple[Level, ...], int]:
        """Threads share chunks of the sum; each chunk makes a whole output, and they are added at the end."""
        last = self.reduce[-1]
        step = (abs(estimate(last.a)) + abs(estimate(last.b))) * self.size
        parts = self.parts(self.choose("panel", PART), step)
        if parts:
            part, terms = parts[-1].axis, estimate(parts[-1].step)
            self.ahead = terms * (constant(part.a) or 0), terms * (constant(part.b) or 0)
        shared = [*self.singles(self.roles.batch), chunk]
        return (*shared, *parts, *self.singles(self.roles.n_rest), self.panels(), *self.singles(others)), len(
            shared
        )

    def singles(self, axes: Sequence[Axis]) -> list[Level]:
        return [Level(x, self.s.const(1)) for x in axes]

    def width(self) -> int:
        """Columns of a panel."""
        return max(1, self.tiling.columns[0].vectors) * self.tiling.lanes

    def panels(self) -> Level:
        return Level(self.n, self.s.const(self.width()))

    def rows_of_unit(self, m: Axis, others: Sequence[Axis]) -> dict[str, int]:
        """Rows that a thread does at a time, along each axis: enough work, yet pieces for all threads."""
        group = estimate(self.group.extent) if self.group else 1
        rows, columns = self.tiling.rows[0] * group, self.tiling.columns[0]
        tile = self.depth * turn(rows, columns.vectors, self.target.vector_bytes) + CALL
        tiles = math.prod(estimate(x.extent) for x in self.roles.outer) / max(1, rows * columns.count)
        wanted = math.ceil(UNIT / tile)
        if footprint([self.n, *self.reduce], "b") * self.size > CACHE:
            wanted = max(wanted, math.ceil(REUSE / rows))
        wanted = self.choose("tiles", max(1, min(wanted, round(tiles / UNITS))))
        steps, across = {}, math.ceil(estimate(m.extent) / self.tiling.rows[0])
        steps[m.var] = min(wanted, across) * self.tiling.rows[0]
        for x in sorted(others, key=lambda x: abs(estimate(x.a))):
            steps[x.var] = max(1, min(estimate(x.extent), wanted // max(1, across)))
            across *= estimate(x.extent)
        return steps

    def parts(self, limit: int, term: int) -> list[Level]:
        """Loops over parts of the sum: `term` bytes for each of its terms must stay within the limit."""
        inner = 1
        for at in reversed(range(len(self.reduce))):
            x = self.reduce[at]
            extent = max(1, estimate(x.extent))
            if inner * extent * term > limit and not self.is_odd(x):
                most = max(1, limit // (inner * term))
                step = (
                    math.ceil(extent / math.ceil(extent / most)) if constant(x.extent) is not None else most
                )
                return [*self.singles(self.reduce[:at]), Level(x, self.s.const(step))]
            inner *= extent
        return []

    def is_odd(self, x: Axis) -> bool:
        """Whether the axis ends with a part of a word: it is done as a whole."""
        return self.words is not None and self.words.left is not None and x.var == self.words.axis.var

    # --- sums in parts ------------------------------------------------------------------------
    def choose_chunks(self) -> Level | None:
        """How the sum is cut where its output is too small to share, or its terms too many to read often."""
        roles = self.roles
        outputs = math.prod(estimate(x.extent) for x in roles.outer)
        if self.reduce and self.is_odd(self.reduce[0]):
            return None
        if self.depth < DEEP or outputs * self.size * CHUNKS > (16 << 20) or not self.reduce:
            return None
        tiles = outputs / max(1, self.tiling.rows[0] * self.tiling.columns[0].count)
        operands = (
            footprint([*roles.m, *self.reduce], "a") + footprint([roles.n, *self.reduce], "b")
        ) * self.size
        if tiles >= UNITS and operands <= 16 * CACHE:
            return None
        first = self.reduce[0]
        chunks = min(CHUNKS, constant(first.extent) or CHUNKS)
        step = self.s.idiv(self.s.add(first.extent, self.s.const(chunks - 1)), self.s.const(chunks))
        self.accumulate_apart(chunks)
        return Level(first, step, chunks)

    def accumulate_apart(self, chunks: int = 1) -> None:
        """Sum in buffers apart, one for each chunk; add them in a tree; only then do what the stores say."""
        s, outer = self.s, self.roles.outer
        whole = self.volume(outer)
        slot = self.allocate(s.mul(whole, s.const(chunks)))
        index, stride = s.const(0), s.const(1)
        for x in reversed(outer):
            index = s.add(index, s.mul(s.var(x.var), stride))
            stride = s.mul(stride, x.extent)
        sums = [s.load(slot, s.add(index, s.mul(whole, s.const(c))), self.dtype) for c in range(chunks)]
        while len(sums) > 1:
            sums = [s.add(*sums[i : i + 2]) if i + 1 < len(sums) else sums[i] for i in range(0, len(sums), 2)]
        stores = tuple(replace(t, value=_with_acc(t.value, sums[0], s)) for t in self.stores)
        loops = tuple(Loop(x.var, x.extent) for x in outer)
        self.after.append(Nest(loops, stores, (), self.c.params))
        names = tuple(x.var for x in outer)
        part = s.mul(s.var(CHUNK), whole) if chunks > 1 else s.const(0)
        self.stores = (Store(slot, s.add(part, index), s.acc(names, self.dtype)),)


def _with_acc(value: Expr, acc: Expr, s: Scalars) -> Expr:
    return replace_leaves(value, lambda e: acc if e.op == "acc" else None, s)


def _extent(x: Axis) -> Extent:
    return Extent(estimate(x.extent), constant(x.extent) is not None)
