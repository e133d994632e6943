"""Control flow in plans: `checkpoint`, `cond`, `while_loop` and `scan` become jumps around the steps of their graphs.

The driver runs them inside of the one native call: a loop turn costs a few table updates and a barrier.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wengert.base.dtypes import size_of
from wengert.compiler.layout import Layout, row_major
from wengert.compiler.product import Pack
from wengert.compiler.steps import (
    Advance,
    Branch,
    HostCall,
    Jump,
    Launch,
    Length,
    Mark,
    Point,
    Repeat,
    Reset,
    base_of,
)
from wengert.ir.graph import Graph
from wengert.ir.node import Node, among
from wengert.ir.types import TensorType

if TYPE_CHECKING:
    from wengert.compiler.plan import Planner


NOTHING: Mapping[int, Layout] = {}


def plan(planner: Planner, node: Node, operands: Sequence[Layout]) -> list[Layout]:
    """Append the steps of a control-flow node; where its results lie."""
    assert node.primitive is not None
    return PLANS[node.primitive.name](planner, node, operands)


def _results(node: Node) -> tuple[TensorType, ...]:
    assert isinstance(node.type, tuple)
    return node.type


def _checkpoint(planner: Planner, node: Node, operands: Sequence[Layout]) -> list[Layout]:
    """The steps of the body. Its values live no longer than they run, and nothing outside merges with them."""
    results = [planner.new("arena", t) for t in _results(node)]
    planner.run(planner.prepare(node.kwargs["body"]), operands, results, {})
    return results


def _cond(planner: Planner, node: Node, operands: Sequence[Layout]) -> list[Layout]:
    """if not predicate: goto orelse; (true); goto end; orelse: (false); end:"""
    results = [planner.new("arena", t) for t in _results(node)]
    predicate = operands[0]
    if predicate.offset != 0:  # a branch looks at the start of a buffer
        predicate = planner.new("arena", TensorType((), "bool"))
        planner.copy(TensorType((), "bool"), operands[0], predicate)
    orelse, end = planner.label(), planner.label()
    planner.steps.append(Branch(predicate.buffer, orelse))
    planner.fixed = frozenset()  # packs stay in their branch
    planner.run(planner.prepare(node.kwargs["true"]), operands[1:], results, {})
    planner.steps += [Jump(end), Mark(orelse)]
    planner.run(planner.prepare(node.kwargs["false"]), operands[1:], results, {})
    planner.steps.append(Mark(end))
    return results


def _while(planner: Planner, node: Node, init: Sequence[Layout]) -> list[Layout]:
    """top: if not cond(carries): goto end; carries = body(carries); goto top; end:"""
    body: Graph = node.kwargs["body"]
    carries = _start(planner, body, init)
    top, end = planner.label(), planner.label()
    first = len(planner.steps)
    planner.steps.append(Mark(top))
    again = planner.new("arena", TensorType((), "bool"))
    planner.run(planner.prepare(node.kwargs["cond"]), carries, [again], {})
    planner.steps.append(Branch(again.buffer, end))
    _turn(planner, body, carries, [], [])
    planner.steps += [Jump(top), Mark(end)]
    _pack_before(planner, first)
    return carries


def _scan(planner: Planner, node: Node, operands: Sequence[Layout]) -> list[Layout]:
    """point at the first rows; for each row: carries, y = body(carries, x); advance all rows"""
    p = node.kwargs
    body: Graph = p["body"]
    n = p["carries"]
    tracks = {k: _track(planner, body.in_types[k], operands[k], p) for k in _asked_for(body, n)}
    there = {body.inputs[k]: t.seen for k, t in tracks.items()}
    there |= {body.outputs[k]: t.new for k, t in tracks.items()}
    stacked = [
        there[y] if y in there else planner.new("arena", t)
        for y, t in zip(body.outputs[n:], _results(node)[n:], strict=True)
    ]
    rows: list[tuple[Layout, Layout]] = []

    def row(base: Layout, t: TensorType) -> Layout:
        rows.append((_row(planner, base, t, p), base))
        return rows[-1][0]

    seen = {k: row(t.seen, body.in_types[k]) for k, t in tracks.items()}
    new = {k: row(t.new, body.in_types[k]) for k, t in tracks.items()}
    carries = _start(planner, body, operands[:n], seen)
    xs = [row(x, t) for x, t in zip(operands[n:], body.in_types[n:], strict=True)]
    ys = [None if y in there else row(at, y.type) for y, at in zip(body.outputs[n:], stacked, strict=True)]
    counter = planner.buffer("counter", "int64", 1)
    top, end = planner.label(), planner.label()
    first = len(planner.steps)
    planner.steps += [Reset(counter), Repeat(counter, p["length"], top, 0), Jump(end), Mark(top)]
    _turn(planner, body, carries, xs, ys, new)
    for at, base in rows:
        planner.steps.append(Advance(at.buffer, _pitch(planner, base) * (-1 if p["reverse"] else 1)))
    planner.steps += [Repeat(counter, p["length"], top), Mark(end)]
    _pack_before(planner, first)
    return [*(tracks[k].last if k in tracks else c for k, c in enumerate(carries)), *stacked]


@dataclass(frozen=True)
class _Track:
    """Memory for a carry whose values at all steps are asked for: it moves on by a row a turn, and is not copied.

    seen, new: what the turns begin with, what they end with, as the rows of all turns. last: after all of them.
    """

    seen: Layout
    new: Layout
    last: Layout


def _asked_for(body: Graph, n: int) -> list[int]:
    """The carries whose values, before or after each turn, are results."""
    pairs = enumerate(zip(body.inputs[:n], body.outputs[:n], strict=True))
    return [
        k for k, (i, o) in pairs if o is not i and (among(i, body.outputs[n:]) or among(o, body.outputs[n:]))
    ]


def _track(planner: Planner, t: TensorType, init: Layout, p: dict[str, Any]) -> _Track:
    """One row more than there are turns, the first of them with the first value."""
    size = t.size
    base = planner.buffer("arena", t.dtype, size * (p["length"] + 1))
    low, high = (Layout(base, at, (size, *row_major(t.shape))) for at in (0, size))
    first, last = (Layout(base, at, row_major(t.shape)) for at in (0, size * p["length"]))
    if p["reverse"]:
        low, high, first, last = high, low, last, first
    planner.copy(t, init, first)
    return _Track(low, high, last)


def _start(
    planner: Planner, body: Graph, init: Sequence[Layout], tracked: Mapping[int, Layout] = NOTHING
) -> list[Layout]:
    """Memory for the carries, with their first values. One that the body hands on as it is stays where it is."""
    carries = []
    for k, (i, o, layout) in enumerate(zip(body.inputs, body.outputs, init, strict=False)):
        if o is i or k in tracked:
            carries.append(tracked.get(k, layout))
            continue
        carry = planner.new("arena", i.type)
        planner.copy(i.type, layout, carry)
        carries.append(carry)
    return carries


def _turn(
    planner: Planner,
    body: Graph,
    carries: Sequence[Layout],
    xs: Sequence[Layout],
    ys: Sequence[Layout | None],
    tracked: Mapping[int, Layout] = NOTHING,
) -> None:
    """One turn of a loop: new carries replace the old ones as they are computed where that is possible; others are
    computed beside them and copied; those that are tracked have a place for the new value.

    ys: where the other results belong; None: they are a tracked carry.
    """
    n = len(carries)
    changed = [k for k in range(n) if body.outputs[k] is not body.inputs[k]]
    others = [(y, at) for y, at in zip(body.outputs[n:], ys, strict=True) if at is not None]
    graph = Graph(body.inputs, (*(body.outputs[k] for k in changed), *(y for y, _ in others)))
    places = [*map(tracked.get, changed), *(at for _, at in others)]
    around = planner.steady
    planner.steady = frozenset(c.buffer for k, c in enumerate(carries) if k not in changed) - {
        x.buffer for x in xs
    }
    donated = {o: k for o, k in enumerate(changed) if k not in tracked}
    found = planner.run(planner.prepare(graph), [*carries, *xs], places, donated)
    planner.steady = around
    for k, new in zip(changed, found, strict=False):
        if k not in tracked and new is not carries[k]:
            planner.copy(body.outputs[k].type, new, carries[k])


def _pack_before(planner: Planner, first: int) -> None:
    """Move the packing of what a loop does not change, weights above all, before the loop that starts at `first`."""
    inside, home = planner.steps[first:], functools.partial(base_of, planner.buffers)
    calls = [s for s in inside if isinstance(s, Launch | HostCall)]
    launches = [s for s in calls if isinstance(s, Launch)]
    packs = [s for s in launches if isinstance(s.kernel, Pack)]
    changed = {home(b) for s in calls if not among(s, packs) for b in s.written}
    changed |= {s.target for s in inside if isinstance(s, Point | Advance)}
    packs = [s for s in packs if not any(b in changed or home(b) in changed for b in s.read)]
    planner.steps[first:] = [*packs, *(s for s in inside if not among(s, packs))]


def _row(planner: Planner, base: Layout, t: TensorType, p: dict[str, Any]) -> Layout:
    """The row of `base` that the present turn sees, set to the first one (reverse: the last one)."""
    row = planner.buffer("slice", t.dtype, t.size, base.buffer)
    offset = base.offset * size_of(t.dtype)
    if p["reverse"]:
        offset = _pitch(planner, base) * (p["length"] - 1) + offset
    planner.steps.append(Point(row, offset))
    return Layout(row, 0, base.strides[1:])


def _pitch(planner: Planner, base: Layout) -> Length:
    """Bytes from one row to the next."""
    return base.strides[0] * size_of(planner.buffers[base.buffer].dtype)


PLANS = {"checkpoint": _checkpoint, "cond": _cond, "while_loop": _while, "scan": _scan}
