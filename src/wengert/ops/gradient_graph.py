"""What reverse mode makes of a function: the forward list, the backward list, what is kept between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wengert.base.dtypes import is_inexact
from wengert.ir.graph import Graph
from wengert.ir.node import graph_input, toposort
from wengert.ops.call import record
from wengert.transforms.cse import cse
from wengert.transforms.inline_custom import inline_custom
from wengert.transforms.saved import Saved, saved
from wengert.transforms.simplify import simplify
from wengert.transforms.vjp import vjp_graph


@dataclass(frozen=True)
class GradientGraph:
    """A function and its reverse pass, both as lists of steps. Printing shows both, and what is kept."""

    forward: Graph  # (*inputs) -> (*outputs)
    joint: Graph  # (*inputs, *cotangents) -> (*outputs, *cotangents of the float inputs)

    @property
    def backward(self) -> Graph:
        """(*what is kept, *cotangents) -> (*cotangents of the float inputs): the reverse pass by itself."""
        kept = {s.value: graph_input(s.value.type, f"kept{k}") for k, s in enumerate(self.saved())}
        became = dict(kept)
        grads = self.joint.outputs[len(self.forward.outputs) :]
        for n in toposort(grads):
            if n not in became:
                became[n] = n.with_inputs(tuple([became[i] for i in n.inputs]))
        cotangents = self.joint.inputs[len(self.forward.inputs) :]
        return Graph((*kept.values(), *cotangents), tuple(became[g] for g in grads))

    def saved(self) -> list[Saved]:
        """Each value of the forward pass that the backward pass reads: how large it is, and who needs it."""
        count = len(self.forward.outputs)
        return saved(self.joint.outputs[:count], self.joint.outputs[count:])

    def __str__(self) -> str:
        kept = "".join(f"\n  {s}" for s in self.saved()) or " nothing"
        return f"forward {self.forward}\n\nbackward {self.backward}\n\nkept:{kept}"


def gradient_graph(f: Callable[..., Any], *args: Any, **kwargs: Any) -> GradientGraph:
    """The forward and the backward list of f, for arguments like these.

    Simplified, equal steps merged, dead branches gone: what is listed is what the compiler starts from.

    Example:
        >>> import wengert as wg
        >>> print(gradient_graph(wg.exp, wg.Tensor(1.0)).saved()[0].value.primitive)
        exp
    """
    found, _ = record(f, args, kwargs)
    graph = found.graph
    back = vjp_graph(graph, [is_inexact(t.dtype) for t in graph.in_types])
    joint = cse(simplify(inline_custom(Graph(back.inputs, (*graph.outputs, *back.outputs)))))
    return GradientGraph(Graph(joint.inputs[: len(graph.inputs)], joint.outputs[: len(graph.outputs)]), joint)
