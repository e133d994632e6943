"""Elements that belong together: windows of successive ones, batches of those of similar length.

Both hold elements back. Their state is a place upstream at or before the oldest of them, and what was passed since.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import Any

from wengert.data.pipeline.elements import Chunk, Failure, Spec, rows, stack, with_axis
from wengert.data.pipeline.faults import located
from wengert.data.pipeline.functions import Call
from wengert.data.pipeline.node import Cursor, Node, Run, State
from wengert.data.pipeline.pointwise import pad
from wengert.ir.dim import Dim


@dataclass(frozen=True, eq=False)
class Window(Node):
    """`length` elements, `stride` apart, stacked; the next window starts `shift` elements later."""

    input: Node
    length: int
    shift: int
    stride: int
    drop_remainder: bool

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        return _Windowing(self, self.input.start(run, epoch, state["in"] if state else None), state)

    def spec(self) -> Spec:
        return with_axis(self.input.spec(), self.length if self.drop_remainder else Dim.named("window"))

    def size(self) -> float | None:
        whole = self.input.size()
        if whole is None or whole == float("inf"):
            return whole
        span = (self.length - 1) * self.stride if self.drop_remainder else 0
        return max(0, -(-(int(whole) - span) // self.shift))


class _Windowing(Cursor):
    """`held` are successive elements, from number `first` on; `places[k]` is the place upstream before held[k]."""

    def __init__(self, node: Window, input: Cursor, state: State) -> None:
        self.node, self.input = node, input
        self.held: list[Any] = []
        self.places: list[State] = []
        self.pass_over = state["pass"] if state else 0  # elements between this window and the next

    def block(self, n: int) -> Chunk:
        span = (self.node.length - 1) * self.node.stride + 1
        while self.pass_over and len(part := self.input.block(self.pass_over)):
            self.pass_over -= len(part)
        while len(self.held) < span:
            place, part = self.input.state(), self.input.block(1)
            if not len(part):
                break
            self.held += rows(part)
            self.places.append(place)
        if not self.held or (self.node.drop_remainder and len(self.held) < span):
            return []
        members = self.held[: span : self.node.stride]
        self.pass_over = max(0, self.node.shift - len(self.held))
        del self.held[: self.node.shift], self.places[: self.node.shift]
        self.held = [x.again() if isinstance(x, Failure) else x for x in self.held]
        return [_together(members, self.node, lambda: stack(members, "window"))]

    def state(self) -> State:
        place = self.places[0] if self.places else self.input.state()
        return {"in": place, "pass": self.pass_over}


def _together(members: list[Any], node: Node, make: Any) -> Any:
    failed = next((x for x in members if isinstance(x, Failure)), None)
    if failed is not None:
        return failed
    try:
        return make()
    except Exception as error:
        return Failure(located(error, f"in {node.name}"), node)


@dataclass(frozen=True, eq=False)
class Bucket(Node):
    """Batches of elements of similar length: bucket k holds lengths from `limits[k-1]` to below `limits[k]`."""

    input: Node
    call: Call
    limits: tuple[int, ...]
    counts: tuple[int, ...]
    values: Any
    drop_remainder: bool

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        return _Bucketing(self, self.input.start(run, epoch, state["in"] if state else None), state)

    @property
    def name(self) -> str:
        return "bucket_by_length"

    def identity(self) -> tuple[Any, ...]:
        return (self.call.f, self.limits, self.counts, self.values, self.drop_remainder)


class _Bucketing(Cursor):
    def __init__(self, node: Bucket, input: Cursor, state: State) -> None:
        self.node, self.input = node, input
        self.read = 0  # elements taken
        self.buckets: list[list[tuple[int, Any, State]]] = [[] for _ in range(len(node.limits) + 1)]
        if state:
            self._rebuild(state["mark"], state["held"], state["n"])

    def _rebuild(self, mark: int, held: list[int], n: int) -> None:
        """Read again what was held, from element `mark` on."""
        self.read = mark
        while self.read < n:
            wanted = self.read in held
            place, part = self.input.state(), rows(self.input.block(1))
            if not part:
                return
            if wanted:
                self.buckets[self._bucket(part[0])].append((self.read, part[0], place))
            self.read += 1

    def _bucket(self, element: Any) -> int:
        return bisect.bisect_right(self.node.limits, int(self.node.call(element, 0, 0)))

    def block(self, n: int) -> Chunk:
        while True:
            place, part = self.input.state(), rows(self.input.block(1))
            if not part:
                return self._rest()
            number, self.read = self.read, self.read + 1
            if isinstance(part[0], Failure):
                return part
            try:
                k = self._bucket(part[0])
            except Exception as error:
                return [Failure(located(error, f"in {self.node.name}, element {number}"), self.node)]
            self.buckets[k].append((number, part[0], place))
            if len(self.buckets[k]) == self.node.counts[k]:
                return [self._batch(k)]

    def _rest(self) -> Chunk:
        """At the end: what is left in the buckets, shortest first."""
        for k, bucket in enumerate(self.buckets):
            if bucket and not self.node.drop_remainder:
                return [self._batch(k)]
        return []

    def _batch(self, k: int) -> Any:
        members = [x for _, x, _ in self.buckets[k]]
        self.buckets[k] = []
        return _together(members, self.node, lambda: pad(members, self.node.values, None))

    def state(self) -> State:
        held = sorted((number, place) for bucket in self.buckets for number, _, place in bucket)[:1]
        numbers = sorted(number for bucket in self.buckets for number, _, _ in bucket)
        if not held:
            return {"in": self.input.state(), "mark": self.read, "n": self.read, "held": []}
        return {"in": held[0][1], "mark": held[0][0], "n": self.read, "held": numbers}
