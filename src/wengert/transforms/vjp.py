"""Reverse mode: cotangents pulled from the outputs back to the inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wengert.base.errors import WengertError
from wengert.ir.boundary import with_line
from wengert.ir.finite import is_checked, require_finite_cotangent
from wengert.ir.graph import Graph
from wengert.ir.node import graph_input, toposort
from wengert.ir.primitive import REGISTRY
from wengert.ir.source import at, gradient_of
from wengert.transforms.jvp import check_directions, differentiable, params_of, rule_of, zeros_like


def vjp(outputs: Sequence[Any], inputs: Sequence[Any], cotangents: Sequence[Any]) -> list[Any]:
    """Pull cotangents from `outputs` back to `inputs`: J^T v, one step per node, in reverse.

    Works on nodes and on recorded tensors: anything with `primitive, inputs, params, type, source`. The rules
    are primitives, so the backward pass is recorded, or run at once, as its values are.

    Args:
        inputs: any values on the way, not only leaves.
        cotangents: one for each output, of its type; None is zero.

    Returns:
        One cotangent for each input; None where it is zero for any cotangents (integers always).

    Raises:
        UsageError: a cotangent would have to pass a primitive that has no derivative.

    Source: Speelpenning, "Compiling fast partial derivatives of functions given by algorithms",
    PhD thesis, University of Illinois, 1980.
    """
    check_directions("vjp", "cotangent", outputs, cotangents)
    order = toposort(outputs)
    active = reached_from(inputs, order)
    wanted = set(inputs)
    bar: dict[Any, Any] = {}
    for o, g in zip(outputs, cotangents, strict=True):
        if g is not None and o in active:
            bar[o] = accumulate(bar.get(o), g)
    for node in reversed(order):
        g = bar.get(node)
        if g is None or node.primitive is None or not any(i in active for i in node.inputs):
            continue
        if node not in wanted:
            del bar[node]  # its last use: an eager backward pass frees as it goes
        rule = rule_of("vjp", node)
        with at(gradient_of(node.source)):
            try:
                grads = rule(g, node, *node.inputs, **params_of(node, vjp_graph))
            except WengertError as e:
                raise with_line(e) from None
            for k, (i, part) in enumerate(zip(node.inputs, grads, strict=True)):
                if part is not None and i in active:
                    part = part() if callable(part) else part
                    if is_checked():
                        require_finite_cotangent(node, g, k, part)
                    bar[i] = accumulate(bar.get(i), part)
    return [bar.get(i) for i in inputs]


def vjp_graph(graph: Graph, wanted: Sequence[bool], given: Sequence[bool] | None = None) -> Graph:
    """The pullback: (*inputs, *cotangents of the given outputs) -> (cotangents of the wanted inputs).

    given: which outputs a cotangent comes for; None: all that are floats. Zeros where nothing flows.
    """
    if given is None:
        given = [differentiable(o) for o in graph.outputs]
    bars = [
        graph_input(o.type, f"g{k}") if there else None
        for k, (o, there) in enumerate(zip(graph.outputs, given, strict=True))
    ]
    targets = [i for i, want in zip(graph.inputs, wanted, strict=True) if want]
    grads = vjp(graph.outputs, targets, bars)
    outputs = tuple(zeros_like(i) if g is None else g for i, g in zip(targets, grads, strict=True))
    return Graph((*graph.inputs, *(b for b in bars if b is not None)), outputs)


def reached_from(inputs: Sequence[Any], order: Sequence[Any]) -> set[Any]:
    """The values of `order` that depend on `inputs` and can have a derivative."""
    reached = {i for i in inputs if differentiable(i)}
    for node in order:
        if (
            node.inputs
            and node not in reached
            and differentiable(node)
            and not reached.isdisjoint(node.inputs)
        ):
            reached.add(node)
    return reached


def accumulate(a: Any, b: Any) -> Any:
    """a + b, where None is zero; part by part in tuples."""
    if a is None or b is None:
        return b if a is None else a
    if isinstance(a, tuple):
        return tuple(accumulate(p, q) for p, q in zip(a, b, strict=True))
    return REGISTRY["add"](a, b)
