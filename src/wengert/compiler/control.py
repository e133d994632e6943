"""Control flow in plans: `checkpoint`, `cond`, `while_loop` and `scan` become jumps around the steps of their graphs.

The driver runs them inside of the one native call: a loop turn costs a few table updates and a barrier.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wengert.base.dtypes import size_of
from wengert.compiler.layout import Layout
from wengert.compiler.product import Pack
from wengert.compiler.steps import Advance, Branch, Jump, Launch, Length, Mark, Point, Repeat, Reset, base_of
from wengert.ir.graph import Graph
from wengert.ir.node import Node, among
from wengert.ir.types import TensorType

if TYPE_CHECKING:
    from wengert.compiler.plan import Planner


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
    carries = _start(planner, body, operands[:n])
    stacked = [planner.new("arena", t) for t in _results(node)[n:]]
    xs = [_row(planner, x, t, p) for x, t in zip(operands[n:], body.in_types[n:], strict=True)]
    ys = [_row(planner, y, t, p) for y, t in zip(stacked, body.out_types[n:], strict=True)]
    counter = planner.buffer("counter", "int64", 1)
    top, end = planner.label(), planner.label()
    first = len(planner.steps)
    planner.steps += [Reset(counter), Repeat(counter, p["length"], top, 0), Jump(end), Mark(top)]
    _turn(planner, body, carries, xs, ys)
    for row, base in zip([*xs, *ys], [*operands[n:], *stacked], strict=True):
        planner.steps.append(Advance(row.buffer, _pitch(planner, base) * (-1 if p["reverse"] else 1)))
    planner.steps += [Repeat(counter, p["length"], top), Mark(end)]
    _pack_before(planner, first)
    return [*carries, *stacked]


def _start(planner: Planner, body: Graph, init: Sequence[Layout]) -> list[Layout]:
    """Memory for the carries, with their first values. One that the body hands on as it is stays where it is."""
    carries = []
    for i, o, layout in zip(body.inputs, body.outputs, init, strict=False):
        if o is i:
            carries.append(layout)
            continue
        carry = planner.new("arena", i.type)
        planner.copy(i.type, layout, carry)
        carries.append(carry)
    return carries


def _turn(
    planner: Planner, body: Graph, carries: Sequence[Layout], xs: Sequence[Layout], ys: Sequence[Layout]
) -> None:
    """One turn of a loop: new carries replace the old ones as they are computed where that is possible; others are
    computed beside them and copied.
    """
    n = len(carries)
    changed = [k for k in range(n) if body.outputs[k] is not body.inputs[k]]
    graph = Graph(body.inputs, (*(body.outputs[k] for k in changed), *body.outputs[n:]))
    places = [*[None] * len(changed), *ys]
    around = planner.steady
    planner.steady = frozenset(c.buffer for k, c in enumerate(carries) if k not in changed) - {
        x.buffer for x in xs
    }
    found = planner.run(planner.prepare(graph), [*carries, *xs], places, dict(enumerate(changed)))
    planner.steady = around
    for k, new in zip(changed, found, strict=False):
        if new is not carries[k]:
            planner.copy(body.outputs[k].type, new, carries[k])


def _pack_before(planner: Planner, first: int) -> None:
    """Move the packing of what a loop does not change, weights above all, before the loop that starts at `first`."""
    inside, home = planner.steps[first:], functools.partial(base_of, planner.buffers)
    launches = [s for s in inside if isinstance(s, Launch)]
    changed = {home(b) for launch in launches if not isinstance(launch.kernel, Pack) for b in launch.written}
    changed |= {s.target for s in inside if isinstance(s, Point | Advance)}
    packs = [
        s
        for s in launches
        if isinstance(s.kernel, Pack) and not any(b in changed or home(b) in changed for b in s.read)
    ]
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
