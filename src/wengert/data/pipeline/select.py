"""Steps that give fewer or more elements than they take: filter, skip what failed, unbatch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wengert.base.errors import ShapeError
from wengert.data.pipeline.elements import Chunk, Columns, Failure, Spec, leaves, map_leaves, rows
from wengert.data.pipeline.faults import located
from wengert.data.pipeline.functions import Call
from wengert.data.pipeline.meter import Meter
from wengert.data.pipeline.node import Cursor, Node, Run, State
from wengert.data.pipeline.order import Reordering
from wengert.ir.types import TensorType


@dataclass(frozen=True, eq=False)
class Filter(Reordering):
    """The elements of which f(element) is true."""

    call: Call
    seed: int

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        n, at = (state["n"], state["in"]) if state else (0, None)
        return _Filtering(self, self.input.start(run, epoch, at), self.key(self.seed, epoch), n)

    @property
    def name(self) -> str:
        return f"filter({self.call.name})"

    def identity(self) -> tuple[Any, ...]:
        return (self.call.f, self.seed)


class _Filtering(Cursor):
    def __init__(self, node: Filter, input: Cursor, key: int, n: int) -> None:
        self.node, self.input, self.key, self.n = node, input, key, n

    def block(self, n: int) -> Chunk:
        found: list[Any] = []
        while not found:
            part = rows(self.input.block(n))
            if not part:
                break
            found = [y for k, x in enumerate(part, self.n) for y in self._kept(x, k)]
            self.n += len(part)
        return found

    def _kept(self, element: Any, number: int) -> list[Any]:
        if isinstance(element, Failure):
            return [element]
        try:
            return [element] if self.node.call(element, self.key, number) else []
        except (Exception, SystemExit) as error:
            return [Failure(located(error, f"in {self.node.name}, element {number}"), self.node)]

    def state(self) -> State:
        return {"n": self.n, "in": self.input.state()}


@dataclass(frozen=True, eq=False)
class SkipFailures(Reordering):
    """All elements but those that a step, or, None, any step, failed to make; they are counted."""

    step: Node | None

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.input,)

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        meter = run.meters.setdefault(self, Meter("skip failures", self.input.name, 0))
        return _SkippingFailures(self, self.input.start(run, epoch, state), meter)


class _SkippingFailures(Cursor):
    def __init__(self, node: SkipFailures, input: Cursor, meter: Meter) -> None:
        self.node, self.input, self.meter = node, input, meter

    def block(self, n: int) -> Chunk:
        while len(part := self.input.block(n)):
            if isinstance(part, Columns):
                return part
            found = [x for x in part if not self._left_out(x)]
            self.meter.skipped += len(part) - len(found)
            if found:
                return found
        return []

    def _left_out(self, element: Any) -> bool:
        return isinstance(element, Failure) and (self.node.step is None or element.origin is self.node.step)

    def state(self) -> State:
        return self.input.state()


@dataclass(frozen=True, eq=False)
class Unbatch(Node):
    """The rows of each element, one by one: what `batch` undoes."""

    input: Node

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        return _Unbatching(self, self.input.start(run, epoch, state["in"] if state else None), state)

    def spec(self) -> Spec:
        return map_leaves(
            lambda t: TensorType(t.shape[1:], t.dtype) if isinstance(t, TensorType) else t, self.input.spec()
        )


class _Unbatching(Cursor):
    def __init__(self, node: Unbatch, input: Cursor, state: State) -> None:
        self.node, self.input = node, input
        self.before: State = state["in"] if state else input.state()
        self.held: Chunk = []
        self.at = 0
        if state and state["at"]:
            self.held, self.at = self._taken_apart(rows(self.input.block(1))[0]), state["at"]

    def block(self, n: int) -> Chunk:
        while self.at >= len(self.held):
            self.before, self.at = self.input.state(), 0
            part = rows(self.input.block(1))
            self.held = self._taken_apart(part[0]) if part else []
            if not part:
                return []
        found = (
            self.held[self.at : self.at + n]
            if isinstance(self.held, list)
            else self.held.part(self.at, self.at + n)
        )
        self.at += len(found)
        return found

    def _taken_apart(self, element: Any) -> Chunk:
        if isinstance(element, Failure):
            return [element]
        try:
            return Columns(element, _length(element))
        except Exception as error:
            return [Failure(located(error, "in unbatch"), self.node)]

    def state(self) -> State:
        if self.at >= len(self.held):
            return {"in": self.input.state(), "at": 0}
        return {"in": self.before, "at": self.at}


def _length(tree: Any) -> int:
    """Length of the first axis of all leaves."""
    lengths = {len(x) for x in leaves(tree)}
    if len(lengths) != 1:
        raise ShapeError(f"unbatch: leaves must have one length along the first axis; got {sorted(lengths)}.")
    return lengths.pop()
