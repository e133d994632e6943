"""Shuffling through a buffer, so that the order is a function of the key and the buffer can be rebuilt.

The buffer has `size` slots, filled with the first elements. Output t comes from slot `j[t] = floor(size * draw(t))`,
and the next element takes its place. When no element is left, the slots are emptied in the order of a permutation.
So slot j, after t outputs, holds element `size + s` where s < t is the last output from it, or element j: the state
needs no elements, only t and a place upstream from which the oldest of them can be read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.data.pipeline.elements import Chunk, Columns, join, rows
from wengert.data.pipeline.node import Cursor, Node, Run, State, finite
from wengert.data.pipeline.order import Reordering
from wengert.data.pipeline.randomness import BLOCK, Draws, generator

Array = np.ndarray[Any, Any]

WHOLE = 2**62  # as a size: all elements
MARKS = 16  # places upstream that are kept before those not needed are dropped
PART = 1024  # elements that are taken from upstream at once
LAST = 2**64  # the block of random numbers that the permutation takes: no draw gets there


@dataclass(frozen=True, eq=False)
class Shuffle(Reordering):
    """The elements in random order, through a buffer of `buffer`; None: of all."""

    buffer: int | None
    seed: int
    reshuffle: bool

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        key = self.key(self.seed, epoch if self.reshuffle else 0)
        size = WHOLE if self.buffer is None else self.buffer
        return _Shuffling(self.input, run, epoch, size, key, state)

    def size(self) -> float | None:
        return self.input.size()


class _Shuffling(Cursor):
    """Holds numbers of elements in an array, elements in a list."""

    def __init__(self, node: Node, run: Run, epoch: int, size: int, key: int, state: State) -> None:
        self.size, self.draws, self.key = size, Draws(key), key
        self.buffer: Any = None  # before the first output: not filled
        self.out, self.read = 0, 0  # elements given, elements taken from upstream
        self.end: int | None = None  # number of the first output of the permutation
        self.order: Array = np.empty(0, np.int64)
        self.resume = state if state and state["out"] else None
        if state:
            self.read = state["mark"]
        self.input = node.start(run, epoch, state["in"] if state else None)
        self.step = max(1, min(size, finite(node.size()) or size))
        self.marks: list[tuple[int, State]] = [(self.read, self.input.state())]

    # --- where it stands --------------------------------------------------------------------------
    def state(self) -> State:
        if self.resume is not None:
            return self.resume
        at, place = self.marks[0]
        end = {} if self.end is None else {"end": self.end, "held": len(self.buffer)}
        return {"out": self.out, "mark": at, "in": place, **end}

    def forget(self) -> None:
        """Drop the places that come before the one from which the buffer can be rebuilt."""
        until = self.out if self.end is None else self.end
        oldest = int(slots_after(self.draws, self.size, until, self.size).min()) if until else 0
        while len(self.marks) > 1 and self.marks[1][0] <= oldest:
            self.marks.pop(0)

    def pull(self, n: int) -> Chunk:
        """Elements from upstream, and now and then the place where they were."""
        part = self.input.exactly(n)
        self.read += len(part)
        if self.read >= self.marks[-1][0] + self.step:
            self.marks.append((self.read, self.input.state()))
            if len(self.marks) > MARKS:
                self.forget()
        return part

    # --- filling and emptying ---------------------------------------------------------------------
    def fill(self) -> None:
        """Take the first elements."""
        parts: list[Chunk] = []
        while self.read < self.size and len(part := self.pull(min(self.size - self.read, PART))):
            parts.append(part)
        self.hold(join(parts) if parts else [])
        if len(self.buffer) < self.size:
            self.finish(0)

    def rebuild(self, state: State) -> None:
        """Hold what was held at a state, from a place upstream at or before the oldest of it."""
        self.resume, self.out = None, state["out"]
        filled, until = state.get("held", self.size), state.get("end", self.out)
        wanted = slots_after(self.draws, self.size, until, filled)
        needed = np.sort(wanted)
        parts: list[Chunk] = []
        while self.read < filled + until and len(part := self.pull(min(filled + until - self.read, PART))):
            inside = needed[slice(*np.searchsorted(needed, (self.read - len(part), self.read)))]
            parts.append(pick(part, inside - (self.read - len(part))))
        kept = join(parts) if parts else []
        self.hold(pick(kept, np.searchsorted(needed, wanted)))
        if "end" in state:
            self.finish(state["end"])

    def hold(self, chunk: Chunk) -> None:
        """Fill the slots; numbers go into an array of their own."""
        values = numbers_of(chunk)
        self.buffer = rows(chunk) if values is None else values.copy()

    def finish(self, end: int) -> None:
        """No element is left: the slots come in the order of a permutation."""
        self.end = end
        self.order = generator(self.key, LAST).permutation(len(self.buffer))

    # --- elements ---------------------------------------------------------------------------------
    def block(self, n: int) -> Chunk:
        if self.resume is not None:
            self.rebuild(self.resume)
        if self.buffer is None:
            self.fill()
        if self.end is None:
            fresh = self.pull(n)
            if len(fresh):
                return self.exchange(fresh)
            self.finish(self.out)
        assert self.end is not None
        slots = self.order[self.out - self.end :][:n]
        self.out += len(slots)
        if isinstance(self.buffer, np.ndarray):
            return Columns(self.buffer[slots], len(slots))
        return [self.buffer[j] for j in slots]

    def exchange(self, fresh: Chunk) -> Chunk:
        """As many elements as come in, each from a drawn slot that the next one then takes."""
        slots = (self.draws.get(self.out, len(fresh)) * self.size).astype(np.int64)
        self.out += len(fresh)
        values = numbers_of(fresh)
        if values is not None and isinstance(self.buffer, np.ndarray):
            earlier = previous(slots)
            found = np.where(earlier >= 0, values[earlier], self.buffer[slots])
            self.buffer[slots] = values  # of equal slots the last one stays
            return Columns(found, len(found))
        if isinstance(self.buffer, np.ndarray):
            self.buffer = list(self.buffer)
        out = []
        for j, x in zip(slots.tolist(), rows(fresh), strict=True):
            out.append(self.buffer[j])
            self.buffer[j] = x
        return out


def numbers_of(chunk: Chunk) -> Array | None:
    """The chunk as an array, where it is one of numbers."""
    if isinstance(chunk, Columns) and isinstance(chunk.tree, np.ndarray) and chunk.tree.ndim == 1:
        return chunk.tree
    return None


def pick(chunk: Chunk, places: Array) -> Chunk:
    """The elements at these places."""
    values = numbers_of(chunk)
    if values is not None:
        return Columns(values[places], len(places))
    elements = rows(chunk)
    return [elements[k] for k in places.tolist()]


def previous(slots: Array) -> Array:
    """For each output, the last output before it from the same slot; -1 where there is none.

    Example:
        >>> previous(np.array([3, 1, 3, 3])).tolist()
        [-1, -1, 0, 2]
    """
    order = np.argsort(slots, kind="stable")
    same = np.flatnonzero(slots[order][1:] == slots[order][:-1])
    found = np.full(len(slots), -1)
    found[order[same + 1]] = order[same]
    return found


def slots_after(draws: Draws, size: int, out: int, filled: int) -> Array:
    """The number of the element in each of the first `filled` slots after `out` outputs, none of the permutation."""
    held = np.arange(filled)
    missing, stop = np.ones(filled, bool), out
    while stop and missing.any():
        start = (stop - 1) // BLOCK * BLOCK
        slots = (draws.get(start, stop - start) * size).astype(np.int64)
        last = np.full(filled, -1)
        last[slots] = np.arange(start, stop)
        fresh = missing & (last >= 0)
        held[fresh] = size + last[fresh]
        missing &= ~fresh
        stop = start
    return held
