"""Cluster: steps of a graph that one kernel computes."""

from __future__ import annotations

from dataclasses import dataclass, field

from wengert.ir.node import Node


@dataclass(eq=False)
class Cluster:
    """A kernel to be: the roots it stores, and its contraction, loop form or control node if it has one."""

    roots: list[Node]
    kind: str = "nest"  # or contract, loops, control
    core: Node | None = None
    # What it loads; True: element i only for element i.
    leaves: dict[Node, bool] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<{self.kind} cluster of {', '.join(r.primitive.name for r in self.roots if r.primitive)}>"


@dataclass(eq=False)
class Fusion:
    """The clusters, and where each kept value comes from."""

    clusters: list[Cluster]
    stored: dict[Node, Cluster]
    views: set[Node]


def kept(n: Node, views: set[Node]) -> Node:
    """The kept value that n is, or is a view of."""
    while n in views:
        n = n.inputs[0]
    return n
