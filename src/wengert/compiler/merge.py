"""Merge: put roots that one pass over memory can compute into one kernel.

Epilogues into contractions first, then sums over the same data, then consumers behind producers of their
shape, then siblings that read the same data. Two clusters may not be merged where a third would have to run
between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wengert.compiler.cluster import Cluster, kept, loops_of, parts_of
from wengert.compiler.costs import is_small, short_row, sums_terms
from wengert.ir.node import Node

MOST_ROOTS = 8  # in one kernel: each needs registers for its pointers
WITH_EPILOGUE = ("contract", "tiles")


def merge_clusters(
    clusters: list[Cluster], roots: set[Node], views: set[Node], outputs: set[Node], state: set[Node]
) -> list[Cluster]:
    """The clusters after merging, in the order of their first roots; they store only what others read.

    Args:
        state: roots that overwrite an input when all else is done.
    """
    merger = _Merger(clusters, roots, views, state)
    merger.run(is_epilogue, merger.consumers)
    merger.run(is_joint_sum, merger.fellow_readers)
    merger.run(is_chain, merger.consumers)
    merger.run(is_sibling, merger.fellow_readers)
    merged = list(merger.clusters)
    read = outputs | {kept(leaf, views) for c in merged for leaf in c.leaves}
    for c in merged:
        c.roots = [r for r in c.roots if r in read]
    return merged


class _Merger:
    """Clusters with indices of who writes and who reads what."""

    def __init__(self, clusters: list[Cluster], roots: set[Node], views: set[Node], state: set[Node]) -> None:
        self.roots, self.views, self.state = roots, views, state
        self.clusters = dict.fromkeys(clusters)  # in order
        self.writer: dict[Node, Cluster] = {}
        self.readers: dict[Node, dict[Cluster, None]] = {}
        for c in clusters:
            c.leaves = find_leaves(c, roots)
            self.enter(c)

    def enter(self, c: Cluster) -> None:
        for r in c.roots:
            self.writer[r] = c
        for leaf in c.leaves:
            self.readers.setdefault(kept(leaf, self.views), {})[c] = None

    def run(
        self, fits: Callable[[Cluster, Cluster], bool], candidates: Callable[[Cluster], list[Cluster]]
    ) -> None:
        """Merge each cluster with candidates that fit until none does."""
        for c in list(self.clusters):
            while c in self.clusters:
                found = (o for o in candidates(c) if o is not c and fits(c, o) and self.may_merge(c, o))
                other = next(found, None)
                if other is None:
                    break
                self.merge(c, other)

    def merge(self, c: Cluster, other: Cluster) -> None:
        for gone in (c, other):
            for leaf in gone.leaves:
                self.readers[kept(leaf, self.views)].pop(gone, None)
        del self.clusters[other]
        c.roots = sorted([*c.roots, *other.roots], key=lambda r: r.serial)
        if other.core is not None:
            c.core, c.kind = other.core, other.kind
        c.leaves = find_leaves(c, self.roots)
        self.enter(c)

    def consumers(self, c: Cluster) -> list[Cluster]:
        """Clusters that read what c stores."""
        return list(dict.fromkeys(o for r in c.roots for o in self.readers.get(r, ())))

    def fellow_readers(self, c: Cluster) -> list[Cluster]:
        """Clusters that read some large value that c reads."""
        large = (kept(leaf, self.views) for leaf in c.leaves if not is_small(leaf.shape))
        return list(dict.fromkeys(o for leaf in large for o in self.readers[leaf]))

    def may_merge(self, c: Cluster, other: Cluster) -> bool:
        """Whether one kernel can do both: not too many stores, state apart, no third cluster between."""
        if len(c.roots) + len(other.roots) > MOST_ROOTS:
            return False
        return self.keeps_state_apart(c, other) and not self.between(c, other) and not self.between(other, c)

    def keeps_state_apart(self, c: Cluster, other: Cluster) -> bool:
        """Whether both overwrite state, or neither: state is overwritten late, and others may be needed before.

        What only the two read themselves does not count: it will not be stored.
        """
        stored = [
            r
            for r in (*c.roots, *other.roots)
            if r in self.state or any(o not in (c, other) for o in self.readers.get(r, ()))
        ]
        return len({r in self.state for r in stored}) < 2

    def needs(self, c: Cluster) -> list[Cluster]:
        values = (kept(leaf, self.views) for leaf in c.leaves)
        return [self.writer[v] for v in values if v in self.writer]

    def between(self, start: Cluster, on: Cluster) -> bool:
        """Whether `start` depends on `on` through a third cluster."""
        earliest = min(r.serial for r in on.roots)
        stack = [k for k in self.needs(start) if k is not on and k is not start]
        seen: set[Cluster] = set()
        while stack:
            k = stack.pop()
            if k is on:
                return True
            if k not in seen and max(r.serial for r in k.roots) > earliest:  # inputs are older than results
                seen.add(k)
                stack.extend(self.needs(k))
        return False


def find_leaves(cluster: Cluster, roots: set[Node]) -> dict[Node, bool]:
    """What the cluster loads, and whether element i of the roots needs only element i of it."""
    leaves: dict[Node, bool] = {}
    seen: set[tuple[Node, bool]] = set()
    own = set(cluster.roots)
    stack = [(r, True) for r in cluster.roots]
    while stack:
        n, same = stack.pop()
        if (n, same) in seen:
            continue
        seen.add((n, same))
        if n.primitive is None or n.primitive.name == "item" or (n in roots and n not in own):
            leaves[n] = leaves.get(n, True) and same
            continue
        part_by_part = n in own and parts_of(n)[0] is not n
        keeps = same and (n.primitive.pointwise or part_by_part) and n is not cluster.core
        stack.extend((i, keeps) for i in n.inputs)
    return leaves


def is_epilogue(c: Cluster, other: Cluster) -> bool:
    """Whether `other` is pointwise work on the result of the contraction c, or of the tiles."""
    return (
        c.kind in WITH_EPILOGUE
        and other.kind == "nest"
        and reads_same_element(other, c)
        and not any(has_reduction(r, {*c.roots, *other.leaves}) for r in other.roots)
    )


def is_chain(c: Cluster, other: Cluster) -> bool:
    """Whether `other` continues where c stores, element by element."""
    if c.kind in WITH_EPILOGUE:
        return is_epilogue(c, other)
    return c.kind == other.kind == "nest" and reads_same_element(other, c)


def is_joint_sum(c: Cluster, other: Cluster) -> bool:
    """Whether both are nothing but long sums over the same large data, and neither needs the other.

    What is done with the sums takes no time: were it merged first, where it overwrites state, each would be a
    pass of its own.
    """
    roots = [*c.roots, *other.roots]
    return (
        is_sibling(c, other)
        and all(sums_terms(r) and not short_row(r) for r in roots)
        and not any(r in k.leaves for k in (c, other) for r in roots)
    )


def is_sibling(c: Cluster, other: Cluster) -> bool:
    """Whether both are passes over the same large data, with results of one shape."""
    return (
        c.kind == other.kind == "nest"
        and loops_of(c.roots[0]) == loops_of(other.roots[0])
        and any(leaf in other.leaves and not is_small(leaf.shape) for leaf in c.leaves)
    )


def reads_same_element(reader: Cluster, writer: Cluster) -> bool:
    """Whether element i of the reader needs, of what the writer stores, only element i (and at least that)."""
    read = [r for r in writer.roots if r in reader.leaves]
    return (
        bool(read)
        and all(reader.leaves[r] for r in read)
        and all(r.shape == loops_of(writer.roots[0]) for r in read)
        and all(loops_of(r) == loops_of(writer.roots[0]) for r in (*reader.roots, *writer.roots))
    )


def has_reduction(root: Node, stop: Iterable[Node]) -> bool:
    """Whether computing the root takes a loop of its own."""
    seen = set(stop)
    stack = [root]
    while stack:
        n = stack.pop()
        if n in seen or n.primitive is None:
            continue
        seen.add(n)
        if sums_terms(n):
            return True
        stack.extend(n.inputs)
    return False
