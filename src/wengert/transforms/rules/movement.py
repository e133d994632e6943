"""Rules on steps that move elements: merge them, drop those that move nothing. Bitwise equal."""

from __future__ import annotations

import math
from typing import Any

from wengert.ir.dim import Dim, surely_at_least
from wengert.ir.node import Node
from wengert.ir.pattern import rule, var
from wengert.ir.types import Shape
from wengert.prims.arithmetic import add
from wengert.prims.indexing import gather
from wengert.prims.movement import broadcast_to, reshape, reverse, transpose
from wengert.prims.slicing import concatenate, has_border, pad, slice

A, B, K, P, S, X = var("a"), var("b"), var("k"), var("p"), var("s"), var("x")


@rule(broadcast_to(X), reshape(X), transpose(X), slice(X), concatenate(X))
def moves_nothing(x: Node, out: Node) -> Any:
    """broadcast_to, reshape, slice to x's own shape; transpose in order; concatenate of one  ->  x"""
    if out.primitive is transpose:
        perm = out.kwargs["perm"]
        return x if perm == tuple(range(len(perm))) else None
    return x if x.shape == out.shape else None


@rule(broadcast_to(broadcast_to(X), shape=S))
def broadcast_twice(x: Node, s: Shape) -> Any:
    """broadcast_to(broadcast_to(x, r), s)  ->  broadcast_to(x, s)"""
    return broadcast_to(x, shape=s)


@rule(reshape(reshape(X), shape=S))
def reshape_twice(x: Node, s: Shape) -> Any:
    """reshape(reshape(x, r), s)  ->  reshape(x, s)"""
    return reshape(x, shape=s)


@rule(transpose(transpose(X, perm=P), perm=A))
def transpose_twice(x: Node, p: tuple[int, ...], a: tuple[int, ...]) -> Any:
    """transpose(transpose(x, p), a)  ->  transpose(x, p[a])"""
    return transpose(x, perm=tuple(p[k] for k in a))


@rule(transpose(X, perm=P))
def transpose_of_ones(x: Node, p: tuple[int, ...], out: Node) -> Any:
    """transpose(x, p) that moves axes of length 1 only  ->  reshape(x)"""
    kept = [a for a in p if x.shape[a] != 1]
    return reshape(x, shape=out.shape) if kept == sorted(kept) else None


@rule(transpose(gather(X, K, axis=A), perm=P))
def transpose_of_gather(x: Node, k: Node, a: int, p: tuple[int, ...]) -> Any:
    """transpose(gather(x, k), p) that moves axes of k only  ->  gather(x, transpose(k, p))"""
    moved = p[a : a + k.ndim]
    others = [n for n in range(len(p)) if not a <= n < a + k.ndim]
    if any(p[n] != n for n in others):
        return None
    return gather(x, transpose(k, perm=tuple(n - a for n in moved)), axis=a)


@rule(
    reshape(broadcast_to(X), shape=S),
    transpose(broadcast_to(X)),
    reverse(broadcast_to(X)),
    slice(broadcast_to(X)),
)
def move_of_one(x: Node, out: Node) -> Any:
    """A move of one element, repeated  ->  broadcast_to(that element)"""
    if not all(n == 1 for n in x.shape):
        return None
    return broadcast_to(x if x.ndim <= out.ndim else reshape(x, shape=()), shape=out.shape)


@rule(broadcast_to(reshape(X), shape=S))
def leading_ones(x: Node, s: Shape, out: Node) -> Any:
    """broadcast_to(reshape(x, [1, ...]), s)  ->  broadcast_to(x, s): it adds leading axes by itself"""
    middle = out.inputs[0].shape
    lead = len(middle) - x.ndim
    return broadcast_to(x, shape=s) if lead > 0 and middle == (1,) * lead + x.shape else None


@rule(reverse(reverse(X, axes=A), axes=B))
def reverse_twice(x: Node, a: tuple[int, ...], b: tuple[int, ...]) -> Any:
    """reverse(reverse(x, a), b)  ->  reverse(x, axes in one of both only)"""
    return reverse(x, axes=tuple(sorted(set(a) ^ set(b))))


@rule(reverse(X, axes=A))
def reverse_of_ones(x: Node, a: tuple[int, ...]) -> Any:
    """reverse(x, axes)  ->  reverse(x, the axes longer than 1), or x"""
    long = tuple(k for k in a if x.shape[k] != 1)
    if not long:
        return x
    return None if long == a else reverse(x, axes=long)


@rule(pad(X))
def pad_by_nothing(x: Node, out: Node) -> Any:
    """pad(x) by nothing on all sides and between  ->  x"""
    amounts = out.kwargs
    return None if any((*amounts["low"], *amounts["high"], *amounts["interior"])) else x


@rule(slice(slice(X)))
def slice_twice(x: Node, out: Node) -> Any:
    """slice(slice(x))  ->  one slice; left alone where a symbolic length is taken in steps"""
    outer, inner = out.kwargs, out.inputs[0].kwargs
    stepped = any(k != 1 for k in (*outer["step"], *inner["step"]))
    if any(n == 0 or (stepped and isinstance(n, Dim)) for n in (*x.shape, *out.shape)):
        return None
    start = tuple(p + d * q for p, d, q in zip(inner["start"], inner["step"], outer["start"], strict=True))
    step = tuple(d * e for d, e in zip(inner["step"], outer["step"], strict=True))
    stop = tuple(p + (n - 1) * d + 1 for p, n, d in zip(start, out.shape, step, strict=True))
    return slice(x, start=start, stop=stop, step=step)


@rule(pad(pad(X)))
def pad_twice(x: Node, out: Node) -> Any:
    """pad(pad(x))  ->  one pad, if the values are the same, nothing lies between and nothing is cut"""
    outer, inner = out.kwargs, out.inputs[0].kwargs
    same = outer["value"] == inner["value"] and math.copysign(1, outer["value"]) == math.copysign(
        1, inner["value"]
    )
    amounts = (*outer["low"], *outer["high"], *inner["low"], *inner["high"])
    if not same or any(outer["interior"]) or any(isinstance(n, Dim) or n < 0 for n in amounts):
        return None
    low = tuple(p + q for p, q in zip(inner["low"], outer["low"], strict=True))
    high = tuple(p + q for p, q in zip(inner["high"], outer["high"], strict=True))
    return pad(x, low=low, high=high, interior=inner["interior"], value=inner["value"])


@rule(add(add(A, B), pad(X)), add(pad(A), pad(B)))
def join_pads(out: Node) -> Any:
    """pad(a) + pad(b) + ... with zeros, one behind the other  ->  concatenate(a, b, ..), padded by what is left

    Where an element is -0.0, so is the result; its sum with a zero would be 0.0.
    """
    pads = _padded_terms(out)
    if pads is None:
        return None
    axis = next((k for k, n in enumerate(pads[0].kwargs["low"]) if pads[1].kwargs["low"][k] != n), 0)
    pads.sort(key=lambda p: p.kwargs["low"][axis])
    first, last = pads[0].kwargs, pads[-1].kwargs
    at, parts = first["low"], list[Node]()
    for p in pads:
        x = p.inputs[0]
        if p.kwargs["low"] != at or _put(x.shape, axis, 0) != _put(pads[0].inputs[0].shape, axis, 0):
            return None
        at = _put(at, axis, at[axis] + x.shape[axis])
        parts += x.inputs if x.primitive is concatenate and x.kwargs["axis"] == axis else (x,)
    high = _put(first["high"], axis, last["high"][axis])
    return pad(concatenate(*parts, axis=axis), **{**first, "high": high})


def _padded_terms(out: Node) -> list[Node] | None:
    """The terms of a sum, if all are padded with zeros on the sides, by known numbers."""
    stack, terms = [out], []
    while stack:
        n = stack.pop()
        if n.primitive is add:
            stack.extend(n.inputs)
            continue
        if not has_border(n):
            return None
        if any(isinstance(k, Dim) or k < 0 for k in (*n.kwargs["low"], *n.kwargs["high"])):
            return None
        terms.append(n)
    return terms


def _put(shape: Shape, axis: int, n: int | Dim) -> Shape:
    return (*shape[:axis], n, *shape[axis + 1 :])


@rule(slice(pad(X)))
def slice_of_pad(x: Node, out: Node) -> Any:
    """slice(pad(x)) that takes nothing of the padding  ->  slice(x)"""
    padding, cut = out.inputs[0].kwargs, out.kwargs
    if any(padding["interior"]):
        return None
    start = tuple(p - low for p, low in zip(cut["start"], padding["low"], strict=True))
    stop = tuple(q - low for q, low in zip(cut["stop"], padding["low"], strict=True))
    inside = all(surely_at_least(p, 0) for p in start) and all(map(surely_at_least, x.shape, stop))
    return slice(x, start=start, stop=stop, step=cut["step"]) if inside else None


@rule(var("out"))
def repeat_last(out: Node) -> Any:
    """f(broadcast_to(x), broadcast_to(y))  ->  broadcast_to(f(x, y)), as far as all of them are repeated"""
    prim, inputs = out.primitive, out.inputs
    if prim is None or not prim.pointwise or not all(i.primitive is broadcast_to for i in inputs):
        return None
    small: list[Node] = [i.inputs[0] for i in inputs]
    shape = _joint_shape([x.shape for x in small], out.shape)
    if shape == out.shape:
        return None
    same: list[Any] = [x if x.shape == shape else broadcast_to(x, shape=shape) for x in small]
    return broadcast_to(prim(*same, **out.kwargs), shape=out.shape)


def _joint_shape(shapes: list[Shape], whole: Shape) -> Shape:
    """The smallest shape that all the shapes broadcast to, out of which `whole` was made."""
    rank = max(map(len, shapes))
    full = [(1,) * (rank - len(s)) + s for s in shapes]
    lead = len(whole) - rank
    return tuple(n if any(s[a] != 1 for s in full) else 1 for a, n in enumerate(whole[lead:]))


MOVEMENT = (
    moves_nothing,
    broadcast_twice,
    reshape_twice,
    transpose_twice,
    transpose_of_ones,
    transpose_of_gather,
    move_of_one,
    leading_ones,
    reverse_twice,
    reverse_of_ones,
    pad_by_nothing,
    slice_twice,
    pad_twice,
    join_pads,
    slice_of_pad,
    repeat_last,
)
