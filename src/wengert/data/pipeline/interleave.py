"""Data sets that a function makes from elements: one after the other, or some at a time in turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wengert.data.pipeline.elements import Chunk, Failure, rows
from wengert.data.pipeline.faults import located
from wengert.data.pipeline.functions import Call
from wengert.data.pipeline.node import Cursor, Node, Run, State
from wengert.data.pipeline.randomness import mix
from wengert.data.pipeline.segment import Prefetch


@dataclass(frozen=True, eq=False)
class Interleave(Node):
    """`block` elements in turn from each of `cycle` data sets f(element); None: all elements of one.

    as_node: the node of what f returned.
    threads: how many of those in the cycle are read ahead, by a thread each.
    """

    input: Node
    call: Call
    as_node: Callable[[Any], Node]
    cycle: int
    turn: int | None
    threads: int
    seed: int

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        return _Interleaving(self, run, epoch, state)

    @property
    def name(self) -> str:
        return f"interleave({self.call.name})"

    def identity(self) -> tuple[Any, ...]:
        return (self.call.f, self.cycle, self.turn, self.seed)


@dataclass
class _Slot:
    """A data set of the cycle: the place of its element upstream, and that element's number."""

    place: State
    number: int
    cursor: Cursor


class _Interleaving(Cursor):
    def __init__(self, node: Interleave, run: Run, epoch: int, state: State) -> None:
        self.node, self.run, self.epoch = node, run, epoch
        self.key = node.key(node.seed, epoch)
        self.input = node.input.start(run, epoch, state["in"] if state else None)
        self.number = state["n"] if state else 0  # of the next element
        self.at = state["at"] if state else 0  # the slot whose turn it is
        self.left = state["left"] if state else node.turn
        self.slots = (
            [self._again(k, *s) if s else None for k, s in enumerate(state["slots"])] if state else []
        )
        self.slots += [None] * (node.cycle - len(self.slots))
        self.more = state["more"] if state else True  # whether there may be elements left

    def block(self, n: int) -> Chunk:
        while self.more or any(self.slots):
            slot = self.slots[self.at]
            if slot is None and self.more:
                failed = self._open(self.at)
                if failed is not None:
                    return [failed]
                slot = self.slots[self.at]
            if slot is not None:
                found = slot.cursor.block(n if self.left is None else min(n, self.left))
                if len(found):
                    self._count(len(found))
                    return found
                self.slots[self.at] = None
                if self.more:
                    continue  # the next data set takes the slot, and what is left of its turn
            self.at, self.left = (self.at + 1) % self.node.cycle, self.node.turn
        return []

    def _count(self, given: int) -> None:
        if self.left is not None:
            self.left -= given
            if self.left == 0:
                self.at, self.left = (self.at + 1) % self.node.cycle, self.node.turn

    def _open(self, at: int) -> Failure | None:
        """Put the data set of the next element into a slot."""
        place, number = self.input.state(), self.number
        found = rows(self.input.block(1))
        if not found:
            self.more = False
            return None
        self.number += 1
        if isinstance(found[0], Failure):
            return found[0]
        try:
            self.slots[at] = _Slot(place, number, self._cursor(at, found[0], number, None))
        except Exception as error:
            return Failure(located(error, f"in {self.node.name}, element {number}"), self.node)
        return None

    def _cursor(self, at: int, element: Any, number: int, state: State) -> Cursor:
        inner = self.node.as_node(self.node.call(element, self.key, number))
        ahead = Prefetch(inner, 2 * (self.node.turn or 32), background=at < self.node.threads)
        return ahead.start(self.run, mix(self.epoch, number), state)

    def _again(self, at: int, place: State, number: int, state: State) -> _Slot:
        """A slot as it was: its element is read again."""
        outer = self.node.input.start(self.run, self.epoch, place)
        return _Slot(place, number, self._cursor(at, rows(outer.block(1))[0], number, state))

    def state(self) -> State:
        slots = [s and [s.place, s.number, s.cursor.state()] for s in self.slots]
        return {
            "in": self.input.state(),
            "n": self.number,
            "at": self.at,
            "left": self.left,
            "slots": slots,
            "more": self.more,
        }
