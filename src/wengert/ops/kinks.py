"""Kinks: points where a function has a value but no derivative, for some step stands at an edge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base.dtypes import is_float
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.primitive import REGISTRY
from wengert.ir.source import Source

Values = Mapping[Node, Any]


@dataclass(frozen=True)
class Kink:
    """A step at an edge: `maximum` of two equal numbers, `abs` of 0."""

    primitive: str
    what: str
    source: Source | None

    def __str__(self) -> str:
        return f"{self.primitive}: {self.what} [{self.source or 'unknown line'}]"


@dataclass(frozen=True)
class Edge:
    """Where a primitive bends or jumps.

    is_at: whether its arguments stand there. side: on which side of it they are; None if it has one side only.
    """

    what: str
    is_at: Callable[..., Any]
    side: Callable[..., Any] | None = None


def _shared_extreme(pick: Callable[..., Any]) -> Callable[..., Any]:
    def tied(x: Any, *, axes: tuple[int, ...]) -> Any:
        return x.size > 0 and np.sum(x == pick(x, axis=axes, keepdims=True), axis=axes) > 1

    return tied


def _who_is(pick: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, *, axes: x == pick(x, axis=axes, keepdims=True) if x.size else x


def _along_one(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, *, axis: f(x, axes=(axis,))


def _place_of_window_max(x: Any, **window: Any) -> Any:
    return REGISTRY["window_argmax"](x, **window)


ZERO = Edge("its argument is 0", lambda x: x == 0, np.sign)
BORDER = Edge("its argument is 0", lambda x: x == 0)  # of the domain
EQUAL = Edge("both sides are equal", lambda x, y: x == y, lambda x, y: np.sign(x - y))
MAXIMUM = Edge("two elements share the maximum", _shared_extreme(np.max), _who_is(np.max))
MINIMUM = Edge("two elements share the minimum", _shared_extreme(np.min), _who_is(np.min))
WINDOW = Edge("elements are equal", lambda x, **_: np.unique(x).size < x.size, _place_of_window_max)
WHOLE = Edge("its argument is whole", lambda x: x == np.floor(x), np.floor)
HALF = Edge("its argument lies between two whole numbers", lambda x: x + 0.5 == np.floor(x + 0.5), np.round)
MULTIPLE = Edge("the quotient is whole", lambda x, y: x / y == np.floor(x / y), lambda x, y: np.floor(x / y))


SIGN = Edge("its argument is 0", lambda x: x == 0, np.signbit)
SIGNS = Edge(
    "an argument is 0",
    lambda x, y: (x == 0) | (y == 0),
    lambda x, y: np.stack([np.signbit(x), np.signbit(y)]),
)
ORIGIN = Edge("both are 0", lambda x, y: (x == 0) & (y == 0))
CUT = Edge(
    "y is 0 and x not positive", lambda y, x: (y == 0) & (x <= 0), lambda y, x: (x < 0) & np.signbit(y)
)


def _of_one_axis(edge: Edge) -> Edge:
    assert edge.side is not None
    return Edge(edge.what, _along_one(edge.is_at), _along_one(edge.side))


def _neighbours(x: Any, *, axis: int, descending: bool) -> Any:
    return np.diff(np.sort(x, axis), axis=axis) == 0


TIES = Edge("elements are equal", _neighbours, lambda x, **order: REGISTRY["argsort"](x, **order))
FOUND = Edge(
    "a value is an element", lambda x, v, *, side: np.isin(v, x), lambda x, v, *, side: np.searchsorted(x, v)
)


def _same_extreme(name: str) -> Edge:
    """Several values for one element, its own among them, share the extreme."""

    def hits(x: Any, indices: Any, updates: Any, axis: int) -> tuple[Any, Any]:
        out = REGISTRY[name].numpy_rule(x, indices, updates, axis=axis)
        return x == out, updates == np.take(out, indices, axis)

    def is_at(x: Any, indices: Any, updates: Any, *, axis: int) -> Any:
        own, others = hits(x, indices, updates, axis)
        counted = REGISTRY["scatter_add"].numpy_rule
        return counted(own.astype(np.int64), indices, others.astype(np.int64), axis=axis) > 1

    def side(x: Any, indices: Any, updates: Any, *, axis: int) -> Any:
        return np.concatenate([np.ravel(hit) for hit in hits(x, indices, updates, axis)])

    return Edge("several values share the extreme", is_at, side)


EDGES = {
    "abs": ZERO,
    "sign": ZERO,
    "signbit": SIGN,
    "copysign": SIGNS,
    "hypot": ORIGIN,
    "atan2": CUT,
    "sqrt": BORDER,
    "log": BORDER,
    "log2": BORDER,
    "log10": BORDER,
    "maximum": EQUAL,
    "minimum": EQUAL,
    "less": EQUAL,
    "less_equal": EQUAL,
    "reduce_max": MAXIMUM,
    "reduce_min": MINIMUM,
    "argmax": _of_one_axis(MAXIMUM),
    "argmin": _of_one_axis(MINIMUM),
    "sort": TIES,
    "argsort": TIES,
    "searchsorted": FOUND,
    "scatter_max": _same_extreme("scatter_max"),
    "scatter_min": _same_extreme("scatter_min"),
    "window_max": WINDOW,
    "window_argmax": WINDOW,
    "floor": WHOLE,
    "ceil": WHOLE,
    "trunc": WHOLE,
    "round": HALF,
    "remainder": MULTIPLE,
    "floor_divide": MULTIPLE,
}


def kinks(graph: Graph, moving: Sequence[Node], values: Values) -> list[Kink]:
    """The steps that stand at an edge and depend on the moving inputs.

    Args:
        values: of every node, as `evaluate_all` gives them.
    """
    found: dict[Kink, None] = {}
    for n, name, edge in _edged(graph, moving):
        with np.errstate(all="ignore"):
            if np.any(edge.is_at(*(values[i] for i in n.inputs), **n.kwargs)):
                found[Kink(name, edge.what, n.source)] = None
    return list(found)


def are_apart(graph: Graph, moving: Sequence[Node], here: Values, there: Values) -> bool:
    """Whether a step stands on another side of its edge at one point than at the other."""
    for n, _, edge in _edged(graph, moving):
        if edge.side is None:
            continue
        with np.errstate(all="ignore"):
            sides = [edge.side(*(values[i] for i in n.inputs), **n.kwargs) for values in (here, there)]
        if not np.array_equal(*sides):
            return True
    return False


def _edged(graph: Graph, moving: Sequence[Node]) -> Iterator[tuple[Node, str, Edge]]:
    """The steps that have an edge and depend on the moving inputs."""
    reached = set(moving)
    for n in graph.steps:
        if reached.isdisjoint(n.inputs):
            continue
        reached.add(n)
        assert n.primitive is not None
        edge = EDGES.get(n.primitive.name)
        if edge is not None and is_float(n.inputs[0].dtype):
            yield n, n.primitive.name, edge
