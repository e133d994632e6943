"""What a pipeline is made of: nodes, which say what to do, and cursors, which do it.

A `Node` is immutable: one source or one transformation. A `Cursor` is one pass over a node. What a cursor gives is a
function of (data, seed, epoch): no thread and no timing takes part. Its `state` is a small value of JSON from which
another cursor, in another process too, goes on with the very next element.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Protocol

from wengert.data.pipeline.elements import Chunk, Failure, Spec, join, rows, spec_of
from wengert.data.pipeline.meter import Meter
from wengert.data.pipeline.randomness import mix

State = Any  # a value of JSON


class Cursor:
    """One pass over a node, from where it stands."""

    def block(self, n: int) -> Chunk:
        """1 to `n` more elements; none where they end. It never takes more from upstream than it needs."""
        raise NotImplementedError

    def state(self) -> State:
        """Where it stands: what `Node.start` goes on from."""
        raise NotImplementedError

    def exactly(self, n: int) -> Chunk:
        """`n` elements; fewer only where they end."""
        first = self.block(n)
        if len(first) in (0, n):
            return first
        parts, missing = [first], n - len(first)
        while missing and len(part := self.block(missing)):
            parts.append(part)
            missing -= len(part)
        return join(parts)


class Stoppable(Protocol):
    """What works in the background, or holds a file."""

    def stop(self, wait: bool = True) -> None: ...


class Run:
    """What the cursors of one iteration share: the background stages to stop, and what the stages measure.

    Args:
        timeout: seconds without an element after which a background stage counts as stuck.
    """

    def __init__(self, timeout: float = 300.0) -> None:
        self.timeout = timeout
        self.stages: list[Stoppable] = []
        self.meters: dict[Any, Meter] = {}
        self.closed = False

    def enter(self, stage: Stoppable) -> None:
        """A stage starts."""
        self.stages.append(stage)
        if self.closed:
            stage.stop(wait=False)

    def leave(self, stage: Stoppable) -> None:
        """A stage has come to its end."""
        if stage in self.stages:
            self.stages.remove(stage)

    def close(self, wait: bool = True) -> None:
        """Stop all stages; wait: until their threads have ended, a second at most for each."""
        self.closed = True
        stages = list(self.stages)
        for stage in stages:
            stage.stop(wait=False)
        for stage in stages if wait else ():
            stage.stop()


@dataclass(frozen=True, eq=False)
class Node:
    """A source or a transformation."""

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        """A cursor from the start of an epoch, or from a state."""
        raise NotImplementedError

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The nodes it reads from."""
        return tuple(v for f in fields(self) if isinstance(v := getattr(self, f.name), Node))

    @property
    def name(self) -> str:
        """What statistics and messages call it."""
        return type(self).__name__.lower()

    def size(self) -> float | None:
        """How many elements an epoch has; None: not known before it is read."""
        return None

    def spec(self) -> Spec:
        """The types of an element. As it stands: those of the first one."""
        run = Run()
        try:
            found = rows(self.start(run, 0).block(1))
        finally:
            run.close()
        if found and isinstance(found[0], Failure):
            raise found[0].take()
        return spec_of(found[0]) if found else ()

    def identity(self) -> tuple[Any, ...]:
        """What the elements depend on, besides `inputs`: parameters, not numbers of threads."""
        return tuple(v for f in fields(self) if not isinstance(v := getattr(self, f.name), Node))

    @cached_property
    def depth(self) -> int:
        """How many steps the data has come: two steps with one seed draw different numbers."""
        return 1 + max((i.depth for i in self.inputs), default=-1)

    def key(self, seed: int, epoch: int) -> int:
        """The key of this step's random numbers."""
        return mix(seed, self.depth, epoch)


def finite(size: float | None) -> int | None:
    """A size as a number to allocate by; None where it is not known or has no end."""
    return None if size is None or math.isinf(size) else int(size)
