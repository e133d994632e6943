"""FLOPs: how many additions, multiplications and the like a graph takes, as its steps say."""

from __future__ import annotations

import math
from typing import Any

from wengert.base.dtypes import is_float
from wengert.base.tree import flatten, unflatten
from wengert.ir.dim import Dim
from wengert.ir.graph import CALLS, Graph
from wengert.ir.node import Node, as_node, graph_input
from wengert.ir.types import TensorType
from wengert.nn.layer import Layer
from wengert.runtime.recording import recording

Count = int | Dim
NOTHING = frozenset({"where", "cast", "stop_gradient", "identity", "real", "imag", "conj", "join"})
"""Pointwise steps that move or choose values only."""
SUMS = frozenset({"reduce_sum", "reduce_max", "reduce_min", "reduce_prod", "cumsum", "cumprod"})


def flops_of_call(layer: Layer, args: Any, kwargs: dict[str, Any], batch: int = 1) -> Count:
    """FLOPs of one call in use, for a batch of that many rows. args, kwargs: trees in which types stand for tensors."""
    leaves, structure = flatten((args, kwargs), TensorType)
    with recording() as active:
        given = [graph_input(_sized(x, batch)) if isinstance(x, TensorType) else x for x in leaves]
        inner, named = unflatten(structure, given)
        outs = [as_node(y) for y in flatten(layer(*inner, **named))[0]]
    inputs = [x for x in given if isinstance(x, Node)]
    return flops_of(Graph((*inputs, *active.read.values()), tuple(outs)))


def _sized(t: TensorType, batch: int) -> TensorType:
    return TensorType(tuple(batch if str(n) == "batch" else n for n in t.shape), t.dtype)


def flops_of(graph: Graph) -> Count:
    """FLOPs of a graph: a multiply-add is two, a function such as exp one; what NumPy does in a call of its own is
    not counted. Lengths that are not known stay in the answer.
    """
    total: Count = 0
    for node in graph.steps:
        total = total + _of_step(node)
    return total


def _of_step(node: Node) -> Count:
    prim, params = node.primitive, node.kwargs
    assert prim is not None
    if prim.name in CALLS:
        return flops_of(params["body"])
    if prim.name == "scan":
        length: Count = params["length"]
        return length * flops_of(params["body"])
    if prim.name == "cond":
        counts = flops_of(params["true"]), flops_of(params["false"])
        return max(counts) if all(isinstance(c, int) for c in counts) else counts[0]
    if isinstance(node.type, tuple) or not is_float(node.type.dtype):
        return 0
    if prim.name == "dot":
        form = prim.contract(*(i.type for i in node.inputs), **params)  # type: ignore[misc]
        return 2 * _product(form.extents.values())
    if prim.name in ("conv", "conv_input_grad"):
        window = math.prod(map(int, node.inputs[1].type.shape[:-1]))
        elements = node.type.shape if prim.name == "conv" else node.inputs[0].type.shape
        return 2 * _product(elements) * window
    if prim.name in SUMS:
        return _product(node.inputs[0].type.shape)
    return _product(node.type.shape) if prim.pointwise and prim.name not in NOTHING else 0


def _product(lengths: Any) -> Count:
    found: Count = 1
    for n in lengths:
        found = found * n
    return found


def show_count(n: Count) -> str:
    """`1.23 M`, and formulas as they are."""
    if isinstance(n, Dim):
        return str(n)
    size, units = float(n), iter(("", "k", "M", "G", "T"))
    unit = next(units)
    while size >= 1000 and unit != "T":
        size, unit = size / 1000, next(units)
    return f"{n}" if not unit else f"{size:.3g} {unit}"
