"""Order: put clusters in the sequence they run in, and decide which outputs overwrite their donated input."""

from __future__ import annotations

from collections.abc import Sequence

from wengert.compiler.cluster import Cluster, Fusion, kept, on_host, types_of
from wengert.ir.dim import typical
from wengert.ir.graph import Graph
from wengert.ir.node import Node, among

# Indices that are data.
CHECKED = {
    "gather", "take_along_axis", "wrap_index", "scatter_add", "scatter_set", "scatter_mul", "scatter_max",
    "scatter_min", "add_along_axis", "window_gather",
}  # fmt: skip


def order_clusters(
    graph: Graph, fusion: Fusion, donated: dict[int, int]
) -> tuple[list[Cluster], dict[Node, Node]]:
    """(clusters in running order, {root: the graph input that it overwrites}).

    A root overwrites its donated input only after every other reader of the input's old value, and after every
    kernel that can fail on an index: a step that fails leaves all state as it was. Where that is impossible
    (two outputs that each need the other's old value), the root goes elsewhere and is copied at the end.
    """
    failing = {c for c in fusion.clusters if can_fail(c, fusion)}
    in_place = {
        graph.outputs[o]: graph.inputs[i]
        for o, i in donated.items()
        if reads_in_place(fusion.stored[graph.outputs[o]], graph.inputs[i])
    }
    in_place = _possible(fusion, in_place, failing)
    while True:
        order = _schedule(fusion, in_place, failing)
        if order is not None:
            return order, in_place
        in_place.popitem()  # rare: give up overwriting for one of them and try again


def _possible(fusion: Fusion, in_place: dict[Node, Node], failing: set[Cluster]) -> dict[Node, Node]:
    """Without the roots that something needs which has to run before they may overwrite."""
    bit = {c: 1 << k for k, c in enumerate(fusion.clusters)}
    behind: dict[Cluster, int] = {}  # all that a cluster depends on, as bits
    readers = _readers(fusion)

    def depends_on(c: Cluster) -> int:
        stack = [c]
        while stack:
            k = stack[-1]
            before = [fusion.stored[v] for v in _values(k, fusion) if v in fusion.stored]
            missing = [b for b in before if b not in behind and b is not k]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            behind[k] = bit[k]
            for b in before:
                behind[k] |= behind[b]
        return behind[c]

    return {
        root: old
        for root, old in in_place.items()
        if not any(
            depends_on(c) & bit[fusion.stored[root]]
            for c in (readers.get(old, set()) | failing) - {fusion.stored[root]}
        )
    }


def _values(c: Cluster, fusion: Fusion) -> list[Node]:
    """The kept values that a cluster reads."""
    return list(dict.fromkeys(kept(leaf, fusion.views) for leaf in c.leaves))


def _readers(fusion: Fusion) -> dict[Node, set[Cluster]]:
    readers: dict[Node, set[Cluster]] = {}
    for c in fusion.clusters:
        for value in _values(c, fusion):
            readers.setdefault(value, set()).add(c)
    return readers


def reads_in_place(cluster: Cluster, old: Node) -> bool:
    """Whether the cluster reads the old value, if at all, only where it writes the new one."""
    return cluster.leaves.get(old, True) and cluster.kind in ("nest", "contract", "tiles")


def _schedule(fusion: Fusion, in_place: dict[Node, Node], failing: set[Cluster]) -> list[Cluster] | None:
    """Ready clusters one by one, the one that frees the most memory first; None if constraints form a circle.

    What is made of the graph's inputs alone could run at any time: it runs right before what needs it first.
    """
    readers = _readers(fusion)
    after = {
        c: dict.fromkeys(fusion.stored[v] for v in _values(c, fusion) if v in fusion.stored)
        for c in fusion.clusters
    }
    for root, old in in_place.items():
        writer = fusion.stored[root]
        others = (readers.get(old, set()) | failing) - {writer}
        after[writer] |= dict.fromkeys(c for c in fusion.clusters if c in others)
    dependents: dict[Cluster, list[Cluster]] = {c: [] for c in fusion.clusters}
    for c, before in after.items():
        for b in before:
            dependents[b].append(c)
    late = {c for c, before in after.items() if not before and dependents[c]}
    waiting = {c: len(before.keys() - late) for c, before in after.items()}
    left = {n: len(cs) for n, cs in readers.items()}
    sizes = {n: _bytes(n) for n in fusion.stored if n not in in_place}
    ready = [c for c in fusion.clusters if not waiting[c] and c not in late]
    order: list[Cluster] = []

    def first(c: Cluster) -> list[Cluster]:
        """What has to run right before c."""
        return [b for b in after[c] if b in late]

    while ready:
        best = min(ready, key=lambda c: _growth([*first(c), c], left, fusion, sizes))
        ready.remove(best)
        for ran in (*first(best), best):
            late.discard(ran)
            order.append(ran)
            for value in _values(ran, fusion):
                left[value] -= 1
        for c in dependents[best]:
            waiting[c] -= 1
            if not waiting[c]:
                ready.append(c)
    return order if len(order) == len(fusion.clusters) else None


def _growth(
    clusters: Sequence[Cluster], left: dict[Node, int], fusion: Fusion, sizes: dict[Node, int]
) -> int:
    """Bytes that running the clusters, the last of which reads the others, would add to what is alive.

    sizes: of the values that have memory of their own.
    """
    grown = sum(sizes.get(r, 0) for c in clusters for r in c.roots)
    return grown - sum(sizes.get(n, 0) for n in _values(clusters[-1], fusion) if left[n] == 1)


def _bytes(n: Node) -> int:
    return sum(typical(t.nbytes) for t in types_of(n))


def can_fail(c: Cluster, fusion: Fusion) -> bool:
    """Whether the cluster can find that the data is not what it must be."""
    stack, seen = list(c.roots), set()
    while stack:
        n = stack.pop()
        if n in seen or n.primitive is None or (n in fusion.stored and not among(n, c.roots)):
            continue
        seen.add(n)
        if can_fail_alone(n):
            return True
        stack.extend(n.inputs)
    return False


def _checks(graph: Graph) -> bool:
    return any(can_fail_alone(n) for n in graph.steps)


def can_fail_alone(n: Node) -> bool:
    """Whether the step itself, or one in a graph inside of it, checks indices that are data or runs in Python."""
    assert n.primitive is not None
    if n.primitive.name in CHECKED or on_host(n):
        return True
    return any(_checks(p) for _, p in n.params if isinstance(p, Graph))
