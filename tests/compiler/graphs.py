"""Graphs of small functions, and what the passes of the compiler make of them."""

from collections.abc import Callable

from wengert.compiler.fuse import Cluster, Fusion, fuse
from wengert.compiler.jit import host_target
from wengert.compiler.pipeline import compile_graph, optimize
from wengert.compiler.plan import Plan
from wengert.ir.graph import Graph
from wengert.ir.node import Node, graph_input
from wengert.ir.types import TensorType


def record(f: Callable, *types: str) -> Graph:
    """The graph of a function of nodes: of each type, such as f32[n,3], one."""
    inputs = tuple(graph_input(TensorType.parse(t), f"x{k}") for k, t in enumerate(types))
    out = f(*inputs)
    return Graph(inputs, tuple(out) if isinstance(out, tuple | list) else (out,))


def fused(f: Callable, *types: str) -> Fusion:
    return fuse(optimize(record(f, *types)))


def kernels(f: Callable, *types: str) -> list[list[str]]:
    """For each kernel the primitives whose results it stores, in the order of the graph."""
    return [names(c) for c in fused(f, *types).clusters]


def names(c: Cluster) -> list[str]:
    return [name(r) for r in c.roots]


def computed(c: Cluster) -> list[str]:
    """The primitives that a kernel computes, stored or not."""
    stack, seen = list(c.roots), set()
    while stack:
        n = stack.pop()
        if n not in seen and n not in c.leaves and n.primitive is not None:
            seen.add(n)
            stack += n.inputs
    return sorted(map(name, seen))


def name(n: Node) -> str:
    return n.primitive.name if n.primitive else "input"


def planned(f: Callable, *types: str, donated: dict[int, int] | None = None) -> Plan:
    return compile_graph(record(f, *types), donated or {}, host_target())
