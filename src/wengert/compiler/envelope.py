"""Envelope: the fewest sums of lengths of which one is always the longest. Sums are vectors over monomials here."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from wengert.ir.dim import Dim, Monomial, typical

MOST = 8  # sums kept where several lengths are unknown; beyond, the longest is told a little too long
Vector = tuple[int, ...]
Length = int | Dim


class Envelope:
    """Sums of given lengths, as the coefficients of their monomials: the constant first."""

    def __init__(self, lengths: Iterable[Length]) -> None:
        found = {m: None for n in lengths if isinstance(n, Dim) for m, _ in n.terms if m}
        self.monomials: tuple[Monomial, ...] = ((), *found)
        self.weights = [1, *(typical(Dim(((m, 1),))) for m in found)]

    def vector(self, length: Length) -> Vector:
        terms: dict[Monomial, int] = dict(length.terms) if isinstance(length, Dim) else {(): length}
        return tuple(terms.get(m, 0) for m in self.monomials)

    def length(self, vector: Vector) -> Length:
        constant, *rest = vector
        total: Length = constant
        for m, c in zip(self.monomials[1:], rest, strict=True):
            total = Dim(((m, c),)) * 1 + total if c else total
        return total

    def of(self, sums: Iterable[Vector]) -> list[Vector]:
        """Those of the sums that are longest for some lengths."""
        if len(self.monomials) == 2:
            return hull(sums)
        kept: list[Vector] = []
        for s in dict.fromkeys(sums):
            if not any(_covers(k, s) for k in kept):
                kept = [k for k in kept if not _covers(s, k)] + [s]
        while len(kept) > MOST:
            kept = self._merge_nearest(kept)
        return kept

    def _merge_nearest(self, kept: Sequence[Vector]) -> list[Vector]:
        """With one sum in place of the two that it exceeds least, in typical lengths."""

        def excess(pair: tuple[Vector, Vector]) -> int:
            return self._typical(_both(*pair)) - max(map(self._typical, pair))

        a, b = min(itertools.combinations(kept, 2), key=excess)
        both = _both(a, b)
        return [both, *(k for k in kept if not _covers(both, k))]

    def _typical(self, v: Vector) -> int:
        return sum(c * w for c, w in zip(v, self.weights, strict=True))


def hull(lines: Iterable[Vector]) -> list[Vector]:
    """The lines c + a x, as (c, a), that are highest for some x >= 0; by rising a."""
    kept: list[Vector] = []
    for c, a in sorted(lines, key=lambda line: (line[1], line[0])):
        while kept and (kept[-1][0] <= c or (len(kept) > 1 and _never_highest(kept[-2], kept[-1], (c, a)))):
            kept.pop()
        kept.append((c, a))
    return kept


def _never_highest(low: Vector, middle: Vector, high: Vector) -> bool:
    """Whether the middle one, of lines by rising slope, meets the low one where the high one is above it already."""
    (c, a), (d, b), (e, f) = low, middle, high
    return (c - e) * (b - a) <= (c - d) * (f - a)


def _covers(a: Vector, b: Vector) -> bool:
    return all(x >= y for x, y in zip(a, b, strict=True))


def _both(a: Vector, b: Vector) -> Vector:
    """A sum that is at least both."""
    return tuple(map(max, a, b))
