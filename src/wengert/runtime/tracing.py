"""Tracing: a Python function run once on nodes, so that what it does is a graph."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from wengert.base.tree import flatten, unflatten
from wengert.ir.graph import Graph
from wengert.ir.node import Node, as_node, graph_input
from wengert.ir.types import TensorType
from wengert.runtime.recording import recording
from wengert.runtime.tensor import as_array
from wengert.runtime.variable import Variable


@dataclass(frozen=True)
class Traced:
    """A recorded function: arguments then variables in, results then new values of variables out."""

    graph: Graph
    arguments: int
    results: int
    structure: Hashable  # of the results
    read: tuple[Variable, ...]
    assigned: tuple[Variable, ...]


def trace(
    f: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], types: Sequence[TensorType]
) -> Traced:
    """Record `f`. Leaves of `args` that are `Placeholder`s become inputs of the given types."""
    with recording() as active:
        inputs = [graph_input(t, f"x{k}") for k, t in enumerate(types)]
        out = f(*_fill(args, inputs), **_fill(kwargs, inputs))
        leaves, structure = flatten(out)
        results = [as_node(x if hasattr(x, "interpret") else as_array(x)) for x in leaves]
    read = tuple(active.read)
    assigned = tuple(v for v in active.assigned if active.now[v] is not active.read[v])
    graph = Graph((*inputs, *(active.read[v] for v in read)), (*results, *(active.now[v] for v in assigned)))
    return Traced(graph, len(inputs), len(results), structure, read, assigned)


class Placeholder:
    """Where input number `index` goes in the arguments. (No dataclass: those are trees.)"""

    def __init__(self, index: int) -> None:
        self.index = index


def _fill(tree: Any, inputs: list[Node]) -> Any:
    leaves, structure = flatten(tree)
    return unflatten(structure, [inputs[x.index] if isinstance(x, Placeholder) else x for x in leaves])
