"""Which axis lies along the rows of a contraction's tiles, and which terms that lets it leave out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from wengert.compiler.roles import Roles
from wengert.compiler.tiling import Extent, Registers, Tiling, choose_tile, turn
from wengert.loop.affine import constant, estimate
from wengert.loop.expr import Scalars
from wengert.loop.nest import Axis, Inside

ALIASED = 4096  # bytes: rows that far apart compete for the same lines of the first cache
WAYS = 8  # so many of them it holds
ENTER = 4  # cycles to enter and leave the innermost loop


@dataclass(frozen=True, slots=True)
class Rows:
    """The axis of the tile's rows, an inner one that lies in it as a whole, and the sizes; `cost` in cycles."""

    cost: float
    roles: Roles
    m: Axis
    group: Axis | None
    tiling: Tiling


Given = tuple[int | None, int | None]  # groups of rows and vectors, if they are chosen already


def choose_rows(choices: Sequence[Roles], registers: Registers, given: Given, s: Scalars) -> Rows:
    """The cheapest rows; of some that cost about the same, those of an earlier choice, and near ones."""
    best: Rows | None = None
    for roles in choices:
        of_roles: Rows | None = None
        for m in sorted(roles.m, key=lambda x: abs(estimate(x.a))) or [unit_axis(s)]:
            for rows in _with_groups(m, roles, registers, given):
                if of_roles is None or rows.cost < 0.95 * of_roles.cost:
                    of_roles = rows
        assert of_roles is not None
        if best is None or of_roles.cost < best.cost * (
            0.99 if axes_of(roles) == axes_of(best.roles) else 0.95
        ):
            best = of_roles
    assert best is not None
    return best


def _with_groups(m: Axis, roles: Roles, registers: Registers, given: Given) -> list[Rows]:
    """The tiles with rows along m, alone and with each short axis inside."""
    most = WAYS if estimate(m.a) * registers.size % ALIASED == 0 else registers.count
    small = [
        x for x in roles.m if x is not m and (constant(x.extent) or registers.count) < registers.count // 2
    ]
    depth = math.prod(estimate(x.extent) for x in roles.reduce)
    total = math.prod(estimate(x.extent) for x in roles.m)
    found = []
    for group in (None, *small):
        unit, extent = estimate(group.extent) if group else 1, Extent.of(m.extent)
        cost, tiling = choose_tile(extent, Extent.of(roles.n.extent), depth, registers, unit, most, given)
        cost *= total / max(1, extent.guess * unit)
        for i in usable(roles.inside, (m, roles.n, *([group] if group else []))):
            cost *= i.pairs() / math.prod(i.extents)
        if roles.reduce:
            cycles = turn(tiling.rows[0] * unit, tiling.columns[0].vectors, registers.lanes * registers.size)
            cost *= 1 + ENTER / (max(1, estimate(roles.reduce[-1].extent)) * cycles)
        found.append(Rows(cost, roles, m, group, tiling))
    return found


def axes_of(roles: Roles) -> int:
    """How many loops there are: more of them use caches less well."""
    return len(roles.m) + len(roles.reduce)


def usable(inside: Sequence[Inside], taken: Sequence[Axis]) -> tuple[Inside, ...]:
    """What tiles along the axes that are `taken` can make use of: they must be at one index of the outer axis.

    A sum along such an axis has no terms of its own to leave out: it goes by words.
    """
    names = {x.var for x in taken}
    return tuple(i for i in inside if not names & {i.outer, i.reduced} and i.turn > 0)


def unit_axis(s: Scalars) -> Axis:
    """One row, where there is none."""
    return Axis("row", s.const(1), s.const(0), s.const(0))
