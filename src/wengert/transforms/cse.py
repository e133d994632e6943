"""Common subexpressions: equal steps on equal inputs become one."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from wengert.ir.graph import Graph, with_graphs
from wengert.ir.node import Node, same

COMMUTATIVE = frozenset(
    ("add", "mul", "maximum", "minimum", "equal", "not_equal", "bitwise_and", "bitwise_or", "bitwise_xor")
)


def cse(graph: Graph) -> Graph:
    """The graph with one step where there were several that compute the same; the first keeps its source.

    Results are bitwise equal: primitives are functions of their inputs and parameters, random bits included.
    """
    first: dict[Any, Node] = {}
    became: dict[Node, Node] = {}
    for node in graph.nodes:
        new = with_graphs(node.with_inputs(tuple([became[i] for i in node.inputs])), cse)
        became[node] = first.setdefault(key_of(new), new)
    outputs = tuple(became[o] for o in graph.outputs)
    return graph if same(outputs, graph.outputs) else Graph(graph.inputs, outputs)


def key_of(node: Node) -> Any:
    """What equal steps have in common: two nodes of one key compute the same. An input is equal to itself only."""
    if node.primitive is None:
        return node if node.value is None else _constant_key(node.value)
    inputs = node.inputs
    if node.primitive.name in COMMUTATIVE and inputs[0].serial > inputs[1].serial:
        inputs = inputs[::-1]
    return (node.primitive, inputs, exact(node.params))


def _constant_key(value: np.ndarray) -> Any:
    if value.nbytes <= 64:
        data = value.tobytes()
    else:
        data = hashlib.blake2b(np.ascontiguousarray(value).view(np.uint8).data).digest()
    return (value.dtype.name, value.shape, data)


def exact(param: Any) -> Any:
    """A key that tells apart what Python calls equal: 0.0 and -0.0, 1 and True."""
    kind = type(param)
    if kind is tuple:
        return tuple([exact(p) for p in param])
    if kind is float:
        return param.hex()
    return (param, kind) if kind is bool else param
