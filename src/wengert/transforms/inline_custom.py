"""Calls with derivative rules of their own become their steps: after differentiation the rules are done."""

from __future__ import annotations

from wengert.ir.graph import Graph, inline, with_graphs
from wengert.ir.node import Node, same
from wengert.prims.calls import custom
from wengert.prims.control import item


def inline_custom(graph: Graph) -> Graph:
    """The graph with the steps of their bodies in place of `custom` calls."""
    became: dict[Node, Node] = {}
    results: dict[Node, tuple[Node, ...]] = {}
    for node in graph.nodes:
        if node.primitive is custom:
            body = inline_custom(node.kwargs["body"])
            results[node] = inline(body, [became[i] for i in node.inputs])
            became[node] = node
        elif node.primitive is item and node.inputs[0] in results:
            became[node] = results[node.inputs[0]][node.kwargs["index"]]
        else:
            new = node.with_inputs(tuple([became[i] for i in node.inputs]))
            became[node] = with_graphs(new, inline_custom)
    outputs = tuple(became[o] for o in graph.outputs)
    return graph if same(outputs, graph.outputs) else Graph(graph.inputs, outputs)
