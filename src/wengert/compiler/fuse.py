"""Fuse: decide which values are kept in memory; everything else is computed where it is needed.

A value that is kept is a *root*. Roots of one shape that can be written by one pass over memory share a
`Cluster`, which becomes one kernel. The decisions, in order:

1. Outputs, contractions, loop forms and control flow are roots; so is what those need as a buffer.
2. Going from the last node to the first, a node with one consuming cluster is computed inside of it, unless
   that would repeat costly work (`repeats_work`); one with several consumers is repeated only if it is cheap.
3. A contraction takes the pointwise cluster that consumes it as its epilogue; siblings of one shape that
   read the same data are merged, where no third cluster lies between them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from wengert.ir.dim import Dim, product
from wengert.ir.graph import Graph
from wengert.ir.node import Node

COSTLY = {
    "exp",
    "log",
    "log1p",
    "expm1",
    "tanh",
    "sigmoid",
    "erf",
    "sin",
    "cos",
    "pow",
    "div",
    "sqrt",
    "rsqrt",
}
RANDOM = {"random_bits"}
CONTROL = {"checkpoint", "cond", "while_loop", "scan"}
VIEWS = {"transpose", "reshape", "slice", "broadcast_to", "item"}
REDUCTIONS = {
    "reduce_sum", "reduce_max", "reduce_min", "reduce_prod", "reduce_any", "reduce_all", "argmax", "argmin",
    "window_sum", "window_max", "window_argmax", "window_spread", "window_scatter",
    "dot", "conv", "conv_input_grad", "conv_kernel_grad",
}  # fmt: skip
LONGEST_ROW = 4096  # elements of a reduction that is worth repeating rather than storing
SMALL = 1024  # elements below which a value is small
MOST_ROOTS = 8  # in one kernel: each needs registers for its pointers


@dataclass(eq=False)
class Cluster:
    """A kernel to be: the roots it stores, and its contraction, loop form or control node if it has one."""

    roots: list[Node]
    core: Node | None = None
    leaves: dict[Node, bool] = field(
        default_factory=dict
    )  # what it loads; True: only element i for element i

    @property
    def kind(self) -> str:
        """nest, contract, loops or control"""
        if self.core is None:
            return "nest"
        return kind_of(self.core)

    def __repr__(self) -> str:
        return f"<{self.kind} cluster of {', '.join(r.primitive.name for r in self.roots if r.primitive)}>"


@dataclass(eq=False)
class Fusion:
    """The clusters, and where each kept value comes from."""

    clusters: list[Cluster]
    stored: dict[Node, Cluster]
    views: set[Node]


def kind_of(node: Node) -> str:
    """How the node's primitive is computed."""
    prim = node.primitive
    assert prim is not None
    if prim.name in CONTROL:
        return "control"
    if prim.loops is not None:
        return "loops"
    if prim.contract is not None and prim.contract(*(i.type for i in node.inputs), **node.kwargs) is not None:
        return "contract"
    return "nest"


def fuse(graph: Graph) -> Fusion:
    """Group the steps of a graph into kernels."""
    roots, views, homes = choose_roots(graph)
    clusters = [Cluster([r], r if kind_of(r) != "nest" else None) for r in graph.nodes if r in roots]
    for c in clusters:
        c.leaves = find_leaves(c, roots)
    merge_clusters(clusters, roots)
    drop_inner_roots(clusters, views, set(graph.outputs))
    stored = {r: c for c in clusters for r in c.roots}
    return Fusion(clusters, stored, views)


# --- 1 and 2: roots ---------------------------------------------------------------------------------


def choose_roots(graph: Graph) -> tuple[set[Node], set[Node], dict[Node, frozenset[Node]]]:
    """(nodes kept in memory, nodes that are views of kept ones, {inlined node: the roots that compute it})"""
    users: dict[Node, list[Node]] = {n: [] for n in graph.nodes}
    for n in graph.nodes:
        for i in n.inputs:
            users[i].append(n)
    outputs = set(graph.outputs)
    roots: set[Node] = set()
    views: set[Node] = set()
    needed: set[Node] = set()  # as a buffer
    solid: set[Node] = set()  # as a buffer without gaps, in order
    homes: dict[Node, frozenset[Node]] = {}
    for n in reversed(graph.nodes):
        if n.primitive is None:
            continue
        homes[n] = frozenset().union(*(homes[u] for u in users[n]))
        if n in outputs or kind_of(n) != "nest":
            roots.add(n)
        elif n.primitive.name == "item" or (is_view(n) and n not in solid and n in needed):
            views.add(n)
            needed.add(n.inputs[0])
        elif moves_elements(n):
            views.add(n)
            (solid if n.inputs[0].primitive is not None else needed).add(n.inputs[0])
        elif n in needed or n in solid or repeats_work(n, users, homes[n]):
            roots.add(n)
        if n in roots:
            homes[n] = frozenset((n,))
            needed.update(buffers_of(n))
    return roots, views, homes


def buffers_of(root: Node) -> Iterable[Node]:
    """The inputs that a root reads as plain memory."""
    return () if kind_of(root) == "nest" else root.inputs


def is_view(n: Node) -> bool:
    """Whether its elements are its first input's, at strides."""
    return n.primitive is not None and n.primitive.name in VIEWS and not moves_elements(n)


def moves_elements(n: Node) -> bool:
    """Whether it is a reshape that does more than add or drop axes of length 1."""
    assert n.primitive is not None
    return n.primitive.name == "reshape" and long_axes(n.shape) != long_axes(n.inputs[0].shape)


def long_axes(shape: tuple[int | Dim, ...]) -> list[int | Dim]:
    return [d for d in shape if d != 1]


def repeats_work(n: Node, users: dict[Node, list[Node]], homes: frozenset[Node]) -> bool:
    """Whether computing n inside of its consumers would do costly work more than once."""
    assert n.primitive is not None
    name = n.primitive.name
    if sums_terms(n):
        return not short_row(n) or len(homes) > 1 or is_repeated(n, users)
    if name in COSTLY | RANDOM and is_repeated(n, users):
        return True
    if len(homes) <= 1 or n.primitive.name in VIEWS:
        return False
    if is_small(n.shape):
        return False
    return name in COSTLY | RANDOM or sum(not is_small(i.shape) for i in own_data(n)) > 1


def sums_terms(n: Node) -> bool:
    """Whether an element of n takes a loop. Spreading windows that do not overlap takes none."""
    assert n.primitive is not None
    if n.primitive.name in ("window_scatter", "window_spread"):
        return any(k > d for k, d in zip(n.kwargs["size"], n.kwargs["strides"], strict=True))
    return n.primitive.name in REDUCTIONS


def own_data(n: Node) -> list[Node]:
    """Its inputs, looked at before they were broadcast."""
    found = []
    for i in n.inputs:
        while i.primitive is not None and i.primitive.name in VIEWS - {"item"}:
            i = i.inputs[0]
        found.append(i)
    return found


def short_row(n: Node) -> bool:
    """Whether n reduces few elements, the last axes of its input, so that a consumer may do it per row."""
    if "axes" not in n.kwargs:
        return False
    shape, axes = n.inputs[0].shape, sorted(n.kwargs["axes"])
    length = product(shape[a] for a in axes)
    trailing = axes == list(range(len(shape) - len(axes), len(shape)))
    return trailing and not isinstance(length, Dim) and length <= LONGEST_ROW


def is_repeated(n: Node, users: dict[Node, list[Node]]) -> bool:
    """Whether a consumer repeats n along axes that are not its last ones: n would be computed again and again.

    Along the last axes it is not: what does not depend on an inner loop's index is computed outside of it.
    """
    for u in users[n]:
        assert u.primitive is not None
        if u.primitive.name == "reshape" and is_repeated(u, users):
            return True
        if u.primitive.name == "broadcast_to":
            outer = u.shape
            inner = (1,) * (len(outer) - len(n.shape)) + n.shape
            grown = [a for a, (x, y) in enumerate(zip(inner, outer, strict=True)) if x != y]
            kept = [a for a, (x, y) in enumerate(zip(inner, outer, strict=True)) if x == y != 1]
            if grown and kept and min(grown) < max(kept):
                return True
    return False


def is_small(shape: tuple[int | Dim, ...]) -> bool:
    size = product(shape)
    return not isinstance(size, Dim) and size <= SMALL


# --- 3: clusters ------------------------------------------------------------------------------------


def find_leaves(cluster: Cluster, roots: set[Node]) -> dict[Node, bool]:
    """What the cluster loads, and whether element i of the roots needs only element i of it."""
    leaves: dict[Node, bool] = {}
    seen: set[tuple[Node, bool]] = set()

    def visit(n: Node, same: bool) -> None:
        if (n, same) in seen:
            return
        seen.add((n, same))
        if n.primitive is None or n.primitive.name == "item" or (n in roots and n not in cluster.roots):
            leaves[n] = leaves.get(n, True) and same
            return
        keeps = same and n.primitive.pointwise and n is not cluster.core
        for i in n.inputs:
            visit(i, keeps)

    for r in cluster.roots:
        visit(r, True)
    return leaves


def merge_clusters(clusters: list[Cluster], roots: set[Node]) -> None:
    """Epilogues into contractions first, then producers into consumers of one shape, then siblings."""
    for fits in (is_epilogue, is_chain, is_sibling):
        at = 0
        while at < len(clusters):
            first = clusters[at]
            partner = next(
                (c for c in clusters if c is not first and fits(first, c) and can_merge(first, c, clusters)),
                None,
            )
            if partner is None:
                at += 1
                continue
            first.roots = sorted([*first.roots, *partner.roots], key=lambda r: r.serial)
            first.core = partner.core if first.core is None else first.core
            first.leaves = find_leaves(first, roots)
            clusters.remove(partner)
            at = clusters.index(first)


def drop_inner_roots(clusters: list[Cluster], views: set[Node], outputs: set[Node]) -> None:
    """Store no more what only its own cluster reads."""
    read = outputs | {kept(leaf, views) for c in clusters for leaf in c.leaves}
    for c in clusters:
        c.roots = [r for r in c.roots if r in read]


def kept(n: Node, views: set[Node]) -> Node:
    """The kept value that n is, or is a view of."""
    while n in views:
        n = n.inputs[0]
    return n


def is_epilogue(c: Cluster, other: Cluster) -> bool:
    """Whether `other` is pointwise work on the result of the contraction c."""
    return (
        c.kind == "contract"
        and other.kind == "nest"
        and reads_same_element(other, c)
        and not any(has_reduction(r, set(c.roots) | set(other.leaves)) for r in other.roots)
    )


def is_chain(c: Cluster, other: Cluster) -> bool:
    """Whether `other` continues where c stores, element by element."""
    if c.kind == "contract":
        return is_epilogue(c, other)
    return c.kind == other.kind == "nest" and reads_same_element(other, c)


def is_sibling(c: Cluster, other: Cluster) -> bool:
    """Whether both are pointwise passes over the same large data."""
    return (
        c.kind == other.kind == "nest"
        and c.roots[0].shape == other.roots[0].shape
        and any(leaf in other.leaves and not is_small(leaf.shape) for leaf in c.leaves)
    )


def reads_same_element(reader: Cluster, writer: Cluster) -> bool:
    """Whether element i of the reader needs, of what the writer stores, only element i (and at least that)."""
    read = [r for r in writer.roots if r in reader.leaves]
    return (
        bool(read)
        and all(reader.leaves[r] for r in read)
        and all(r.shape == writer.roots[0].shape for r in (*reader.roots, *writer.roots))
    )


def has_reduction(root: Node, stop: set[Node]) -> bool:
    """Whether computing the root takes a loop of its own."""
    stack, seen = [root], set()
    while stack:
        n = stack.pop()
        if n in seen or n in stop or n.primitive is None:
            continue
        seen.add(n)
        if sums_terms(n):
            return True
        stack.extend(n.inputs)
    return False


def can_merge(c: Cluster, other: Cluster, clusters: list[Cluster]) -> bool:
    """Whether one kernel can do both: not too many stores, and no third cluster between them."""
    if len(c.roots) + len(other.roots) > MOST_ROOTS:
        return False
    writer = {r: k for k in clusters for r in k.roots}

    def needs(k: Cluster) -> set[Cluster]:
        sources = (
            n.inputs[0] if n.primitive is not None and n.primitive.name == "item" else n for n in k.leaves
        )
        return {writer[n] for n in sources if n in writer}

    def depends(start: Cluster, on: Cluster) -> bool:
        stack = [k for k in needs(start) if k is not on]
        seen: set[Cluster] = set()
        while stack:
            k = stack.pop()
            if k is on:
                return True
            if k not in seen:
                seen.add(k)
                stack.extend(needs(k))
        return False

    return not depends(c, other) and not depends(other, c)
