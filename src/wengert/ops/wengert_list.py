"""The Wengert list of a function at a point: every step, its tangents, its adjoint, and the formulas of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.ir.graph import Graph, evaluate
from wengert.ir.node import Node, as_node, graph_input
from wengert.ir.pattern import VIEWS, number_of
from wengert.prims.families import total
from wengert.prims.movement import full_like
from wengert.transforms import notation
from wengert.transforms.jvp import differentiable, jvp, jvp_graph, params_of, rule_of
from wengert.transforms.tidy import tidy
from wengert.transforms.vjp import vjp, vjp_graph


@dataclass(frozen=True)
class Pull:
    """One arrow of the reverse pass: what a step adds to the adjoint of one of its inputs."""

    to: str
    formula: str
    value: Any


@dataclass(frozen=True)
class Step:
    """A line of the Wengert list: an input or an operation.

    tangents: its derivative by each input, from the forward pass. adjoint: the result's derivative by it, from
    the reverse pass; None where the result does not depend on it, or not smoothly.
    """

    name: str
    formula: str
    inputs: tuple[str, ...]
    value: Any
    tangent_formula: str
    tangents: tuple[Any, ...]
    adjoint: Any
    pulls: tuple[Pull, ...]
    kept: bool
    source: str


def list_steps(graph: Graph, values: dict[Node, Any], kept: set[Node]) -> tuple[Step, ...]:
    """The inputs and operations of a graph, in order; those in `kept` are marked."""
    (out,) = graph.outputs
    inputs = set(graph.inputs)
    listed = [n for n in graph.nodes if n in inputs or n is out or _is_listed(n)]
    names = {n: str(n.name) for n in graph.inputs}
    for n in listed:
        names.setdefault(n, f"v{len(names) - len(graph.inputs) + 1}")
    smooth = [n for n in listed if differentiable(n)]
    adjoints = dict(zip(smooth, vjp([out], smooth, [one_like(out)]), strict=True))
    pushed = [dict(zip(listed, jvp(listed, [i], [one_like(i)]), strict=True)) for i in graph.inputs]
    wanted = [*adjoints.values(), *(d[n] for d in pushed for n in listed)]
    found = _evaluated(graph, wanted, values)
    return tuple(
        Step(
            name=names[n],
            formula="input"
            if n in inputs
            else notation.text(n, {k: v for k, v in names.items() if k is not n}),
            inputs=tuple(dict.fromkeys(names[i] for i in _operands(n, names))),
            value=plain(values[n]) if not isinstance(n.type, tuple) else "",
            tangent_formula="" if n in inputs else _tangent(n, names),
            tangents=tuple(found.get(d[n], 0.0) for d in pushed),
            adjoint=found.get(adjoints.get(n)),
            pulls=_pulls(n, names, values, found.get(adjoints.get(n))),
            kept=n in kept,
            source="" if n.source is None else str(n.source),
        )
        for n in listed
    )


def _is_listed(n: Node) -> bool:
    return n.primitive is not None and number_of(n) is None and n.primitive.name not in VIEWS


def _operands(n: Node, names: dict[Node, str]) -> list[Node]:
    """The listed steps that a step reads, views looked through."""
    found = []
    for i in n.inputs:
        while i not in names and i.primitive is not None and i.inputs:
            i = i.inputs[0]
        if i in names:
            found.append(i)
    return found


def _evaluated(graph: Graph, wanted: list[Any], values: dict[Node, Any]) -> dict[Any, Any]:
    nodes = list(dict.fromkeys(w for w in wanted if w is not None and not isinstance(w, tuple)))
    got = evaluate(Graph(graph.inputs, tuple(nodes)), [values[i] for i in graph.inputs])
    return dict(zip(nodes, map(plain, got), strict=True))


@dataclass(frozen=True)
class _Local:
    """A step alone, its operands and result as symbols, so that rules give formulas of names."""

    inputs: tuple[Node, ...]
    out: Node
    symbols: dict[Node, Node]  # operand: its symbol

    @staticmethod
    def of(n: Node, names: dict[Node, str]) -> _Local | None:
        if isinstance(n.type, tuple) or any(isinstance(i.type, tuple) for i in n.inputs):
            return None
        symbols = {i: graph_input(i.type, names[i]) for i in n.inputs if i in names}
        return _Local(tuple(symbols.get(i, i) for i in n.inputs), graph_input(n.type, names[n]), symbols)


def _tangent(n: Node, names: dict[Node, str]) -> str:
    local = _Local.of(n, names)
    if local is None or not differentiable(n) or n.primitive is None or n.primitive.jvp is None:
        return ""
    moving = {i: graph_input(i.type, f"{names[i]}'") for i in local.symbols if differentiable(i)}
    dots = [moving.get(i) for i in n.inputs]
    if all(d is None for d in dots):
        return "0"
    found = rule_of("jvp", n)(dots, local.out, *local.inputs, **params_of(n, jvp_graph))
    return "0" if found is None else _text(found)


def _pulls(n: Node, names: dict[Node, str], values: dict[Node, Any], adjoint: Any) -> tuple[Pull, ...]:
    local = _Local.of(n, names)
    if local is None or n.primitive is None or n.primitive.vjp is None or adjoint is None or not n.inputs:
        return ()
    bar = graph_input(n.type, f"{names[n]}_bar")
    parts = rule_of("vjp", n)(bar, local.out, *local.inputs, **params_of(n, vjp_graph))
    given = [bar, local.out, *local.symbols.values()]
    numbers = [np.asarray(adjoint), values[n], *(values[i] for i in local.symbols)]
    pulls = []
    for i in local.symbols:
        made = [p() if callable(p) else p for p, k in zip(parts, n.inputs, strict=True) if k is i]
        whole = total(made)
        if whole is not None and differentiable(i):
            value = evaluate(Graph(tuple(given), (whole,)), numbers)[0]
            pulls.append(Pull(names[i], _text(whole), plain(value)))
    return tuple(pulls)


def _text(node: Any) -> str:
    return notation.text(tidy(Graph((), (as_node(node),))).outputs[0], {})


def one_like(like: Node) -> Node:
    """Ones in the type of a node."""
    return as_node(full_like(like, 1))


def plain(x: Any) -> Any:
    """A scalar as Python's number, the rest as an array."""
    a = np.asarray(x)
    return a.item() if a.ndim == 0 else a
