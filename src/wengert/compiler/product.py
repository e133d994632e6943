"""The kernels that a contraction is run by, as data: packing, and loops around the micro-kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wengert.compiler.choices import MODEL, Choices
from wengert.compiler.tiling import Tiling
from wengert.loop.expr import Expr, affine, show
from wengert.loop.nest import Axis, Inside, Nest, Slot, Store

CHUNK = "chunk"  # the variable that numbers the chunks of a sum


@dataclass(frozen=True, slots=True)
class Level:
    """A loop around the register tiles: `step` indices of the axis in a turn.

    chunks: if not 0, there are so many turns, the last ones empty if need be, and stores know their number by
    the variable CHUNK.
    """

    axis: Axis
    step: Expr
    chunks: int = 0

    def __str__(self) -> str:
        chunks = f" in {self.chunks} chunks" if self.chunks else ""
        return f"{self.axis.var} < {show(self.axis.extent)} by {show(self.step)}{chunks}"


@dataclass(frozen=True, slots=True)
class Words:
    """Words of terms: the dtypes of those of A and of B, the bits of a term, and terms beyond the last whole word."""

    a: str
    b: str
    bits: int
    left: Expr | None

    @property
    def terms(self) -> int:
        return 32 // self.bits


@dataclass(frozen=True, slots=True)
class Local:
    """Panels of `width` columns that a thread fills itself with the terms of a part, at most so many, and the columns
    of a block, so many: in slot `to`, one place for each block.

    source: slot and offset of B, whose rows are `step` apart and have no gaps.
    """

    to: int
    terms: int
    columns: int
    width: int
    source: tuple[int, Expr]
    step: Expr

    @property
    def size(self) -> int:
        """Elements for a block."""
        return self.terms * self.columns


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Product:
    """Loops around the micro-kernel; the micro-kernel's reduction is over what they leave of `reduce`.

    levels: outermost first; the first `parallel` of them are cut between threads.
    m, group, n: the axes of the register tile; `group` is an inner axis of rows that it holds as a whole.
    outer: all axes of the output. a, b: slot and offset of the operands. packed: B lies in panels.
    ahead: how far the next part of a sum, or the next batch, is in A and B, if it should be asked for early; else 0.
    dtype: of the sums. words: if the last axis of `reduce` is in words (`words.py`), what they hold.
    inside: terms that are summed; others are 0.
    local: B is copied to panels part by part; the parallel levels are blocks of rows and columns.
    """

    levels: tuple[Level, ...]
    parallel: int
    m: Axis
    group: Axis | None
    n: Axis
    outer: tuple[Axis, ...]
    reduce: tuple[Axis, ...]
    tiling: Tiling
    a: tuple[int, Expr]
    b: tuple[int, Expr]
    packed: bool
    ahead: tuple[int, int]
    stores: tuple[Store, ...]
    slots: tuple[Slot, ...]
    params: int
    dtype: str
    words: Words | None = None
    inside: tuple[Inside, ...] = ()
    local: Local | None = None

    @property
    def rows(self) -> tuple[Axis, ...]:
        return (self.m, self.group) if self.group else (self.m,)

    def __str__(self) -> str:
        kinds = ["parallel" if n < self.parallel else "for" for n in range(len(self.levels))]
        lines = [f"{kind} {level}" for kind, level in zip(kinds, self.levels, strict=True)]
        group = f" x {self.group.var} < {show(self.group.extent)}" if self.group else ""
        lines.append(f"tile {self.m.var}{group}, {self.n.var}: {self.tiling}")
        sums = [f"{x.var} < {show(x.extent)}" for x in self.reduce]
        where = " where " + ", ".join(map(str, self.inside)) if self.inside else ""
        lines.append(f"sum {', '.join(sums)}{where}")
        return "\n".join("  " * depth + line for depth, line in enumerate(lines))


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Pack:
    """B copied to panels: to[batch][n / width][k][width], columns beyond the last are 0 or copies of it.

    dtype: of the elements, as they are moved.
    """

    n: Axis
    reduce: tuple[Axis, ...]
    batch: tuple[Axis, ...]
    width: int
    source: tuple[int, Expr]
    to: int
    slots: tuple[Slot, ...]
    params: int
    dtype: str

    def __str__(self) -> str:
        loops = ", ".join(f"{x.var} < {show(x.extent)}" for x in (*self.batch, *self.reduce))
        return f"pack b{self.source[0]} to b{self.to}: {loops}; panels of {self.width} {self.n.var}"


@dataclass(frozen=True, slots=True)
class Scratch:
    """A buffer that lives from the first to the last kernel of a contraction: `size` elements."""

    dtype: str
    size: Expr


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Kernels to run in order, all threads finishing one before the next begins.

    The slots of each are the contraction's, followed by one for each of `scratch`. choices: what was chosen.
    """

    kernels: tuple[Product | Pack | Nest, ...]
    scratch: tuple[Scratch, ...]
    choices: Choices = MODEL

    def __str__(self) -> str:
        return "\n".join(map(str, self.kernels))


def is_plain(stores: Sequence[Store], rows: Sequence[Axis]) -> bool:
    """Whether the sums are stored as they are, in one place, where tiles can be added to as they lie."""
    if len(stores) != 1 or stores[0].value.op != "acc" or stores[0].accumulate:
        return False
    return all(affine(stores[0].index, x.var) is not None for x in rows)
