"""Integer expressions as polynomials: what `i*28*28 + (j - 1)*28` and its like have in common, and where they cancel.

int64 arithmetic wraps, so the laws of a commutative ring hold for it exactly.
"""

from __future__ import annotations

from collections.abc import Callable

from wengert.loop.expr import Expr, Scalars

Monomial = tuple[Expr, ...]  # a product of atoms; () is 1
MOST, HIGHEST = 32, 6  # terms and degree: data, summed and squared again and again, stays as it was written
Polynomial = dict[Monomial, int]  # coefficients, none of them 0


class Polynomials:
    """Polynomials over the expressions of `s`. What is not a sum or product is an atom.

    rank: how deep inside of the loops an atom is known. Sums are written outermost terms first, so that each
    loop finds what does not change in it computed outside.
    """

    def __init__(self, s: Scalars, rank: Callable[[Expr], int]) -> None:
        self.s, self._rank = s, rank
        self._memo: dict[Expr, Polynomial] = {}
        self._order: dict[Expr, tuple[int, int]] = {}

    def of(self, e: Expr) -> Polynomial:
        """The polynomial that an int64 expression is."""
        found = self._memo.get(e)
        if found is None:
            found = self._memo[e] = self._of(e)
        return found

    def _of(self, e: Expr) -> Polynomial:
        if e.op == "const":
            return {(): e.number} if e.number else {}
        if e.op in ("add", "sub", "mul"):
            x, y = (self.of(a) for a in e.args)
            if e.op == "mul":
                small = degree(x) + degree(y) <= HIGHEST
                if small and (len(x) <= 1 or len(y) <= 1):  # else a product of sums: left as it was written
                    return self.product(x, y)
            elif len(x) + len(y) <= MOST:
                return added(x, y, 1 if e.op == "add" else -1)
        return {(e,): 1}

    def product(self, x: Polynomial, y: Polynomial) -> Polynomial:
        total: Polynomial = {}
        for p, a in x.items():
            for q, b in y.items():
                total = added(total, {tuple(sorted(p + q, key=self._place)): wrapped(a * b)})
        return total

    def build(self, p: Polynomial) -> Expr:
        """The polynomial as an expression."""
        result = self._build(p)
        self._memo.setdefault(result, p)
        return result

    def _build(self, p: Polynomial) -> Expr:
        s, total, offset = self.s, None, p.get((), 0)
        for monomial in sorted((m for m in p if m), key=lambda m: [self._place(a) for a in reversed(m)]):
            term = monomial[0]
            for atom in monomial[1:]:
                term = s.mul(term, atom)
            coefficient = p[monomial]
            if total is not None and coefficient == -1:
                total = s.sub(total, term)
                continue
            term = s.mul(term, s.const(coefficient))
            total = term if total is None else s.add(total, term)
        return s.const(offset) if total is None else s.add(total, s.const(offset))

    def coefficient(self, p: Polynomial, var: str) -> Polynomial | None:
        """c of p = c * var + (what does not depend on var), else None."""
        found: Polynomial = {}
        for monomial, n in p.items():
            moving = [a for a in monomial if var in a.free]
            if not moving:
                continue
            if len(moving) > 1 or moving[0].op != "var":
                return None
            found[tuple(a for a in monomial if a is not moving[0])] = n
        return found

    def _place(self, atom: Expr) -> tuple[int, int]:
        """Where an atom stands in products and sums: by depth, then by when it was first met."""
        return self._order.setdefault(atom, (self._rank(atom), len(self._order)))


def degree(p: Polynomial) -> int:
    """The number of factors in its longest product."""
    return max(map(len, p), default=0)


def wrapped(n: int) -> int:
    """The number in int64 that n wraps to."""
    return (n + 2**63) % 2**64 - 2**63


def added(x: Polynomial, y: Polynomial, factor: int = 1) -> Polynomial:
    """x + factor * y"""
    total = dict(x)
    for monomial, n in y.items():
        total[monomial] = wrapped(total.get(monomial, 0) + factor * n)
        if not total[monomial]:
            del total[monomial]
    return total
