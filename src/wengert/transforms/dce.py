"""Dead code: what no output needs goes, inside of control flow too.

A graph holds only the steps that its outputs are made of, so a step alone is never dead. Results of cond,
scan and while_loop can be: those that nobody takes are dropped, with the operands and carries that only they
needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from wengert.ir.dim import Dim
from wengert.ir.graph import Graph, with_graphs
from wengert.ir.node import Node, same, toposort
from wengert.prims.control import cond, item, scan, while_loop

Narrowed = tuple[Node, list[int]]  # the step, and which of the old results it gives


def dce(graph: Graph) -> Graph:
    """The graph without the results of control flow that nobody takes. What is left is computed as before."""
    while True:
        new = _drop_unused_results(graph)
        if new is graph:
            return graph
        graph = new  # what was dropped may have been the only reader of something before it


def _drop_unused_results(graph: Graph) -> Graph:
    used = _used_results(graph)
    if not used:
        return graph
    became: dict[Node, Node] = {}
    place: dict[Node, list[int]] = {}
    for node in graph.nodes:
        new = with_graphs(node.with_inputs(tuple([became[i] for i in node.inputs])), dce)
        if node in used and node.primitive in NARROW:
            new, place[node] = NARROW[node.primitive](new, used[node])
        elif node.primitive is item and node.inputs[0] in place:
            index = place[node.inputs[0]].index(node.kwargs["index"])
            new = Node(item, new.inputs, (("index", index),), node.type, source=node.source)
            new = node if same(new.inputs, node.inputs) and new.params == node.params else new
        became[node] = new
    outputs = tuple(became[o] for o in graph.outputs)
    return graph if same(outputs, graph.outputs) else Graph(graph.inputs, outputs)


def _used_results(graph: Graph) -> dict[Node, set[int]]:
    """For each step with several results, those that `item` takes; all, if something else takes it."""
    used: dict[Node, set[int]] = {}
    for node in graph.nodes:
        for i in node.inputs:
            if isinstance(i.type, tuple):
                taken = [node.kwargs["index"]] if node.primitive is item else range(len(i.type))
                used.setdefault(i, set()).update(taken)
    for o in graph.outputs:
        if isinstance(o.type, tuple):
            used.setdefault(o, set()).update(range(len(o.type)))
    return used


def _narrow_cond(node: Node, used: set[int]) -> Narrowed:
    branches: list[Graph] = [node.kwargs["true"], node.kwargs["false"]]
    kept = sorted(used)
    needed = set().union(*(_needed(b, kept) for b in branches))
    true, false = (_part(b, sorted(needed), kept) for b in branches)
    operands = tuple(node.inputs[1 + k] for k in sorted(needed))
    return _step(node, (node.inputs[0], *operands), kept, true=true, false=false), kept


def _narrow_while(node: Node, used: set[int]) -> Narrowed:
    test, body = node.kwargs["cond"], node.kwargs["body"]
    live = sorted(_live_carries(body, used | _needed(test, [0]), len(node.inputs)))
    inputs = tuple(node.inputs[k] for k in live)
    return _step(node, inputs, live, cond=_part(test, live, [0]), body=_part(body, live, live)), live


def _narrow_scan(node: Node, used: set[int]) -> Narrowed:
    body, carries = node.kwargs["body"], node.kwargs["carries"]
    live = _live_carries(body, used, carries)
    kept = sorted(used | live)
    needed = sorted(live | {k for k in _needed(body, kept) if k >= carries})
    inputs = tuple(node.inputs[k] for k in needed)
    return _step(node, inputs, kept, body=_part(body, needed, kept), carries=len(live)), kept


def _live_carries(body: Graph, used: set[int], carries: int) -> set[int]:
    """The carries that the used results need on any turn."""
    live = set(used)
    while True:
        needed = {k for k in _needed(body, live) if k < carries}
        if needed <= live:
            return {k for k in live if k < carries}
        live |= needed


def _needed(graph: Graph, outputs: Iterable[int]) -> set[int]:
    """The numbers of the inputs that these outputs depend on, for their elements or for a symbolic length."""
    reached = toposort(graph.outputs[k] for k in outputs)
    needed = {k for k, i in enumerate(graph.inputs) if i in set(reached)}
    lengths = set().union(*map(_lengths, reached))
    for k in needed:
        lengths -= _bound(graph.inputs[k])
    for k, i in enumerate(graph.inputs):
        if lengths & _bound(i):
            needed.add(k)
            lengths -= _bound(i)
    return needed


def _lengths(node: Node) -> set[str]:
    """The symbolic lengths in a step's type and parameters."""
    types = node.type if isinstance(node.type, tuple) else (node.type,)
    flat = [d for _, v in node.params for d in (v if isinstance(v, tuple) else (v,))]
    return set().union(*(t.dims() for t in types), *(d.names() for d in flat if isinstance(d, Dim)))


def _bound(i: Node) -> set[str]:
    """The symbolic lengths that an input alone tells."""
    return {str(d) for d in i.shape if isinstance(d, Dim) and d.is_name}


def _part(graph: Graph, inputs: list[int], outputs: list[int]) -> Graph:
    """The graph with these of its inputs and outputs; itself if these are all."""
    if len(inputs) == len(graph.inputs) and len(outputs) == len(graph.outputs):
        return graph
    return Graph(tuple(graph.inputs[k] for k in inputs), tuple(graph.outputs[k] for k in outputs))


def _step(node: Node, inputs: tuple[Node, ...], kept: list[int], **changed: Any) -> Node:
    """The step with other inputs and parameters, giving the results `kept`; itself if it gives all."""
    if len(kept) == len(node.type) and len(inputs) == len(node.inputs):
        return node
    params = tuple((k, changed.get(k, v)) for k, v in node.params)
    type_ = tuple(node.type[k] for k in kept)
    return Node(node.primitive, inputs, params, type_, source=node.source)


NARROW: dict[Any, Callable[[Node, set[int]], Narrowed]] = {
    cond: _narrow_cond,
    while_loop: _narrow_while,
    scan: _narrow_scan,
}
