"""Which register tile: rows x vectors, and what is done with the rows and columns that are left over.

One turn of the micro-kernel's innermost loop on r rows and v vectors issues r * v multiply-adds, two a cycle
and each waiting four cycles for its predecessor, and loads r scalars and v vectors, two a cycle; the
vectors of B often come from the second cache. The tiling with the fewest cycles over the whole product wins.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

from wengert.loop.affine import constant, estimate
from wengert.loop.expr import Expr

LATENCY = 4  # cycles from one multiply-add to the next that needs it
PER_CYCLE = 2  # multiply-adds, and loads
CALL = 30  # cycles to enter and leave a tile
FETCHED = 26  # bytes of B a cycle that come from the second cache
ROW_COST = 0.03  # loads are not quite free beside multiply-adds
EDGE = 0.75  # of a full tile's time that a narrower one costs at least: beside full ones it keeps a thread waiting
VECTOR_COST = 0.12  # least of all those that may straddle cache lines, or miss the first cache


@dataclass(frozen=True, slots=True)
class Columns:
    """A width of the tile: `count` columns in `vectors` vectors, the last of them partly used if `masked`."""

    vectors: int
    count: int
    masked: bool


@dataclass(frozen=True, slots=True)
class Tiling:
    """Sizes of the tiles, widest first: rows are cut by the first that fits, and so are columns.

    The last width takes fewer columns than its `count` where its mask is found at run time.
    """

    rows: tuple[int, ...]
    columns: tuple[Columns, ...]
    lanes: int

    def __str__(self) -> str:
        rows = ", ".join(map(str, self.rows))
        columns = ", ".join(f"{c.count}{' masked' if c.masked else ''}" for c in self.columns)
        return f"rows {rows}; columns {columns}"


@dataclass(frozen=True, slots=True)
class Extent:
    """A length that is known, or guessed."""

    guess: int
    static: bool

    @classmethod
    def of(cls, length: Expr) -> Extent:
        return cls(estimate(length), constant(length) is not None)

    @property
    def known(self) -> int | None:
        return self.guess if self.static else None


@dataclass(frozen=True, slots=True)
class Registers:
    """Vector registers: how many, the elements in one, the bytes of an element.

    beside: rows of accumulators beside those of the tile.
    """

    count: int
    lanes: int
    size: int
    beside: int = 0


def columns_of(extent: int | None, vectors: int, lanes: int) -> tuple[Columns, ...]:
    """Widths for a number of columns; None: known at run time only."""
    full = Columns(vectors, vectors * lanes, False)
    if extent is None:
        return full, Columns(1, lanes, True)
    rest = extent % full.count
    part = Columns(math.ceil(rest / lanes), rest, rest % lanes != 0)
    return tuple(c for c, used in ((full, extent >= full.count or not extent), (part, rest > 0)) if used)


def rows_of(extent: int | None, rows: int) -> tuple[int, ...]:
    """Heights for a number of rows; None: known at run time only."""
    if extent is None:
        # Each more costs a millisecond to compile.
        return tuple(dict.fromkeys((rows, math.ceil(rows / 3), 1)))
    rest = extent % rows
    return tuple(r for r, used in ((rows, extent >= rows or not extent), (rest, rest > 0)) if used)


def turn(rows: int, vectors: int, vector_bytes: int) -> float:
    """Cycles of one turn of the innermost loop."""
    work = rows * vectors / PER_CYCLE
    loads = (rows + vectors) / PER_CYCLE
    fetch = vectors * vector_bytes / FETCHED
    return max(work, LATENCY, loads, fetch) + ROW_COST * rows + VECTOR_COST * vectors


def cycles(
    m: int,
    n: int,
    k: int,
    rows: tuple[int, ...],
    columns: tuple[Columns, ...],
    vector_bytes: int,
    beside: int,
) -> float:
    """Cycles of a whole product."""
    total = 0.0
    for m_count, r in _cut(m, rows):
        for n_count, c in _cut(n, tuple(c.count for c in columns)):
            vectors = next(x.vectors for x in columns if x.count == c)
            full = EDGE * turn(r + beside, columns[0].vectors, vector_bytes)
            time = max(turn(r + beside, vectors, vector_bytes), full)
            total += m_count * n_count * (k * time + CALL + r * vectors)
    return total


def _cut(extent: int, sizes: tuple[int, ...]) -> list[tuple[int, int]]:
    """(how often, size) of the pieces of an extent."""
    pieces = []
    for size in sizes:
        count, extent = divmod(extent, size)
        pieces.append((count, size))
    if extent and sizes:
        pieces.append((1, sizes[-1]))
    return pieces


@functools.lru_cache(maxsize=4096)
def choose_tile(
    m: Extent,
    n: Extent,
    k: int,
    registers: Registers,
    unit: int = 1,
    most: int = 64,
    given: tuple[int | None, int | None] = (None, None),
) -> tuple[float, Tiling]:
    """The cheapest tiling of an m x n x k product, and its cycles.

    Args:
        unit: rows come in groups of so many: an inner axis that lies in the tile as a whole.
        most: rows of a tile, in groups, at most.
        given: its groups of rows and its vectors, if they are chosen already. Where they do not fit, the
            cheapest tiling is there at infinite cost.
    """
    best: tuple[float, Tiling] | None = None
    for vectors in range(1, min(registers.count // 2, max(1, math.ceil(n.guess / registers.lanes))) + 1):
        columns = columns_of(n.known, vectors, registers.lanes)
        beside = registers.beside * (vectors + 1)  # and what their rows of A hold
        fit = (registers.count - vectors - 1 - beside) // (vectors * unit)
        for count in range(1, min(fit, most, max(1, m.guess)) + 1):
            if given[0] not in (None, count) or given[1] not in (None, vectors):
                continue
            rows = rows_of(m.known, count)
            sizes = tuple(r * unit for r in rows)
            bytes_ = registers.lanes * registers.size
            cost = cycles(m.guess * unit, n.guess, k, sizes, columns, bytes_, registers.beside)
            if best is None or cost < best[0] * 0.999:
                best = cost, Tiling(rows, columns, registers.lanes)
    if best is None and given != (None, None):
        return math.inf, choose_tile(m, n, k, registers, unit, most)[1]
    if best is None:
        raise AssertionError(f"choose_tile: a tile must fit in {registers}; got rows in groups of {unit}.")
    return best
