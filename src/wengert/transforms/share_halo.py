"""Share halos: a value that is also needed padded is kept padded only; others read its inside as a view.

    y = f(x); p = pad(y); z = g(y)   ->   p = pad(f(x)); z = g(slice(p))

So the producer writes into the middle of the padded buffer, and no copy is made for the border's sake.
"""

from __future__ import annotations

from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.primitive import REGISTRY
from wengert.ir.source import at
from wengert.prims.slicing import has_border


def share_halo(graph: Graph) -> Graph:
    """Read through the halo wherever a computed value has one."""
    padded: dict[Node, Node] = {}
    for n in graph.steps:
        if is_halo(n):
            padded.setdefault(n.inputs[0], n)
    if not padded:
        return graph
    new: dict[Node, Node] = {}
    inside: dict[Node, Node] = {}
    for n in graph.nodes:
        if n in new:
            continue
        new[n] = _rebuilt(n, [inside.get(i, new[i]) for i in n.inputs])
        if n in padded:
            pad = padded[n]
            new[pad] = _rebuilt(pad, [new[n]])
            inside[n] = _inside(new[pad], pad)
    return Graph(graph.inputs, tuple(new[o] for o in graph.outputs))


def _rebuilt(n: Node, inputs: list[Node]) -> Node:
    same = all(a is b for a, b in zip(inputs, n.inputs, strict=True))
    return n if same else Node(n.primitive, tuple(inputs), n.params, n.type, source=n.source)


def is_halo(n: Node) -> bool:
    """Whether n only adds a border of zeros around a computed value."""
    if not has_border(n) or n.inputs[0].primitive is None:
        return False
    return all(isinstance(k, int) and k >= 0 for k in (*n.kwargs["low"], *n.kwargs["high"]))


def _inside(p: Node, pad: Node) -> Node:
    """The view of the padded value that is the value itself."""
    low = pad.kwargs["low"]
    x = pad.inputs[0]
    stop = tuple(d + k for d, k in zip(x.shape, low, strict=True))
    with at(pad.source):
        view: Node = REGISTRY["slice"](p, start=tuple(low), stop=stop, step=(1,) * len(low))
    return view
