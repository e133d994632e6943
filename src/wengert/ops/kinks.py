"""Kinks: points where a function has a value but no derivative, for some step stands at an edge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base.dtypes import is_float
from wengert.ir.graph import Graph
from wengert.ir.source import Source


@dataclass(frozen=True)
class Kink:
    """A step at an edge: `maximum` of two equal numbers, `abs` of 0."""

    primitive: str
    what: str
    source: Source | None

    def __str__(self) -> str:
        return f"{self.primitive}: {self.what} [{self.source or 'unknown line'}]"


def _equal(x: Any, y: Any) -> Any:
    return x == y


def _shared_extreme(pick: Callable[..., Any]) -> Callable[..., Any]:
    def tied(x: Any, *, axes: tuple[int, ...]) -> Any:
        return x.size > 0 and np.sum(x == pick(x, axis=axes, keepdims=True), axis=axes) > 1

    return tied


EDGES: dict[str, tuple[str, Callable[..., Any]]] = {
    "abs": ("its argument is 0", lambda x: x == 0),
    "sign": ("its argument is 0", lambda x: x == 0),
    "sqrt": ("its argument is 0", lambda x: x == 0),
    "log": ("its argument is 0", lambda x: x == 0),
    "maximum": ("both sides are equal", _equal),
    "minimum": ("both sides are equal", _equal),
    "less": ("both sides are equal", _equal),
    "less_equal": ("both sides are equal", _equal),
    "reduce_max": ("two elements share the maximum", _shared_extreme(np.max)),
    "reduce_min": ("two elements share the minimum", _shared_extreme(np.min)),
    "argmax": ("two elements share the maximum", lambda x, *, axis: _shared_extreme(np.max)(x, axes=(axis,))),
    "argmin": ("two elements share the minimum", lambda x, *, axis: _shared_extreme(np.min)(x, axes=(axis,))),
    "window_max": ("elements are equal", lambda x, **_: np.unique(x).size < x.size),
    "window_argmax": ("elements are equal", lambda x, **_: np.unique(x).size < x.size),
    "floor": ("its argument is whole", lambda x: x == np.floor(x)),
    "ceil": ("its argument is whole", lambda x: x == np.floor(x)),
    "trunc": ("its argument is whole", lambda x: x == np.floor(x)),
    "round": ("its argument lies between two whole numbers", lambda x: x + 0.5 == np.floor(x + 0.5)),
    "remainder": ("the quotient is whole", lambda x, y: x / y == np.floor(x / y)),
    "floor_divide": ("the quotient is whole", lambda x, y: x / y == np.floor(x / y)),
}


def kinks(graph: Graph, moving: Sequence[Any], values: dict[Any, Any]) -> list[Kink]:
    """The steps that stand at an edge and depend on the moving inputs.

    Args:
        values: of every node, as `evaluate_all` gives them.
    """
    reached = set(moving)
    found: dict[Kink, None] = {}
    for n in graph.steps:
        if reached.isdisjoint(n.inputs):
            continue
        reached.add(n)
        assert n.primitive is not None
        edge = EDGES.get(n.primitive.name)
        if edge is not None and is_float(n.inputs[0].dtype):
            with np.errstate(all="ignore"):
                if np.any(edge[1](*(values[i] for i in n.inputs), **n.kwargs)):
                    found[Kink(n.primitive.name, edge[0], n.source)] = None
    return list(found)
