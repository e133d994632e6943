"""Boundaries: what a contraction's epilogue hands on, where that is less than what it was computed from.

    y = gelu(x @ w + b);  dx = dy * gelu'(x @ w + b)

The way back needs gelu' alone. The epilogue has all that it takes in registers; so it stores two values, y and gelu',
and not the product, the erf and y, of which the way back would have to make gelu'.
"""

from __future__ import annotations

from wengert.base.dtypes import size_of
from wengert.compiler.costs import is_small, own_data
from wengert.ir.dim import typical
from wengert.ir.graph import Graph
from wengert.ir.node import Node


def smaller_boundaries(graph: Graph, kinds: dict[Node, str], roots: set[Node]) -> set[Node]:
    """Values to keep, each in place of several roots that only it needs."""
    origin = _origins(graph, kinds)
    users: dict[Node, list[Node]] = {n: [] for n in graph.nodes}
    for n in graph.nodes:
        for i in n.inputs:
            users[i].append(n)
    found: dict[Node, tuple[set[Node], set[Node]]] = {}  # of a contraction: what is handed on, what is kept
    outputs = set(graph.outputs)
    needed = set(outputs)  # outside, or by a step that is not kept and needed there
    for n in reversed(graph.steps):
        if n not in origin:
            continue
        outside = n in outputs or any(u not in origin or origin[u] is not origin[n] for u in users[n])
        if outside or any(u not in roots and u in needed for u in users[n]):
            needed.add(n)
            handed, kept = found.setdefault(origin[n], (set(), set()))
            handed.update([n] if outside else [])
            kept.update([n] if n in roots else [])
    return {n for handed, kept in found.values() if _bytes(handed) < _bytes(kept) for n in handed}


def _origins(graph: Graph, kinds: dict[Node, str]) -> dict[Node, Node]:
    """The contraction of whose result, element by element, a step is made, beside small values; where it is one."""
    origin: dict[Node, Node] = {}
    for n in graph.steps:
        assert n.primitive is not None
        if kinds[n] == "contract":
            origin[n] = n
        elif n.primitive.pointwise:
            large = [i for i, data in zip(n.inputs, own_data(n), strict=True) if not is_small(data.shape)]
            of = {origin.get(i) if i.shape == n.shape else None for i in large}
            if len(of) == 1 and (core := of.pop()) is not None:
                origin[n] = core
    return origin


def _bytes(nodes: set[Node]) -> int:
    return sum(typical(n.type.size) * size_of(n.dtype) for n in nodes)
