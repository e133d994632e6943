"""Cells on top of one another, as one cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wengert.base.errors import UsageError
from wengert.ir.types import TensorType, type_of
from wengert.nn.layer import Layer
from wengert.nn.stepped import Step, Stepped, listed, stepped
from wengert.ops.operands import Array


class StackedRNNCells(Stepped, Layer):
    """A cell made of cells: the output of each is the input of the next.

    Args:
        cells: at least one; the states are lists, one a cell.

    Example:
        >>> import numpy as np
        >>> import wengert as wg
        >>> cell = StackedRNNCells([wg.layers.GRUCell(4), wg.layers.LSTMCell(5)])
        >>> wg.layers.RNN(cell)(np.zeros((2, 7, 3), "float32")).shape
        (2, 5)
    """

    cells: Any

    def check_fields(self) -> None:
        cells = self.cells if isinstance(self.cells, list | tuple) else ()
        if not cells or not all(isinstance(c, Layer) and hasattr(c, "state_size") for c in cells):
            raise UsageError(
                f"StackedRNNCells: cells must be a list of layers with a state_size; got {self.cells!r}."
            )
        self.cells = list(cells)

    @property
    def state_size(self) -> tuple[Any, ...]:
        """The state sizes of the cells."""
        return tuple(c.state_size for c in self.cells)

    @property
    def output_size(self) -> int:
        """The length of the last cell's output."""
        return stepped(self.cells[-1]).output_size

    def state_shapes(self) -> list[tuple[int, ...]]:
        """The shapes of all states, without the batch, cell by cell."""
        return [(int(n),) for c in self.cells for n in listed(c.state_size)]

    def nested(self, states: Sequence[Any]) -> list[Any]:
        """A list of states for each cell; that of the only cell, where there is one."""
        rest = iter(states)
        lists = [[next(rest) for _ in listed(c.state_size)] for c in self.cells]
        return lists if len(lists) > 1 else lists[0]

    def build(self, x: TensorType) -> None:
        for cell in self.cells:
            cell.ensure_built(x)
            x = TensorType((x.shape[0], stepped(cell).output_size), x.dtype)

    def over(self, xs: Array, training: bool) -> tuple[Array, Step]:
        """As `Cell.over`; states are one flat list. What dropout takes is the same at every step."""
        first, *others = map(stepped, self.cells)
        xs, step = first.over(xs, training)
        batch = type_of(xs).shape[1]
        steps, size = [step], first.output_size
        for cell in others:
            steps.append(cell.single(xs, (batch, size), training))
            size = cell.output_size

        def together(row: Array, states: Sequence[Array]) -> tuple[Array, list[Array]]:
            rest, new = iter(states), []
            for cell, step in zip(self.cells, steps, strict=True):
                row, after = step(row, [next(rest) for _ in listed(cell.state_size)])
                new += listed(after)
            return row, new

        return xs, together

    def call(self, x: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        """One step: the output of the last cell, and the new states, a list for each cell."""
        new: list[Any] = []
        for cell, before in zip(self.cells, states if len(self.cells) > 1 else [states], strict=True):
            x, after = cell(x, listed(before), training=training)
            new.append(listed(after))
        return x, new if len(new) > 1 else new[0]
