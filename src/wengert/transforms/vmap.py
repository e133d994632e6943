"""Vectorise: a graph for one example made into a graph for a batch of them, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wengert.ir.dim import Dim
from wengert.ir.graph import Graph
from wengert.ir.node import Node, as_node, graph_input
from wengert.ir.primitive import REGISTRY
from wengert.ir.source import at
from wengert.ir.types import TensorType
from wengert.prims.movement import lead

Length = int | Dim


def vmap(
    graph: Graph, args: Sequence[Any], moved: Sequence[bool], size: Length
) -> tuple[list[Any], list[bool]]:
    """The outputs for a batch of arguments, which `graph` takes one by one, and which have the batch's axis.

    Works on nodes and on tensors: the rules are primitives, so the results are what the arguments are. Steps
    that depend on no batched argument are done once.

    Args:
        moved: which arguments have one more axis, `size` long, in front; the others are the same for all.
    """
    env: dict[Node, Any] = dict(zip(graph.inputs, args, strict=True))
    flag: dict[Node, Any] = dict(zip(graph.inputs, moved, strict=True))
    for n in graph.nodes:
        if n in env:
            continue
        if n.primitive is None:
            env[n], flag[n] = n.value, False
        elif n.primitive.name == "item" and isinstance(flag[n.inputs[0]], list):
            index = n.kwargs["index"]
            env[n], flag[n] = env[n.inputs[0]][index], flag[n.inputs[0]][index]
        else:
            with at(n.source):
                env[n], flag[n] = _step(n, [env[i] for i in n.inputs], [flag[i] for i in n.inputs], size)
    return [env[o] for o in graph.outputs], [flag[o] for o in graph.outputs]


def vmap_graph(
    graph: Graph, moved: Sequence[bool], size: Length, wanted: Sequence[bool] | None = None
) -> tuple[Graph, list[bool]]:
    """The graph for a batch, and which of its outputs have the batch's axis.

    wanted: outputs that must have it, whether they depend on the batch or not.
    """
    inputs = [
        graph_input(TensorType((size, *i.shape), i.dtype) if m else i.type, i.name or "x")
        for i, m in zip(graph.inputs, moved, strict=True)
    ]
    outputs, flags = vmap(graph, inputs, moved, size)
    for k, want in enumerate(wanted or ()):
        if want and not flags[k]:
            outputs[k], flags[k] = lead(as_node(outputs[k]), size), True
    return Graph(tuple(inputs), tuple(map(as_node, outputs))), flags


def _step(n: Node, xs: list[Any], moved: list[bool], size: Length) -> tuple[Any, Any]:
    """One step of the batch: its result, and whether it has the batch's axis (lists for control flow)."""
    prim, params = n.primitive, n.kwargs
    assert prim is not None
    if not any(moved):
        return prim(*xs, **params), False
    if prim.derives:
        assert prim.batch is not None
        return prim.batch(size, moved, *xs, **params, derive=vmap_graph)  # type: ignore[no-any-return]
    if prim.batch is not None:
        out = prim.batch(size, moved, *xs, **params)
        return (_loop(n, xs, moved, size) if out is NotImplemented else out), True
    if not prim.pointwise and prim.lead is None:
        return _loop(n, xs, moved, size), True
    xs = [x if m else lead(x, size) for x, m in zip(xs, moved, strict=True)]
    return prim(*xs, **(params if prim.lead is None else prim.lead(size, **params))), True


def _loop(n: Node, xs: list[Any], moved: list[bool], size: Length) -> Any:
    """Example by example, where no one step does them all."""
    inputs = [graph_input(i.type, f"x{k}") for k, i in enumerate(n.inputs)]
    order = sorted(range(len(xs)), key=lambda k: moved[k])
    held = [k for k in order if not moved[k]]
    row = n.with_inputs(tuple(inputs))
    body = Graph(tuple(inputs[k] for k in order), (*(inputs[k] for k in held), row))
    operands = (xs[k] for k in order)
    results = REGISTRY["scan"](*operands, body=body, carries=len(held), length=size, reverse=False)
    return REGISTRY["item"](results, index=len(held))
