"""Plan: from an optimised graph to launches of kernels on buffers, in order, with memory and barriers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wengert.base.dtypes import size_of
from wengert.compiler.emit.target import Target
from wengert.compiler.fuse import Cluster, Fusion, fuse, kept
from wengert.compiler.layout import Layout, row_major
from wengert.compiler.lower import Lowered, Lowering, scalar_constant
from wengert.compiler.memory import Arena, plan_memory
from wengert.compiler.order import order_clusters
from wengert.compiler.schedule import ScheduledKernel, schedule
from wengert.ir.dim import Dim, product
from wengert.ir.graph import Graph
from wengert.ir.node import Node

Length = int | Dim


@dataclass(frozen=True)
class Buffer:
    """Memory that kernels read or write.

    kind: "input" and "output" (number `index` of the graph), "constant" (holds `value`), or "arena".
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
    """A kernel, the numbers of its buffers, and its run-time lengths."""

    kernel: ScheduledKernel
    buffers: tuple[int, ...]
    lengths: tuple[Length, ...]
    nodes: tuple[Node, ...]
    work: Length = 0  # about how many element operations it takes

    @property
    def written(self) -> frozenset[int]:
        return frozenset(b for b, s in zip(self.buffers, self.kernel.slots, strict=False) if s.written)


@dataclass(frozen=True)
class Barrier:
    """All threads wait for each other."""


@dataclass(frozen=True)
class Check:
    """Stop here if a kernel has found an index out of range: what follows changes state."""


@dataclass
class Plan:
    """What the executable needs to know: buffers, the steps in order, the arena, whose error each code is."""

    graph: Graph
    buffers: list[Buffer]
    steps: list[Launch | Barrier | Check]
    arena: Arena
    checks: dict[int, Node]

    @property
    def launches(self) -> list[Launch]:
        return [s for s in self.steps if isinstance(s, Launch)]


@dataclass
class _Planner:
    graph: Graph
    fusion: Fusion
    target: Target
    buffers: list[Buffer] = field(default_factory=list)
    layouts: dict[Node, Layout] = field(default_factory=dict)
    launches: list[Launch] = field(default_factory=list)
    checks: dict[int, Node] = field(default_factory=dict)

    def buffer(
        self, kind: str, dtype: str, size: Length, index: int = 0, value: np.ndarray | None = None
    ) -> int:
        self.buffers.append(Buffer(kind, dtype, size, index, value))
        return len(self.buffers) - 1

    def place(self, n: Node, buffer: int) -> None:
        self.layouts[n] = Layout(buffer, 0, row_major(n.shape))

    def place_values(self, in_place: dict[Node, Node]) -> None:
        """Give every input, constant and root its buffer."""
        for k, n in enumerate(self.graph.inputs):
            self.place(n, self.buffer("input", n.dtype, product(n.shape), k))
        operands = {
            kept(i, self.fusion.views)
            for c in self.fusion.clusters
            if c.core is not None
            for i in c.core.inputs
        }
        for n in self.graph.nodes:
            if n.value is not None and (scalar_constant(n) is None or n in operands):
                self.place(n, self.buffer("constant", n.dtype, n.value.size, value=n.value))
        outputs = {n: k for k, n in enumerate(self.graph.outputs)}
        for c in self.fusion.clusters:
            for r in c.roots:
                if r in in_place:
                    self.layouts[r] = self.layouts[in_place[r]]
                else:
                    kind = "output" if r in outputs else "arena"
                    self.place(r, self.buffer(kind, r.dtype, product(r.shape), outputs.get(r, 0)))

    def launch(self, cluster: Cluster) -> None:
        """Lower and schedule a cluster; its kernels go to the end of the list."""
        copy = Lowering(cluster, self.fusion, self.layouts, self.target, 1).base_copy()
        if copy is not None:
            self.add(copy, tuple(cluster.roots))
        lowered = Lowering(cluster, self.fusion, self.layouts, self.target, len(self.checks) + 1).run()
        self.checks.update(lowered.checks)
        self.add(lowered, tuple(cluster.roots))

    def add(self, lowered: Lowered, nodes: tuple[Node, ...]) -> None:
        scheduled = schedule(lowered.kernel, self.target, lowered.lengths)
        scratch = (self.buffer("arena", s.dtype, s.elements) for s in scheduled.scratch)
        buffers = (*lowered.buffers, *scratch)
        for kernel in scheduled.kernels:
            self.launches.append(Launch(kernel, buffers, lowered.lengths, nodes, work_of(nodes)))


def make_plan(graph: Graph, donated: dict[int, int], target: Target) -> Plan:
    """Plan an optimised graph whose outputs are distinct steps.

    Args:
        donated: {number of an output: number of the input whose memory it replaces}.
    """
    fusion = fuse(graph)
    order, in_place = order_clusters(graph, fusion, donated)
    planner = _Planner(graph, fusion, target)
    planner.place_values(in_place)
    for cluster in order:
        planner.launch(cluster)
    sizes = {k: b.nbytes for k, b in enumerate(planner.buffers) if b.kind == "arena"}
    arena = plan_memory(sizes, [frozenset(launch.buffers) for launch in planner.launches])
    state = {k for k, b in enumerate(planner.buffers) if b.kind == "input"}
    steps = add_barriers(planner.launches, arena, state)
    return Plan(graph, planner.buffers, steps, arena, planner.checks)


def work_of(nodes: Sequence[Node]) -> Length:
    """Elements that a kernel goes through: of what it stores, of what it reads."""
    total: Length = 0
    for n in nodes:
        total = product(n.shape) + total
        for i in n.inputs:
            total = product(i.shape) + total
        if n.primitive is not None and n.primitive.contract is not None:
            total = product(n.shape) * 8 + total
    return total


def add_barriers(launches: Sequence[Launch], arena: Arena, state: set[int]) -> list[Launch | Barrier | Check]:
    """A barrier wherever a kernel touches what another may still be writing, or writes what it may be reading.
    A check before the first kernel that overwrites an input."""
    steps: list[Any] = []
    reading: set[tuple[str, int]] = set()
    writing: set[tuple[str, int]] = set()
    checked = False
    for launch in launches:
        places = {b: ("place", arena.home[b]) if b in arena.home else ("buffer", b) for b in launch.buffers}
        writes = {places[b] for b in launch.written}
        touches = set(places.values())
        if not checked and launch.written & state:
            steps.append(Check())
            checked, reading, writing = True, set(), set()
        elif touches & writing or writes & reading:
            steps.append(Barrier())
            reading, writing = set(), set()
        steps.append(launch)
        writing |= writes
        reading |= touches
    return steps
