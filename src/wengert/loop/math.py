"""exp, log and their kin as elementary operations: no libm, the same bits on every target."""

from __future__ import annotations

from collections.abc import Callable

from wengert.loop.expr import Expr, Scalars

EXPANSIONS: dict[str, Callable[..., Expr]] = {}


def expand(s: Scalars, e: Expr) -> Expr:
    """The intrinsic `e` by elementary operations on its arguments."""
    return EXPANSIONS[e.op](s, *e.args)
