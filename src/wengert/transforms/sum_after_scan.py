"""Sum after the loop: a product that a scan adds to a carry, step by step, becomes one long product behind it.

    W = scan(W, .., xs, body=(W, .., x) -> (W + dot(x, y), ..))  ->  the scan gives all y;  W + dot(xs, ys)

Where all steps' operands are at hand anyway, that reads and writes W once instead of at every step, and the sum is
long enough for the kernel to run at its full rate. Weight gradients of recurrences are such sums.
"""

from __future__ import annotations

from collections.abc import Callable

from wengert.base.dtypes import is_float
from wengert.ir.dim import typical
from wengert.ir.graph import Graph, with_graphs
from wengert.ir.node import Node, among, same
from wengert.ir.types import TensorType
from wengert.prims.arithmetic import add
from wengert.prims.contraction import dot
from wengert.prims.control import item, scan
from wengert.prims.logic import cast
from wengert.prims.movement import reshape, transpose
from wengert.prims.reduction import reduce_sum
from wengert.prims.slicing import pad

SMALL = 1 << 18  # elements that are kept anyway


def sum_after_scan(graph: Graph) -> Graph:
    """The graph with the sums of scans taken behind them, where at most one operand has to be kept for it.

    Numerics: a sum over steps is added in another order.
    """
    became: dict[Node, Node] = {}
    sums: dict[Node, dict[int, Node]] = {}  # of a scan: {number of a carry: its sum}
    for node in graph.nodes:
        new = with_graphs(node.with_inputs(tuple([became[i] for i in node.inputs])), sum_after_scan)
        if node.primitive is scan:
            new, sums[node] = _taken_out(new)
        elif node.primitive is item:
            new = sums.get(node.inputs[0], {}).get(node.kwargs["index"], new)
        became[node] = new
    outputs = tuple(became[o] for o in graph.outputs)
    return graph if same(outputs, graph.outputs) else Graph(graph.inputs, outputs)


def _taken_out(node: Node) -> tuple[Node, dict[int, Node]]:
    """The scan with the operands of its sums as further results, and the sums. Their carries are left for dce."""
    body, carries, length = node.kwargs["body"], node.kwargs["carries"], node.kwargs["length"]
    given, chosen = _choose(body, carries)
    if not chosen:
        return node, {}
    types = (*node.type[:carries], *(TensorType((length, *y.shape), y.dtype) for y in given[carries:]))
    params = tuple((p, Graph(body.inputs, tuple(given)) if p == "body" else v) for p, v in node.params)
    whole = Node(scan, node.inputs, params, types, source=node.source)
    rows = dict(zip(body.inputs[carries:], node.inputs[carries:], strict=True))

    def all_steps(x: Node) -> Node:
        place = next((k for k in range(carries, len(given)) if given[k] is x), 0)
        return rows[x] if x in rows else item(whole, index=place)  # type: ignore[no-any-return]

    sums = {k: _over_steps(term, all_steps) for k, term in chosen.items()}
    return whole, {k: add(node.inputs[k], total) for k, total in sums.items()}


def _choose(body: Graph, carries: int) -> tuple[list[Node], dict[int, Node]]:
    """What the body has to give, and {number of a carry: the term that it is the sum of}."""
    given, chosen = list(body.outputs), {}
    terms = {k: t for k in range(carries) if (t := _term(body, k)) is not None}
    for k, term in sorted(
        terms.items(), key=lambda t: _summed(t[1]).primitive is reduce_sum
    ):  # they keep nothing
        there = (*body.inputs[carries:], *given[carries:])
        missing = [x for x in _summed(term).inputs if not among(x, there)]
        steady = any(among(x, body.inputs[:carries]) for x in missing)
        if not steady and len(missing) <= (_summed(term).primitive is dot) and not _outgrow(missing, term):
            given += missing
            chosen[k] = term
    return given, chosen


def _outgrow(missing: list[Node], term: Node) -> bool:
    """Whether keeping the operands takes more than adding up at every step, as it does where keys get gradients."""
    return any(typical(x.type.size) > max(SMALL, typical(term.type.size)) for x in missing)


def _term(body: Graph, k: int) -> Node | None:
    """The product or sum that the body adds to carry k, if that is all it does with the carry."""
    out, carry = body.outputs[k], body.inputs[k]
    readers = [n for n in body.nodes if among(carry, n.inputs) or among(out, n.inputs)]
    if out.primitive is not add or not same(readers, [out]) or sum(o is out for o in body.outputs) > 1:
        return None
    term = out.inputs[1] if out.inputs[0] is carry else out.inputs[0]
    return term if term is not carry and _summed(term).primitive in (dot, reduce_sum) else None


def _summed(term: Node) -> Node:
    """The product or sum that a term is, once its elements are where they belong."""
    moves = (reshape, transpose, cast) if is_float(term.dtype) else (reshape, transpose)
    while term.primitive in moves or (term.primitive is pad and not term.kwargs["value"]):
        (term,) = term.inputs
    return term


def _over_steps(term: Node, all_steps: Callable[[Node], Node]) -> Node:
    """The sum of the term over all steps: the first axis of the operands is one more to sum over."""
    if term is not _summed(term):
        return term.with_inputs((_over_steps(term.inputs[0], all_steps),))
    p, operands = term.kwargs, map(all_steps, term.inputs)
    if term.primitive is reduce_sum:
        return reduce_sum(*operands, axes=(0, *(a + 1 for a in p["axes"])))  # type: ignore[no-any-return]
    contract = tuple((0, *(a + 1 for a in axes)) for axes in p["contract"])
    batch = tuple(tuple(a + 1 for a in axes) for axes in p["batch"])
    return dot(*operands, contract=contract, batch=batch)  # type: ignore[no-any-return]
