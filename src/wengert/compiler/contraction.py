"""How a contraction runs: the register tile, packing, blocks, and what threads share.

`schedule_contraction` turns a `Contraction` into kernels to run in order. The choices follow from shapes and
target alone, never from the number of threads: each output element is summed in one order, whoever sums it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from wengert.base.dtypes import is_byte, is_float, size_of, summed
from wengert.compiler import long_sums
from wengert.compiler.choices import MODEL, Choices
from wengert.compiler.emit.target import Target
from wengert.compiler.product import Level, Local, Pack, Product, Scheduled, Scratch, Words, is_plain
from wengert.compiler.roles import Roles, find_roles, footprint, joined, restride
from wengert.compiler.rows import ALIASED, choose_rows, usable
from wengert.compiler.tiling import CALL, Registers, turn
from wengert.compiler.words import Reach, WordAxis, choose_axis, pack_words
from wengert.loop.affine import constant, estimate
from wengert.loop.expr import Expr, Scalars, post_order
from wengert.loop.nest import Axis, Contraction, Inside, Nest, Slot

CACHE = 512 << 10  # bytes that stay close to a core while it works on them: half of a common L2
PANEL = 256 << 10  # bytes of B that a column of tiles shares; longer sums are done in parts
KEPT = 128 << 10  # bytes of B that stay close to each thread beside all else
PART = 128 << 10  # bytes of A and B that a part of a cut sum goes through, tile after tile
UNIT = 20_000  # cycles that are worth handing to a thread at once
REUSE = 96  # rows for which each element of a large B is fetched once
UNITS = 48  # pieces of work that are enough for any number of threads
FEWER = 24  # the same where each fetches a panel of B that is too large to stay close
CHUNKS = 16  # parts of a sum whose output is too small to share among threads
DEEP = 4096  # terms that make such a sum worth cutting
DEEP_PANEL = 256  # rows of B from which on they evict one another if they are aliased
LITTLE = 1 << 15  # bytes of fixed columns: to pack fewer is not worth a prologue
WORTH_PACKING = 1 << 17  # uses of a panel's columns that pay for packing it


Slots = Collection[int]


def supports(c: Contraction) -> bool:
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
    c: Contraction, target: Target, steady: Slots = (), given: Choices = MODEL, fixed: Slots = ()
) -> Scheduled:
    """The kernels of a contraction that `supports` accepts.

    steady: slots of what stays the same for many runs: it is packed once for all of them.
    given: what a search has chosen; the cost model chooses the rest.
    fixed: slots of what no call changes: it is packed once for all calls (`prologue.py`), but read in each.
    """
    return _Scheduler(c, target, steady, given, fixed).run()


class _Scheduler:
    """Makes the decisions one after another; `kernels` and `scratch` grow with them."""

    def __init__(self, c: Contraction, target: Target, steady: Slots, given: Choices, fixed: Slots) -> None:
        self.s, self.c, self.target, self.steady = Scalars(), c, target, steady
        self.given, self.made = given, MODEL
        choices = self.choices_of_roles()
        self.roles: Roles = choices[-1]
        roles = self.roles
        self.factors = c.slots[roles.a[0]].dtype, c.slots[roles.b[0]].dtype
        self.dtype = summed(self.factors[0])
        self.size = size_of(self.dtype)
        self.scratch: list[Scratch] = []
        self.before: list[Product | Pack | Nest] = []
        self.after: list[Product | Pack | Nest] = []
        self.words: WordAxis | None = None
        if self.dtype != self.factors[0]:
            self.take_words()
            choices = [self.roles]
        self.rows = choose_rows(choices, self.registers(), (given.rows, given.vectors), self.s)
        self.roles = roles = self.rows.roles
        self.group, self.tiling = self.rows.group, self.rows.tiling
        self.made = replace(MODEL, rows=self.tiling.rows[0], vectors=self.tiling.columns[0].vectors)
        self.b, self.n, self.reduce, self.stores = roles.b, roles.n, roles.reduce, roles.stores
        self.fixed = roles.b[0] in fixed
        self.close = 2 * CACHE if self.fixed else CACHE  # bytes of A: the panels of B pass by it
        self.inside = self.borders()
        self.ahead = (0, 0)
        self.local: Local | None = None
        self.depth = math.prod(estimate(x.extent) for x in roles.reduce)

    def choices_of_roles(self) -> list[Roles]:
        """The roles if more and more use is made of borders of zeros; words are of an axis that may be merged."""
        c = self.c
        uses = len(c.inside) + (c.slots[c.a_slot].dtype == summed(c.slots[c.a_slot].dtype))
        found = [find_roles(c, self.s, c.inside[:k]) for k in range(max(1, uses))]
        choices = [x for x in found if x]
        if not choices:
            raise AssertionError(f"schedule_contraction: an axis must be contiguous in all stores; got\n{c}")
        return choices

    def borders(self) -> tuple[Inside, ...]:
        """What is left out of the sums."""
        taken = (self.rows.m, self.group, self.n, self.words.axis if self.words else None)
        return usable(self.roles.inside, [x for x in taken if x])

    def registers(self) -> Registers:
        """What a tile can be made of."""
        # Where there is no multiply-add, a product needs a register before it is added.
        if self.words is not None:
            whole = self.words.holds(self.factors[0])
        else:
            whole = self.target.fma and is_float(self.dtype)
        count = self.target.registers - (not whole)
        beside = self.words is not None and self.target.offsets(*self.factors)
        return Registers(count, self.target.lanes(self.size), self.size, int(beside))

    def run(self) -> Scheduled:
        m, group = self.rows.m, self.rows.group
        others = tuple(x for x in self.roles.m if x not in (m, group))
        self.block = self.choose_block(m, others)
        if not self.block and (self.must_pack() or self.choose("pack", self.should_pack())):
            self.pack()
        chunk = self.choose_chunks()
        levels, parallel = self.chunked_levels(chunk, others) if chunk else self.unit_levels(m, others)
        slots = self.slots()
        packed = self.local is not None or any(isinstance(k, Pack) for k in self.before)
        words = Words(*self.factors, self.words.bits, self.words.left) if self.words else None
        product = Product(
            levels, parallel, m, group, self.n, self.roles.outer, self.reduce, self.tiling, self.roles.a, self.b,
            packed, self.ahead, self.stores, slots, self.c.params, self.dtype, words, self.inside, self.local,
        )  # fmt: skip
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
        masked = any(c.masked for c in self.tiling.columns) and not self.target.masks(self.size)
        kept = self.fixed and footprint([self.n, *self.reduce], "b") * self.size >= LITTLE
        if rows >= 8 and (masked or kept):
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
        self.reduce = tuple(turns if self.words else joined(turns, {i.reduced for i in self.inside}, s))
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
        if self.block:
            return self.block_levels(m, *self.block)
        parts = self.parts(self.choose("panel", PANEL), self.width() * self.size)
        if parts and not is_plain(self.stores, [m, self.group] if self.group else [m]):
            self.accumulate_apart()
        steps = self.rows_of_unit(m, others)
        far_first = sorted((*others, m), key=lambda x: -abs(estimate(x.a)))
        rows = [Level(x, self.s.const(steps[x.var])) for x in far_first]
        inner = self.singles([x for x in others if steps[x.var] > 1])
        columns = [*self.singles(self.roles.n_rest), self.panels()]
        a = footprint([*self.roles.m, *self.reduce], "a") * self.size
        b = footprint([*self.roles.n_rest, self.n, *self.reduce], "b") * self.size
        # Where all of B stays close to each thread, rows are left with the one that made them.
        columns_first = self.choose("columns_first", a <= self.close and b > min(a, KEPT))
        last = self.roles.batch[-1] if self.roles.batch else None
        if last and self.reduce and estimate(self.reduce[-1].a) != 1:
            # There are no rows that caches would fetch by themselves.
            self.ahead = constant(last.a) or 0, constant(last.b) or 0
        elif self.fixed and self.before and columns_first:
            self.ahead = 0, (estimate(parts[-1].step) if parts else self.depth) * self.width()
        elif columns_first and not parts and math.prod(estimate(x.extent) for x in self.roles.m) <= REUSE:
            self.ahead = 0, self.next_panel()
        shared = [*self.singles(self.roles.batch), *(columns + rows if columns_first else rows + columns)]
        return (*shared, *parts, *inner), len(shared)

    def choose_block(self, m: Axis, others: Sequence[Axis]) -> tuple[int, int] | None:
        """Rows and columns that a thread sums at a time, where sums are long and simple, and outputs large."""
        odd = self.words or self.inside or len(self.reduce) != 1 or not is_float(self.dtype)
        if odd or self.group or others or self.roles.batch or self.roles.n_rest:
            return None
        if self.depth < DEEP or constant(self.n.b) != 1:
            return None
        return long_sums.choose_block(estimate(m.extent), estimate(self.n.extent))

    def block_levels(self, m: Axis, rows: int, columns: int) -> tuple[tuple[Level, ...], int]:
        """Threads share blocks of the output; parts of the sum, and in each all tiles of the block."""
        if not is_plain(self.stores, [m]):
            self.accumulate_apart()
        s, k, width = self.s, self.reduce[0], self.width()
        rows = long_sums.in_tiles(rows, self.tiling.rows[0], estimate(m.extent))
        columns = max(1, columns // width) * width
        levels = [Level(m, s.const(rows)), Level(self.n, s.const(columns))]
        to = self.allocate(s.mul(long_sums.turns(levels, s), s.const(long_sums.TERMS * columns)))
        self.local = Local(to, long_sums.TERMS, columns, width, self.b, k.b)
        self.reduce = (replace(k, b=s.const(width)),)
        self.ahead = long_sums.TERMS * (constant(k.a) or 0), 0
        return (*levels, Level(k, s.const(long_sums.TERMS)), self.panels()), 2

    def next_panel(self) -> int:
        """How far the next columns of a large B are, for few rows do not last until they are there; else 0."""
        moving = [x for x in (*self.roles.batch, *self.roles.n_rest, self.n, *self.reduce) if estimate(x.b)]
        large = footprint(moving, "b") * self.size > 2 * CACHE
        return self.width() * (constant(self.n.b) or 0) if large else 0

    def chunked_levels(self, chunk: Level, others: Sequence[Axis]) -> tuple[tuple[Level, ...], int]:
        """Threads share chunks of the sum; each chunk makes a whole output, and they are added at the end."""
        step = long_sums.term(self.reduce[-1], self.roles.m, self.n) * self.size
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
        again = self.fixed and self.depth * self.width() * self.size > PANEL
        units = FEWER if again else UNITS
        wanted = self.choose("tiles", max(1, min(wanted, round(tiles / units))))
        steps, across = {}, 1
        for x in sorted((m, *others), key=lambda x: abs(estimate(x.a))):
            least = self.tiling.rows[0] if x is m else 1
            count = max(1, math.ceil(estimate(x.extent) / least))
            steps[x.var] = max(1, min(count, wanted // across)) * least
            across *= count
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
        if self.block or (self.reduce and self.is_odd(self.reduce[0])):
            return None
        if self.depth < DEEP or outputs * self.size * CHUNKS > (16 << 20) or not self.reduce:
            return None
        tiles = outputs / max(1, self.tiling.rows[0] * self.tiling.columns[0].count)
        a = footprint([*roles.m, *self.reduce], "a")
        b = footprint([roles.n, *self.reduce], "b")
        apart = 2 * math.sqrt(UNITS * a * b)  # elements that are read for so many pieces of the output
        in_chunks = a + b + 2 * CHUNKS * outputs
        near = a if self.fixed else a + b  # from panels, B is read once, column by column
        if tiles >= UNITS and (near * self.size <= self.close or apart <= in_chunks):
            return None
        first = self.reduce[0]
        chunks = min(CHUNKS, constant(first.extent) or CHUNKS)
        step = self.s.idiv(self.s.add(first.extent, self.s.const(chunks - 1)), self.s.const(chunks))
        self.accumulate_apart(chunks)
        return Level(first, step, chunks)

    def accumulate_apart(self, chunks: int = 1) -> None:
        """Sum in buffers apart, one for each chunk; add them in a tree; only then do what the stores say."""
        outer = self.roles.outer
        slot = self.allocate(self.s.mul(self.volume(outer), self.s.const(chunks)))
        nest, store = long_sums.sums_apart(
            outer, self.stores, slot, chunks, self.c.params, self.dtype, self.s
        )
        self.after.append(nest)
        self.stores = (store,)
