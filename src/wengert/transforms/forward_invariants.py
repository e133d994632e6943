"""Forward invariants: a carry that a loop hands on as it is comes out as it went in.

    t = scan(w, ..., body=(w, ...) -> (w, ...));  item(t, index=0)   ->   w

So a result of control flow always has memory of its own, and a loop's invariants need none.
"""

from __future__ import annotations

from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.pattern import rewrite, rule, var
from wengert.prims.control import item, scan, while_loop


@rule(item(var("loop"), index=var("k")))
def invariant_result(loop: Node, k: int) -> Node | None:
    """item(loop(.., w, ..), k)  ->  w, if the body of the scan or while_loop gives its input k as output k"""
    if loop.primitive not in (scan, while_loop):
        return None
    body: Graph = loop.kwargs["body"]
    carried = k < loop.kwargs.get("carries", len(loop.inputs))
    return loop.inputs[k] if carried and body.outputs[k] is body.inputs[k] else None


def forward_invariants(graph: Graph) -> Graph:
    """The graph with operands in place of the results that are equal to them."""
    return rewrite(graph, (invariant_result,))
