"""Blame: which step of a graph has a wrong rule. Each is tried alone, on the values it really gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base.dtypes import is_float
from wengert.base.errors import UsageError
from wengert.ir.graph import Graph, evaluate, evaluate_all
from wengert.ir.node import Node, graph_input
from wengert.ir.source import Source
from wengert.ops.agreement import NEAR, Arrays, native
from wengert.ops.numeric import along
from wengert.transforms.jvp import jvp
from wengert.transforms.vjp import vjp


@dataclass(frozen=True)
class Blame:
    """A step whose own rule disagrees with its own numeric derivative (or whose code with its NumPy rule)."""

    primitive: str
    rule: str
    source: Source | None
    got: float
    want: float

    def __str__(self) -> str:
        where = self.source or "unknown line"
        return (
            f"{self.primitive}: its {self.rule} rule is wrong; got {self.got:.9g}, should be {self.want:.9g} "
            f"[{where}]"
        )


def blame(graph: Graph, xs: Arrays, compiled: bool) -> Blame | None:
    """The first step at fault, in running order; None where every step is right by itself."""
    values = evaluate_all(graph, xs)
    rng = np.random.default_rng(0)
    for n in graph.steps:
        found = None if isinstance(n.type, tuple) else _try(n, values, rng, compiled)
        if found is not None:
            return found
    return None


def _try(n: Node, values: dict[Node, Any], rng: np.random.Generator, compiled: bool) -> Blame | None:
    """What is wrong with a step; a call or loop and one of its results are a step together."""
    call = n.inputs[0] if n.inputs and isinstance(n.inputs[0].type, tuple) else None
    whole = n if call is None else call
    if not whole.inputs or any(isinstance(i.type, tuple) for i in whole.inputs):
        return None
    alone = [graph_input(i.type, f"x{k}") for k, i in enumerate(whole.inputs)]
    out = whole.with_inputs(tuple(alone))
    if call is not None:
        out = n.with_inputs((out,))
    xs = [np.asarray(values[i]) for i in whole.inputs]
    graph = Graph(tuple(alone), (out,))
    if compiled:
        off = _lowering(graph, whole, xs)
        if off is not None:
            return off
    if not is_float(out.type.dtype):
        return None
    for k, i in enumerate(whole.inputs):
        if is_float(i.type.dtype):
            wrong = _rules(graph, whole, xs, k, rng)
            if wrong is not None:
                return wrong
    return None


def _lowering(graph: Graph, n: Node, xs: Sequence[np.ndarray]) -> Blame | None:
    want = evaluate(graph, xs)[0]
    got = native(graph)(xs)
    if want.dtype.kind == "f" and not np.allclose(got, want, rtol=1e-9, atol=1e-12, equal_nan=True):
        at = np.unravel_index(np.nanargmax(np.abs(got - want)), want.shape)
        return Blame(str(n.primitive), "lowering", n.source, float(got[at]), float(want[at]))
    return None


def _rules(graph: Graph, n: Node, xs: list[np.ndarray], k: int, rng: np.random.Generator) -> Blame | None:
    """The step's jvp and vjp by input k against its numeric derivative; no other rule takes part."""
    (x, (out,)) = graph.inputs[k], graph.outputs
    v, u = (np.asarray(rng.standard_normal(t.type.shape)) for t in (x, out))

    def line(t: float) -> np.ndarray:
        moved = [*xs[:k], np.asarray(xs[k] + t * v), *xs[k + 1 :]]
        return np.asarray(np.sum(u * evaluate(graph, moved)[0]))

    numeric = along(line)
    want = float(numeric.value)
    for mode, rule, seed, other in (("jvp", jvp, v, u), ("vjp", vjp, u, v)):
        towards = graph_input((x if mode == "jvp" else out).type, "seed")
        try:
            (found,) = rule([out], [x], [towards])
        except UsageError:
            continue  # there is no such rule
        passed = 0.0 if found is None else evaluate(Graph((*graph.inputs, towards), (found,)), [*xs, seed])[0]
        got, scale = float(np.sum(passed * other)), float(np.sum(np.abs(passed * other)))
        scale = max(scale, abs(want), 1e-12)
        if numeric.error <= 1e-7 * scale and not abs(got - want) <= NEAR * scale:
            which = f"{mode}, by input {k}," if len(xs) > 1 else mode
            return Blame(str(n.primitive), which, n.source, got, want)
    return None
