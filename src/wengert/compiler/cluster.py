"""Cluster: steps of a graph that one kernel computes."""

from __future__ import annotations

from dataclasses import dataclass, field

from wengert.base.dtypes import is_complex
from wengert.ir.node import Node
from wengert.ir.types import Shape, TensorType


@dataclass(eq=False)
class Cluster:
    """A kernel to be: the roots it stores, and its contraction, loop form or control node if it has one."""

    roots: list[Node]
    kind: str = "nest"  # or contract, tiles, loops, control, host
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


CONTROL = {"checkpoint", "cond", "while_loop", "scan"}


def on_host(n: Node) -> bool:
    """Whether a step calls back into Python, as no machine code can be made of it."""
    prim = n.primitive
    if prim is None or prim.name in CONTROL or prim.name == "item":
        return False
    if prim.lower is None and prim.loops is None and prim.tiles is None and prim.contract is None:
        return True
    return any(is_complex(t.dtype) for v in (n, *n.inputs) for t in types_of(v))


def types_of(n: Node) -> tuple[TensorType, ...]:
    """The types of a node's results."""
    return n.type if isinstance(n.type, tuple) else (n.type,)


MOST_PARTS = 8  # of a concatenation that one kernel stores: each needs registers for its pointer


def parts_of(root: Node) -> tuple[Node, ...]:
    """What a kept value is stored as: a concatenation of equal parts as its parts, everything else as a whole."""
    if root.primitive is None or root.primitive.name != "concatenate" or len(root.inputs) > MOST_PARTS:
        return (root,)
    return root.inputs if len({i.shape for i in root.inputs}) == 1 else (root,)


def loops_of(root: Node) -> Shape:
    """The lengths of the loops that store a kept value: those of one of its parts."""
    shape: Shape = parts_of(root)[0].shape
    return shape


def kept(n: Node, views: set[Node]) -> Node:
    """The kept value that n is, or is a view of."""
    while n in views:
        n = n.inputs[0]
    return n
