"""Rows that are summed and then used: what is costly in a sum's terms is kept, not computed again behind it.

    y[i] = exp(x[i] - m) / sum(exp(x[k] - m) for k < n)   ->   every exp once

The terms go to a small memory of the thread's own while they are summed; the loop over i reads them there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wengert.base.dtypes import size_of
from wengert.compiler.emit.arithmetic import STORAGE
from wengert.compiler.emit.builder import Builder, Value, vector
from wengert.loop.affine import constant
from wengert.loop.expr import INTRINSICS, Expr, post_order
from wengert.loop.guards import Guards
from wengert.loop.nest import Nest

LARGEST = 8 << 10  # bytes of a row: what the first cache holds beside others, on any stack
BEYOND = 64  # elements behind a row that a last vector may touch
DTYPES = ("float32", "float64")


@dataclass(frozen=True, eq=False, slots=True)
class Kept:
    """A part of a sum's terms, which a row of memory holds.

    total: the sum. term: the part, at index `var`. again: the same at the index of the vector loop.
    """

    total: Expr
    term: Expr
    var: str
    again: Expr
    row: Value

    def store(self, b: Builder, index: Value, x: Value) -> None:
        b.store(x, b.element(self.row, index, STORAGE[self.term.dtype]), size_of(self.term.dtype))

    def load(self, b: Builder, index: Value, lanes: int) -> Value:
        type_ = STORAGE[self.term.dtype]
        return b.load(b.element(self.row, index, type_), vector(type_, lanes), size_of(self.term.dtype))


def keep_rows(nest: Nest, var: str, guards: Guards, b: Builder) -> list[Kept]:
    """The rows to keep where `var` is the vector loop, and their memory: call it where the kernel begins.

    Sums that `guards` let run inside of that loop only are left as they are.
    """
    extent = next(x.extent for x in nest.loops if x.var == var)
    length = constant(extent)
    if length is None or nest.serial:
        return []
    found = []
    for total, term, again in _pairs(nest.values, var, extent):
        if var not in guards.of(total) and (length + BEYOND) * size_of(term.dtype) <= LARGEST:
            row = b.value("ptr", f"alloca [{length + BEYOND} x {STORAGE[term.dtype]}], align 64")
            found.append(Kept(total, term, total.reduction[1][0], again, row))
    return found


def _pairs(values: Sequence[Expr], var: str, extent: Expr) -> Iterator[tuple[Expr, Expr, Expr]]:
    """(a sum along one loop of this extent, a costly part of its terms, the same part outside of it)"""
    costly = _costly(values)
    sums = [
        e
        for e in post_order(values)
        if e.op == "reduce" and len(e.args) == 2 and e.args[1] is extent and var not in e.free
    ]
    seen: set[Expr] = set()
    stack = list(values)
    while stack:
        e = stack.pop()
        if e in seen or e not in costly or var not in e.free or e.op == "reduce":
            continue
        seen.add(e)
        terms = ((r, t) for r in sums for t in post_order(r.args[:1]) if t in costly and t.dtype in DTYPES)
        match = next(((r, t) for r, t in terms if _alike(e, t, {var: r.reduction[1][0]})), None)
        if match:
            yield (*match, e)
        else:
            stack += e.args


def _costly(values: Sequence[Expr]) -> set[Expr]:
    """What is made with an exp or its kin, other than by a sum."""
    found: set[Expr] = set()
    for e in post_order(values):
        if e.op in INTRINSICS or (e.op != "reduce" and any(a in found for a in e.args)):
            found.add(e)
    return found


def _alike(x: Expr, y: Expr, names: dict[str, str]) -> bool:
    """Whether y is x with its variables renamed."""
    stack, seen = [(x, y)], set[tuple[Expr, Expr]]()
    while stack:
        x, y = pair = stack.pop()
        if pair in seen or (x is y and not x.free & names.keys()):
            continue
        seen.add(pair)
        data = names.get(str(x.data), x.data) if x.op == "var" else x.data
        if (x.op, x.dtype, len(x.args), data) != (y.op, y.dtype, len(y.args), y.data):
            return False
        stack += zip(x.args, y.args, strict=True)
    return True
