"""Products outside: where a scan multiplies by a weight what needs no state, one product does it for all steps.

    scan(.., w, xs, body: .. dot(x, w) ..)      ->  scan(.., dot(xs, w), body: .. x ..)             before the loop
    scan(.., w, .., body: -> .., dot(d, w))     ->  dot(ds, w) of scan(.., body: -> .., d)          after the loop

The first are the projections of the inputs of a recurrence, the second the gradients of the inputs. A long product
runs at the full rate of its kernel, and reads the weight once.
"""

from __future__ import annotations

from wengert.ir.graph import Graph, with_graphs
from wengert.ir.node import Node, among, graph_input, same
from wengert.ir.types import TensorType
from wengert.prims.contraction import dot
from wengert.prims.control import item, scan
from wengert.prims.movement import transpose


def products_outside(graph: Graph) -> Graph:
    """The graph with such products outside of its scans.

    Results are equal but for the rounding of sums, which the kernel may add in another order.
    """
    became: dict[Node, Node] = {}
    after: dict[Node, dict[int, Node]] = {}  # of a scan: {number of a result: its product}
    for node in graph.nodes:
        new = with_graphs(node.with_inputs(tuple([became[i] for i in node.inputs])), products_outside)
        if node.primitive is scan:
            new, after[node] = _after(_before(new))
        elif node.primitive is item:
            new = after.get(node.inputs[0], {}).get(node.kwargs["index"], new)
        became[node] = new
    outputs = tuple(became[o] for o in graph.outputs)
    return graph if same(outputs, graph.outputs) else Graph(graph.inputs, outputs)


def _before(node: Node) -> Node:
    """The scan that takes products of its rows and its weights as further rows."""
    body, carries = node.kwargs["body"], node.kwargs["carries"]
    operands = dict(zip(body.inputs, node.inputs, strict=True))
    rows, weights = set(body.inputs[carries:]), _weights(node)
    became: dict[Node, Node] = {}
    products: list[Node] = []
    taken: list[Node] = []
    for n in body.nodes:
        row = _other(n, weights)
        if row is not None and row in rows:
            products.append(_of_all_steps(n, row, operands[row], operands))
            taken.append(graph_input(n.type, "product"))
            became[n] = taken[-1]
        else:
            became[n] = n.with_inputs(tuple([became[i] for i in n.inputs]))
    if not products:
        return node
    new = Graph((*body.inputs, *taken), tuple(became[o] for o in body.outputs))
    params = tuple((k, new if k == "body" else v) for k, v in node.params)
    return Node(scan, (*node.inputs, *products), params, node.type, source=node.source)


def _after(node: Node) -> tuple[Node, dict[int, Node]]:
    """The scan that gives what its results are products of, and these results."""
    body, carries, length = node.kwargs["body"], node.kwargs["carries"], node.kwargs["length"]
    weights, given = _weights(node), list(body.outputs)
    found: dict[int, tuple[Node, Node]] = {}
    for k, o in enumerate(body.outputs[carries:], carries):
        factor = _other(o, weights)
        alone = not any(among(o, n.inputs) for n in body.nodes) and sum(o is p for p in body.outputs) == 1
        if factor is not None and alone:
            found[k] = o, factor
            if not among(factor, given[carries:]):
                given.append(factor)
    if not found:
        return node, {}
    types = (*node.type[:carries], *(TensorType((length, *y.shape), y.dtype) for y in given[carries:]))
    params = tuple((p, Graph(body.inputs, tuple(given)) if p == "body" else v) for p, v in node.params)
    whole = Node(scan, node.inputs, params, types, source=node.source)
    operands = dict(zip(body.inputs, node.inputs, strict=True))
    results = {}
    for k, (o, factor) in found.items():
        place = next(j for j in range(carries, len(given)) if given[j] is factor)
        results[k] = _of_all_steps(o, factor, item(whole, index=place), operands)
    return whole, results


def _weights(node: Node) -> set[Node]:
    """The carries that the body hands on as they are."""
    body = node.kwargs["body"]
    carries = zip(body.inputs[: node.kwargs["carries"]], body.outputs, strict=False)
    return {i for i, o in carries if i is o}


def _other(n: Node, weights: set[Node]) -> Node | None:
    """The factor of a product beside a weight; None for everything else."""
    if n.primitive is not dot or any(n.kwargs["batch"]) or sum(i in weights for i in n.inputs) != 1:
        return None
    return n.inputs[n.inputs[0] in weights]


def _of_all_steps(n: Node, factor: Node, steps: Node, operands: dict[Node, Node]) -> Node:
    """The product for all steps, from the factor at all of them: one more axis, put in front."""
    first, second = n.kwargs["contract"]
    if factor is n.inputs[0]:
        first = tuple(a + 1 for a in first)
        return dot(steps, operands[n.inputs[1]], contract=(first, second), batch=((), ()))  # type: ignore[no-any-return]
    second = tuple(a + 1 for a in second)
    product = dot(operands[n.inputs[0]], steps, contract=(first, second), batch=((), ()))
    time = n.inputs[0].ndim - len(first)
    return transpose(product, perm=(time, *(a for a in range(product.ndim) if a != time)))  # type: ignore[no-any-return]
