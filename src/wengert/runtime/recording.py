"""Recording: while a function is traced, variables that it reads become inputs, and those it assigns, outputs."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wengert.ir.node import Node, constant, graph_input
from wengert.ir.watch import watch

if TYPE_CHECKING:
    from wengert.runtime.tensor import Tensor
    from wengert.runtime.variable import Variable


class Recording:
    """What a traced function did to variables so far."""

    def __init__(self) -> None:
        self.read: dict[Variable, Node] = {}  # the graph input that stands for the variable's value before
        self.now: dict[Variable, Node] = {}  # what the variable would hold at this point
        self.assigned: dict[Variable, None] = {}

    def value(self, variable: Variable) -> Node:
        """What the variable holds at this point of the program."""
        if variable not in self.now:
            node = graph_input(variable.held, variable.path)
            self.read[variable] = self.now[variable] = node
        return self.now[variable]

    def assign(self, variable: Variable, node: Node) -> None:
        """From here on the variable holds `node`."""
        self.value(variable)
        self.now[variable] = node
        self.assigned[variable] = None

    def lift(self, tensor: Tensor) -> Node:
        """What stands for a tensor that is not an argument: its value, which becomes part of the program."""
        return constant(tensor.value)


class _Stack(threading.local):
    def __init__(self) -> None:
        self.recordings: list[Recording] = []


_STACK = _Stack()


def current() -> Recording | None:
    """The innermost recording of this thread."""
    return _STACK.recordings[-1] if _STACK.recordings else None


class Capturing(Recording):
    """A recording of a part of a program: tensors that it uses become inputs, as variables do."""

    def __init__(self) -> None:
        super().__init__()
        self.tensors: dict[Tensor, Node] = {}

    def lift(self, tensor: Tensor) -> Node:
        if tensor not in self.tensors:
            self.tensors[tensor] = graph_input(tensor.type, "captured")
        return self.tensors[tensor]


@contextlib.contextmanager
def recording(new: Recording | None = None) -> Iterator[Recording]:
    """Trace what happens inside."""
    new = new or Recording()
    _STACK.recordings.append(new)
    watch("recording", True)
    try:
        yield new
    finally:
        _STACK.recordings.pop()
        watch("recording", bool(_STACK.recordings))
