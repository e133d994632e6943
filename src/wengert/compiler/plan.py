"""Plan: from an optimised graph to launches of kernels on buffers, in order, with memory and barriers."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from wengert.base.dtypes import is_complex, parts_of
from wengert.compiler import control
from wengert.compiler.cluster import Cluster, Fusion, types_of
from wengert.compiler.emit.target import Target
from wengert.compiler.fuse import fuse
from wengert.compiler.layout import Layout, apart, layout_of, row_major, side_by_side
from wengert.compiler.lower import Lowering
from wengert.compiler.lowered import Lowered, copy_kernel
from wengert.compiler.memory import Arena, plan_memory
from wengert.compiler.order import order_clusters
from wengert.compiler.product import Pack
from wengert.compiler.schedule import Launched, ScheduledKernel, schedule, shared_pack
from wengert.compiler.steps import (
    Barrier,
    Branch,
    Buffer,
    Check,
    HostCall,
    Jump,
    Launch,
    Length,
    Mark,
    Repeat,
    Step,
    add_barriers,
    base_of,
)
from wengert.ir.dim import product
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.types import TensorType


@dataclass
class Plan:
    """What the executable needs to know: buffers, the steps in order, the arena, whose error each code is."""

    graph: Graph
    buffers: list[Buffer]
    steps: list[Step]
    arena: Arena
    checks: dict[int, Node]

    @property
    def launches(self) -> list[Launch]:
        return [s for s in self.steps if isinstance(s, Launch)]

    @property
    def host_calls(self) -> list[HostCall]:
        return [s for s in self.steps if isinstance(s, HostCall)]

    @property
    def calls(self) -> list[Launch | HostCall]:
        """What computes, in order."""
        return [s for s in self.steps if isinstance(s, Launch | HostCall)]


@dataclass
class Planner:
    """Collects the buffers and steps of a graph and, through `control`, of the graphs inside of it."""

    target: Target
    prepare: Callable[[Graph], Graph]  # what a graph inside of the graph goes through first
    buffers: list[Buffer] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    checks: dict[int, Node] = field(default_factory=dict)
    steady: frozenset[int] = frozenset()  # buffers that the loop being planned does not change
    labels: int = 0
    begin: Callable[[ScheduledKernel], None] | None = None  # told of each kernel as soon as it is known
    # Maps in tiles that were lowered, with the buffers they were made for.
    tiles: dict[Hashable, tuple[Lowered, list[int]]] = field(default_factory=dict)

    def buffer(
        self, kind: str, dtype: str, size: Length, index: int = 0, value: np.ndarray | None = None
    ) -> int:
        self.buffers.append(Buffer(kind, dtype, size, index, value))
        return len(self.buffers) - 1

    def new(self, kind: str, t: TensorType, index: int = 0) -> Layout:
        """A gapless buffer for a value."""
        return Layout(self.buffer(kind, t.dtype, product(t.shape), index), 0, row_major(t.shape))

    def kept(self, t: TensorType, parted: bool) -> Layout:
        """A buffer for a value that is computed on the way; parted: of parts that kernels go through side by side."""
        strides = apart(t) if parted else row_major(t.shape)
        return Layout(
            self.buffer("arena", t.dtype, product((t.shape[0], strides[0]) if parted else t.shape)),
            0,
            strides,
        )

    def label(self) -> int:
        self.labels += 1
        return self.labels

    def run(
        self,
        graph: Graph,
        inputs: Sequence[Layout],
        outputs: Sequence[Layout | None],
        donated: dict[int, int],
        state: Sequence[int] = (),
    ) -> list[Layout]:
        """Steps that compute the graph's outputs, at `outputs`, from its inputs, at `inputs`; where the outputs lie.

        A donated output is computed at the place of its input where possible, and at its own otherwise, or anywhere.
        state: outputs that are to be computed when nothing can fail any more.
        """
        fusion = fuse(graph, [graph.outputs[o] for o in state])
        order, in_place = order_clusters(graph, fusion, donated)
        layouts = dict(zip(graph.inputs, inputs, strict=True))
        for n in graph.nodes:
            if n.primitive is None and n.value is not None:
                held = self.buffer("constant", n.dtype, n.value.size, value=n.value)
                layouts[n] = Layout(held, 0, row_major(n.shape))
        given = {o: at for o, at in zip(graph.outputs, outputs, strict=True) if at is not None}
        parts = {
            n: i
            for n in graph.nodes
            if n.primitive is not None and n.primitive.name == "item"
            for i in n.inputs
        }
        parted = side_by_side(graph)
        for cluster in order:
            for r in cluster.roots:
                if r in in_place:
                    layouts[r] = layouts[in_place[r]]
                elif cluster.kind not in ("control", "host"):
                    layouts[r] = given[r] if r in given else self.kept(r.type, r in parted)
            if cluster.kind in ("control", "host"):
                node = cluster.roots[0]
                operands = [layout_of(i, layouts) for i in node.inputs]
                found = (
                    self.host(node, operands, given)
                    if cluster.kind == "host"
                    else control.plan(self, node, operands)
                )
                if not isinstance(node.type, tuple):
                    layouts[node] = found[0]
                layouts.update((n, found[n.kwargs["index"]]) for n, i in parts.items() if i is node)
            else:
                self.launch(cluster, fusion, layouts)
        return [layouts[o] for o in graph.outputs]

    def host(self, node: Node, operands: Sequence[Layout], given: Mapping[Node, Layout]) -> list[Layout]:
        """Append a call of Python; where its results lie."""
        results = [given[node]] if node in given else [self.new("arena", t) for t in types_of(node)]
        self.steps.append(HostCall(node, tuple(operands), tuple(results)))
        return results

    def launch(self, cluster: Cluster, fusion: Fusion, layouts: dict[Node, Layout]) -> None:
        """Lower and schedule a cluster."""
        first = Lowering(cluster, fusion, layouts, self.target, 1).base_copy()
        if first is not None:
            self.add(first, tuple(cluster.roots))
        lowered = self.lowered(cluster, fusion, layouts)
        self.checks.update(lowered.checks)
        self.add(lowered, tuple(cluster.roots), cluster.core)

    def lowered(self, cluster: Cluster, fusion: Fusion, layouts: dict[Node, Layout]) -> Lowered:
        """The kernel of a cluster. Those of tiles take long to make: alike ones without an epilogue share it."""
        lowering = Lowering(cluster, fusion, layouts, self.target, len(self.checks) + 1)
        core = cluster.core
        if core is None or cluster.kind != "tiles" or len(cluster.roots) > 1 or cluster.roots[0] is not core:
            return lowering.run()
        values = (*core.inputs, core)
        places = [layout_of(n, layouts) for n in values]
        alike = (
            core.primitive,
            core.params,
            *((n.type, x.offset, x.strides) for n, x in zip(values, places, strict=True)),
        )
        kernel, slots = self.tiles.get(alike) or (lowering.run(), [x.buffer for x in places])
        self.tiles[alike] = kernel, slots
        now = dict(zip(slots, (x.buffer for x in places), strict=True))
        return replace(kernel, buffers=tuple(now[b] for b in kernel.buffers))

    def copy(self, t: TensorType, source: Layout, to: Layout) -> None:
        """Copy a value from one place to another: a complex one as its parts, which kernels know."""
        if is_complex(t.dtype):
            t = TensorType((*t.shape, 2), parts_of(t.dtype))
            source, to = (
                Layout(x.buffer, x.offset * 2, (*(s * 2 for s in x.strides), 1)) for x in (source, to)
            )
        self.add(copy_kernel(t, source, to), ())

    def add(self, lowered: Lowered, nodes: tuple[Node, ...], core: Node | None = None) -> None:
        steady = {slot for slot, b in enumerate(lowered.buffers) if b in self.steady}
        scheduled = schedule(lowered.kernel, self.target, lowered.lengths, steady)
        scratch = (self.buffer("arena", s.dtype, s.elements) for s in scheduled.scratch)
        buffers = (*lowered.buffers, *scratch)
        for kernel in scheduled.kernels:
            run = Launched(kernel, buffers, lowered.lengths)
            if isinstance(kernel, Pack):
                run = shared_pack(kernel, buffers, lowered.lengths)
            if self.begin is not None:
                self.begin(run.kernel)
            work, decided = work_of(nodes), scheduled.decided
            self.steps.append(Launch(run.kernel, run.buffers, run.lengths, nodes, work, core, decided))


def make_plan(
    graph: Graph,
    donated: dict[int, int],
    target: Target,
    prepare: Callable[[Graph], Graph],
    begin: Callable[[ScheduledKernel], None] | None = None,
) -> Plan:
    """Plan an optimised graph whose outputs are distinct steps.

    Args:
        donated: {number of an output: number of the input whose memory it replaces}.
        begin: is told of each kernel as soon as it is known.
    """
    planner = Planner(target, prepare, begin=begin)
    inputs = [planner.new("input", t, k) for k, t in enumerate(graph.in_types)]
    outputs = [planner.new("output", t, k) for k, t in enumerate(graph.out_types)]
    planner.run(graph, inputs, outputs, donated, state=tuple(donated))
    sizes = {k: b.nbytes for k, b in enumerate(planner.buffers) if b.kind == "arena"}
    steps = add_barriers(planner.steps, planner.buffers)
    arena = plan_memory(sizes, *stretches_of(steps, planner.buffers))
    return Plan(graph, planner.buffers, steps, arena, planner.checks)


def stretches_of(
    steps: Sequence[Step], buffers: Sequence[Buffer]
) -> tuple[list[frozenset[int]], list[tuple[int, int]]]:
    """Which buffers are touched from one barrier to the next; the first and the last such stretch of each loop.

    Kernels of one stretch may run at the same time: their buffers share nothing.
    """
    numbers = list(
        itertools.accumulate(
            int(isinstance(s, Barrier | Check | Mark | Jump | Repeat | Branch)) for s in steps
        )
    )
    touched: list[set[int]] = [set() for _ in range(numbers[-1] + 1 if numbers else 0)]
    for number, used in zip(numbers, uses(steps, buffers), strict=True):
        touched[number] |= used
    loops = [(numbers[start], numbers[end]) for start, end in loops_of(steps)]
    return [frozenset(t) for t in touched], loops


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


def loops_of(steps: Sequence[Step]) -> list[tuple[int, int]]:
    """The first and the last of the steps that are run again and again."""
    place = {step.label: at for at, step in enumerate(steps) if isinstance(step, Mark)}
    back = ((at, step.label) for at, step in enumerate(steps) if isinstance(step, Jump | Repeat))
    return [(place[label], at) for at, label in back if place[label] < at]


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
