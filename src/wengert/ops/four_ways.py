"""One gradient, found in each of the ways there are, with what each took."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base.errors import UsageError
from wengert.ir.graph import Graph, evaluate
from wengert.ir.node import Node, as_node, constant, graph_input
from wengert.ops.numeric import Estimate, gradient
from wengert.ops.symbolic import Expression
from wengert.ops.wengert_list import one_like, plain
from wengert.transforms.jvp import jvp
from wengert.transforms.vjp import vjp


@dataclass(frozen=True)
class Method:
    """A way to differentiate: the gradient it found, how far it is from reverse mode's, and what it took."""

    name: str
    gradient: tuple[Any, ...]
    off: float | None
    error: float | None
    seconds: float
    evaluations: str


def four_ways(
    graph: Graph,
    point: list[np.ndarray],
    names: tuple[str, ...],
    derivatives: dict[str, Expression],
    manual: Callable[..., Any] | None,
) -> tuple[Method, ...]:
    """The gradient of a scalar graph: manual if there is such a rule, numeric, symbolic, forward, reverse."""
    (out,) = graph.outputs
    zeros = [constant(np.zeros(i.type.shape)) for i in graph.inputs]
    pulled = [
        z if g is None else g for g, z in zip(vjp([out], graph.inputs, [one_like(out)]), zeros, strict=True)
    ]
    back = Graph(graph.inputs, tuple(pulled))
    reverse, seconds = _timed(lambda: evaluate(back, point))
    want = [np.asarray(g) for g in reverse]
    table = []

    def add(name: str, run: Callable[[], Sequence[Any]], evaluations: str) -> None:
        got, took = _timed(run)
        error = None
        if got and isinstance(got[0], Estimate):
            evaluations = str(sum(e.evaluations for e in got))
            error = max(float(np.max(e.error, initial=0)) for e in got)
            got = [e.value for e in got]
        off = max(
            (float(np.max(np.abs(np.asarray(g) - w), initial=0)) for g, w in zip(got, want, strict=True)),
            default=0.0,
        )
        table.append(Method(name, tuple(map(plain, got)), off, error, took, evaluations))

    count = len(names)
    if manual is not None:
        add("manual", lambda: _as_list(manual(*map(plain, point)), count), "1")
    add("numeric", lambda: [gradient(_caller(graph), *point, argnums=k) for k in range(count)], "")
    if derivatives:
        given = dict(zip(names, point, strict=True))
        add("symbolic", lambda: [derivatives[n].evaluate(**given) for n in names], f"{count} formulas")
    columns = [_pushes(graph, i) for i in graph.inputs]
    add(
        "forward",
        lambda: [_along_each(c, point) for c in columns],
        f"{sum(max(p.size, 1) for p in point)} passes",
    )
    table.append(Method("reverse", tuple(map(plain, want)), None, None, seconds, "1 pass and back"))
    return tuple(table)


def _timed(run: Callable[[], Sequence[Any]]) -> tuple[list[Any], float]:
    start = time.perf_counter()
    return list(run()), time.perf_counter() - start


def _as_list(found: Any, count: int) -> list[Any]:
    parts = list(found) if isinstance(found, tuple | list) else [found]
    if len(parts) != count:
        raise UsageError(f"derive: the manual rule must give {count} derivatives; got {len(parts)}.")
    return [np.asarray(p) for p in parts]


def _caller(graph: Graph) -> Callable[..., Any]:
    return lambda *xs: evaluate(graph, [np.asarray(x) for x in xs])[0]


def _pushes(graph: Graph, x: Node) -> Graph:
    """(*inputs, tangent of x) -> tangent of the result"""
    dx = graph_input(x.type, "dx")
    (pushed,) = jvp(graph.outputs, [x], [dx])
    return Graph((*graph.inputs, dx), (as_node(np.zeros(())) if pushed is None else pushed,))


def _along_each(push: Graph, point: list[np.ndarray]) -> np.ndarray:
    """The derivative by every element of one input: a pass for each."""
    shape = push.inputs[-1].type.shape
    out = np.zeros(shape)
    for at in np.ndindex(*shape):
        v = np.zeros(shape)
        v[at] = 1
        out[at] = evaluate(push, [*point, v])[0]
    return out
