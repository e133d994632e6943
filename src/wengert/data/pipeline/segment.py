"""A run of steps without memory, done together: a thread takes a chunk through all of them.

Steps from one `prefetch`, or one step with memory, to the next form a segment. Its spine, the node before it, is read
by one thread at a time; what the steps make of a chunk depends on the chunk and its place alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

from wengert.data.pipeline.elements import Chunk
from wengert.data.pipeline.meter import Meter
from wengert.data.pipeline.node import Cursor, Node, Run, State
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
        """How many threads may run it; None: as many as run its neighbours."""
        return None

    @property
    def in_order(self) -> bool:
        """Whether outputs come in the order of the inputs."""
        return True

    @property
    def random_seed(self) -> int:
        """What its random numbers depend on."""
        return 0

    def apply(self, chunk: Chunk, first: int, key: int) -> Chunk:
        """The outputs of a chunk whose first element has number `first` at this step."""
        raise NotImplementedError

    def size(self) -> float | None:
        return self.input.size()


@dataclass(frozen=True, eq=False)
class Prefetch(Pointwise):
    """The same elements, up to `buffer` of them made ahead in the background."""

    buffer: int

    def apply(self, chunk: Chunk, first: int, key: int) -> Chunk:
        return chunk

    def identity(self) -> tuple[Any, ...]:
        return ()

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
        name = " -> ".join(s.name for s in self.steps) or f"prefetch of {self.spine.name}"
        meter = run.meters.setdefault(self.steps or self.spine, Meter(name, self.threads))
        return Work(self, tuple((s, s.key(s.random_seed, epoch)) for s in self.steps), meter)


def segment_of(node: Pointwise) -> Segment:
    """The segment that ends with a node."""
    buffer, threads, ordered = None, None, True
    at: Node = node
    if isinstance(at, Prefetch):
        buffer, at = at.buffer, at.input
    steps: list[Pointwise] = []
    while isinstance(at, Pointwise) and not isinstance(at, Prefetch):
        if at.wanted_threads is not None:
            if threads is not None and at.wanted_threads != threads:
                break
            threads = at.wanted_threads
        ordered = ordered and at.in_order
        steps.append(at)
        at = at.input
    return Segment(at, tuple(reversed(steps)), max(threads or 0, 0 if buffer is None else 1), buffer, ordered)


class Work:
    """Takes chunks through the steps of a segment; any number of threads may do so at once."""

    def __init__(self, segment: Segment, steps: tuple[tuple[Pointwise, int], ...], meter: Meter) -> None:
        self.segment, self.steps, self.meter = segment, steps, meter
        self.unit = 1
        for step, _ in steps:
            self.unit *= step.unit

    @property
    def spine(self) -> Node:
        return self.segment.spine

    def __call__(self, chunk: Chunk, first: int) -> Chunk:
        """The outputs of inputs `first`, `first` + 1, ... of the segment."""
        for step, key in self.steps:
            began = perf_counter()
            taken = len(chunk)
            chunk = step.apply(chunk, first, key)
            first //= step.unit
            self.meter.busy(step.name, perf_counter() - began, taken)
        return chunk
