"""Plan memory: buffers that are never alive together may share bytes of the arena.

Where each buffer lies is decided once, for typical lengths, as an order: which ones lie under it. Offsets and the
size of the arena follow for any lengths, so a new batch size plans nothing.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from wengert.compiler.envelope import Envelope, Length, Vector
from wengert.ir.dim import Dim, Monomial, evaluate, typical

ALIGNMENT = 64  # bytes
LITTLE = 32  # this part of the largest buffer may be wasted on each, to keep the formula short


@dataclass(frozen=True)
class Arena:
    """The buffers in one stretch of memory.

    sizes: of each buffer in bytes, a multiple of the alignment.
    under: the buffers that each lies upon, itself after all of them.
    sums: the arena is as long as the longest of these.
    """

    sizes: dict[int, Length]
    under: dict[int, tuple[int, ...]]
    sums: tuple[Length, ...]

    def nbytes(self, lengths: Mapping[str, int]) -> int:
        return max((evaluate(s, lengths) for s in self.sums), default=0)

    def offsets(self, lengths: Mapping[str, int]) -> dict[int, int]:
        """Where each buffer starts, in bytes."""
        starts: dict[int, int] = {}
        ends: dict[int, int] = {}
        for b, below in self.under.items():
            starts[b] = max((ends[u] for u in below), default=0)
            ends[b] = starts[b] + evaluate(self.sizes[b], lengths)
        return starts


def plan_memory(
    sizes: Mapping[int, Length], uses: Sequence[frozenset[int]], loops: Sequence[tuple[int, int]] = ()
) -> Arena:
    """Give each buffer a place.

    Args:
        sizes: bytes of each buffer of the arena.
        uses: which buffers are touched between one barrier and the next, in running order. A buffer lives from the
            first to the last of these stretches that touches it, all of both.
        loops: the first and last stretches of what is run again and again. What was made before a loop and is
            read in it lives until its end.

    Source: Y. Pisarchyk, J. Lee, "Efficient memory management for deep neural net inference", 2020,
    arXiv:2001.03288, section 5.2: greedy by size; or what is alive at the highest peak first, the longest-lived of it
    first, where that is no higher.
    """
    lives = _lives(sizes.keys(), uses, loops)
    rounded = _rounded({b: sizes[b] for b in lives})
    at_typical = {b: typical(rounded[b]) for b in lives}
    together = _alive_together(lives)
    peaks = _peaks(lives, at_typical)
    by_peak = sorted(lives, key=lambda b: (-peaks[b], lives[b][0] - lives[b][1], -at_typical[b]))
    by_size = sorted(lives, key=lambda b: (-at_typical[b], lives[b]))
    places = (_places(order, at_typical, together) for order in (by_peak, by_size))
    starts = min(places, key=lambda starts: max((starts[b] + at_typical[b] for b in starts), default=0))
    order = sorted(lives, key=lambda b: (starts[b], starts[b] + at_typical[b]))
    under = _under(order, {b: starts[b] + at_typical[b] for b in lives}, starts, together)
    return Arena(rounded, under, _sums(rounded, under))


def round_up(size: Length) -> Length:
    """The next multiple of the alignment."""
    if not isinstance(size, Dim):
        return -(-size // ALIGNMENT) * ALIGNMENT
    shared = math.gcd(
        ALIGNMENT, *(c for _, c in size.terms)
    )  # 40 n bytes are as many lines as 5 n words of 8
    words = ALIGNMENT // shared
    return (size // shared + (words - 1)) // words * ALIGNMENT


def round_up_each(size: Length) -> Length:
    """A multiple of the alignment that has no more terms than `size`, if somewhat too large."""
    total: Length = 0
    for monomial, c in _terms(size):
        total = (Dim(((monomial, 1),)) if monomial else 1) * round_up(c) + total
    return total


def _rounded(sizes: Mapping[int, Length]) -> dict[int, Length]:
    """Sizes as multiples of the alignment, in the simple way where that wastes little beside the largest buffers."""
    most: dict[Monomial, int] = {}
    for m, c in itertools.chain.from_iterable(map(_terms, sizes.values())):
        most[m] = max(most.get(m, 0), c)

    def rounded(size: Length) -> Length:
        simple = round_up_each(size)
        wasted = _terms(simple - size)
        return simple if all(c * LITTLE <= most[m] for m, c in wasted if m) else round_up(size)

    return {b: rounded(size) for b, size in sizes.items()}


def _terms(size: Length) -> Sequence[tuple[Monomial, int]]:
    return size.terms if isinstance(size, Dim) else [((), size)]


def _lives(
    buffers: Iterable[int], uses: Sequence[frozenset[int]], loops: Sequence[tuple[int, int]]
) -> dict[int, tuple[int, int]]:
    """The first and the last stretch in which each buffer is alive."""
    known = frozenset(buffers)
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for at, touched in enumerate(uses):
        for b in sorted(touched & known):
            first.setdefault(b, at)
            last[b] = at
    for start, end in sorted(loops, key=lambda loop: loop[0] - loop[1], reverse=True):  # inner ones first
        for b in first:
            if first[b] < start <= last[b]:
                last[b] = max(last[b], end)
    return {b: (first[b], last[b]) for b in first}


def _alive_together(lives: Mapping[int, tuple[int, int]]) -> dict[int, set[int]]:
    """For each buffer the others that are alive at some time that it is."""
    together: dict[int, set[int]] = {b: set() for b in lives}
    alive: list[int] = []
    for b in sorted(lives, key=lives.__getitem__):
        alive = [o for o in alive if lives[o][1] >= lives[b][0]]
        for o in alive:
            together[o].add(b)
        together[b].update(alive)
        alive.append(b)
    return together


def _peaks(lives: Mapping[int, tuple[int, int]], sizes: Mapping[int, int]) -> dict[int, int]:
    """The most bytes that are alive at any time that a buffer is."""
    change = [0] * (max((last for _, last in lives.values()), default=0) + 2)
    for b, (first, last) in lives.items():
        change[first] += sizes[b]
        change[last + 1] -= sizes[b]
    alive = list(itertools.accumulate(change))
    return {b: max(alive[first : last + 1]) for b, (first, last) in lives.items()}


def _places(
    order: Iterable[int], sizes: Mapping[int, int], together: Mapping[int, set[int]]
) -> dict[int, int]:
    """Where buffers start that are placed in this order, each in the tightest gap that those before it leave."""
    starts: dict[int, int] = {}
    for b in order:
        others = sorted((starts[o], sizes[o]) for o in together[b] if o in starts)
        starts[b] = _gap(sizes[b], others)
    return starts


def _gap(size: int, taken: Sequence[tuple[int, int]]) -> int:
    """The start of the tightest gap of `size` bytes between what is taken: (start, size), by start."""
    best, tightest, end = None, 0, 0
    for start, length in taken:
        room = start - end
        if room >= size and (best is None or room < tightest):
            best, tightest = end, room
        end = max(end, start + length)
    return end if best is None else best


def _under(
    order: Sequence[int], ends: Mapping[int, int], starts: Mapping[int, int], together: Mapping[int, set[int]]
) -> dict[int, tuple[int, ...]]:
    """What each buffer lies upon, less what lies under those again."""
    bit = {b: 1 << k for k, b in enumerate(order)}
    place = {b: k for k, b in enumerate(order)}
    deeper: dict[int, int] = {}  # all that lies under a buffer, itself included, as bits
    under: dict[int, tuple[int, ...]] = {}
    for b in order:
        kept: list[int] = []
        covered = 0
        for o in sorted((o for o in together[b] if place[o] < place[b]), key=place.__getitem__, reverse=True):
            assert ends[o] <= starts[b]
            if not covered & bit[o]:
                kept.append(o)
                covered |= deeper[o]
        under[b] = tuple(kept)
        deeper[b] = covered | bit[b]
    return under


def _sums(sizes: Mapping[int, Length], under: Mapping[int, tuple[int, ...]]) -> tuple[Length, ...]:
    """Sums of sizes, the longest of which is where the uppermost buffer ends."""
    envelope = Envelope(sizes.values())
    tops: dict[int, list[Vector]] = {}
    for b, below in under.items():
        own = envelope.vector(sizes[b])
        stacked = (tuple(map(operator.add, t, own)) for u in below for t in tops[u])
        tops[b] = envelope.of(stacked) or [own]
    longest = envelope.of(itertools.chain.from_iterable(tops.values()))
    return tuple(map(envelope.length, longest))
