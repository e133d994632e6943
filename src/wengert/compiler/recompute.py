"""Recompute: let values go that are needed much later, and compute them again there, to fit into a budget.

Values of the forward pass wait for the backward pass. Where one is let go between two of its uses, a `checkpoint`
call with the steps of its kernel makes it again for the later ones. A value which that needs may be let go too:
then it is made again first, so chains of them form the segments of Chen et al. Which ones go is chosen greedily:
of those that wait at the fullest moment, the one that frees the most bytes for the work of making it again.

Random bits are functions of their key, so a mask that is made again is the same mask.

Source: T. Chen, B. Xu, C. Zhang, C. Guestrin, "Training deep nets with sublinear memory cost", 2016,
arXiv:1604.06174. P. Jain et al., "Checkmate", MLSys 2020, arXiv:1910.02653, which chooses optimally, in minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from wengert.base.errors import BudgetError
from wengert.compiler.cluster import kept, types_of
from wengert.compiler.footprint import memory_of
from wengert.compiler.fuse import fuse
from wengert.compiler.order import can_fail, order_clusters
from wengert.compiler.plan import Plan
from wengert.ir.dim import evaluate, product
from wengert.ir.graph import Graph
from wengert.ir.node import Node, graph_input
from wengert.ir.primitive import REGISTRY
from wengert.ir.source import at
from wengert.ir.types import TensorType

FLOPS_A_BYTE = 10  # that a CPU does in the time of moving one
LEAST_STEP = 0.02  # of what is alive, from one plan to the next
TRIES = 16  # values looked at for each that is let go,
SIMILAR = 1.5  # none of them this many times as dear as another


@dataclass(frozen=True)
class Budget:
    """At most so many bytes, all parts of `Memory` together, where the symbolic dimensions have these lengths."""

    nbytes: int
    lengths: Mapping[str, int]


def plan_within(
    budget: Budget, graph: Graph, arguments: int, donated: dict[int, int], make: Callable[[Graph], Plan]
) -> Plan:
    """The plan of a graph that computes again what does not fit.

    Args:
        graph: optimised, its outputs steps of their own.
        arguments, donated: as for `memory_of`.
        make: the plan of a graph.

    Raises:
        BudgetError: computing again does not help enough.
    """

    def excess(plan: Plan) -> int:
        return memory_of(plan, arguments, donated).bytes_at(budget.lengths) - budget.nbytes

    plan = make(graph)
    if excess(plan) <= 0:
        return plan
    choice = Recomputation(graph, donated, budget.lengths)
    while (over := excess(plan)) > 0:
        alive = int(choice.alive(choice.chosen).max(initial=0))
        possible = choice.reduce(min(alive - over, int(alive * (1 - LEAST_STEP))))
        plan = make(choice.rewritten())
        if not possible:
            break
    if (over := excess(plan)) > 0:
        raise BudgetError(
            f"memory_budget: must be at least {budget.nbytes + over:,} bytes for {_show(budget.lengths)}, with all "
            f"computed again that can be; got {budget.nbytes:,}. Raise it or take smaller batches."
        )
    return plan


def _show(lengths: Mapping[str, int]) -> str:
    return ", ".join(f"{k}={n}" for k, n in lengths.items()) or "this program"


@dataclass(frozen=True)
class Value:
    """A kept value: its bytes, when its kernel runs and when it is read, what its kernel reads, and what that costs.

    early, late: its uses on both sides of the longest pause between two of them.
    """

    nbytes: int
    made: int
    uses: tuple[int, ...]
    inputs: tuple[Node, ...]
    cost: float
    early: int
    late: int


class Recomputation:
    """A graph in its running order, and how much is alive when some of its values are let go.

    Args:
        graph: optimised, its outputs steps of their own.
        donated: {number of an output: number of the input whose memory it replaces}.
        lengths: of the symbolic dimensions.
    """

    def __init__(self, graph: Graph, donated: dict[int, int], lengths: Mapping[str, int]) -> None:
        self.graph = graph
        self.fusion = fuse(graph, [graph.outputs[o] for o in donated])
        self.order, in_place = order_clusters(graph, self.fusion, donated)
        self.chosen: set[Node] = set()
        fixed = {*graph.outputs, *in_place}
        made = {r: k for k, c in enumerate(self.order) for r in c.roots}
        reads = [list(dict.fromkeys(kept(leaf, self.fusion.views) for leaf in c.leaves)) for c in self.order]
        uses: dict[Node, list[int]] = {r: [k] for r, k in made.items()}
        for k, values in enumerate(reads):
            for v in values:
                if v in made:
                    uses[v].append(k)
        self.values: dict[Node, Value] = {}
        self._steps: dict[Node, list[Node]] = {}
        for r, k in made.items():
            if r not in fixed:
                inputs = tuple(i for i in self.operands(r) if i in made)
                early, late = max(
                    zip(uses[r], uses[r][1:], strict=False), key=lambda p: p[1] - p[0], default=(k, k)
                )
                size = sum(evaluate(t.nbytes, lengths) for t in types_of(r))
                self.values[r] = Value(size, k, tuple(uses[r]), inputs, self._cost(r, lengths), early, late)
        self.reads = reads
        self.possible = [v for v in self.values if self._may_go(v)]

    # --- what is known of values ----------------------------------------------------------------
    def inside(self, root: Node) -> list[Node]:
        """The steps of a kept value's kernel that make it, each after its inputs; it comes last."""
        if root in self._steps:
            return self._steps[root]
        inside: dict[Node, None] = {}
        stack = [root]
        while stack:
            n = stack.pop()
            if n not in inside and (n is root or not self._is_operand(n)):
                inside[n] = None
                stack.extend(n.inputs)
        self._steps[root] = sorted(inside, key=lambda n: n.serial)
        return self._steps[root]

    def _is_operand(self, n: Node) -> bool:
        return n.primitive is None or n in self.fusion.stored or n.primitive.name == "item"

    def operands(self, root: Node) -> list[Node]:
        """What its steps read, each once, constants left out."""
        inside = set(self.inside(root))
        read = (i for n in inside for i in n.inputs if i not in inside and i.value is None)
        return sorted(dict.fromkeys(read), key=lambda n: n.serial)

    def _cost(self, root: Node, lengths: Mapping[str, int]) -> float:
        """About how many FLOPs take as long as making it again."""
        moved = sum(evaluate(t.nbytes, lengths) for n in (root, *self.operands(root)) for t in types_of(n))
        flops = 0
        for n in self.inside(root):
            if n.primitive is not None and n.primitive.contract is not None:
                form = n.primitive.contract(*(i.type for i in n.inputs), **n.kwargs)
                flops += 0 if form is None else 2 * evaluate(product(form.extents.values()), lengths)
        return flops + FLOPS_A_BYTE * moved

    def cause(self, v: Node, k: int) -> Node | None:
        """What kernel number k waits for, so that v, made again for it, is not made before."""
        early = self.values[v].early
        found = [r for r in self.reads[k] if r in self.values and self.values[r].made > early and r is not v]
        return max(
            (r for r in found if r not in self.chosen), key=lambda r: self.values[r].made, default=None
        )

    def _may_go(self, v: Node) -> bool:
        cluster, x = self.fusion.stored[v], self.values[v]
        return (
            isinstance(v.type, TensorType)
            and cluster.kind != "control"
            and x.late > x.early + 1
            and self.cause(v, x.late) is not None
            and not can_fail(cluster, self.fusion)
        )

    # --- choosing ---------------------------------------------------------------------------------
    def reduce(self, target: int) -> bool:
        """Let go of more values until no more than `target` bytes are alive at a time; whether that was possible."""
        alive = self.alive(self.chosen)
        while alive.max(initial=0) > target:
            found = self._next(alive)
            found = self._regretted(alive) if found is None else found
            if found is None:
                return False
            self.chosen ^= {found}
            alive = self.alive(self.chosen)
        return True

    def _next(self, alive: np.ndarray) -> Node | None:
        """Of the values that wait at the fullest moment one that frees much for little work, and fills no other."""
        fullest = int(alive.argmax())
        price = {
            v: self.values[v].cost / self.values[v].nbytes
            for v in self.possible
            if v not in self.chosen and self._waits(v, fullest)
        }
        for limit in sorted(price.values())[::TRIES]:
            fitting = [v for v, p in price.items() if limit <= p <= SIMILAR * limit]
            freed: dict[Node, float] = {}
            for v in fitting[:: -(-len(fitting) // TRIES)]:
                after = self.alive({*self.chosen, v})
                if after[fullest] < alive[fullest] and after.max() <= alive[fullest]:
                    freed[v] = float(alive.sum() - after.sum()) / self.values[v].cost
            if freed:
                return max(freed, key=freed.__getitem__)
        return None

    def _regretted(self, alive: np.ndarray) -> Node | None:
        """One that has been let go and is better kept: what it is made of was needed where there is least room."""
        fullest = {v: int(self.alive(self.chosen - {v}).max()) for v in self.chosen}
        best = min(fullest, key=fullest.__getitem__, default=None)
        return best if best is not None and fullest[best] < alive.max() else None

    def _waits(self, v: Node, moment: int) -> bool:
        return self.values[v].early < moment < self.values[v].late and self.values[v].nbytes > 0

    def alive(self, chosen: set[Node]) -> np.ndarray:
        """Bytes alive while each kernel runs."""
        again, last = self.times(chosen)
        change = np.zeros(len(self.order) + 1, np.int64)
        for v, x in self.values.items():
            spans = [(x.made, x.early), (again[v], last[v])] if v in chosen else [(x.made, last[v])]
            for start, end in spans:
                change[start] += x.nbytes
                change[end + 1] -= x.nbytes
        return np.cumsum(change[:-1])

    def times(self, chosen: set[Node]) -> tuple[dict[Node, int], dict[Node, int]]:
        """When each chosen value is made again, and when each value is read last, again-making included."""
        again = {v: self.values[v].late for v in chosen}
        last = {v: max(x.uses) for v, x in self.values.items()}
        for v in sorted(chosen, key=self.turn, reverse=True):  # readers first
            for i in self.values[v].inputs:
                if i in chosen and again[v] > self.values[i].early:
                    again[i] = min(again[i], again[v])
                elif i in last:
                    last[i] = max(last[i], again[v])
        return again, last

    def turn(self, v: Node) -> tuple[int, int]:
        return self.values[v].made, v.serial

    # --- rewriting --------------------------------------------------------------------------------
    def rewritten(self) -> Graph:
        """The graph that makes the chosen values twice."""
        return _Rewriter(self).run()


class _Rewriter:
    def __init__(self, plan: Recomputation) -> None:
        self.plan = plan
        self.again, _ = plan.times(plan.chosen)
        self.new: dict[Node, Node] = {}
        self.second: dict[Node, Node] = {}
        self.made: dict[tuple[Node, tuple[int, ...]], Node] = {}

    def run(self) -> Graph:
        plan = self.plan
        due: dict[int, list[Node]] = {}
        for v in sorted(plan.chosen, key=plan.turn):
            due.setdefault(self.again[v], []).append(v)
        for k, cluster in enumerate(plan.order):
            for v in due.get(k, ()):
                self.second[v] = self.make_again(v, k)
            for root in sorted(cluster.roots, key=lambda r: r.serial):
                self.new[root] = self.rebuilt(root, k)
        return Graph(plan.graph.inputs, tuple(self.new[o] for o in plan.graph.outputs))

    def value(self, n: Node, k: int) -> Node:
        """What stands for a kept value in the kernel that runs as number k."""
        if n in self.again and k >= self.again[n] and k > self.plan.values[n].early:
            return self.second[n]
        return self.new.get(n, n)

    def rebuilt(self, root: Node, k: int, given: Mapping[Node, Node] | None = None) -> Node:
        """The root on what stands for its operands. Steps of several kernels stay one where their inputs do."""
        became = dict(given or {})
        for n in self.plan.inside(root):
            inputs = tuple(became[i] if i in became else self.operand(i, k) for i in n.inputs)
            became[n] = self.made.setdefault((n, tuple(map(id, inputs))), n.with_inputs(inputs))
        return became[root]

    def operand(self, n: Node, k: int) -> Node:
        if n.primitive is not None and n not in self.plan.fusion.stored:  # a part of what control flow gives
            inputs = (self.value(n.inputs[0], k),)
            return self.made.setdefault((n, tuple(map(id, inputs))), n.with_inputs(inputs))
        return self.value(n, k)

    def make_again(self, v: Node, k: int) -> Node:
        """A call with the steps of v, that waits for what kernel number k waits for."""
        operands = self.plan.operands(v)
        inputs = {o: graph_input(o.type, o.name or "x") for o in operands}
        cause = self.plan.cause(v, k)
        waits = [] if cause is None else [cause]
        body = Graph(
            (*inputs.values(), *(graph_input(w.type, "after") for w in waits)), (self.rebuilt(v, k, inputs),)
        )
        with at(v.source):
            call = REGISTRY["checkpoint"](
                *(self.operand(o, k) for o in operands), *(self.new[w] for w in waits), body=body
            )
            again: Node = REGISTRY["item"](call, index=0)
            return again
