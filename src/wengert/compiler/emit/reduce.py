"""Reductions: loops of their own inside of a kernel, with a tree of partial results fixed by the shapes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wengert.base.dtypes import is_float
from wengert.compiler.emit.arithmetic import constant, element_type, join, lanes_of
from wengert.compiler.emit.builder import Builder, Value, i64, vector
from wengert.compiler.emit.kept import Kept
from wengert.compiler.emit.scalars import Emitter
from wengert.loop.expr import Expr, post_order
from wengert.loop.interpret import identity
from wengert.loop.schedule import VectorLoop, vector_reduction

BLOCK = 64  # turns summed before the sum joins the sum of the blocks before it: the error grows with n / 64 + 64, not n

Turn = Callable[[Value, list[Value]], list[Value]]


@dataclass(frozen=True, slots=True)
class Reduction:
    """How terms of one reduction are joined."""

    kind: str
    dtype: str

    @property
    def rounds(self) -> bool:
        """Whether the order of joining shows in the result."""
        return self.kind == "sum" and is_float(self.dtype)

    def start(self, b: Builder, lanes: int) -> Value:
        return b.splat(constant(identity(self.kind, self.dtype).item(), self.dtype), lanes)

    def join(self, b: Builder, x: Value, y: Value) -> Value:
        return join(b, self.kind, self.dtype, x, y)

    def fold(self, b: Builder, x: Value, lanes: int) -> Value:
        """Join the upper half of the lanes to the lower, until `lanes` are left."""
        while (count := lanes_of(x.type)) > lanes:
            half = count // 2
            x = self.join(b, *(_part(b, x, at, half) for at in (0, half)))
        return x


def _part(b: Builder, x: Value, first: int, count: int) -> Value:
    if count == 1:
        return b.value(element_type(x.type), f"extractelement {x}, i64 {first}")
    order = ", ".join(f"i32 {n}" for n in range(first, first + count))
    type_ = vector(element_type(x.type), count)
    return b.value(type_, f"shufflevector {x}, {x.type} poison, <{count} x i32> <{order}>")


class LoopEmitter(Emitter):
    """An emitter whose expressions may contain reductions. kept: parts of their terms that go to memory."""

    kept: Sequence[Kept] = ()

    @functools.cached_property
    def _reductions(self) -> dict[tuple[Expr, ...], list[Expr]]:
        """Those under roots that were asked for."""
        return {}

    def hoist(self, roots: Sequence[Expr], indices: Sequence[Expr] = ()) -> None:
        """As `Emitter.hoist`; reductions over the same loops are made in one pass over them."""
        groups: dict[object, list[Expr]] = {}
        for e in self.reductions((*roots, *indices)):
            if self.guards.of(e) <= self.bound.keys() and self._known(e) is None:
                groups.setdefault((e.data[1], e.args[1:], self.is_vector(e)), []).append(e)  # type: ignore[index]
        for group in groups.values():
            new = [e for e in group if self._known(e) is None]
            if new:
                self._memo[-1].update(zip(new, self.reduce(new), strict=True))
        super().hoist(roots, indices)

    def reductions(self, roots: tuple[Expr, ...]) -> list[Expr]:
        """Those under the roots, looked for once: every loop around them asks."""
        if roots not in self._reductions:
            self._reductions[roots] = [e for e in post_order(roots) if e.op == "reduce"]
        return self._reductions[roots]

    def reduce(self, group: Sequence[Expr]) -> list[Value]:
        self.hoist([e.args[0] for e in group])
        extents = [self.value(x) for x in group[0].args[1:]]
        loops = list(zip(group[0].data[1], extents, strict=True))  # type: ignore[index]
        with self.scope():
            varying = any(map(self.is_vector, group))
            chosen = None
            if not varying:
                self.lanes, self.varying = None, frozenset()
                chosen = vector_reduction(group, self.target.vector_bytes)
            return _Loops(self, group, chosen).run(loops)


class _Loops:
    """The loops of a group of reductions over the same indices."""

    def __init__(self, em: LoopEmitter, group: Sequence[Expr], chosen: VectorLoop | None) -> None:
        self.em, self.b, self.chosen = em, em.b, chosen
        self.bodies = [e.args[0] for e in group]
        self.kept = [row for row in em.kept if any(row.total is e for e in group)]
        self.reductions = [Reduction(e.data[0], e.dtype) for e in group]  # type: ignore[index]

    def run(self, loops: list[tuple[str, Value]]) -> list[Value]:
        if self.chosen is None:
            return self.level(loops, self.start(self.em.lanes.count if self.em.lanes else 1))
        inner = next(x for x in loops if x[0] == self.chosen.var)
        loops = [x for x in loops if x is not inner] + [inner]
        sums = self.level(loops, self.start(self.chosen.lanes))
        return self.fold(sums, 1)

    def start(self, lanes: int) -> list[Value]:
        return [r.start(self.b, lanes) for r in self.reductions]

    def join(self, xs: Sequence[Value], ys: Sequence[Value]) -> list[Value]:
        joined = []
        for r, x, y in zip(self.reductions, xs, ys, strict=True):
            # A constant x is what r starts from.
            joined.append(r.join(self.b, x, y) if x.text.startswith("%") else y)
        return joined

    def fold(self, xs: Sequence[Value], lanes: int) -> list[Value]:
        return [r.fold(self.b, x, lanes) for r, x in zip(self.reductions, xs, strict=True)]

    def level(self, loops: list[tuple[str, Value]], sums: list[Value]) -> list[Value]:
        """The outermost of `loops` around the others."""
        if not loops:
            return self.term(sums)
        (name, extent), inner = loops[0], loops[1:]
        if self.chosen and name == self.chosen.var:
            return self.vector_level(self.chosen, extent, sums)

        def turn(k: Value, sums: list[Value]) -> list[Value]:
            self.em.bind(name, k)
            self.em.hoist(self.bodies)
            return self.level(inner, sums)

        return self.loop(i64(0), extent, 1, sums, turn)

    def vector_level(self, chosen: VectorLoop, extent: Value, sums: list[Value]) -> list[Value]:
        """The innermost loop, many indices a turn; what is left over is done in a masked turn or one by one."""
        b, em, wide = self.b, self.em, chosen.lanes * chosen.unroll
        full = (
            b.op("and", extent, i64(-wide)) if not _number(extent) else i64(int(extent.text) // wide * wide)
        )

        def turn(k: Value, sums: list[Value], lanes: int, mask: Value | None = None) -> list[Value]:
            em.vectorize(chosen.var, k, lanes, mask)
            return self.term(sums)

        if full.text != "0":
            many = self.loop(i64(0), full, wide, self.start(wide), lambda k, sums: turn(k, sums, wide))
            sums = self.join(sums, self.fold(many, chosen.lanes))
        if full.text == extent.text:
            return sums
        if chosen.masked(em.target.masks):
            return self.loop(
                full, extent, chosen.lanes, sums,
                lambda k, sums: turn(k, sums, chosen.lanes, em.first_lanes(b.sub(extent, k), chosen.lanes)),
            )  # fmt: skip

        def single(k: Value, sums: list[Value]) -> list[Value]:
            em.bind(chosen.var, k)
            return self.term(sums)

        rest = self.loop(full, extent, 1, self.start(1), single)
        lane = [
            b.value(x.type, f"insertelement {x}, {y}, i64 0")
            for x, y in zip(self.start(chosen.lanes), rest, strict=True)
        ]
        return self.join(sums, lane)

    def term(self, sums: list[Value]) -> list[Value]:
        """Join one turn's terms to the sums; lanes that are not real keep theirs."""
        em, b = self.em, self.b
        em.hoist(self.bodies)
        terms = [b.splat(em.value(body), lanes_of(x.type)) for body, x in zip(self.bodies, sums, strict=True)]
        for row in self.kept:
            row.store(b, em.bound[row.var], em.value(row.term))
        if self.chosen and em.lanes and em.lanes.mask:
            terms = [
                b.select(em.lanes.mask, x, nothing)
                for x, nothing in zip(terms, self.start(em.lanes.count), strict=True)
            ]
        return self.join(sums, terms)

    def loop(self, start: Value, stop: Value, step: int, sums: list[Value], turn: Turn) -> list[Value]:
        """for k in range(start, stop, step): sums = turn(k, sums); long sums of floats go by blocks."""
        known = _number(start) and _number(stop)
        turns = -(-(int(stop.text) - int(start.text)) // step) if known else BLOCK + 1
        if turns == 1 and known:
            with self.em.scope():
                return turn(start, sums)
        if turns <= BLOCK or not any(r.rounds for r in self.reductions):
            return self.simple_loop(start, stop, step, sums, turn)

        def block(first: Value, sums: list[Value]) -> list[Value]:
            beyond = self.b.add(first, i64(step * BLOCK))
            last = self.b.select(self.b.compare("icmp slt", beyond, stop), beyond, stop)
            fresh = self.start(lanes_of(sums[0].type))
            return self.join(sums, self.simple_loop(first, last, step, fresh, turn))

        return self.simple_loop(start, stop, step * BLOCK, sums, block)

    def simple_loop(self, start: Value, stop: Value, step: int, sums: list[Value], turn: Turn) -> list[Value]:
        with self.em.scope(), self.b.for_range(start, stop, i64(step), sums) as r:
            r.advance(*turn(r.index, r.carried))
        return r.carried


def _number(x: Value) -> bool:
    return x.text.lstrip("-").isdigit()
