"""Capture: record a Python function as a closed graph; what it uses of its surroundings are operands."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from wengert.base.tree import flatten
from wengert.ir.graph import Graph, closed
from wengert.ir.node import Node, as_node, graph_input
from wengert.ir.types import TensorType
from wengert.runtime.recording import Capturing, recording
from wengert.runtime.tensor import as_array
from wengert.runtime.variable import Variable


@dataclass(frozen=True)
class Captured:
    """A function as a graph: (*arguments, *operands) -> (*results, *new values of assigned variables)."""

    graph: Graph
    operands: tuple[Any, ...]  # tensors, values of variables and nodes of an outer recording that it uses
    variables: dict[Variable, int]  # the number of the input that stands for each variable
    results: int
    structure: Hashable  # of the results
    assigned: tuple[Variable, ...]

    @property
    def arguments(self) -> int:
        """How many of the graph's inputs are arguments."""
        return len(self.graph.inputs) - len(self.operands)


def capture(f: Callable[..., Any], types: Sequence[TensorType], name: str = "x") -> Captured:
    """Record `f`, called with one node for each type.

    Nodes that are older than the recording, tensors and variables that `f` uses become further inputs of the
    graph. Whoever applies the graph passes their values: so derivatives find their way to them.
    """
    with recording(Capturing()) as active:
        assert isinstance(active, Capturing)
        inputs = [graph_input(t, f"{name}{k}") for k, t in enumerate(types)]
        start = inputs[0].serial if inputs else graph_input(TensorType(())).serial
        leaves, structure = flatten(f(*inputs))
        results = [node_of(x) for x in leaves]
        assigned = tuple(v for v in active.assigned if active.now[v] is not active.read[v])
        finals = [active.now[v] for v in assigned]
    own = [*inputs, *active.tensors.values(), *active.read.values()]
    graph, outside = closed(own, [*results, *finals], start)
    operands = (*active.tensors, *(v.kept for v in active.read), *outside)
    first = len(inputs) + len(active.tensors)
    variables = {v: first + k for k, v in enumerate(active.read)}
    return Captured(graph, operands, variables, len(results), structure, assigned)


def node_of(x: Any) -> Node:
    """A result as a node: Python numbers and arrays are constants."""
    return as_node(x if hasattr(x, "interpret") else as_array(x))
