"""Graphs that differ from a legal one in one field of one node."""

import numpy as np

from wengert.ir.dim import Dim
from wengert.ir.graph import Graph
from wengert.ir.node import Node, constant
from wengert.ir.primitive import REGISTRY
from wengert.ir.types import TensorType


def changed(node, **fields):
    """A copy of the node with other fields, unchecked."""
    new = Node(node.primitive, node.inputs, node.params, node.type, name=node.name, value=node.value)
    for name, value in {"source": node.source, **fields}.items():
        object.__setattr__(new, name, value)
    return new


def mutations(graph):
    """Every graph that differs from this one in one field of one node."""
    others = [*graph.nodes, constant(np.ones((2, 3), "float32")), constant(np.int64(1))]
    for node in graph.nodes:
        for fields in field_mutations(node, others):
            yield replaced(graph, node, changed(node, **fields))


def field_mutations(node, others):
    if node.value is not None:
        yield {"value": node.value.real.astype("float64")}
        yield {"value": node.value[None]}
        yield {"value": None}
    yield from ({"type": t} for t in type_mutations(node.type))
    yield {"name": None if node.name else "y"}
    for k in range(len(node.inputs)):
        yield {"inputs": node.inputs[:k] + node.inputs[k + 1 :]}
        for other in others:
            yield {"inputs": (*node.inputs[:k], other, *node.inputs[k + 1 :])}
    if node.primitive is not None:
        for prim in REGISTRY.values():
            yield {"primitive": prim}
    for k, (name, value) in enumerate(node.params):
        yield {"params": node.params[:k] + node.params[k + 1 :]}
        for new in (
            None,
            -1,
            7,
            0.5,
            "float32",
            (),
            (0,),
            (1, 0),
            (value,),
            Dim.named("m"),
            TensorType((), "float32"),
        ):
            yield {"params": (*node.params[:k], (name, new), *node.params[k + 1 :])}


def type_mutations(t):
    if isinstance(t, tuple):
        yield from (t[:-1], t[0], (*t, t[0]), (*t[:-1], next(type_mutations(t[-1]))))
        return
    yield TensorType((*t.shape, 1), t.dtype)
    yield TensorType(t.shape[1:], t.dtype)
    yield TensorType(t.shape, "int32")


def replaced(graph, old, new):
    """The graph with `new` in the place of `old`."""
    became = {old: new}
    for n in graph.nodes:
        if n is not old:
            became[n] = n.with_inputs(tuple(became[i] for i in n.inputs))
    return Graph(tuple(became[i] for i in graph.inputs), tuple(became[o] for o in graph.outputs))
