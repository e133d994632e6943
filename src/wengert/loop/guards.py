"""Where loads may run: the conditions of the selects above them.

`select(0 <= i < n, x[i], 0)` evaluates both sides, so the load itself has to respect the condition.
This analysis finds, for each load and check, the index conditions under which its value is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wengert.base.dtypes import is_integer
from wengert.loop.expr import Expr, Scalars, post_order

Condition = frozenset[Expr]  # all of these hold
ALWAYS: Condition = frozenset()
UNGUARDED = frozenset((ALWAYS,))
MANY = 8  # alternatives kept apart; beyond, what they have in common


@dataclass(frozen=True)
class Guards:
    """Conditions of loads and checks.

    when: for each guarded load or check, alternatives of which one must hold, each a set of comparisons.
    needs: the variables that must be bound to evaluate an expression, those of its guards included.
    """

    when: dict[Expr, tuple[tuple[Expr, ...], ...]]
    needs: dict[Expr, frozenset[str]]

    def of(self, e: Expr) -> frozenset[str]:
        """The variables that `e` needs."""
        return self.needs.get(e, e.free)


def find_guards(s: Scalars, roots: Sequence[Expr], pinned: dict[int, frozenset[str]] | None = None) -> Guards:
    """Guards of everything under `roots`. `pinned`: variables that any load of a slot needs besides."""
    order = post_order(roots)
    if not any(e.op == "select" for e in order):
        return Guards({}, _needs(order, {}, pinned or {}))
    uses: dict[Expr, frozenset[Condition]] = {e: frozenset() for e in order}
    uses |= dict.fromkeys(roots, UNGUARDED)
    for e in reversed(order):
        for n, a in enumerate(e.args):
            if uses[a] == UNGUARDED:
                continue
            edge = ALWAYS
            if e.op == "select" and n:
                edge = frozenset(_conjuncts(s, e.args[0], n == 1))
            uses[a] = _absorb(uses[a] | {w | edge for w in uses[e]})
    place = {e: n for n, e in enumerate(order)}
    when = {}
    for e in order:
        if e.op in ("load", "check"):
            relevant = _absorb(frozenset(frozenset(c for c in w if _concerns(c, e)) for w in uses[e]))
            if ALWAYS not in relevant:  # in a fixed order: equal nests give equal text
                when[e] = _in_order(relevant, place)
    return Guards(when, _needs(order, when, pinned or {}))


def _conjuncts(s: Scalars, condition: Expr, holds: bool) -> list[Expr]:
    """Conditions that hold together where `condition` is `holds`."""
    if condition.op == "not":
        return _conjuncts(s, condition.args[0], not holds)
    if condition.op == ("and" if holds else "or"):
        return [c for a in condition.args for c in _conjuncts(s, a, holds)]
    return [condition if holds else s.invert(condition)]


def _absorb(alternatives: frozenset[Condition]) -> frozenset[Condition]:
    """Drop alternatives that imply another one; where too many are left keep what all have in common."""
    kept = frozenset(a for a in alternatives if not any(b < a for b in alternatives))
    return kept if len(kept) <= MANY else frozenset((frozenset.intersection(*kept),))


def _concerns(condition: Expr, e: Expr) -> bool:
    """Whether a condition can speak about the index of `e`: it compares integers made of the same things."""
    core = _core(condition)
    if core.op not in ("lt", "le", "eq", "ne") or not is_integer(core.args[0].dtype):
        return False
    if core.free and not core.free & e.free:
        return False
    return _loads(core) <= _loads(e.args[0])


def _core(condition: Expr) -> Expr:
    return condition.args[0] if condition.op == "not" else condition


def _in_order(alternatives: frozenset[Condition], place: dict[Expr, int]) -> tuple[tuple[Expr, ...], ...]:
    """Conditions as tuples, sorted by where they stand in the nest."""

    def key(c: Expr) -> tuple[int, str]:
        return place[_core(c)], c.op

    sets = [tuple(sorted(a, key=key)) for a in alternatives]
    return tuple(sorted(sets, key=lambda a: [key(c) for c in a]))


def _loads(e: Expr) -> set[Expr]:
    return {x for x in post_order([e]) if x.op == "load"}


def _needs(
    order: Sequence[Expr], when: dict[Expr, tuple[tuple[Expr, ...], ...]], pinned: dict[int, frozenset[str]]
) -> dict[Expr, frozenset[str]]:
    needs: dict[Expr, frozenset[str]] = {}
    for e in order:
        names = e.free.union(*(needs[a] for a in e.args), *(c.free for w in when.get(e, ()) for c in w))
        if e.op == "load":
            names |= pinned.get(e.data, frozenset())  # type: ignore[call-overload]
        if e.op == "reduce":
            names -= set(e.data[1])  # type: ignore[index]
        needs[e] = names
    return needs
