"""Where the elements of a value lie: in which buffer, from which offset, at which strides (in elements)."""

from __future__ import annotations

import math
from collections.abc import Set
from dataclasses import dataclass

from wengert.base.dtypes import size_of
from wengert.base.errors import GraphError
from wengert.ir.dim import Dim, product
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.types import Shape, TensorType
from wengert.loop.forms import Affine, ContractForm

Length = int | Dim

LINE = 64  # bytes of a cache's line
ALIASED = 1024  # bytes: of 36 lines at multiples of this distance not all fit in the first cache


@dataclass(frozen=True)
class Layout:
    """Element (i, j, ...) lies at offset + i * strides[0] + j * strides[1] + ... of buffer number `buffer`."""

    buffer: int
    offset: Length
    strides: tuple[Length, ...]


def row_major(shape: Shape) -> tuple[Length, ...]:
    """Strides of a shape without gaps."""
    return tuple(product(shape[a + 1 :]) for a in range(len(shape)))


def side_by_side(graph: Graph) -> set[Node]:
    """Values that kernels write or read at all indices of the first axis at once."""
    found: set[Node] = set()
    for n in graph.steps:
        assert n.primitive is not None
        if n.primitive.name in ("winograd_data", "winograd_kernel"):
            found.add(n)
        elif n.primitive.name == "winograd_output":
            found.add(n.inputs[0])
    return found


def apart(t: TensorType) -> tuple[Length, ...]:
    """Strides of parts along the first axis that do not compete for the same lines of a cache."""
    first, *rest = row_major(t.shape)
    inner = math.prod(n for n in t.shape[1:] if not isinstance(n, Dim)) * size_of(t.dtype)
    return (first + LINE // size_of(t.dtype) if inner % ALIASED == 0 else first, *rest)


def layout_of(n: Node, layouts: dict[Node, Layout]) -> Layout:
    """Where a kept value, or a view of one, lies."""
    found = layouts.get(n)
    if found is None:
        found = view(n, layout_of(n.inputs[0], layouts))
        if found is None:
            raise GraphError(f"layout: {n!r} must be a view of kept memory; it is none.")
        layouts[n] = found
    return found


def view(node: Node, of: Layout) -> Layout | None:
    """The layout of a view, given that of its first input; None where strides cannot express it."""
    assert node.primitive is not None
    x = node.inputs[0]
    rule = {"transpose": _transpose, "slice": _slice, "broadcast_to": _broadcast, "reshape": _reshape}
    return rule[node.primitive.name](node, x.shape, of)


def _transpose(node: Node, shape: Shape, of: Layout) -> Layout:
    return Layout(of.buffer, of.offset, tuple(of.strides[p] for p in node.kwargs["perm"]))


def _slice(node: Node, shape: Shape, of: Layout) -> Layout:
    start, step = node.kwargs["start"], node.kwargs["step"] or (1,) * len(shape)
    offset = of.offset
    for first, stride in zip(start, of.strides, strict=True):
        offset = offset + stride * first
    return Layout(of.buffer, offset, tuple(s * k for s, k in zip(of.strides, step, strict=True)))


def _broadcast(node: Node, shape: Shape, of: Layout) -> Layout:
    new = len(node.shape) - len(shape)
    strides = [0] * new + [0 if d == 1 else s for d, s in zip(shape, of.strides, strict=True)]
    return Layout(of.buffer, of.offset, tuple(strides))


def _reshape(node: Node, shape: Shape, of: Layout) -> Layout | None:
    """Axes of length 1 come and go freely; anything else needs elements without gaps."""
    old = [(d, s) for d, s in zip(shape, of.strides, strict=True) if d != 1]
    if [d for d in node.shape if d != 1] == [d for d, _ in old]:
        kept = iter(s for _, s in old)
        return Layout(of.buffer, of.offset, tuple(0 if d == 1 else next(kept) for d in node.shape))
    packed = row_major(shape)
    if any(d != 1 and s != p for d, s, p in zip(shape, of.strides, packed, strict=True)):
        return None
    return Layout(of.buffer, of.offset, row_major(node.shape))


def step_of(dims: tuple[Affine, ...], axis: str, layout: Layout) -> int | Dim:
    """How far one step along `axis` moves in the operand."""
    total: int | Dim = 0
    for index, stride in zip(dims, layout.strides, strict=True):
        total = sum(c for v, c in index.terms if v == axis) * stride + total
    return total


def merge_sums(
    form: ContractForm, steps: dict[str, tuple[int | Dim, int | Dim]], apart: Set[str] = frozenset()
) -> dict[str, list[str]]:
    """The axes, and which further ones each stands for: two sums that walk both operands as one walk are one.

    Here lengths are still known as formulas: a batch of 64 times n rows is 64 n rows.

    Args:
        apart: axes that stay as they are.
    """
    merged = {v: [v] for v in form.extents}
    reach = dict(form.extents)  # of the axes that each stands for
    while pair := next(
        (
            (x, y)
            for x in merged
            for y in merged
            if x in form.reduced and y in form.reduced and x != y and not {x, y} & apart
            if steps[x] == tuple(k * reach[y] for k in steps[y])
        ),
        None,
    ):
        x, y = pair
        merged[y] = merged.pop(x) + merged[y]
        reach[y] = reach[x] * reach[y]
    return merged
