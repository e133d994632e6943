"""Plan: from an optimised graph to launches of kernels on buffers, in order, with memory and barriers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from wengert.base.dtypes import is_complex, parts_of
from wengert.compiler import control
from wengert.compiler.alike import likeness
from wengert.compiler.cluster import Cluster, Fusion, types_of
from wengert.compiler.emit.target import Target
from wengert.compiler.fuse import fuse
from wengert.compiler.layout import Layout, apart, layout_of, row_major, side_by_side
from wengert.compiler.lower import Lowering
from wengert.compiler.lowered import Lowered, copy_kernel
from wengert.compiler.memory import Arena, plan_memory
from wengert.compiler.order import order_clusters
from wengert.compiler.product import Pack
from wengert.compiler.prologue import with_prologue
from wengert.compiler.schedule import Launched, Scheduled, ScheduledKernel, schedule, shared_pack
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
    uses,
)
from wengert.ir.dim import evaluate, product
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.types import TensorType


@dataclass
class Plan:
    """What the executable needs to know: buffers, the steps in order, the arena, whose error each code is.

    once: how many of the launches, the first ones, are a prologue (`prologue.py`).
    """

    graph: Graph
    buffers: list[Buffer]
    steps: list[Step]
    arena: Arena
    checks: dict[int, Node]
    once: int = 0

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

    def work(self, lengths: Mapping[str, int]) -> int:
        """About how many element operations a run takes."""
        return sum(evaluate(launch.work, lengths) for launch in self.launches[self.once :])


@dataclass
class Planner:
    """Collects the buffers and steps of a graph and, through `control`, of the graphs inside of it."""

    target: Target
    prepare: Callable[[Graph], Graph]  # what a graph inside of the graph goes through first
    buffers: list[Buffer] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    checks: dict[int, Node] = field(default_factory=dict)
    steady: frozenset[int] = frozenset()  # buffers that the loop being planned does not change
    fixed: frozenset[int] = frozenset()  # buffers that no call changes
    outside: bool = True  # of control flow
    labels: int = 0
    begin: Callable[[ScheduledKernel], None] | None = None  # told of each kernel as soon as it is known
    # What was lowered, with the buffers it was made for, and scheduled.
    alike: dict[Hashable, tuple[Lowered, tuple[int, ...]]] = field(default_factory=dict)
    scheduled: dict[Hashable, tuple[Scheduled, list[Launched]]] = field(default_factory=dict)

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
                self.fixed |= {held}
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
                    else self.control(node, operands)
                )
                if not isinstance(node.type, tuple):
                    layouts[node] = found[0]
                layouts.update((n, found[n.kwargs["index"]]) for n, i in parts.items() if i is node)
            else:
                self.launch(cluster, fusion, layouts)
        return [layouts[o] for o in graph.outputs]

    def control(self, node: Node, operands: Sequence[Layout]) -> list[Layout]:
        """The steps of a control-flow node. Of what they make nothing is fixed."""
        around = self.fixed, self.outside
        self.outside = False
        found = control.plan(self, node, operands)
        self.fixed, self.outside = around
        return found

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
        """The kernel of a cluster: alike ones share it, unless each has to say whose index was out of range."""
        alike, buffers = likeness(cluster, fusion, layouts)
        found = self.alike.get(alike)
        if found is None:
            found = Lowering(cluster, fusion, layouts, self.target, len(self.checks) + 1).run(), buffers
            if not found[0].checks:
                self.alike[alike] = found
        lowered, its_own = found
        now = dict(zip(its_own, buffers, strict=True))
        return replace(lowered, buffers=tuple(now[b] for b in lowered.buffers))

    def copy(self, t: TensorType, source: Layout, to: Layout) -> None:
        """Copy a value from one place to another: a complex one as its parts, which kernels know."""
        if is_complex(t.dtype):
            t = TensorType((*t.shape, 2), parts_of(t.dtype))
            source, to = (
                Layout(x.buffer, x.offset * 2, (*(s * 2 for s in x.strides), 1)) for x in (source, to)
            )
        self.add(copy_kernel(t, source, to), ())

    def add(self, lowered: Lowered, nodes: tuple[Node, ...], core: Node | None = None) -> None:
        scheduled, runs = self.schedule(lowered)
        scratch = (self.buffer("arena", s.dtype, s.elements) for s in scheduled.scratch)
        buffers, work = (*lowered.buffers, *scratch), work_of(nodes)
        for run in runs:
            if self.begin is not None:
                self.begin(run.kernel)
            own = tuple(buffers[slot] for slot in run.buffers)
            launch = Launch(run.kernel, own, run.lengths, nodes, work, core, scheduled.decided)
            self.steps.append(launch)
            ours = all(self.buffers[b].kind == "arena" for b in launch.written)
            if self.outside and ours and launch.read <= self.fixed:
                self.fixed |= launch.written

    def schedule(self, lowered: Lowered) -> tuple[Scheduled, list[Launched]]:
        """How a kernel runs; what is launched for it, on slots of the whole."""
        steady, fixed = (
            frozenset(slot for slot, b in enumerate(lowered.buffers) if b in known)
            for known in (self.steady, self.fixed)
        )
        same = lowered.kernel, lowered.lengths, steady, fixed
        if same not in self.scheduled:
            scheduled = schedule(lowered.kernel, self.target, lowered.lengths, steady, fixed)
            slots = tuple(range(len(lowered.buffers) + len(scheduled.scratch)))
            self.scheduled[same] = (
                scheduled,
                [
                    shared_pack(k, slots, lowered.lengths)
                    if isinstance(k, Pack)
                    else Launched(k, slots, lowered.lengths)
                    for k in scheduled.kernels
                ],
            )
        return self.scheduled[same]


def make_plan(
    graph: Graph,
    donated: dict[int, int],
    target: Target,
    prepare: Callable[[Graph], Graph],
    begin: Callable[[ScheduledKernel], None] | None = None,
    fixed: Collection[int] | None = None,
) -> Plan:
    """Plan an optimised graph whose outputs are distinct steps.

    Args:
        donated: {number of an output: number of the input whose memory it replaces}.
        fixed: numbers of the inputs that are variables, and not replaced: what is made of them alone, and of
            constants, is kept; None: nothing is.
        begin: is told of each kernel as soon as it is known.
    """
    planner = Planner(target, prepare, begin=begin)
    inputs = [planner.new("input", t, k) for k, t in enumerate(graph.in_types)]
    outputs = [planner.new("output", t, k) for k, t in enumerate(graph.out_types)]
    planner.fixed = frozenset(inputs[k].buffer for k in fixed or ())
    planner.run(graph, inputs, outputs, donated, state=tuple(donated))
    steps, once = planner.steps, 0
    if fixed is not None:
        constants = {k for k, b in enumerate(planner.buffers) if b.kind == "constant"}
        given = constants | {inputs[k].buffer for k in fixed}
        steps, once = with_prologue(steps, planner.buffers, given, planner.label())
    sizes = {k: b.nbytes for k, b in enumerate(planner.buffers) if b.kind == "arena"}
    steps = add_barriers(steps, planner.buffers)
    arena = plan_memory(sizes, *stretches_of(steps, planner.buffers))
    return Plan(graph, planner.buffers, steps, arena, planner.checks, once)


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
