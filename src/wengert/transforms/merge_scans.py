"""Scans of one recurrence become one. The reverse rule of scan runs the forward pass again, to record the
carries of each step: beside the forward pass itself, that is the same work twice.
"""

from __future__ import annotations

from typing import Any

from wengert.ir.graph import Graph, inline, with_graphs
from wengert.ir.node import Node, among, same
from wengert.ir.types import TensorType
from wengert.prims.control import item, scan
from wengert.transforms.cse import cse


def merge_scans(graph: Graph) -> Graph:
    """One scan in place of several on the same operands whose bodies move the carries alike. Runs after cse.

    It gives what all of them gave. Results are bitwise equal.
    """
    groups: dict[Any, list[Node]] = {}
    for node in graph.nodes:
        if node.primitive is scan:
            groups.setdefault(_recurrence(node), []).append(node)
    merged = {s: group for group in groups.values() if len(group) > 1 for s in group}
    became: dict[Node, Node] = {}
    place: dict[Node, list[int]] = {}
    for node in graph.nodes:
        if node in merged and node not in place:
            one, places = _merge(merged[node])
            one = one.with_inputs(tuple([became[i] for i in node.inputs]))
            for s, at in zip(merged[node], places, strict=True):
                became[s], place[s] = one, at
        elif node.primitive is item and node.inputs[0] in place:
            whole, index = node.inputs[0], node.kwargs["index"]
            params = (("index", place[whole][index]),)
            became[node] = Node(item, (became[whole],), params, node.type, source=node.source)
        elif node not in became:
            new = node.with_inputs(tuple([became[i] for i in node.inputs]))
            became[node] = with_graphs(new, merge_scans)
    outputs = tuple(became[o] for o in graph.outputs)
    return graph if same(outputs, graph.outputs) else Graph(graph.inputs, outputs)


def _recurrence(node: Node) -> Any:
    """What two scans have in common that move the same carries over the same rows."""
    p = node.kwargs
    body: Graph = p["body"]
    carries = Graph(body.inputs, body.outputs[: p["carries"]])
    return (node.inputs, p["carries"], p["length"], p["reverse"], carries)


def _merge(scans: list[Node]) -> tuple[Node, list[list[int]]]:
    """One scan that gives what all give, and where it gives each result of each."""
    first, carries = scans[0], scans[0].kwargs["carries"]
    inputs = first.kwargs["body"].inputs
    results = [inline(s.kwargs["body"], inputs) for s in scans]
    body = cse(Graph(inputs, tuple(o for outputs in results for o in outputs)))
    given = list(body.outputs[:carries])
    places, found = [], iter(body.outputs)
    for s in scans:
        place = list(range(carries))
        for k, o in enumerate(next(found) for _ in s.type):
            if k >= carries:
                if not among(o, given[carries:]):
                    given.append(o)
                place.append(next(at for at in range(carries, len(given)) if given[at] is o))
        places.append(place)
    params = tuple((k, Graph(inputs, tuple(given)) if k == "body" else v) for k, v in first.params)
    length = first.kwargs["length"]
    rows = tuple(TensorType((length, *o.shape), o.dtype) for o in given[carries:])
    type_ = (*first.type[:carries], *rows)
    return Node(scan, first.inputs, params, type_, source=first.source), places
