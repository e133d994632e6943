"""Loops whose index is divided by a number, split by the remainder: what every second element needs is decided here.

    y[i] = select(i % 2 == 0, a[i // 2], b[(i - 1) // 2])  for i < 32
    ->  y[2 i] = a[i],  y[2 i + 1] = b[i]                  for i < 16

So gradients of strided convolutions and of windows are put together without a question.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

from wengert.loop.expr import Expr, affine, post_order
from wengert.loop.nest import Loop, Nest, Store
from wengert.loop.normalize import Rewriter

LARGEST = 4  # remainders of one loop
MOST_STORES = 16  # of the whole nest
DIVISIONS = ("idiv", "imod")
COMPARISONS = ("lt", "le", "eq", "ne")


def split_residues(nest: Nest) -> Nest:
    """The nest with such loops split; vectors' loops stay whole."""
    moduli = {} if nest.serial else _moduli(nest)
    while moduli and len(nest.stores) * math.prod(moduli.values()) > MOST_STORES:
        moduli.popitem()
    if not moduli:
        return nest
    loops = tuple(
        Loop(x.var, replace(x.extent, data=x.extent.number // moduli[x.var])) if x.var in moduli else x
        for x in nest.loops
    )
    split = _Simplifier(replace(nest, loops=loops))
    s, stores = split.s, list[Store]()
    for remainders in itertools.product(*map(range, moduli.values())):
        index = {
            v: s.add(s.mul(s.var(v), s.const(k)), s.const(r))
            for (v, k), r in zip(moduli.items(), remainders, strict=True)
        }
        f = split.replacing(index)
        stores += [replace(t, index=f(t.index), value=f(t.value)) for t in nest.stores]
    return replace(nest, loops=loops, stores=tuple(stores))


def _moduli(nest: Nest) -> dict[str, int]:
    """{loop: what its index is divided by}, where that is one number and no store runs along the loop."""
    order = post_order(nest.values)
    found: dict[str, int] = {}
    for x in nest.loops:
        divided = (
            e for e in order if e.op in DIVISIONS and e.args[1].op == "const" and x.var in e.args[0].free
        )
        numbers = {e.args[1].number if affine(e.args[0], x.var) in (1, -1) else 0 for e in divided}
        k = numbers.pop() if len(numbers) == 1 else 0
        fits = 2 <= k <= LARGEST and x.extent.op == "const" and x.extent.number % k == 0
        if fits and not any(affine(t.index, x.var) in (1, None) for t in nest.stores):
            found[x.var] = k
    return found


class _Simplifier(Rewriter):
    """A rewriter that decides what the ranges of the loops decide: quotients, remainders, comparisons."""

    def rebuild(self, e: Expr, args: tuple[Expr, ...]) -> Expr:
        is_index = e.dtype == "int64"  # else it is data, of which nothing is known
        if is_index and e.op in DIVISIONS and args[1].op == "const" and args[1].number > 0:
            return self._divided(e.op, args[0], args[1].number)
        if e.op in COMPARISONS and (known := self._compared(e.op, *args)) is not None:
            return self.s.const(known, "bool")
        if e.op in ("min", "max") and (chosen := self._chosen(e.op, *args)) is not None:
            return chosen
        if e.op == "select" and args[0].op == "const":
            return args[1] if args[0].number else args[2]
        return super().rebuild(e, args)

    def _divided(self, op: str, x: Expr, k: int) -> Expr:
        """(k * q + r) // k = q + r // k, and its remainder is r % k, where r is a number."""
        p = self.polynomials.of(x)
        offset = p.get((), 0)
        terms = {m: n for m, n in p.items() if m}
        if any(n % k for n in terms.values()) or self.narrow.bounds(x) is None:  # unbounded: it might wrap
            return self.s.idiv(x, self.s.const(k)) if op == "idiv" else self.s.imod(x, self.s.const(k))
        if op == "imod":
            return self.s.const(offset % k)
        quotient = {m: n // k for m, n in terms.items()} | ({(): offset // k} if offset // k else {})
        return self.polynomials.build(quotient)

    def _compared(self, op: str, x: Expr, y: Expr) -> bool | None:
        a, b = self.narrow.bounds(x), self.narrow.bounds(y)
        if a is None or b is None:
            return None
        match op:
            case "lt" | "le":
                if a[1] < b[0] or (op == "le" and a[1] <= b[0]):
                    return True
                return False if a[0] > b[1] or (op == "lt" and a[0] >= b[1]) else None
        if a[1] < b[0] or b[1] < a[0]:
            return op == "ne"
        return op == "eq" if a == b and a[0] == a[1] else None

    def _chosen(self, op: str, x: Expr, y: Expr) -> Expr | None:
        """The one that is surely the smaller, or the larger."""
        a, b = self.narrow.bounds(x), self.narrow.bounds(y)
        if a is None or b is None:
            return None
        low, high = (x, y) if a[1] <= b[0] else (y, x) if b[1] <= a[0] else (None, None)
        return low if op == "min" else high
