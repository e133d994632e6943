"""Steps: what a plan consists of: buffers, launches of kernels, calls of Python, barriers, jumps. Flat, in order."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np

from wengert.base.dtypes import size_of
from wengert.compiler.layout import Layout
from wengert.compiler.product import Pack, Product
from wengert.compiler.schedule import ScheduledKernel
from wengert.compiler.tuned import Decided
from wengert.ir.dim import Dim
from wengert.ir.node import Node
from wengert.loop.expr import Expr, post_order

Length = int | Dim
Slots = tuple[set[int], set[int]]
_slots: WeakKeyDictionary[ScheduledKernel, Slots] = WeakKeyDictionary()
"""Of the kernels that are alive: a program launches most of its own several times."""


@dataclass(frozen=True)
class Buffer:
    """Memory that kernels read or write.

    kind: "input" and "output" (number `index` of the graph), "constant" (holds `value`), "arena"; "slice" (a row
    of buffer `index`, which a loop moves along), "counter" (no memory: a number in the table); "derived" (what a
    prologue has made of variables), "changed" (whether it is to run).
    """

    kind: str
    dtype: str
    size: Length  # elements
    index: int = 0
    value: np.ndarray | None = None

    @property
    def nbytes(self) -> Length:
        return self.size * size_of(self.dtype)


@dataclass(frozen=True)
class Launch:
    """A kernel, the numbers of its buffers, and its run-time lengths.

    core: the contraction in it, if any. decided: how the contraction that it is a part of was scheduled.
    """

    kernel: ScheduledKernel
    buffers: tuple[int, ...]
    lengths: tuple[Length, ...]
    nodes: tuple[Node, ...]
    work: Length = 0  # about how many element operations it takes
    core: Node | None = None
    decided: Decided | None = field(default=None, compare=False)

    @functools.cached_property
    def _slots(self) -> Slots:
        return slots_of(self.kernel)

    @functools.cached_property
    def read(self) -> frozenset[int]:
        return frozenset(self.buffers[k] for k in self._slots[0])

    @functools.cached_property
    def written(self) -> frozenset[int]:
        return frozenset(self.buffers[k] for k in self._slots[1])


@dataclass(frozen=True)
class HostCall:
    """A step that one thread runs in Python, by its NumPy rule, while the others wait at the next barrier."""

    node: Node
    operands: tuple[Layout, ...]
    results: tuple[Layout, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        return (self.node,)

    @property
    def read(self) -> frozenset[int]:
        return frozenset(x.buffer for x in self.operands)

    @property
    def written(self) -> frozenset[int]:
        return frozenset(x.buffer for x in self.results)


@dataclass(frozen=True)
class Barrier:
    """All threads wait for each other."""


@dataclass(frozen=True)
class Check:
    """Stop here if a kernel has found an index out of range: what follows changes state."""


@dataclass(frozen=True)
class Mark:
    """A place to jump to."""

    label: int


@dataclass(frozen=True)
class Jump:
    """Go on at `label`."""

    label: int


@dataclass(frozen=True)
class Branch:
    """Go on at `label` if the bool in buffer `predicate` is false."""

    predicate: int
    label: int


@dataclass(frozen=True)
class Point:
    """Let slice `target` begin `offset` bytes behind the start of its base."""

    target: int
    offset: Length


@dataclass(frozen=True)
class Advance:
    """Move slice `target` on by `by` bytes."""

    target: int
    by: Length


@dataclass(frozen=True)
class Reset:
    """counter = 0"""

    counter: int


@dataclass(frozen=True)
class Repeat:
    """Go on at `label` while counter + `step` < limit; the counter is raised by `step` before."""

    counter: int
    limit: Length
    label: int
    step: int = 1


@dataclass(frozen=True)
class Stamp:
    """Note the time since the last one as that of call number `call`; -1: of none."""

    call: int


Step = Launch | HostCall | Stamp | Barrier | Check | Mark | Jump | Branch | Point | Advance | Reset | Repeat


def base_of(buffers: Sequence[Buffer], b: int) -> int:
    """The buffer that a slice is of; of anything else itself."""
    while buffers[b].kind == "slice":
        b = buffers[b].index
    return b


def uses(steps: Sequence[Step], buffers: Sequence[Buffer]) -> list[frozenset[int]]:
    """Which buffers each step touches; a slice is its base."""
    base = functools.partial(base_of, buffers)
    touched = []
    for step in steps:
        if isinstance(step, Launch | HostCall):
            touched.append(frozenset(map(base, step.read | step.written)))
        else:
            named = (getattr(step, name, None) for name in ("predicate", "target"))
            touched.append(frozenset(base(b) for b in named if b is not None))
    return touched


def expressions(kernel: ScheduledKernel) -> Iterable[Expr]:
    """All that a kernel evaluates."""
    if isinstance(kernel, Pack):
        return []
    roots: list[Expr] = [e for s in kernel.stores for e in (s.index, s.value)]
    if not isinstance(kernel, Product):
        roots += [e for c in kernel.carries for e in (c.init, c.update)]
        roots += [loop.extent for loop in (*kernel.loops, *kernel.serial)]
    return post_order(roots)


def can_fail(kernel: ScheduledKernel) -> bool:
    """Whether it checks indices that are data."""
    return any(e.op == "check" for e in expressions(kernel))


def slots_of(kernel: ScheduledKernel) -> Slots:
    """(slots that a kernel reads, slots that it writes)"""
    found = _slots.get(kernel)
    if found is None:
        found = _slots[kernel] = _slots_of(kernel)
    return found


def _slots_of(kernel: ScheduledKernel) -> Slots:
    if isinstance(kernel, Pack):
        return {kernel.source[0]}, {kernel.to}
    read: set[int] = {e.data for e in expressions(kernel) if e.op == "load"}  # type: ignore[misc]
    if isinstance(kernel, Product):
        read |= {kernel.a[0], kernel.local.source[0] if kernel.local else kernel.b[0]}
    read |= {s.slot for s in kernel.stores if s.accumulate}
    written = {s.slot for s in kernel.stores}
    if isinstance(kernel, Product) and kernel.local:
        written.add(kernel.local.to)
    return read, written


def add_barriers(steps: Iterable[Step], buffers: Sequence[Buffer]) -> list[Step]:
    """A barrier wherever a kernel touches what another may still be writing, or writes what it may be reading,
    and wherever control flow meets. A check before the first kernel that overwrites an input.
    """
    done: list[Step] = []
    reading: set[int] = set()
    writing: set[int] = set()
    checked = False
    base = functools.partial(base_of, buffers)
    for step in steps:
        if isinstance(step, Launch | HostCall):
            reads, writes = set(map(base, step.read)), set(map(base, step.written))
            if not checked and any(buffers[b].kind == "input" for b in step.written):
                done.append(Check())  # a barrier too
                checked = True
                reading, writing = set(), set()
            elif (reads | writes) & writing or writes & reading:
                done.append(Barrier())
                reading, writing = set(), set()
            reading |= reads
            writing |= writes
        elif isinstance(step, Mark | Jump | Repeat | Branch):
            if reading or writing:
                done.append(Barrier())
            reading, writing = set(), set()
        done.append(step)
    return done
