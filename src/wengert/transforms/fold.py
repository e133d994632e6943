"""Constant folding: what is known before the program runs is computed once, by the NumPy rules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wengert.base.errors import IndexRangeError, ValueRangeError
from wengert.ir.graph import Graph, with_graphs
from wengert.ir.node import Node, same
from wengert.ir.pattern import VIEWS, number_of, rewrite, rule, var
from wengert.ir.primitive import REGISTRY, run_numpy, symbolic
from wengert.ir.types import TensorType

MAX_BYTES = 4096  # a result larger than this, and than its inputs, is not worth storing


@rule(var("out"))
def fold_constants(out: Node) -> Node | None:
    """f(constants)  ->  a constant, by the NumPy rule of f; not one larger than MAX_BYTES and its inputs,
    nor one that f refuses
    """
    prim, inputs = out.primitive, out.inputs
    assert prim is not None
    if (
        not inputs
        or not all(map(_may_fold, inputs))
        or prim.name == "broadcast_to"
        or isinstance(out.type, tuple)
    ):
        return None
    if prim.pointwise:
        numbers = [number_of(i) for i in inputs]
        if all(n is not None for n in numbers):
            scalar = TensorType((), out.type.dtype)
            return repeat(run_numpy(prim, scalar, tuple(map(np.asarray, numbers)), out.kwargs), out)
    values = [i.value for i in inputs]
    if (
        any(v is None for v in values)
        or out.type.dims()
        or any(map(symbolic, out.kwargs.values()))
        or not _is_small(out.type, values)
    ):
        return None
    try:
        return uniform(constant_like(run_numpy(prim, out.type, tuple(values), out.kwargs), out))
    except (IndexRangeError, ValueRangeError):
        return None  # the program says so if it comes to this step: it may be in a branch not taken


def fold(graph: Graph) -> Graph:
    """The graph with constants in place of the steps that depend on constants only.

    Pointwise steps on numbers repeated to a shape become one number repeated, whatever the shape. Nothing
    else is folded whose result would be larger than both MAX_BYTES and its inputs: the program would grow.
    Results are those of the interpreter, bitwise.
    """
    return rewrite(with_numbers(graph), (fold_constants,))


def with_numbers(graph: Graph) -> Graph:
    """The graph with one number, repeated, in place of each constant whose elements are all the same."""
    became: dict[Node, Node] = {}
    for node in graph.nodes:
        if node.primitive is None:
            became[node] = node if node.value is None else uniform(node)
        else:
            became[node] = with_graphs(
                node.with_inputs(tuple([became[i] for i in node.inputs])), with_numbers
            )
    outputs = tuple(became[o] for o in graph.outputs)
    return graph if same(outputs, graph.outputs) else Graph(graph.inputs, outputs)


def _may_fold(node: Node) -> bool:
    return node.value is not None or (node.primitive is not None and node.primitive.name in VIEWS)


def _is_small(result: TensorType, values: Sequence[np.ndarray | None]) -> bool:
    return int(result.nbytes) <= max(MAX_BYTES, sum(v.nbytes for v in values if v is not None))


def uniform(node: Node) -> Node:
    """A constant whose elements are all the same bits, as one number repeated."""
    value = node.value
    if (
        value is None
        or not value.ndim
        or not value.size
        or value.flat[0].tobytes() != value.flat[-1].tobytes()
    ):
        return node
    same = value.tobytes() == value.flat[0].tobytes() * value.size
    return repeat(value.reshape(-1)[:1].reshape(()), node) if same else node


def repeat(number: np.ndarray, like: Node) -> Node:
    """One number in the shape of `like`."""
    one = constant_like(number, like)
    if not like.shape:
        return one
    return Node(REGISTRY["broadcast_to"], (one,), (("shape", like.shape),), like.type, source=like.source)


def constant_like(value: np.ndarray, like: Node) -> Node:
    """A constant that stands on the line of `like`."""
    value = np.array(value)
    value.setflags(write=False)
    return Node(None, (), (), TensorType(value.shape, value.dtype.name), value=value, source=like.source)
