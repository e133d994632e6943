"""One data set from several: zip, concatenate, sample from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.data.pipeline.elements import Chunk, Columns, Failure, Spec, rows
from wengert.data.pipeline.node import Cursor, Node, Run, State
from wengert.data.pipeline.randomness import Draws


@dataclass(frozen=True, eq=False)
class Several(Node):
    """A node with more than one input."""

    parts: tuple[Node, ...]

    @property
    def inputs(self) -> tuple[Node, ...]:
        return self.parts

    def cursors(self, run: Run, epoch: int, states: Any) -> list[Cursor]:
        """A cursor for each input."""
        return [
            p.start(run, epoch, s)
            for p, s in zip(self.parts, states or [None] * len(self.parts), strict=True)
        ]

    def spec(self) -> Spec:
        return self.parts[0].spec()


@dataclass(frozen=True, eq=False)
class Zip(Several):
    """(element of the first, element of the second, ...), until one of them ends."""

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        return _Zipping(self.cursors(run, epoch, state))

    def size(self) -> float | None:
        sizes = [p.size() for p in self.parts]
        return None if None in sizes else min(s for s in sizes if s is not None)

    def spec(self) -> Spec:
        return tuple(p.spec() for p in self.parts)


class _Zipping(Cursor):
    def __init__(self, inputs: list[Cursor]) -> None:
        self.inputs, self.ended = inputs, False

    def block(self, n: int) -> Chunk:
        parts: list[Chunk] = []
        for cursor in self.inputs if not self.ended else ():
            parts.append(cursor.exactly(n))
            n = min(n, len(parts[-1]))
            if n == 0:
                self.ended = True
                return []
        if all(isinstance(p, Columns) and len(p) == n for p in parts) and parts:
            return Columns(tuple(p.tree for p in parts if isinstance(p, Columns)), n)
        self.ended = self.ended or any(len(p) > n for p in parts)
        return [self._together(row) for row in zip(*map(rows, parts), strict=False)]

    @staticmethod
    def _together(row: tuple[Any, ...]) -> Any:
        return next((x for x in row if isinstance(x, Failure)), row)

    def state(self) -> State:
        return [cursor.state() for cursor in self.inputs]


@dataclass(frozen=True, eq=False)
class Concatenate(Several):
    """The elements of the first, then those of the second, ..."""

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        return _Concatenating(self, run, epoch, state)

    def size(self) -> float | None:
        sizes = [p.size() for p in self.parts]
        return None if None in sizes else sum(s for s in sizes if s is not None)


class _Concatenating(Cursor):
    def __init__(self, node: Concatenate, run: Run, epoch: int, state: State) -> None:
        self.node, self.run, self.epoch = node, run, epoch
        self.at = state["at"] if state else 0
        self.input = node.parts[self.at].start(run, epoch, state["in"] if state else None)

    def block(self, n: int) -> Chunk:
        while not len(found := self.input.block(n)) and self.at + 1 < len(self.node.parts):
            self.at += 1
            self.input = self.node.parts[self.at].start(self.run, self.epoch)
        return found

    def state(self) -> State:
        return {"at": self.at, "in": self.input.state()}


@dataclass(frozen=True, eq=False)
class SampleFrom(Several):
    """Each element from an input drawn by weight; one that has ended is not drawn any more."""

    weights: tuple[float, ...]
    seed: int

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        return _Sampling(self, run, epoch, state)

    def size(self) -> float | None:
        sizes = [p.size() for p, w in zip(self.parts, self.weights, strict=True) if w > 0]
        return None if None in sizes else sum(s for s in sizes if s is not None)


class _Sampling(Cursor):
    def __init__(self, node: SampleFrom, run: Run, epoch: int, state: State) -> None:
        self.inputs = node.cursors(run, epoch, state["in"] if state else None)
        self.live = np.asarray(state["live"] if state else node.weights, np.float64)
        self.draws = Draws(node.key(node.seed, epoch))
        self.n = state["n"] if state else 0

    def block(self, n: int) -> Chunk:
        found: list[Any] = []
        while not found and self.live.any():
            sums = np.cumsum(self.live)
            k = int(np.searchsorted(sums, self.draws.get(self.n, 1)[0] * sums[-1], side="right"))
            found = rows(self.inputs[k].block(1))
            self.n += 1
            if not found:
                self.live[k] = 0
        return found

    def state(self) -> State:
        return {"n": self.n, "live": self.live.tolist(), "in": [c.state() for c in self.inputs]}
