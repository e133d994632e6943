"""WENGERT_VERIFY=1: every compiled function runs in the interpreter as well, and the results are compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert.base.errors import CompileError, WengertError
from wengert.compiler.recompute import Budget
from wengert.ir.graph import Graph
from wengert.runtime.executable import Executable
from wengert.runtime.fork import Lock
from wengert.runtime.montecarlo import disagreement
from wengert.runtime.program import Program
from wengert.runtime.storage import Storage
from wengert.runtime.tensor import Tensor, as_array


class Verified(Executable):
    """An executable that trusts no compiled result. Arguments as for `Executable`; many times slower."""

    def __init__(
        self,
        graph: Graph,
        arguments: int,
        state: Sequence[Storage],
        donated: dict[int, int],
        budget: Budget | None = None,
    ) -> None:
        super().__init__(graph, arguments, state, donated, budget)
        self.graph = graph
        self._comparing = Lock()  # nobody else may change the state between the two runs

    def run(self, args: Sequence[Any], first: Program | None = None) -> list[Tensor]:
        """As `Executable.run`.

        Raises:
            CompileError: a result is not what the interpreter's rounding allows; the state is as it was.
        """
        with self._comparing:
            if first is not None:
                first.run()
            before = [np.array(a, order="C") for a in (*map(as_array, args), *self.arrays)]
            results = super().run(before[: self.arguments])
            wrong = self._disagreement(before, results)
            if wrong is not None:
                self.restore(before[self.arguments :])
                raise CompileError(
                    f"WENGERT_VERIFY: compiled results must be the interpreter's; {wrong}. Please report this, with "
                    f"the program: str(function.graph(...)), and its arguments."
                )
            return results

    def _disagreement(self, before: list[np.ndarray], results: Sequence[Tensor]) -> str | None:
        new = iter(results)
        got = [
            self.arrays[self.donated[k] - self.arguments] if k in self.donated else next(new).numpy()
            for k in range(len(self.graph.outputs))
        ]
        rng = np.random.default_rng(0)
        try:
            return disagreement(self.graph, before, got, rng)[0]
        except WengertError:  # of a step that no output needs: the compiler has left it out
            return disagreement(self.plan.graph, before, got, rng)[0]
