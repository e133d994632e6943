"""Loads under a condition that puts their index in range need no clamp; what is left may be a run of neighbours.

    select(0 <= i - 8 and i - 8 < 16, x[max(0, min(15, i - 8))], 0)  ->  select(..., x[i - 8], 0)

Rules clamp because both sides of a select are evaluated; what emits loads respects their conditions (`guards.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wengert.loop.affine import constant, replace_nodes
from wengert.loop.expr import Expr, Scalars, post_order
from wengert.loop.guards import find_guards


def unclamped(roots: Sequence[Expr], s: Scalars, below: Callable[[Expr], Expr]) -> dict[Expr, Expr]:
    """What the loads under `roots` become, if they are not what they were.

    below: the normal form of an integer expression less 1.
    """
    found: dict[Expr, Expr] = {}
    for load, alternatives in find_guards(s, roots).when.items():
        if load.op != "load":
            continue
        sure = set.intersection(*map(set, alternatives))
        facts = [f for f in sure if f.args and f.args[0].dtype == "int64"]  # others are about data
        least = {f.args[1] for f in facts if f.op == "le" and constant(f.args[0]) == 0}
        most = {(f.args[0], below(f.args[1])) for f in facts if f.op == "lt" and f.args[0] in least}
        clamps = {
            e: inner
            for e in post_order([load.args[0]])
            if (inner := _clamped(e)) and any((x, y) in most for x, y in (inner, inner[::-1]))
        }
        if clamps:
            known = {e: x if (x, y) in most else y for e, (x, y) in clamps.items()}
            found[load] = replace_nodes(load, known, s)
    return found


def _clamped(e: Expr) -> tuple[Expr, Expr] | None:
    """x and y of max(0, min(x, y))."""
    if e.op != "max" or constant(e.args[0]) != 0 or e.args[1].op != "min":
        return None
    x, y = e.args[1].args
    return x, y
