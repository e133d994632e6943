"""What runs a graph step by step in NumPy: the same calls and results as `runtime/executable.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.base.errors import UsageError
from wengert.ir.graph import Graph, evaluate
from wengert.ir.types import type_of
from wengert.runtime.storage import Storage, changing
from wengert.runtime.tensor import Tensor, as_array

if TYPE_CHECKING:
    from wengert.runtime.program import Program


class Interpreted:
    """Runs the graph with its NumPy rules.

    Args:
        graph: inputs are `arguments` arguments, then one for each state array.
        arguments: how many of the inputs come with each call.
        state: what stays in place between calls.
        donated: {number of an output: number of the input whose array it replaces}.
    """

    def __init__(
        self, graph: Graph, arguments: int, state: Sequence[Storage], donated: dict[int, int]
    ) -> None:
        self.graph, self.arguments, self.state, self.donated = graph, arguments, list(state), donated

    def run(self, args: Sequence[Any], first: Program | None = None) -> list[Tensor]:
        """Results for these arguments, after `first` has run; donated outputs are written into the state."""
        if first is not None:
            first.run()
        inputs = [as_array(a) for a in args] + [s.array.copy() for s in self.state]
        outputs = evaluate(self.graph, inputs)
        written = {out: self.state[into - self.arguments] for out, into in self.donated.items()}
        with changing(list(written.values())):
            for out, into in written.items():
                into.array[...] = outputs[out]
        return [Tensor.wrap(np.array(o), type_of(o)) for k, o in enumerate(outputs) if k not in self.donated]

    def memory(self, **lengths: int) -> Any:
        raise UsageError("memory: the interpreter plans no memory. Compile the function to ask.")
