"""Constant folding: what is known before the program runs is computed once, by the NumPy rules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wengert.ir.graph import Graph, with_graphs
from wengert.ir.node import Node
from wengert.ir.pattern import number_of
from wengert.ir.primitive import REGISTRY, run_numpy
from wengert.ir.types import TensorType

MAX_BYTES = 4096  # a result larger than this, and than its inputs, is not worth storing


def fold(graph: Graph) -> Graph:
    """The graph with constants in place of the steps that depend on constants only.

    Elementwise steps on numbers repeated to a shape become one number repeated, whatever the shape. Nothing
    else is folded whose result would be larger than both MAX_BYTES and its inputs: the program would grow.
    Results are those of the interpreter, bitwise.
    """
    became: dict[Node, Node] = {}
    for node in graph.nodes:
        if node.primitive is None:
            became[node] = node if node.value is None else _as_number(node)
        else:
            node_now = with_graphs(node.with_inputs(tuple([became[i] for i in node.inputs])), fold)
            became[node] = _fold_step(node_now) or node_now
    outputs = tuple(became[o] for o in graph.outputs)
    return graph if outputs == graph.outputs else Graph(graph.inputs, outputs)


def _fold_step(node: Node) -> Node | None:
    """What the step is if that is known; else None."""
    prim = node.primitive
    assert prim is not None
    if prim.name == "broadcast_to" or isinstance(node.type, tuple):
        return None
    if prim.pointwise and node.inputs:
        numbers = [number_of(i) for i in node.inputs]
        if None not in numbers:
            scalar = TensorType((), node.type.dtype)
            return _repeat(run_numpy(prim, scalar, tuple(map(np.asarray, numbers)), node.kwargs), node)
    values = [i.value for i in node.inputs]
    if any(v is None for v in values) or node.type.dims() or not _is_small(node.type, values):
        return None
    return _as_number(_constant(run_numpy(prim, node.type, tuple(values), node.kwargs), node))


def _is_small(result: TensorType, values: Sequence[np.ndarray | None]) -> bool:
    return int(result.nbytes) <= max(MAX_BYTES, sum(v.nbytes for v in values if v is not None))


def _as_number(node: Node) -> Node:
    """A constant whose elements are all the same bits, as one number repeated."""
    value = node.value
    if value is None or value.size < 2 or value.flat[0].tobytes() != value.flat[-1].tobytes():
        return node
    same = value.tobytes() == value.flat[0].tobytes() * value.size
    return _repeat(value.reshape(-1)[:1].reshape(()), node) if same else node


def _repeat(number: np.ndarray, like: Node) -> Node:
    """One number in the shape of `like`."""
    one = _constant(number, like)
    if not like.shape:
        return one
    return Node(REGISTRY["broadcast_to"], (one,), (("shape", like.shape),), like.type, source=like.source)


def _constant(value: np.ndarray, like: Node) -> Node:
    """A constant that stands on the line of `like`."""
    value = np.array(value)
    value.setflags(write=False)
    return Node(None, (), (), TensorType(value.shape, value.dtype.name), value=value, source=like.source)
