"""Costs: which steps are worth keeping the result of, because doing them again would cost more."""

from __future__ import annotations

from collections.abc import Container

from wengert.base.dtypes import size_of
from wengert.ir.dim import Dim, product
from wengert.ir.node import Node

COSTLY = {
    "exp", "log", "log1p", "expm1", "tanh", "sigmoid", "erf", "sin", "cos", "pow", "div", "sqrt", "rsqrt",
    "asin", "acos", "atan", "asinh", "acosh", "atanh", "atan2", "hypot", "searchsorted",
}  # fmt: skip
RANDOM = {"random_bits"}
VIEWS = {"transpose", "reshape", "slice", "broadcast_to", "item"}
MOVES = {"slice", "pad", "concatenate", "dynamic_slice", "dynamic_update_slice"}
REDUCTIONS = {
    "reduce_sum", "reduce_var", "reduce_max", "reduce_min", "reduce_prod", "reduce_any", "reduce_all",
    "argmax", "argmin",
    "window_sum", "window_max", "window_argmax", "window_spread", "window_scatter",
    "dot", "conv", "conv_input_grad", "conv_kernel_grad",
}  # fmt: skip
LONGEST_ROW = 4096  # elements of a reduction that is worth repeating rather than storing
SMALL = 1024  # elements below which a value is small


def is_view(n: Node) -> bool:
    """Whether its elements are its first input's, at strides."""
    return n.primitive is not None and n.primitive.name in VIEWS and not moves_elements(n)


def moves_elements(n: Node) -> bool:
    """Whether it is a reshape that does more than add or drop axes of length 1."""
    assert n.primitive is not None
    return n.primitive.name == "reshape" and long_axes(n.shape) != long_axes(n.inputs[0].shape)


def long_axes(shape: tuple[int | Dim, ...]) -> list[int | Dim]:
    """The lengths other than 1."""
    return [d for d in shape if d != 1]


def repeats_work(
    n: Node, users: dict[Node, list[Node]], homes: frozenset[Node], roots: Container[Node] = ()
) -> bool:
    """Whether computing n inside of its consumers would do costly work more than once.

    roots: consumers that are kept themselves.
    """
    assert n.primitive is not None
    name = n.primitive.name
    if sums_terms(n):
        return not short_row(n) or len(homes) > 1 or is_repeated(n, users)
    if name in COSTLY | RANDOM and is_repeated(n, users, roots):
        return True
    if name in VIEWS:
        return False
    if len(users[n]) > 1 and any(u.primitive is not None and u.primitive.name in MOVES for u in users[n]):
        return True  # computed at several places: in a chain of such steps, at 2, 4, 8, ... places
    if len(homes) <= 1:
        return False
    if is_small(n.shape):
        return False
    return name in COSTLY | RANDOM or sum(not is_small(i.shape) for i in own_data(n)) > 1


def narrows_sums(n: Node) -> bool:
    """Whether n is all that is done with a contraction's result, element by element, and takes fewer bytes than it."""
    assert n.primitive is not None
    if n.primitive.name != "cast" or size_of(n.dtype) >= size_of(n.inputs[0].dtype):
        return False
    sums = set[Node]()
    stack, seen = [n], set[Node]()
    while stack:
        x = stack.pop()
        if x in seen or x.primitive is None:
            continue
        seen.add(x)
        if x.primitive.contract is not None and x.shape == n.shape:
            sums.add(x)
        elif x.primitive.pointwise:
            stack.extend(x.inputs)
        elif x.primitive.name != "broadcast_to":
            return False
    return len(sums) == 1 and size_of(sums.pop().dtype) > size_of(n.dtype)


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


def is_repeated(n: Node, users: dict[Node, list[Node]], roots: Container[Node] | None = None) -> bool:
    """Whether a consumer repeats n along axes that are not its last ones: n would be computed again and again.

    Along the last axes it is not: what does not depend on an inner loop's index is computed outside of it.

    Args:
        roots: where given, what is done to n before it is repeated is looked through, but for these.
    """
    for u in users[n]:
        assert u.primitive is not None
        through = u.primitive.name == "reshape" or (
            roots is not None and u.primitive.pointwise and u.shape == n.shape and u not in roots
        )
        if through and is_repeated(u, users, roots):
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
    """Whether a value of this shape costs nothing to speak of."""
    size = product(shape)
    return not isinstance(size, Dim) and size <= SMALL
