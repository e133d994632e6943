"""Keep steps: what one scan computes, and another one on its rows would compute again, is handed on as rows.

    t = scan(h, xs, body=(h, x) -> (f(h, x), h))                              # stacks the states it sees
    scan(g, item(t, 1), xs, body=(g, h, x) -> ... f(h, x) ..., reverse=True)  # the way back

The reverse rule of scan keeps the carries of each step and no more: its body computes the rest from them, products
with weights included. Here that becomes results of the first scan. What costs little is still computed again.
"""

from __future__ import annotations

from typing import Any

from wengert.ir.graph import Graph, with_graphs
from wengert.ir.node import Node, among, graph_input, same
from wengert.ir.types import TensorType
from wengert.prims.control import item, scan
from wengert.transforms.cse import key_of

Equals = dict[Node, Node]  # a step of one body: the step of the other that is equal to it, row by row

CHEAP = {  # as fast as reading the result would be
    "add", "sub", "mul", "mul_no_nan", "neg", "maximum", "minimum", "where", "cast", "identity", "stop_gradient",
    "equal", "not_equal", "less", "less_equal", "greater", "greater_equal",
    "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not",
    "broadcast_to", "reshape", "transpose", "slice", "reverse", "concatenate", "pad", "iota", "item",
}  # fmt: skip


def keep_steps(graph: Graph) -> Graph:
    """The graph with scans that give what later ones would compute again. For after cse, before dce.

    Results are bitwise equal.
    """
    graph = _rebuilt(graph, {}, lambda new: with_graphs(new, keep_steps))
    while (new := _keep_once(graph)) is not None:
        graph = new
    return graph


def _rebuilt(graph: Graph, became: dict[Node, Node], change: Any) -> Graph:
    """The graph with nodes replaced by what they `became`, and the others by `change` of them on new inputs."""
    for node in graph.nodes:
        if node not in became:
            became[node] = change(node.with_inputs(tuple([became[i] for i in node.inputs])))
    outputs = tuple(became[o] for o in graph.outputs)
    return graph if same(outputs, graph.outputs) else Graph(graph.inputs, outputs)


def _keep_once(graph: Graph) -> Graph | None:
    """The graph with one pair of scans rewritten; None where none is left to."""
    for late in graph.nodes:
        if late.primitive is not scan:
            continue
        for early in dict.fromkeys(x.inputs[0] for x in late.inputs if x.primitive is item):
            if early.primitive is scan and early.kwargs["length"] == late.kwargs["length"]:
                kept = _worth_keeping(late, _equal_steps(early, late))
                if kept:
                    return _hand_on(graph, early, late, kept)
    return None


def _equal_steps(early: Node, late: Node) -> Equals:
    """What steps of the late body are in the early one, as far as they are there."""
    one, other = early.kwargs["body"], late.kwargs["body"]
    first, second = early.kwargs["carries"], late.kwargs["carries"]
    rows = dict(zip(early.inputs[first:], one.inputs[first:], strict=True))
    fixed = {x: i for x, i, o in zip(early.inputs[:first], one.inputs, one.outputs, strict=False) if i is o}
    equal: Equals = {}
    for k, (x, i) in enumerate(zip(late.inputs, other.inputs, strict=True)):
        if k < second:
            found = fixed.get(x) if other.outputs[k] is i else None
        elif x.primitive is item and x.inputs[0] is early and x.kwargs["index"] >= first:
            found = one.outputs[x.kwargs["index"]]
        else:
            found = rows.get(x)
        if found is not None:
            equal[i] = found
    steps = {key_of(n): n for n in one.nodes if not among(n, one.inputs)}
    for n in other.nodes:
        if not among(n, other.inputs) and all(i in equal for i in n.inputs):
            there = steps.get(key_of(n.with_inputs(tuple([equal[i] for i in n.inputs]))))
            if there is not None:
                equal[n] = there
    return equal


def _worth_keeping(late: Node, equal: Equals) -> Equals:
    """Those of the equal steps that the rest of the body needs and that take more than reading them."""
    body = late.kwargs["body"]
    rows = set(body.inputs[late.kwargs["carries"] :])
    varies = {n for n in body.nodes if n in rows}
    for n in body.nodes:
        if any(i in varies for i in n.inputs):
            varies.add(n)
    stack = [o for o in body.outputs if o in equal]
    stack += [i for n in body.nodes if n not in equal for i in n.inputs if i in equal]
    kept, seen = {}, set()
    while stack:
        n = stack.pop()
        if n in seen or n not in varies or n.primitive is None:
            continue
        seen.add(n)
        if n.primitive.name in CHEAP:
            stack.extend(n.inputs)
        elif isinstance(n.type, TensorType):
            kept[n] = equal[n]
    return kept


def _hand_on(graph: Graph, early: Node, late: Node, kept: Equals) -> Graph:
    """The graph where the late scan takes, as further rows, what the early one gives as further results."""
    body: Graph = early.kwargs["body"]
    given = list(body.outputs)
    for n in kept.values():
        if not among(n, given[early.kwargs["carries"] :]):
            given.append(n)
    giving = _scan(early, early.inputs, Graph(body.inputs, tuple(given)))
    taken: dict[Node, Node] = {n: graph_input(n.type, "kept") for n in kept}
    became: dict[Node, Node] = {early: giving}
    places = (next(k for k in reversed(range(len(given))) if given[k] is n) for n in kept.values())
    rows = [item(giving, index=k) for k in places]

    def take(new: Node, old: Node) -> Node:
        inner = _rebuilt(old.kwargs["body"], dict(taken), lambda n: n)
        return _scan(new, (*new.inputs, *rows), Graph((*inner.inputs, *taken.values()), inner.outputs))

    for node in graph.nodes:
        if node not in became:
            new = node.with_inputs(tuple([became[i] for i in node.inputs]))
            became[node] = take(new, node) if node is late else new
    return Graph(graph.inputs, tuple(became[o] for o in graph.outputs))


def _scan(node: Node, inputs: tuple[Node, ...], body: Graph) -> Node:
    """The scan on these operands, with this body."""
    p = node.kwargs
    params = tuple((k, body if k == "body" else v) for k, v in node.params)
    rows = tuple(TensorType((p["length"], *y.shape), y.dtype) for y in body.out_types[p["carries"] :])
    return Node(scan, inputs, params, (*body.out_types[: p["carries"]], *rows), source=node.source)
