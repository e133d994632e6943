"""Forward mode: tangents pushed from the inputs to the outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert.base.dtypes import is_inexact
from wengert.base.errors import ShapeError, UsageError
from wengert.ir.graph import Graph
from wengert.ir.node import graph_input, toposort
from wengert.ir.primitive import REGISTRY
from wengert.ir.source import at, gradient_of
from wengert.ir.types import type_of


def jvp(outputs: Sequence[Any], inputs: Sequence[Any], tangents: Sequence[Any]) -> list[Any]:
    """Push tangents from `inputs` to `outputs`: J v, one step per node, in order.

    Works on nodes and on recorded tensors: the rules are primitives, so the tangents are what the values are.

    Args:
        tangents: one for each input, of its type; None is zero.

    Returns:
        One tangent for each output; None where it is zero for any tangents.

    Source: Wengert, "A simple automatic derivative evaluation program", CACM 7(8), 1964.
    """
    check_directions("jvp", "tangent", inputs, tangents)
    dot = {x: t for x, t in zip(inputs, tangents, strict=True) if t is not None}
    for node in toposort(outputs):
        if node.primitive is None or node in dot or not differentiable(node):
            continue
        dots = [dot.get(i) for i in node.inputs]
        if all(d is None for d in dots):
            continue
        rule = rule_of("jvp", node)
        with at(gradient_of(node.source)):
            new = rule(dots, node, *node.inputs, **params_of(node, jvp_graph))
        if new is not None:
            dot[node] = new
    return [dot.get(o) for o in outputs]


def jvp_graph(graph: Graph, moving: Sequence[bool]) -> Graph:
    """With tangents: (*inputs, *tangents of the moving inputs) -> (*outputs, *tangents of the outputs).

    Only float outputs have a tangent; it is zeros where nothing moves.
    """
    moved = [i for i, m in zip(graph.inputs, moving, strict=True) if m]
    dots = {i: graph_input(i.type, f"d_{i.name}") for i in moved}
    out = jvp(graph.outputs, graph.inputs, [dots.get(i) for i in graph.inputs])
    there = [
        zeros_like(o) if d is None else d
        for o, d in zip(graph.outputs, out, strict=True)
        if differentiable(o)
    ]
    return Graph((*graph.inputs, *dots.values()), (*graph.outputs, *there))


def differentiable(x: Any) -> bool:
    """Whether x can have a tangent: it is floating-point or complex, or some part of it is."""
    if isinstance(x.type, tuple):
        return any(is_inexact(t.dtype) for t in x.type)
    return is_inexact(x.type.dtype)


def zeros_like(x: Any) -> Any:
    """Zeros of x's type, as the kind of value that x is."""
    zero = np.zeros((), x.type.dtype)
    return x.interpret(REGISTRY["broadcast_to"], (zero,), {"shape": x.type.shape})


def params_of(node: Any, derive: Any) -> dict[str, Any]:
    """The keyword arguments of a derivative rule of the node."""
    params = dict(node.params)
    if node.primitive.derives:
        params["derive"] = derive
    return params


def rule_of(mode: str, node: Any) -> Any:
    """The node's derivative rule.

    Raises:
        UsageError: it has none.
    """
    rule = getattr(node.primitive, mode)
    if rule is None:
        raise UsageError(
            f"{mode}: every step between inputs and outputs must have a derivative; "
            f"got {node.primitive.name} [{node.source or 'unknown line'}]. "
            f"Stop the gradient before it, or give it a custom_gradient."
        )
    return rule


def check_directions(mode: str, what: str, values: Sequence[Any], directions: Sequence[Any]) -> None:
    """Raise ShapeError unless there is one direction, None or of the same type, for each value."""
    if len(values) != len(directions):
        raise ShapeError(f"{mode}: {len(values)} {what}s are needed; got {len(directions)}.")
    for k, (x, d) in enumerate(zip(values, directions, strict=True)):
        if d is not None and not isinstance(x.type, tuple) and type_of(d) != x.type:
            raise ShapeError(f"{mode}: {what} {k} must be {x.type}; got {type_of(d)}.")
