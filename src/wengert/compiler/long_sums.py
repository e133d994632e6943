"""Long sums, as weight gradients are: their output is cut in blocks, or, where it is small, their terms in chunks.

Blocks: a thread sums a block of the output over all terms, part by part. In each part it first copies the columns of
B that the block needs to panels of its own, which stay in its caches, as what the block needs of A does. So neither
operand is read often, and nothing is added up afterwards.

Chunks: each gives a whole output; they are added in a tree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from wengert.compiler.product import CHUNK, Level
from wengert.compiler.roles import footprint
from wengert.loop.affine import estimate, replace_leaves
from wengert.loop.expr import Expr, Scalars
from wengert.loop.nest import Axis, Loop, Nest, Store

TERMS = 256  # of a part
ROWS = 256  # of a block, at most: what it needs of A is 256 KiB
COLUMNS = (128, 64)  # of a block
BLOCKS = 16  # that are enough to share
REUSE = 40  # multiply-adds for each element read, below which memory is too slow


def choose_block(rows: int, columns: int) -> tuple[int, int] | None:
    """About how many rows and columns a block has; None where the output is too small for blocks.

    Whatever the tile: blocks sum in another order than chunks.
    """
    height = math.ceil(rows / math.ceil(rows / ROWS)) if rows else 0
    for across in COLUMNS:
        count = math.ceil(rows / max(1, height)) * math.ceil(columns / across)
        if count >= BLOCKS and height * across >= REUSE * (height + across):
            return height, across
    return None


def in_tiles(rows: int, height: int, extent: int) -> int:
    """Rows of a block in whole tiles, or all: what the last tiles leave over must be of a height there is code for."""
    return min(math.ceil(rows / height) * height, max(1, extent))


def turns(levels: Sequence[Level], s: Scalars) -> Expr:
    """How often what is inside of the loops runs."""
    total = s.const(1)
    for v in levels:
        total = s.mul(total, s.idiv(s.add(v.axis.extent, s.sub(v.step, s.const(1))), v.step))
    return total


def sums_apart(
    outer: Sequence[Axis],
    stores: Sequence[Store],
    slot: int,
    chunks: int,
    params: int,
    dtype: str,
    s: Scalars,
) -> tuple[Nest, Store]:
    """The nest that adds up chunks in `slot` and does what the stores say, and how a chunk's sums are stored there."""
    whole, index = s.const(1), s.const(0)
    for x in reversed(outer):
        index = s.add(index, s.mul(s.var(x.var), whole))
        whole = s.mul(whole, x.extent)
    sums = [s.load(slot, s.add(index, s.mul(whole, s.const(c))), dtype) for c in range(chunks)]
    while len(sums) > 1:
        sums = [s.add(*sums[i : i + 2]) if i + 1 < len(sums) else sums[i] for i in range(0, len(sums), 2)]
    done = tuple(replace(t, value=_with_acc(t.value, sums[0], s)) for t in stores)
    nest = Nest(tuple(Loop(x.var, x.extent) for x in outer), done, (), params)
    part = s.mul(s.var(CHUNK), whole) if chunks > 1 else s.const(0)
    return nest, Store(slot, s.add(part, index), s.acc(tuple(x.var for x in outer), dtype))


def _with_acc(value: Expr, acc: Expr, s: Scalars) -> Expr:
    return replace_leaves(value, lambda e: acc if e.op == "acc" else None, s)


def term(last: Axis, rows: Sequence[Axis], columns: Axis) -> int:
    """Elements of A and B that one more term of a sum takes: those of its rows and columns, or a step's if fewer."""
    of_a = min(abs(estimate(last.a)), footprint(rows, "a"))
    return of_a + min(abs(estimate(last.b)), footprint([columns], "b"))
