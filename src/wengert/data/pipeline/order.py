"""Which elements come, and when, whatever they are: take, skip, shard, repeat, concatenate, a random share.

These work on numbers of elements as well as on elements, so that a data set whose elements can be looked up is
reordered before anything is read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.data.pipeline.elements import Chunk, Columns, Spec, rows
from wengert.data.pipeline.node import Cursor, Node, Run, State
from wengert.data.pipeline.randomness import Draws


@dataclass(frozen=True, eq=False)
class Reordering(Node):
    """A node whose elements are those of its input, in another order or number."""

    input: Node

    def spec(self) -> Spec:
        return self.input.spec()


@dataclass(frozen=True, eq=False)
class Take(Reordering):
    """The first `count`."""

    count: int

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        n, at = (state["n"], state["in"]) if state else (0, None)
        return _Taking(self.input.start(run, epoch, at), self.count, n)

    def size(self) -> float | None:
        whole = self.input.size()
        return None if whole is None else min(self.count, whole)


class _Taking(Cursor):
    def __init__(self, input: Cursor, count: int, n: int) -> None:
        self.input, self.count, self.n = input, count, n

    def block(self, n: int) -> Chunk:
        n = min(n, self.count - self.n)
        if n == 0:
            return []
        found = self.input.block(n)
        self.n += len(found)
        return found

    def state(self) -> State:
        return {"n": self.n, "in": self.input.state()}


@dataclass(frozen=True, eq=False)
class Skip(Reordering):
    """All but the first `count`."""

    count: int

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        n, at = (state["n"], state["in"]) if state else (self.count, None)
        return _Skipping(self.input.start(run, epoch, at), n)

    def size(self) -> float | None:
        whole = self.input.size()
        return None if whole is None else max(whole - self.count, 0)


class _Skipping(Cursor):
    def __init__(self, input: Cursor, left: int) -> None:
        self.input, self.left = input, left

    def block(self, n: int) -> Chunk:
        while self.left:
            passed = len(self.input.block(min(self.left, 1024)))
            self.left -= passed
            if not passed:
                return []
        return self.input.block(n)

    def state(self) -> State:
        return {"n": self.left, "in": self.input.state()}


@dataclass(frozen=True, eq=False)
class Shard(Reordering):
    """Every `count`-th, from number `index` on."""

    count: int
    index: int

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        n, at = (state["n"], state["in"]) if state else (0, None)
        return _Sharding(self, self.input.start(run, epoch, at), n)

    def size(self) -> float | None:
        whole = self.input.size()
        if whole is None or math.isinf(whole):
            return whole
        return max(0, -(-(int(whole) - self.index) // self.count))


class _Sharding(Cursor):
    def __init__(self, node: Shard, input: Cursor, n: int) -> None:
        self.node, self.input, self.n = node, input, n

    def block(self, n: int) -> Chunk:
        found: Chunk = []
        while not len(found):
            count, index = self.node.count, self.node.index
            part = self.input.block(n)
            if not len(part):
                return []
            first = (index - self.n) % count
            self.n += len(part)
            if isinstance(part, Columns) and isinstance(part.tree, np.ndarray):
                numbers = part.tree[first::count]
                found = Columns(numbers, len(numbers))
            else:
                found = rows(part)[first::count]
        return found

    def state(self) -> State:
        return {"n": self.n, "in": self.input.state()}


@dataclass(frozen=True, eq=False)
class Repeat(Reordering):
    """The epochs of the input, `count` of them as one; None: without end."""

    count: int | None

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        return _Repeating(self, run, epoch, state)

    def size(self) -> float | None:
        whole = self.input.size()
        if whole == 0 or self.count == 0:
            return 0
        if self.count is None:
            return math.inf
        return None if whole is None else whole * self.count


class _Repeating(Cursor):
    def __init__(self, node: Repeat, run: Run, epoch: int, state: State) -> None:
        self.node, self.run = node, run
        self.first = epoch * (2**32 if node.count is None else node.count)
        self.turn = state["turn"] if state else 0
        self.some = state["some"] if state else False  # whether this turn has given an element
        self.input: Cursor | None = None
        if self.node.count is None or self.turn < self.node.count:
            self.input = node.input.start(run, self.first + self.turn, state["in"] if state else None)

    def block(self, n: int) -> Chunk:
        while self.input is not None:
            found = self.input.block(n)
            if len(found):
                self.some = True
                return found
            self.turn, self.input = self.turn + 1, None
            if self.some and (self.node.count is None or self.turn < self.node.count):
                self.input, self.some = self.node.input.start(self.run, self.first + self.turn), False
        return []

    def state(self) -> State:
        inner = None if self.input is None else self.input.state()
        turn = self.turn if self.input is not None else self.node.count or self.turn
        return {"turn": turn, "some": self.some, "in": inner}


@dataclass(frozen=True, eq=False)
class Share(Reordering):
    """Those whose random number in [0, 1), one for each position, is from `low` to below `high`."""

    low: float
    high: float
    seed: int

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        n, at = (state["n"], state["in"]) if state else (0, None)
        return _Sharing(self, self.input.start(run, epoch, at), n)


class _Sharing(Cursor):
    def __init__(self, node: Share, input: Cursor, n: int) -> None:
        self.node, self.input, self.n = node, input, n
        self.draws = Draws(node.key(node.seed, 0))

    def block(self, n: int) -> Chunk:
        found: list[Any] = []
        while not found:
            part = rows(self.input.block(n))
            if not part:
                return []
            numbers = self.draws.get(self.n, len(part))
            self.n += len(part)
            found = [x for x, u in zip(part, numbers, strict=True) if self.node.low <= u < self.node.high]
        return found

    def state(self) -> State:
        return {"n": self.n, "in": self.input.state()}
