"""Plan memory: buffers that are never alive together share a place in the arena."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wengert.ir.dim import Dim, Monomial, evaluate, typical

ALIGNMENT = 64  # bytes
Length = int | Dim


@dataclass
class Place:
    """A stretch of the arena: as long as the longest buffer that lives in it."""

    sizes: list[Length] = field(default_factory=list)  # bytes; the maximum counts

    def admit(self, size: Length) -> None:
        """Make it long enough; sizes that another one always exceeds are forgotten."""
        if not any(dominates(s, size) for s in self.sizes):
            self.sizes = [s for s in self.sizes if not dominates(size, s)] + [size]

    def nbytes(self, lengths: Mapping[str, int]) -> int:
        longest = max(evaluate(s, lengths) for s in self.sizes)
        return -(-longest // ALIGNMENT) * ALIGNMENT

    def __str__(self) -> str:
        return str(self.sizes[0]) if len(self.sizes) == 1 else f"max({', '.join(map(str, self.sizes))})"


@dataclass
class Arena:
    """Places one after the other, and in which of them each buffer lives."""

    places: list[Place]
    home: dict[int, int]  # buffer -> place

    def nbytes(self, lengths: Mapping[str, int]) -> int:
        return sum(p.nbytes(lengths) for p in self.places)

    def offsets(self, lengths: Mapping[str, int]) -> list[int]:
        """Where each place starts, in bytes."""
        starts, total = [], 0
        for p in self.places:
            starts.append(total)
            total += p.nbytes(lengths)
        return starts

    def formula(self) -> str:
        """Bytes in the symbolic lengths (each place is rounded up to 64)."""
        plain: Length = 0
        rest = []
        for p in self.places:
            if len(p.sizes) == 1:
                plain = plain + p.sizes[0] if isinstance(plain, Dim) else p.sizes[0] + plain
            else:
                rest.append(str(p))
        return " + ".join([str(plain), *rest])


def plan_memory(
    sizes: Mapping[int, Length], uses: Sequence[frozenset[int]], loops: Sequence[tuple[int, int]] = ()
) -> Arena:
    """Assign each buffer to a place.

    Args:
        sizes: bytes of each buffer of the arena.
        uses: which buffers each step touches, in running order. A buffer lives from its first to its last.
        loops: (first, last) steps that are run again and again. What was made before one and is read in it
            lives until its end.
    """
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for at, touched in enumerate(uses):
        for b in touched & sizes.keys():
            first.setdefault(b, at)
            last[b] = at
    for start, end in sorted(loops, key=lambda loop: loop[0] - loop[1], reverse=True):  # inner ones first
        for b in first:
            if first[b] < start <= last[b]:
                last[b] = max(last[b], end)
    places: list[Place] = []
    home: dict[int, int] = {}
    free: list[int] = []
    for at in range(len(uses)):
        starting = sorted((b for b in first if first[b] == at), key=lambda b: -typical(sizes[b]))
        for b in starting:
            home[b] = _choose(free, places, sizes[b])
            places[home[b]].admit(sizes[b])
        free.extend(home[b] for b in last if last[b] == at)
    return Arena(places, home)


def _choose(free: list[int], places: list[Place], size: Length) -> int:
    """The free place that fits best: the smallest that is long enough, else the longest, else a new one."""
    want = typical(size)
    have = {p: max(map(typical, places[p].sizes)) for p in free}
    enough = [p for p in free if want <= have[p] <= 4 * want + 4096]
    if enough:
        best = min(reversed(enough), key=lambda p: have[p])  # of equals the last: caches still hold it
    elif grown := [p for p in free if 2 * have[p] >= want > have[p]]:
        best = max(grown, key=lambda p: have[p])
    else:
        places.append(Place())
        return len(places) - 1
    free.remove(best)
    return best


def dominates(a: Length, b: Length) -> bool:
    """Whether a >= b for all lengths >= 0 (sufficient: coefficient by coefficient)."""
    x, y = _coefficients(a), _coefficients(b)
    return all(x.get(m, 0) >= c for m, c in y.items()) and all(c >= 0 for m, c in x.items() if m not in y)


def _coefficients(length: Length) -> dict[Monomial, int]:
    return dict(length.terms) if isinstance(length, Dim) else {(): length}
