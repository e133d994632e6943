"""Open calls: what `checkpoint` and `custom_gradient` wrap, written out as if it had never been wrapped."""

from __future__ import annotations

from collections.abc import Sequence

from wengert.ir.graph import CALLS, Graph, inline
from wengert.ir.node import Node


def open_calls(graph: Graph, calls: Sequence[str] = CALLS) -> Graph:
    """The graph with bodies in place of calls. A rule that a call brings along is lost: open after derivatives."""
    became: dict[Node, Node] = {}
    opened: dict[Node, tuple[Node, ...]] = {}
    for n in graph.nodes:
        inputs = tuple(became.get(i, i) for i in n.inputs)
        if n.primitive is not None and n.primitive.name in calls:
            body = open_calls(n.kwargs["body"], calls)
            opened[n] = inline(body, inputs)
        elif n.primitive is not None and n.primitive.name == "item" and n.inputs[0] in opened:
            became[n] = opened[n.inputs[0]][n.kwargs["index"]]
        else:
            became[n] = n.with_inputs(inputs)
    return Graph(graph.inputs, tuple(became[o] for o in graph.outputs)) if opened else graph
