"""Casts outside: what a scan hands on as it is, and reads in another dtype only, is converted once, before it.

    scan(w, .., body: .. cast(w, dtype) ..)  ->  scan(cast(w, dtype), .., body: .. w ..)

So are weights that are kept in float32 and read in bfloat16.
"""

from __future__ import annotations

from wengert.ir.graph import Graph, with_graphs
from wengert.ir.node import Node, among, graph_input, same
from wengert.ir.types import TensorType
from wengert.prims.control import item, scan
from wengert.prims.logic import cast


def casts_outside(graph: Graph) -> Graph:
    """The graph with such casts outside of its scans."""
    became: dict[Node, Node] = {}
    before: dict[
        Node, dict[int, Node]
    ] = {}  # of a scan: {number of a carry: what it still is after the loop}
    for node in graph.nodes:
        new = with_graphs(node.with_inputs(tuple([became[i] for i in node.inputs])), casts_outside)
        if node.primitive is scan:
            new, before[node] = _converted(new)
        elif node.primitive is item:
            new = before.get(node.inputs[0], {}).get(node.kwargs["index"], new)
        became[node] = new
    outputs = tuple(became[o] for o in graph.outputs)
    return graph if same(outputs, graph.outputs) else Graph(graph.inputs, outputs)


def _converted(node: Node) -> tuple[Node, dict[int, Node]]:
    """The scan that takes its operands converted, and the operands that were."""
    body = node.kwargs["body"]
    dtypes = {k: dtype for k in range(node.kwargs["carries"]) if (dtype := _read_as(body, k)) is not None}
    if not dtypes:
        return node, {}
    became: dict[Node, Node] = {}
    types, operands = list(node.type), list(node.inputs)
    for k, dtype in dtypes.items():
        old = body.inputs[k]
        types[k], operands[k] = TensorType(old.shape, dtype), cast(operands[k], dtype=dtype)
        became[old] = graph_input(types[k], old.name or "weight")
    steady = {body.inputs[k] for k in dtypes}
    for n in body.nodes:
        if n not in became:
            read = n.primitive is cast and n.inputs[0] in steady
            became[n] = became[n.inputs[0]] if read else n.with_inputs(tuple([became[i] for i in n.inputs]))
    new = Graph(tuple(became[i] for i in body.inputs), tuple(became[o] for o in body.outputs))
    params = tuple((p, new if p == "body" else v) for p, v in node.params)
    whole = Node(scan, tuple(operands), params, tuple(types), source=node.source)
    return whole, {k: node.inputs[k] for k in dtypes}


def _read_as(body: Graph, k: int) -> str | None:
    """The only dtype in which the body reads its carry k, which it hands on as it is; None if that is not so."""
    carry = body.inputs[k]
    readers = [n for n in body.nodes if among(carry, n.inputs)]
    if body.outputs[k] is not carry or sum(o is carry for o in body.outputs) > 1:
        return None
    dtypes = {str(n.dtype) if n.primitive is cast else None for n in readers}
    return dtypes.pop() if len(dtypes) == 1 else None
