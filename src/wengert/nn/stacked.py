"""Cells on top of one another, as one cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wengert.base.errors import UsageError
from wengert.ir.types import TensorType, type_of
from wengert.nn.cells import Cell, Step, listed, multiplied
from wengert.nn.layer import Layer
from wengert.ops.operands import Array


class StackedRNNCells(Layer):
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
        return _output_size(self.cells[-1])

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
            x = TensorType((x.shape[0], _output_size(cell)), x.dtype)

    def over(self, xs: Array, training: bool) -> tuple[Array, Step]:
        """As `Cell.over`; states are one flat list. What dropout takes is the same at every step."""
        first, *others = self.cells
        step = _step_of(first, training)
        if isinstance(first, Cell):
            xs, step = first.over(xs, training)
        batch = type_of(xs).shape[1]
        steps, size = [step], _output_size(first)
        for cell in others:
            steps.append(_dropping_step(cell, xs, (batch, size), training))
            size = _output_size(cell)

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


def _output_size(cell: Any) -> int:
    return int(getattr(cell, "output_size", listed(cell.state_size)[0]))


def _step_of(cell: Any, training: bool) -> Step:
    return lambda row, states: cell(row, states, training=training)


def _dropping_step(cell: Any, like: Array, shape: tuple[Any, ...], training: bool) -> Step:
    """A step of a cell on top of others, whose inputs have this shape."""
    if not isinstance(cell, Cell) or not training:
        return _step_of(cell, training)
    inputs, state = cell.kept_input(like, shape), cell.kept_state(like, shape[0])

    def step(row: Array, states: Sequence[Array]) -> tuple[Array, Any]:
        new = cell.advance(cell.project(multiplied(row, inputs)), states, state)
        return new[0], new

    return step
