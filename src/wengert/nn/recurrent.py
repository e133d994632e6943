"""Layers over sequences: a recurrence as one `scan`, in one direction or both, and a layer at every step."""

from __future__ import annotations

from dataclasses import field, fields
from typing import Any, ClassVar

import numpy as np

from wengert.base.dtypes import is_float
from wengert.base.errors import ShapeError, UsageError
from wengert.base.tree import flatten
from wengert.ir.operators import cast
from wengert.ir.types import TensorType, type_of
from wengert.nn.cells import (
    Cell,
    GRUCell,
    GRUFields,
    LSTMCell,
    LSTMFields,
    SimpleRNNCell,
    SimpleRNNFields,
)
from wengert.nn.config import snake_case
from wengert.nn.layer import Layer, State
from wengert.nn.stacked import StackedRNNCells
from wengert.nn.stepped import Step, listed, stepped, zeros
from wengert.ops import math as m
from wengert.ops.control import scan
from wengert.ops.operands import Array, array
from wengert.ops.shape import expand_dims, flip, swapaxes


class Recurrent(Layer):
    """Base of layers that run a cell over a sequence, as one loop that is compiled once for all lengths.

    Args:
        return_sequences: give the output of each step, not the last one only.
        return_state: give the last states too, after the output.
        go_backwards: run from the last step to the first; outputs come in that order.
        stateful: start each batch with the states that the last one ended with, until `reset_state()`; the
            size of the batch must be known.
        unroll: accepted, as in Keras; the loop is one compiled loop either way.
        zero_output_for_mask: where a step is masked, the output is 0; else it is that of the step before.

    Calling:
        ``layer(x, initial_state=None, mask=None, training=False)``: mask [batch, time] is False where a step
        is to be left out: the state goes on as it was.

    Shapes:
        x [batch, time, features]  ->  y [batch, units] or, with return_sequences, [batch, time, units]
    """

    return_sequences: bool = field(default=False, kw_only=True)
    return_state: bool = field(default=False, kw_only=True)
    go_backwards: bool = field(default=False, kw_only=True)
    stateful: bool = field(default=False, kw_only=True)
    unroll: bool = field(default=False, kw_only=True)
    zero_output_for_mask: bool = field(default=False, kw_only=True)

    def make_cell(self) -> Any:
        """The cell, whose weights are made for the input of a step."""
        raise NotImplementedError

    def build(self, x: TensorType) -> None:
        if x.rank < 3:
            raise ShapeError(
                f"the input must be [batch, time, features]; got {x}. Add an axis: x[..., None]."
            )
        self.cell = self.make_cell()
        self.cell.ensure_built(TensorType((x.shape[0], *x.shape[2:]), x.dtype))
        if self.stateful and not isinstance(x.shape[0], int):
            raise ShapeError(
                f"stateful layers must be built for a known batch size; got {x}. Say it: "
                f"wg.Input({x.shape[1:]}, batch_size=...)."
            )
        if self.stateful:
            self.states = State(
                self.add_weight((x.shape[0], *s), "zeros", trainable=False, name=f"state_{k}")
                for k, s in enumerate(stepped(self.cell).state_shapes())
            )

    def reset_state(self) -> None:
        """Let the next batch of a stateful layer start with zeros."""
        for state in getattr(self, "states", ()):
            state.assign(np.zeros(state.shape, state.dtype))

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return mask if self.return_sequences else None

    def call(self, x: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        states = self._start(x, initial_state)
        steps, step = stepped(self.cell).over(swapaxes(x, 0, 1), training)
        if mask is None:
            ys, last, states = self._run(step, states, steps)
        else:
            ys, last, states = self._run_masked(step, states, steps, self._time_first(mask, x))
        if self.stateful:
            for variable, state in zip(self.states, states, strict=True):
                variable.assign(m.stop_gradient(state))
        if self.return_sequences:
            last = swapaxes(flip(ys, 0) if self.go_backwards else ys, 0, 1)
        return (last, *stepped(self.cell).nested(states)) if self.return_state else last

    def _start(self, x: Array, given: Any) -> list[Array]:
        """The first states: those given, those kept, or zeros."""
        batch = type_of(x).shape[0]
        if given is None and self.stateful:
            if type_of(self.states[0]).shape[0] != batch:
                raise ShapeError(
                    f"a stateful layer must be given batches of {type_of(self.states[0]).shape[0]} as before; got "
                    f"{type_of(x)}. Make another layer for other batches."
                )
            return [v.value for v in self.states]
        if given is None:
            like = x if is_float(type_of(x).dtype) else cast(x, self.compute_dtype)
            return [self.autocast(array(s)) for s in stepped(self.cell).first_states(batch, like)]
        found = [self.autocast(array(s)) for s in flatten(listed(given))[0]]
        want = [
            TensorType((batch, *shape), self.compute_dtype) for shape in stepped(self.cell).state_shapes()
        ]
        if [type_of(s) for s in found] != want:
            got = ", ".join(str(type_of(s)) for s in found)
            raise ShapeError(f"initial_state must be {', '.join(map(str, want))}; got {got}.")
        return found

    def _run(self, step: Step, states: list[Array], rows: Array) -> tuple[Array, Array, list[Array]]:
        """The outputs of all steps, the last one, and the last states."""
        is_state = stepped(self.cell).output_is_state
        stacked = self.return_sequences or not is_state

        def body(carry: list[Array], row: Array) -> tuple[list[Array], Any]:
            y, new = step(row, carry)
            return listed(new), y if stacked else None

        states, ys = scan(body, states, rows, reverse=self.go_backwards)
        if is_state:
            return ys, states[0], states
        return ys, ys[0 if self.go_backwards else -1], states

    def _run_masked(
        self, step: Step, states: list[Array], rows: Array, mask: Array
    ) -> tuple[Array, Array, list[Array]]:
        """As `_run`; steps where the mask is False change nothing."""

        def body(carry: tuple[list[Array], Array], at: tuple[Array, Array]) -> Any:
            (before, held), (x, there) = carry, at
            y, after = step(x, before)
            after = [m.where(there, new, old) for new, old in zip(listed(after), before, strict=True)]
            y = m.where(there, y, 0.0 if self.zero_output_for_mask else held)
            return (after, y), y if self.return_sequences else None

        start = (states, self._output_before(states))
        (states, last), ys = scan(body, start, (rows, mask), reverse=self.go_backwards)
        return ys, last, states

    def _output_before(self, states: list[Array]) -> Array:
        """What a first step gives that is masked: the state, where that is the output, else zeros."""
        cell = stepped(self.cell)
        if cell.output_is_state:
            return states[0]
        return zeros((type_of(states[0]).shape[0], cell.output_size), states[0])

    def _time_first(self, mask: Any, x: Array) -> Array:
        """The mask as [time, batch, 1, ...], of the rank that outputs of all steps have."""
        mask = array(mask)
        want = TensorType(type_of(x).shape[:2], "bool")
        if type_of(mask) != want:
            raise ShapeError(f"mask must be {want}, True where a step counts; got {type_of(mask)}.")
        for _ in stepped(self.cell).state_shapes()[0]:
            mask = expand_dims(mask, -1)
        return swapaxes(mask, 0, 1)


class RNN(Recurrent):
    """Runs any cell: a layer with `state_size` (an int, or several) whose call is ``(x, states) -> (output,
    states)``; the other arguments are those of `Recurrent`. A list of cells is a `StackedRNNCells` of them.

    Example:
        >>> import numpy as np
        >>> RNN(LSTMCell(4), return_sequences=True)(np.zeros((2, 5, 3), "float32")).shape
        (2, 5, 4)
    """

    cell: Any
    by_place: ClassVar[tuple[Any, ...]] = (
        ...,
        "return_sequences",
        "return_state",
        "go_backwards",
        "stateful",
        "unroll",
        "zero_output_for_mask",
    )

    def check_fields(self) -> None:
        if isinstance(self.cell, list | tuple):
            self.cell = StackedRNNCells(self.cell)
        if not isinstance(self.cell, Layer) or not hasattr(self.cell, "state_size"):
            raise UsageError(f"RNN: cell must be a layer with a state_size; got {self.cell!r}.")

    def make_cell(self) -> Any:
        return self.cell


class Gated(Recurrent):
    """Base of the layers that make their cell from their own fields."""

    cell_class: ClassVar[type[Cell]]

    def make_cell(self) -> Any:
        shared = {f.name: getattr(self, f.name) for f in fields(self.cell_class)}
        name = f"{self.name}/{snake_case(self.cell_class.__name__)}"
        return self.cell_class(**{**shared, "name": name})


class SimpleRNN(SimpleRNNFields, Gated):
    """`SimpleRNNCell` over a sequence; the arguments are those of the cell, then those of `Recurrent`."""

    cell_class = SimpleRNNCell


class LSTM(LSTMFields, Gated):
    """`LSTMCell` over a sequence; the arguments are those of the cell, then those of `Recurrent`."""

    cell_class = LSTMCell


class GRU(GRUFields, Gated):
    """`GRUCell` over a sequence; the arguments are those of the cell, then those of `Recurrent`."""

    cell_class = GRUCell
