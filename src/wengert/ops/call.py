"""Record a user's function as a graph; its arguments and surroundings are operands. Hand back its results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wengert.base.tree import flatten, unflatten
from wengert.ir.graph import Graph
from wengert.ir.primitive import REGISTRY
from wengert.ir.types import type_of
from wengert.ops.follow import value_of
from wengert.runtime.capture import Captured, capture
from wengert.runtime.tensor import as_array


def is_value(x: Any) -> bool:
    """Whether an argument is data; anything else (ints, strings, functions) is part of the program."""
    return isinstance(x, np.ndarray | np.generic | float) or hasattr(x, "interpret")


def value(x: Any) -> Any:
    """An argument or a constant as a tensor or node."""
    return value_of(x if hasattr(x, "interpret") else as_array(x))


def of_leaves(
    f: Callable[..., Any], leaves: Sequence[Any], structure: Any, at: Sequence[int]
) -> Callable[..., Any]:
    """f as a function of the leaves at some places of its arguments (args, kwargs); the others are as they are."""

    def of_these(*xs: Any) -> Any:
        here = list(leaves)
        for k, x in zip(at, xs, strict=True):
            here[k] = x
        args, kwargs = unflatten(structure, here)
        return f(*args, **kwargs)

    return of_these


def record(f: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Captured, list[Any]]:
    """f as a graph of the data among its arguments and of what it closes over; the values of both."""
    leaves, structure = flatten((tuple(args), kwargs))
    at = [k for k, x in enumerate(leaves) if is_value(x)]
    values = [value(leaves[k]) for k in at]
    found = capture(of_leaves(f, leaves, structure, at), [type_of(v) for v in values])
    return found, [*values, *found.operands]


def finish(found: Captured, outs: Sequence[Any]) -> Any:
    """Assign what the function assigned; the results as the tree that it returned."""
    for v, new in zip(found.assigned, outs[found.results :], strict=True):
        v.assign(new)
    return unflatten(found.structure, list(outs[: found.results]))


def items(values: Any, graph: Graph) -> list[Any]:
    """The results of a call of a graph, each by itself."""
    return [REGISTRY["item"](values, index=k) for k in range(len(graph.outputs))]
