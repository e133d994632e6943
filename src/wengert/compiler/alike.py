"""Alike: what lowering sees of a cluster, as a value. Clusters that are alike become one kernel, lowered once.

A network repeats its layers: of the 265 clusters of a ResNet-20's training step 102 are unlike.
"""

from __future__ import annotations

from collections.abc import Hashable

from wengert.compiler.cluster import Cluster, Fusion
from wengert.compiler.layout import Layout, layout_of
from wengert.compiler.repeated import scalar_constant
from wengert.ir.node import Node, among
from wengert.prims.slicing import has_border
from wengert.transforms.cse import exact

LOOKED_THROUGH = ("broadcast_to", "reshape")  # even if they are kept: what they repeat may be one number


def likeness(
    cluster: Cluster, fusion: Fusion, layouts: dict[Node, Layout]
) -> tuple[Hashable, tuple[int, ...]]:
    """(what alike clusters share, the buffers in which their values lie, one for one)."""
    numbers: dict[Node, int] = {}
    places: dict[int, int] = {}
    lines: list[Hashable] = []
    roots = set(cluster.roots)
    operands = cluster.core.inputs if cluster.core is not None else ()

    def place(n: Node) -> Hashable:
        at = layout_of(n, layouts)
        return places.setdefault(at.buffer, len(places)), at.offset, at.strides

    def line(n: Node, inputs: tuple[Node, ...]) -> Hashable:
        kept = n in layouts or n in fusion.views
        where = (n.type, place(n)) if kept else None
        if n.primitive is None:
            number = scalar_constant(n)
            return (where, None if number is None else number.tobytes())
        step = (n.primitive, exact(n.params), tuple([numbers[i] for i in inputs]))
        if not kept or n in roots:
            return (where, step)
        if has_border(n) and among(n, operands):
            return (where, step, *(i.type for i in n.inputs))
        return (where, step if inputs else None)

    stack = list(reversed(cluster.roots))
    while stack:
        n = stack[-1]
        if n in numbers:
            stack.pop()
            continue
        loaded = n not in roots and (n in layouts or n in fusion.views)
        through = n.primitive is not None and n.primitive.name in LOOKED_THROUGH
        inputs = n.inputs if through or not loaded else ()
        missing = [i for i in inputs if i not in numbers]
        if missing:
            stack.extend(reversed(missing))
            continue
        numbers[n] = len(lines)
        lines.append(line(n, inputs))
        stack.pop()
    core = None if cluster.core is None else numbers[cluster.core]
    return (cluster.kind, core, tuple(numbers[r] for r in cluster.roots), tuple(lines)), tuple(places)
