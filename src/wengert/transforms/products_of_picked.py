"""Products of picked rows: where more rows are picked from a table than it has, the table is multiplied instead.

    dot(gather(e, k), w)          ->  gather(dot(e, w), k)
    dot(gather(e, k), g), over k  ->  dot(e, scatter_add(0, k, g))
    scatter_add(0, k, dot(g, w))  ->  dot(scatter_add(0, k, g), w)

The first is a layer behind an embedding; the others are the gradients of its weight and of the embedding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wengert.ir.dim import Dim, product, typical
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.pattern import number_of, rewrite, rule, var
from wengert.ir.types import TensorType
from wengert.prims.contraction import dot
from wengert.prims.indexing import gather, scatter_add
from wengert.prims.logic import less, where
from wengert.prims.movement import broadcast_to, full_like, reshape, transpose
from wengert.transforms.cse import cse

MOVED = 16  # multiply-adds in the time of an element that is picked or added up
STEPS = 40_000  # and in that of a launch more
WORTH = 0.9  # the share of the time from which on a product is left as it is

X, Y, K, A, C, G = var("x"), var("y"), var("k"), var("a"), var("c"), var("g")
Ints = tuple[int, ...]
NONE = ((), ())


def products_of_picked(graph: Graph) -> Graph:
    """The graph with such products of whole tables.

    Numerics: sums are added in another order, those over positions before they are multiplied. Rows that nobody
    picks do not count, whatever is in them.
    """
    new = rewrite(graph, (product_of_picked, scatter_of_product))
    return graph if new is graph else cse(new)  # both gradients add up the same


@rule(dot(X, Y, contract=C, batch=NONE))
def product_of_picked(x: Node, y: Node, c: tuple[Ints, Ints], out: Node) -> Node | None:
    """dot(gather(e, k), y)  ->  gather(dot(e, y), k); where the positions are summed, dot(e, scatter_add(0, k, y))"""
    for side, picked in enumerate((x, y)):
        if picked.primitive is gather:
            first = picked.kwargs["axis"]
            summed = [k in c[side] for k in range(first, first + picked.inputs[1].ndim)]
            if not any(summed) and (new := _picked_after(out, side)) is not None:
                return new
            if summed and all(summed) and (new := _summed_before(out, side)) is not None:
                return new
    return None


@rule(scatter_add(X, K, dot(G, Y), axis=A), scatter_add(X, K, transpose(dot(G, Y)), axis=A))
def scatter_of_product(x: Node, k: Node, a: int, out: Node) -> Node | None:
    """scatter_add(0, k, dot(g, y))  ->  dot(scatter_add(0, k, g), y)"""
    updates = out.inputs[2]
    perm = updates.kwargs["perm"] if updates.primitive is transpose else tuple(range(updates.ndim))
    node = updates.inputs[0] if updates.primitive is transpose else updates
    others = [axis for n, axis in enumerate(perm) if not a <= n < a + k.ndim]
    at = perm[a : a + k.ndim]  # of the product's axes
    if number_of(x) != 0 or others != sorted(others) or min(at, default=-1) != a or any(node.kwargs["batch"]):
        return None
    contract = node.kwargs["contract"]
    free = [[n for n in range(i.ndim) if n not in c] for i, c in zip(node.inputs, contract, strict=True)]
    side = int(a >= len(free[0]))
    own = [n - side * len(free[0]) for n in at]
    if max(own) >= len(free[side]) or not _worth(node, k, x.shape[a], node.inputs[side]):
        return None
    places = [free[side][n] for n in own]
    sums = _added_up(node.inputs[side], places, k, x.shape[a])
    return None if sums is None else _dot(node, side, sums, _moved(contract[side], min(places), k.ndim))


def _picked_after(node: Node, side: int) -> Node | None:
    """The product with the table, of which rows are picked."""
    (table, indices), other = node.inputs[side].inputs, node.inputs[1 - side]
    a, contract = node.inputs[side].kwargs["axis"], node.kwargs["contract"]
    if not _worth(node, indices, table.shape[a], node):
        return None
    own = _moved(contract[side], a, indices.ndim)
    before = other.ndim - len(own) if side else 0
    place = before + sum(k not in own for k in range(a))
    return gather(_dot(node, side, table, own), indices, axis=place)  # type: ignore[no-any-return]


def _summed_before(node: Node, side: int) -> Node | None:
    """The product of the table with the sums, for each of its rows, of what that row is multiplied by."""
    (table, indices), other = node.inputs[side].inputs, node.inputs[1 - side]
    a, contract = node.inputs[side].kwargs["axis"], node.kwargs["contract"]
    partner = dict(zip(contract[side], contract[1 - side], strict=True))
    places = [partner.pop(a + k) for k in range(indices.ndim)]
    if not _worth(node, indices, table.shape[a], other):
        return None
    sums = _added_up(other, places, indices, table.shape[a])
    if sums is None:
        return None
    n, first = indices.ndim, min(places)
    mine = (a, *_moved(tuple(partner), a, n))
    theirs = (first, *_moved(tuple(partner.values()), first, n))
    operands, axes = (_without_others(table, indices, a), sums), (mine, theirs)
    step = -1 if side else 1
    return dot(*operands[::step], contract=axes[::step], batch=NONE)  # type: ignore[no-any-return]


def _worth(node: Node, indices: Node, rows: int | Dim, moved: Node) -> bool:
    """Whether the product of all rows is less work than that of the picked ones.

    moved: what is then picked, or added up.
    """
    if node.dtype not in ("float32", "float64") or any(i.dtype != node.dtype for i in node.inputs):
        return False
    contract, x = node.kwargs["contract"], node.inputs[0]
    direct = typical(node.type.size) * typical(product(x.shape[k] for k in contract[0]))
    whole = direct * typical(rows) / max(1, typical(indices.type.size))
    return whole + MOVED * typical(moved.type.size) + STEPS < WORTH * direct


def _dot(node: Node, side: int, new: Node, own: Ints) -> Any:
    """The product with another operand on one side, summed over its axes `own`."""
    operands, contract = list(node.inputs), list(node.kwargs["contract"])
    operands[side], contract[side] = new, own
    return dot(*operands, contract=tuple(contract), batch=NONE)


def _moved(axes: Ints, first: int, n: int) -> Ints:
    """Axes where n of them, from `first` on, have become one."""
    return tuple(k if k < first else k - n + 1 for k in axes)


def _added_up(x: Node, places: Sequence[int], indices: Node, rows: int | Dim) -> Node | None:
    """For each of so many rows, the sum of x at the positions that have its index.

    places: the axes of x that are the axes of `indices`; None if they are not next to one another.
    """
    order = sorted(range(len(places)), key=places.__getitem__)
    first = places[order[0]]
    if [places[k] for k in order] != list(range(first, first + len(places))):
        return None
    if order != sorted(order):
        indices = transpose(indices, perm=tuple(order))
    shape = (*x.shape[:first], rows, *x.shape[first + len(places) :])
    zero = full_like(x, 0, TensorType(shape, x.dtype))
    return scatter_add(zero, indices, x, axis=first)  # type: ignore[no-any-return]


def _without_others(table: Node, indices: Node, axis: int) -> Any:
    """The table with 0 in the rows that are not picked: there may be infinities in them."""
    count = full_like(table, 0, TensorType((table.shape[axis],), table.dtype))
    count = scatter_add(count, indices, full_like(table, 1, TensorType(indices.shape, table.dtype)), axis=0)
    column = tuple(n if k == axis else 1 for k, n in enumerate(table.shape))
    there = broadcast_to(reshape(less(full_like(count, 0), count), shape=column), shape=table.shape)
    return where(there, table, full_like(table, 0))
