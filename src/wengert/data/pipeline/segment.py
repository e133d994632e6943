"""A run of steps without memory, done together: a thread takes a chunk through all of them.

Steps from one `prefetch`, or one step with memory, to the next form a segment, however many threads each of them
allows: so a state does not depend on numbers of threads. The segment's spine, the node before it, is read by one
thread at a time; what the steps make of a chunk depends on the chunk and its place alone.
"""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import Any

from wengert.data.pipeline.elements import Chunk
from wengert.data.pipeline.meter import Meter
from wengert.data.pipeline.node import Cursor, Node, Run, State
from wengert.data.pipeline.processes import Pool
from wengert.data.pipeline.stage import Background, Inline


@dataclass(frozen=True, eq=False)
class Pointwise(Node):
    """A step without memory. `apply` gives one output for each `unit` inputs."""

    input: Node

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        segment = segment_of(self)
        work = segment.work(run, epoch)
        if segment.threads == 0:
            return Inline(work, run, epoch, state)
        return Background(work, run, epoch, state, segment.threads, segment.buffer)

    @property
    def unit(self) -> int:
        return 1

    @property
    def wanted_threads(self) -> int | None:
        """How many threads shall run it, and may at a time; None: any number."""
        return None

    @property
    def in_order(self) -> bool:
        """Whether outputs come in the order of the inputs."""
        return True

    @property
    def random_seed(self) -> int:
        """What its random numbers depend on."""
        return 0

    def pool(self, run: Run) -> Pool | None:
        """The processes that apply it, if it does not run here."""
        return None

    def apply(self, chunk: Chunk, first: int, key: int) -> Chunk:
        """The outputs of a chunk whose first element has number `first` at this step."""
        raise NotImplementedError

    def size(self) -> float | None:
        return self.input.size()


@dataclass(frozen=True, eq=False)
class Prefetch(Pointwise):
    """The same elements, up to `buffer` of them made ahead in the background."""

    buffer: int
    background: bool = True

    def apply(self, chunk: Chunk, first: int, key: int) -> Chunk:
        return chunk

    def identity(self) -> tuple[Any, ...]:
        return ()

    @cached_property
    def depth(self) -> int:
        return self.input.depth  # what comes after draws the same numbers with it and without

    def spec(self) -> Any:
        return self.input.spec()


@dataclass(frozen=True)
class Segment:
    """Steps in the order of the data, and who runs them: `threads` in the background, or, 0, who asks."""

    spine: Node
    steps: tuple[Pointwise, ...]
    threads: int
    buffer: int | None
    ordered: bool

    def work(self, run: Run, epoch: int) -> Work:
        """What a thread does with a chunk."""
        name = " -> ".join(s.name for s in self.steps) or "prefetch"
        meter = run.meters.setdefault(self.steps or self.spine, Meter(name, _path(self.spine), self.threads))
        return Work(self, tuple((s, s.key(s.random_seed, epoch)) for s in self.steps), meter, run)


def segment_of(node: Pointwise) -> Segment:
    """The segment that ends with a node."""
    buffer, least = None, 0
    at: Node = node
    if isinstance(at, Prefetch):
        buffer, least, at = at.buffer, int(at.background), at.input
    steps: list[Pointwise] = []
    while isinstance(at, Pointwise) and not isinstance(at, Prefetch):
        steps.append(at)
        at = at.input
    threads = max([least, *(s.wanted_threads or 0 for s in steps)])
    return Segment(at, tuple(reversed(steps)), threads, buffer, all(s.in_order for s in steps))


def _path(node: Node) -> str:
    """What a segment reads from: names down to the source, or to the next segment."""
    names = [node.name]
    while len(node.inputs) == 1 and not isinstance(node.inputs[0], Pointwise):
        (node,) = node.inputs
        names.append(node.name)
    return " <- ".join(names)


class Work:
    """Takes chunks through the steps of a segment; any number of threads may do so at once."""

    def __init__(
        self, segment: Segment, steps: tuple[tuple[Pointwise, int], ...], meter: Meter, run: Run
    ) -> None:
        self.segment, self.steps, self.meter = segment, steps, meter
        self.pools = [s.pool(run) for s, _ in steps]
        self.turns = [self._turn(s.wanted_threads) for s, _ in steps]
        self.unit = 1
        for step, _ in steps:
            self.unit *= step.unit

    def _turn(self, wanted: int | None) -> AbstractContextManager[Any]:
        """What limits a step to the threads that it allows."""
        if wanted is None or wanted >= self.segment.threads:
            return nullcontext()
        return threading.Semaphore(max(wanted, 1))

    def finish(self) -> None:
        """There is no chunk any more."""
        for pool in self.pools:
            if pool is not None:
                pool.leave()

    @property
    def spine(self) -> Node:
        return self.segment.spine

    def __call__(self, chunk: Chunk, first: int) -> Chunk:
        """The outputs of inputs `first`, `first` + 1, ... of the segment."""
        for (step, key), pool, turn in zip(self.steps, self.pools, self.turns, strict=True):
            with turn:
                began = perf_counter()
                chunk = (pool or step).apply(chunk, first, key)
                self.meter.busy(step.name, perf_counter() - began)
            first //= step.unit
        return chunk
