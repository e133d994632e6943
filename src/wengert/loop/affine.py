"""Questions about index expressions that schedules ask: what is constant, what merges, about how big."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence

from wengert.loop.expr import Expr, Scalars, post_order
from wengert.loop.polynomial import Polynomials

ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "idiv": lambda x, y: x // y if y else 0,
    "min": min,
    "max": max,
}
GUESS = 128  # stands for a run-time integer (a batch, a sequence length) where a schedule must choose


def constant(e: Expr) -> int | None:
    """The value of an integer constant, else None."""
    return int(e.data) if e.op == "const" and isinstance(e.data, int) else None


def estimate(e: Expr, sizes: Sequence[int] | None = None) -> int:
    """An extent as a number; loop indices in it count as 0, run-time integers that are not given as `GUESS`."""
    match e.op:
        case "const":
            return e.number
        case "param":
            return GUESS if sizes is None else sizes[e.number]
        case "var":
            return 0
    if e.op not in ARITHMETIC:
        return GUESS
    x, y = (estimate(a, sizes) for a in e.args)
    return ARITHMETIC[e.op](x, y)


def substitute(e: Expr, values: Mapping[str, Expr], s: Scalars) -> Expr:
    """`e` with loop variables replaced. `acc` forgets them: it belongs to the axes that are left."""

    def leaf(x: Expr) -> Expr | None:
        if x.op == "acc":
            return s.acc([v for v in x.data if v not in values], x.dtype)  # type: ignore[attr-defined]
        return values.get(str(x.data)) if x.op == "var" else None

    return replace_leaves(e, leaf, s)


def replace_leaves(e: Expr, leaf: Callable[[Expr], Expr | None], s: Scalars) -> Expr:
    """`e` with those of its leaves replaced for which `leaf` has an answer."""
    done: dict[Expr, Expr] = {}
    for x in post_order([e]):
        args = tuple(done[a] for a in x.args)
        done[x] = (leaf(x) or x) if not args else x if args == x.args else _rebuild(s, x, args)
    return done[e]


def replace_nodes(e: Expr, known: Mapping[Expr, Expr], s: Scalars) -> Expr:
    """`e` with others in place of some of its expressions."""
    done = dict(known)
    for x in post_order([e], known):
        args = tuple(done[a] for a in x.args)
        done[x] = x if args == x.args else _rebuild(s, x, args)
    return done[e]


def _rebuild(s: Scalars, x: Expr, args: tuple[Expr, ...]) -> Expr:
    if x.op in ("add", "sub", "mul"):
        return getattr(s, x.op)(*args)  # type: ignore[no-any-return]
    return s.make(x.op, x.dtype, args, x.data)


def composes(e: Expr, outer: str, inner: str, extent: Expr, polynomials: Polynomials) -> bool:
    """Whether `e` depends on two loops only through outer * extent + inner, so that they can be one loop."""
    stack, seen = [e], {e}
    while stack:
        part = stack.pop()
        if part.op == "acc" or not part.free & {outer, inner}:
            continue
        x = y = None
        if part.dtype == "int64":
            x, y = (polynomials.coefficient(polynomials.of(part), v) for v in (outer, inner))
        if x is not None and y is not None:
            if x != polynomials.product(y, polynomials.of(extent)):
                return False
        elif not part.args:
            return False
        else:
            new = [a for a in part.args if a not in seen]
            seen.update(new)
            stack += new
    return True


def is_zero(e: Expr) -> bool:
    """Whether an integer expression is the constant 0."""
    return constant(e) == 0
