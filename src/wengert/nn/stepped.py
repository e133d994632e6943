"""What a recurrence asks of its cell. Wengert's own cells answer by themselves, `UsersCell` answers for others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from wengert.base.tree import flatten
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops.operands import Array

Step = Callable[[Any, Sequence[Any]], tuple[Any, Any]]  # (x, states) -> output, states


class Stepped:
    """Base of cells: what there is besides `state_size` and a call ``(x, states) -> (output, states)``."""

    output_is_state: ClassVar[bool] = False
    """Whether the first state is the output."""

    def state_shapes(self: Any) -> list[tuple[int, ...]]:
        """The shapes of all states, without the batch."""
        return [(int(n),) for n in listed(self.state_size)]

    @property
    def output_size(self: Any) -> int:
        """The length of the output."""
        return int(listed(self.state_size)[0])

    def first_states(self, batch: Any, like: Array) -> list[Any]:
        """The states that a sequence starts with: zeros."""
        return [zeros((batch, *shape), like) for shape in self.state_shapes()]

    def nested(self, states: Sequence[Any]) -> list[Any]:
        """A list of all states in the form that users get them in."""
        return list(states)

    def over(self: Any, xs: Array, training: bool) -> tuple[Array, Step]:
        """What to go through instead of the inputs [time, batch, ...] of all steps, and what a step does."""
        return xs, self.single(xs, type_of(xs).shape[1:], training)

    def single(self: Any, like: Array, shape: Sequence[Any], training: bool) -> Step:
        """What a step does with inputs of this shape that come one at a time. like: of their dtype."""
        return lambda row, states: self(row, states, training=training)


class UsersCell(Stepped):
    """The answers for a layer that has a `state_size`, and perhaps `output_size` and `get_initial_state`."""

    def __init__(self, cell: Any) -> None:
        self.cell, self.state_size = cell, cell.state_size

    @property
    def output_size(self) -> int:
        return int(getattr(self.cell, "output_size", listed(self.state_size)[0]))

    def first_states(self, batch: Any, like: Array) -> list[Any]:
        if not hasattr(self.cell, "get_initial_state"):
            return super().first_states(batch, like)
        return flatten(listed(self.cell.get_initial_state(batch_size=batch)))[0]

    def __call__(self, x: Any, states: Any, training: bool = False) -> Any:
        return self.cell(x, states, training=training)


def stepped(cell: Any) -> Stepped:
    """Who answers for a cell."""
    return cell if isinstance(cell, Stepped) else UsersCell(cell)


def zeros(shape: Sequence[Any], like: Array) -> Array:
    """Zeros of the dtype and kind (recorded or not) of `like`."""
    return operators.broadcast_to(np.zeros((), type_of(like).dtype), tuple(shape), like)


def listed(states: Any) -> list[Any]:
    """States as a list: a cell may give one alone."""
    return list(states) if isinstance(states, list | tuple) else [states]
