"""Fuse: decide which values are kept in memory; everything else is computed where it is needed.

A value that is kept is a *root*. Roots of one shape that can be written by one pass over memory share a
`Cluster`, which becomes one kernel. The decisions, in order:

1. Outputs, contractions, loop forms, control flow and what runs in Python are roots; so is what those need as a buffer.
2. Going from the last node to the first, a node with one consuming cluster is computed inside of it, unless
   that would repeat costly work (`repeats_work`); one with several consumers is repeated only if it is cheap.
3. A contraction, or a step done in tiles, takes the pointwise cluster that consumes it as its epilogue; siblings of
   one shape that read the same data are merged, where no third cluster lies between them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from wengert.compiler.boundaries import smaller_boundaries
from wengert.compiler.cluster import CONTROL, Cluster, Fusion, on_host
from wengert.compiler.costs import is_view, moves_elements, narrows_sums, repeats_work
from wengert.compiler.merge import merge_clusters
from wengert.ir.graph import Graph
from wengert.ir.node import Node


def kind_of(node: Node) -> str:
    """How the node's primitive is computed."""
    prim = node.primitive
    assert prim is not None
    if prim.name in CONTROL:
        return "control"
    if on_host(node):
        return "host"
    if prim.loops is not None:
        return "loops"
    if prim.tiles is not None:
        return "tiles"
    if prim.contract is not None and prim.contract(*(i.type for i in node.inputs), **node.kwargs) is not None:
        return "contract"
    return "nest"


def fuse(graph: Graph, state: Iterable[Node] = ()) -> Fusion:
    """Group the steps of a graph into kernels.

    Args:
        state: outputs that will overwrite an input, late in the program; they share kernels with each other only.
    """
    kinds = {n: kind_of(n) for n in graph.steps}
    roots, views = choose_roots(graph, kinds)
    handed_on = smaller_boundaries(graph, kinds, roots)
    if handed_on:
        roots, views = choose_roots(graph, kinds, handed_on)
    clusters = [Cluster([r], kinds[r], None if kinds[r] == "nest" else r) for r in graph.steps if r in roots]
    clusters = merge_clusters(clusters, roots, views, set(graph.outputs), set(state))
    stored = {r: c for c in clusters for r in c.roots}
    return Fusion(clusters, stored, views)


# --- 1 and 2: roots ---------------------------------------------------------------------------------


def choose_roots(
    graph: Graph, kinds: dict[Node, str], chosen: Collection[Node] = ()
) -> tuple[set[Node], set[Node]]:
    """(nodes kept in memory, those `chosen` among them; nodes that are views of kept ones)"""
    users: dict[Node, list[Node]] = {n: [] for n in graph.nodes}
    for n in graph.nodes:
        for i in n.inputs:
            users[i].append(n)
    outputs = set(graph.outputs)
    roots: set[Node] = set()
    views: set[Node] = set()
    needed: set[Node] = set()  # as a buffer
    solid: set[Node] = set()  # as a buffer without gaps, in order
    homes: dict[Node, frozenset[Node]] = {}  # the roots that an inlined node is computed in
    for n in reversed(graph.steps):
        assert n.primitive is not None
        homes[n] = frozenset().union(*(homes[u] for u in users[n]))
        if n in outputs or n in chosen or kinds[n] != "nest":
            roots.add(n)
        elif n.primitive.name == "item" or (is_view(n) and n in needed and n not in solid):
            views.add(n)
            needed.add(n.inputs[0])
        elif moves_elements(n):
            views.add(n)
            (solid if n.inputs[0].primitive is not None else needed).add(n.inputs[0])
        elif n in needed or n in solid or narrows_sums(n) or repeats_work(n, users, homes[n], roots):
            roots.add(n)
        if n in roots:
            homes[n] = frozenset((n,))
            if kinds[n] != "nest":
                needed.update(n.inputs)
    return roots, views
