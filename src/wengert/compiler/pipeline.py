"""The whole compiler, in order. Read this file first.

graph  -> PASSES ->  graph         transforms/, each a function from graph to graph
       -> fuse  ->   clusters      what is kept in memory, what is computed on the way
       -> order ->   clusters      in running order; state is overwritten last
       -> lower ->   kernels       loops around scalar expressions
       -> schedule-> kernels       tiles, packing, split reductions
       -> plan memory, barriers    (`plan.py` holds the pieces together)
       -> recompute                where there is a memory budget: again from `fuse`, with less kept (`recompute.py`)
       -> emit  ->   LLVM text     one function for each distinct kernel (`emit/`)
       -> load                     from the cache, or through LLVM (`jit.py`, `cache.py`)
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from wengert.base import config
from wengert.compiler.cluster import types_of
from wengert.compiler.emit.target import Target
from wengert.compiler.plan import Plan, make_plan
from wengert.compiler.recompute import Budget, plan_within
from wengert.compiler.schedule import ScheduledKernel
from wengert.ir.graph import Graph
from wengert.ir.node import Node, among
from wengert.ir.primitive import REGISTRY
from wengert.ir.source import at
from wengert.ir.verify import verify
from wengert.transforms.casts_outside import casts_outside
from wengert.transforms.cse import cse
from wengert.transforms.dce import dce
from wengert.transforms.explicit_padding import explicit_padding
from wengert.transforms.forward_invariants import forward_invariants
from wengert.transforms.inline_custom import inline_custom
from wengert.transforms.keep_steps import keep_steps
from wengert.transforms.merge_scans import merge_scans
from wengert.transforms.products_of_picked import products_of_picked
from wengert.transforms.products_outside import products_outside
from wengert.transforms.share_halo import share_halo
from wengert.transforms.simplify import simplify
from wengert.transforms.sum_after_scan import sum_after_scan
from wengert.transforms.wide_scatters import wide_scatters
from wengert.transforms.winograd import winograd

log = logging.getLogger("wengert.compiler")


def own_outputs(graph: Graph) -> Graph:
    """Make every output a step of its own.

    An input, a constant, a part of a control-flow result, or what is given twice, is copied.
    """
    outputs: list[Node] = []
    for o in graph.outputs:
        if o.primitive is None or o.primitive.name == "item" or among(o, outputs):
            with at(o.source):
                o = REGISTRY["identity"](o)
        outputs.append(o)
    return Graph(graph.inputs, tuple(outputs))


PASSES: tuple[Callable[[Graph], Graph], ...] = (
    inline_custom,
    wide_scatters,
    simplify,
    winograd,
    explicit_padding,
    cse,
    merge_scans,
    keep_steps,
    casts_outside,
    products_outside,
    sum_after_scan,
    products_of_picked,
    dce,
    forward_invariants,
    share_halo,
    own_outputs,
)


def optimize(graph: Graph, passes: tuple[Callable[[Graph], Graph], ...] = PASSES) -> Graph:
    """Run every pass in order; log the graph under the pass's name; verify it when WENGERT_VERIFY is set."""
    known = frozenset().union(*(t.dims() for n in graph.nodes for t in types_of(n)))  # a body's, by its loop
    for step in passes:
        graph = step(graph)
        if config.verify_graphs():
            verify(graph, known)
        log.debug("after %s\n%s", step.__name__, graph)
    return graph


def compile_graph(
    graph: Graph,
    donated: dict[int, int],
    target: Target,
    arguments: int | None = None,
    budget: Budget | None = None,
    begin: Callable[[ScheduledKernel], None] | None = None,
) -> Plan:
    """Everything up to the loaded machine code.

    Args:
        donated: {number of an output: number of the input whose memory it replaces}.
        arguments: how many of the inputs come with each call; the others are variables. None: all.
        budget: what it may take; None: what it takes.
        begin: is told of each kernel as soon as it is known; not where a budget may let several plans be made.
    """
    arguments = len(graph.inputs) if arguments is None else arguments
    graph = optimize(graph)
    if budget is None:
        fixed = set(range(arguments, len(graph.inputs))) - set(donated.values())
        return make_plan(graph, donated, target, optimize, begin, fixed)
    return plan_within(
        budget, graph, arguments, donated, lambda graph: make_plan(graph, donated, target, optimize)
    )
