"""Nests in a normal form, so that what is equal looks equal: the first step of every schedule.

- Index arithmetic is a sum of products, outermost variables first; what cancels is gone.
- Loops that all accesses run through as one are one: `i*n + j` becomes `p`.
- Reductions over equal loops use the same variables, so equal ones are one expression and others can share a pass.

Then, where the schedule asks for it, short reductions are written out: their terms share what they have in common.
"""

from __future__ import annotations

import copy
import functools
import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from wengert.base.dtypes import is_integer
from wengert.loop.expr import Expr, Scalars, post_order
from wengert.loop.narrow import Narrowing
from wengert.loop.nest import Carry, Loop, Nest, Store
from wengert.loop.polynomial import Polynomials, added
from wengert.loop.unclamp import unclamped

ARITHMETIC = ("add", "sub", "mul")
SHORT_ROW = 8  # elements of rows that are better walked through with the rows after them


def normalize(nest: Nest) -> Nest:
    """The same nest in normal form."""
    rewriter = Rewriter(nest)
    nest = _map(nest, rewriter)
    if clamps := unclamped(nest.values, rewriter.s, rewriter.below):
        nest = _map(nest, rewriter.knowing(clamps))
    for n in reversed(range(len(nest.loops) - 1)):
        nest = _join_loops(nest, n, rewriter) or nest
    return nest


def unroll(nest: Nest, wanted: Callable[[Expr], bool]) -> Nest:
    """The nest with those reductions written out, term by term, that are `wanted` (their extents are constants)."""
    return _map(nest, Unroller(nest, wanted))


def _map(nest: Nest, f: Callable[[Expr], Expr]) -> Nest:
    """The nest with every expression replaced by its image."""
    return replace(
        nest,
        loops=tuple(Loop(x.var, f(x.extent)) for x in nest.loops),
        serial=tuple(Loop(x.var, f(x.extent)) for x in nest.serial),
        stores=tuple(Store(t.slot, f(t.index), f(t.value), t.accumulate) for t in nest.stores),
        carries=tuple(Carry(c.name, f(c.init), f(c.update)) for c in nest.carries),
    )


def _join_loops(nest: Nest, n: int, rewriter: Rewriter) -> Nest | None:
    """Loops n and n + 1 as one, if every expression allows it."""
    outer, inner = nest.loops[n : n + 2]
    one = Loop(outer.var, rewriter.product(outer.extent, inner.extent))
    try:
        joined = Joined(rewriter, outer.var, inner.var, inner.extent)
        return _map(replace(nest, loops=(*nest.loops[:n], one, *nest.loops[n + 2 :])), joined)
    except NotJoined:
        return None


class Rewriter:
    """Expressions of a nest rebuilt by one `Scalars`, in normal form."""

    def __init__(self, nest: Nest) -> None:
        loops = (*nest.loops, *nest.serial)
        self.s = Scalars()
        self.values: Mapping[str, Expr] = {}  # what variables are replaced by
        self.depth = {x.var: n for n, x in enumerate(loops)}
        self.polynomials = Polynomials(self.s, self._rank)
        self.narrow = Narrowing(self.s, {x.var: x.extent.number for x in loops if x.extent.op == "const"})
        self.names: dict[tuple[int, int, Expr], str] = {}
        self._memo: dict[Expr, Expr] = {}

    def replacing(self, values: Mapping[str, Expr]) -> Rewriter:
        """A rewriter of the same expressions that also replaces variables."""
        other = copy.copy(self)
        other.values, other._memo = values, {}
        return other

    def __call__(self, root: Expr) -> Expr:
        for e in post_order([root], self._memo):
            if e not in self._memo:
                self._memo[e] = self._normal(self.rebuild(e, tuple(self._memo[a] for a in e.args)))
        return self._memo[root]

    def knowing(self, known: Mapping[Expr, Expr]) -> Rewriter:
        """A rewriter of the same expressions that has others in place of some of them."""
        other = copy.copy(self)
        other._memo = {e: self(x) for e, x in known.items()}
        return other

    def below(self, e: Expr) -> Expr:
        """e - 1 in normal form."""
        return self._normal(self.s.sub(e, self.s.const(1)))

    def forget(self) -> None:
        """Rewrite expressions anew."""
        self._memo = {}

    def nest(self, nest: Nest) -> Nest:
        """The nest with every expression rewritten."""
        return _map(nest, self)

    def product(self, x: Expr, y: Expr) -> Expr:
        """x * y of normal expressions."""
        return self._normal(self.s.mul(x, y))

    def _normal(self, e: Expr) -> Expr:
        if e.op in ARITHMETIC and e.dtype == "int64":
            return self.polynomials.build(self.polynomials.of(e))
        return e

    def rebuild(self, e: Expr, args: tuple[Expr, ...]) -> Expr:
        s = self.s
        if e.op == "var" and e.data in self.values:
            return self.values[str(e.data)]
        if e.op == "reduce":
            return self._reduce(e.reduction, args)
        if e.op in (*ARITHMETIC, "idiv", "imod", "min", "max", "select"):
            return getattr(s, e.op)(*args)  # type: ignore[no-any-return]
        if e.op in ("and", "or"):
            return self._logic(e.op, *args)
        if e.op == "cast" and args[0].op == "const" and is_integer(args[0].dtype) and is_integer(e.dtype):
            return s.const(int(np.asarray(args[0].number).astype(e.dtype)), e.dtype)
        return self.narrow(s.make(e.op, e.dtype, args, e.data))

    def _logic(self, op: str, x: Expr, y: Expr) -> Expr:
        """Constants drop out of conditions."""
        for a, b in ((x, y), (y, x)):
            if a.op == "const" and a.dtype == "bool":
                return b if bool(a.number) == (op == "and") else a
        return self.s.bitop(op, x, y)

    def _reduce(self, reduction: tuple[str, tuple[str, ...]], args: tuple[Expr, ...]) -> Expr:
        """The reduction over as few loops as can be, under the names that all such reductions use."""
        kind, names = reduction
        body, loops = args[0], list(zip(names, args[1:], strict=True))
        for n in reversed(range(len(loops) - 1)):
            (outer, m), (inner, k) = loops[n : n + 2]
            try:
                body = Joined(self, outer, inner, k)(body)
            except NotJoined:
                continue
            loops[n : n + 2] = [(outer, self.product(m, k))]
        height = _height(body)
        fresh = [
            self.names.setdefault((height, at, x), f"r{len(self.names)}") for at, (_, x) in enumerate(loops)
        ]
        new = self.replacing({v: self.s.var(f) for (v, _), f in zip(loops, fresh, strict=True)})
        return self.s.make("reduce", body.dtype, (new(body), *(x for _, x in loops)), (kind, tuple(fresh)))

    def _rank(self, atom: Expr) -> int:
        """The loop inside of which an atom is known; reductions' variables are innermost."""
        return max((self.depth.get(v, len(self.depth)) for v in atom.free), default=-1)


class Unroller(Rewriter):
    """A rewriter that writes out the reductions that are `wanted`."""

    def __init__(self, nest: Nest, wanted: Callable[[Expr], bool]) -> None:
        super().__init__(nest)
        self.wanted = wanted

    def rebuild(self, e: Expr, args: tuple[Expr, ...]) -> Expr:
        if e.op != "reduce" or not self.wanted(e):
            return super().rebuild(e, args)
        kind, names = e.reduction
        turns = itertools.product(*(range(x.number) for x in e.args[1:]))
        terms = (
            self.replacing({v: self.s.const(k) for v, k in zip(names, turn, strict=True)})(args[0])
            for turn in turns
        )
        return functools.reduce(lambda x, y: self.join(kind, x, y), terms)

    def join(self, kind: str, x: Expr, y: Expr) -> Expr:
        """Two terms of a reduction as one."""
        s = self.s
        match kind:
            case "sum":
                return s.add(x, y)
            case "prod":
                return s.mul(x, y)
            case "max" | "min":
                return (
                    s.bitop("or" if kind == "max" else "and", x, y)
                    if x.dtype == "bool"
                    else getattr(s, kind)(x, y)
                )
        return s.bitop("or" if kind == "any" else "and", x, y)


def _height(root: Expr) -> int:
    """How many reductions lie inside of one another."""
    heights: dict[Expr, int] = {}
    for e in post_order([root]):
        heights[e] = max((heights[a] for a in e.args), default=0) + (e.op == "reduce")
    return heights[root]


class NotJoined(Exception):  # noqa: N818
    """Two loops cannot be one: an expression depends on them one by one."""


class Joined:
    """Replaces `outer * extent + inner`, times anything, by the one variable `outer`.

    Raises: NotJoined where an expression depends on the two in another way.
    """

    def __init__(self, rewriter: Rewriter, outer: str, inner: str, extent: Expr) -> None:
        self.rewriter, self.outer, self.inner = rewriter, outer, inner
        self.polynomials = rewriter.polynomials
        self.extent = self.polynomials.of(extent)
        self._memo: dict[Expr, Expr] = {}

    def __call__(self, root: Expr) -> Expr:
        stack: list[Expr] = [root]
        while stack:
            e = stack[-1]
            if e in self._memo:
                stack.pop()
                continue
            done = self._whole(e)
            if done is None:
                missing = [a for a in e.args if a not in self._memo]
                if missing:
                    stack += missing
                    continue
                args = tuple(self._memo[a] for a in e.args)
                done = self.rewriter.rebuild(e, args)
            self._memo[e] = done
        return self._memo[root]

    def _whole(self, e: Expr) -> Expr | None:
        """The image of `e` if its parts need not be looked at."""
        if self.outer not in e.free and self.inner not in e.free:
            return e
        if e.op in ("var", "acc", "carry"):
            raise NotJoined
        if e.op in ("lt", "le") and e.args[0].dtype == "int64":
            return self._compared(e)
        if e.op not in ARITHMETIC or e.dtype != "int64":
            return None
        p = self.polynomials.of(e)
        x, y = (self.polynomials.coefficient(p, v) for v in (self.outer, self.inner))
        if x is None or y is None or x != self.polynomials.product(y, self.extent):
            return None
        s = self.rewriter.s
        kept = {m: n for m, n in p.items() if not any({self.outer, self.inner} & a.free for a in m)}
        moved = self.polynomials.product(y, self.polynomials.of(s.var(self.outer)))
        return self.polynomials.build(added(kept, moved))

    def _compared(self, e: Expr) -> Expr | None:
        """outer >= k is outer * extent + inner >= k * extent, and outer < k likewise: where rows are short."""
        extent = self.extent.get((), 0)
        if self.extent != {(): extent} or not 0 < extent <= SHORT_ROW:
            return None
        polynomials, s = self.polynomials, self.rewriter.s
        gap = added(polynomials.of(e.args[1]), polynomials.of(e.args[0]), -1)
        if e.op == "lt":
            gap = added(gap, {(): 1}, -1)
        x, y = (polynomials.coefficient(gap, v) for v in (self.outer, self.inner))
        if y != {} or x not in ({(): 1}, {(): -1}):
            return None
        rest = {m: n for m, n in gap.items() if not any(self.outer in a.free for a in m)}
        gap = added(
            polynomials.product(rest, self.extent), polynomials.product(x, polynomials.of(s.var(self.outer)))
        )
        if x == {(): -1}:
            gap = added(gap, {(): extent - 1})
        return s.compare("le", s.const(0), polynomials.build(gap))
