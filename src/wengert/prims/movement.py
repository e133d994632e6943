"""Primitives that give elements other places along the axes, and `reduce_sum`, which undoes one of them.

`reduce_sum` is here because it and `broadcast_to` are each other's transpose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from wengert.base.errors import ShapeError
from wengert.ir import operators
from wengert.ir.dim import Dim, product
from wengert.ir.primitive import Primitive
from wengert.ir.types import Shape, TensorType, type_of
from wengert.loop.expr import Expr, Scalars, const_value, is_int_const
from wengert.prims.families import NUMBERS, linear
from wengert.prims.params import check_axes, check_kind, check_shape, show

Length = int | Dim


def full_like(x: Any, value: float, t: TensorType | None = None) -> Any:
    """`value` in the type of x (or another), as the kind of thing that x is (node, tensor, array)."""
    t = t or type_of(x)
    number = np.asarray(value, t.dtype)
    return operators.broadcast_to(number, t.shape, x)


def shifted(axes: tuple[int, ...]) -> tuple[int, ...]:
    """The same axes where there is one more in front."""
    return tuple(a + 1 for a in axes)


# --- broadcast_to and reduce_sum ------------------------------------------------------------------


def _broadcast_type(x: TensorType, *, shape: Shape) -> TensorType:
    check_shape("broadcast_to", shape)
    lead = len(shape) - x.rank
    if lead < 0 or any(n != 1 and n != m for n, m in zip(x.shape, shape[lead:], strict=True)):
        raise ShapeError(
            f"broadcast_to: every axis of x must be 1 or already that long; got x: {x}, shape={show(shape)}. "
            f"Axes are matched from the right."
        )
    return TensorType(shape, x.dtype)


def _unbroadcast(g: Any, x: Any, *, shape: Shape) -> Any:
    xs = type_of(x).shape
    lead = len(shape) - len(xs)
    axes = tuple(range(lead)) + tuple(lead + a for a, n in enumerate(xs) if n != shape[lead + a])
    return _reshaped(reduce_sum(g, axes=axes) if axes else g, xs)


def _broadcast_batch(size: Length, moved: Any, x: Any, *, shape: Shape) -> Any:
    xs = type_of(x).shape[1:]
    between = (1,) * (len(shape) - len(xs))
    return broadcast_to(_reshaped(x, (size, *between, *xs)), shape=(size, *shape))


broadcast_to: Primitive = linear(
    "broadcast_to",
    _broadcast_type,
    lambda x, *, shape: np.broadcast_to(x, shape),
    lower=lambda s, i, x, *, shape: x[
        tuple(
            s.const(0) if is_int_const(n, 1) else k
            for n, k in zip(x.shape, i[len(i) - len(x.shape) :], strict=True)
        )
    ],
    transpose=_unbroadcast,
    batch=_broadcast_batch,
)


def reduced_type(name: str, x: TensorType, axes: tuple[int, ...]) -> TensorType:
    """The type of x without `axes`."""
    check_axes(name, axes, x)
    return TensorType(tuple(n for a, n in enumerate(x.shape) if a not in axes), x.dtype)


def restore_axes(g: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """g, the result of a reduction of x over `axes`, repeated along them to the shape of x."""
    xs = type_of(x).shape
    return broadcast_to(_reshaped(g, tuple(1 if a in axes else n for a, n in enumerate(xs))), shape=xs)


def merge_index(i: tuple[Expr, ...], k: tuple[Expr, ...], axes: tuple[int, ...]) -> tuple[Expr, ...]:
    """The index into x: `k` along the reduced `axes`, `i` along the others."""
    kept, inner = iter(i), dict(zip(axes, k, strict=True))
    return tuple(inner[a] if a in inner else next(kept) for a in range(len(i) + len(k)))


def _sum_type(x: TensorType, *, axes: tuple[int, ...]) -> TensorType:
    check_kind("reduce_sum", x, NUMBERS)
    return reduced_type("reduce_sum", x, axes)


reduce_sum: Primitive = linear(
    "reduce_sum",
    _sum_type,
    lambda x, *, axes: np.sum(x, axis=axes, dtype=x.dtype),
    lower=lambda s, i, x, *, axes: s.reduce(
        "sum", [x.shape[a] for a in axes], lambda k: x[merge_index(i, k, axes)]
    ),
    transpose=lambda g, x, *, axes: restore_axes(g, x, axes),
    lead=lambda size, *, axes: {"axes": shifted(axes)},
)


def count(lengths: Shape, leader: Any = None) -> Any:
    """The number of elements: as a number if it is known, else as a float32 scalar of `leader`'s kind."""
    n = product(lengths)
    if isinstance(n, int):
        return n
    total: Any = 1.0
    for length in lengths:
        total = (length if isinstance(length, int) else operators.measure(length, "float32", leader)) * total
    return total


# --- reshape --------------------------------------------------------------------------------------


def _reshape_type(x: TensorType, *, shape: Shape) -> TensorType:
    check_shape("reshape", shape)
    if product(shape) != x.size:
        raise ShapeError(
            f"reshape: the number of elements must stay the same; got x: {x} with {x.size}, "
            f"shape={show(shape)} with {product(shape)}."
        )
    return TensorType(shape, x.dtype)


def _reshape_at(s: Scalars, i: tuple[Expr, ...], x: Any, *, shape: Shape) -> Expr:
    """Split the flat position of i along x's axes, run by run, so that axes that stay cost nothing."""
    lengths = tuple(map(s.length, shape))
    index = [s.const(0)] * len(x.shape)
    for into, out in _runs(x.shape, lengths):
        flat = s.const(0)
        for b in out:
            flat = s.add(s.mul(flat, lengths[b]), i[b])
        into = [a for a in into if not is_int_const(x.shape[a], 1)]
        for a in reversed(into[1:]):
            index[a] = s.imod(flat, x.shape[a])
            flat = s.idiv(flat, x.shape[a])
        if into:
            index[into[0]] = flat
    return x[tuple(index)]  # type: ignore[no-any-return]


def _runs(a: Sequence[Expr], b: Sequence[Expr]) -> Iterator[tuple[list[int], list[int]]]:
    """Runs of axes that hold the same elements: [2,3,4] and [6,4] give ([0,1],[0]) and ([2],[1])."""
    ends = {size: axis + 1 for axis, size in reversed(list(enumerate(_sizes(a))))}
    start_a = start_b = 0
    for axis, size in enumerate(_sizes(b)):
        end = ends.get(size, 0)
        if end > start_a and size[0]:
            yield list(range(start_a, end)), list(range(start_b, axis + 1))
            start_a, start_b = end, axis + 1
    yield list(range(start_a, len(a))), list(range(start_b, len(b)))


def _sizes(lengths: Sequence[Expr]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The product of the first, the first two, ... lengths: a number, and which unknown factors."""
    number, unknowns = 1, tuple[int, ...]()
    for n in lengths:
        if n.op == "const":
            number *= int(const_value(n))
        else:
            unknowns = tuple(sorted((*unknowns, id(n))))
        yield number, unknowns


reshape: Primitive = linear(
    "reshape",
    _reshape_type,
    lambda x, *, shape: np.reshape(x, shape),
    lower=_reshape_at,
    transpose=lambda g, x, *, shape: reshape(g, shape=type_of(x).shape),
    lead=lambda size, *, shape: {"shape": (size, *shape)},
)


def _reshaped(x: Any, shape: Shape) -> Any:
    return x if type_of(x).shape == shape else reshape(x, shape=shape)


def lead(x: Any, size: Length) -> Any:
    """x repeated along a new first axis."""
    return operators.broadcast_to(x, (size, *type_of(x).shape), x)


def move_axis(x: Any, source: int, to: int) -> Any:
    """x with one axis moved to another place; the others keep their order."""
    perm = [a for a in range(type_of(x).rank) if a != source]
    perm.insert(to, source)
    return x if source == to else transpose(x, perm=tuple(perm))


# --- transpose and reverse ------------------------------------------------------------------------


def _transpose_type(x: TensorType, *, perm: tuple[int, ...]) -> TensorType:
    check_axes("transpose", perm, x, "perm")
    if len(perm) != x.rank:
        raise ShapeError(f"transpose: perm must name each axis of {x} once; got perm={show(perm)}.")
    return TensorType(tuple(x.shape[p] for p in perm), x.dtype)


def inverse(perm: tuple[int, ...]) -> tuple[int, ...]:
    """The permutation that undoes `perm`."""
    return tuple(perm.index(a) for a in range(len(perm)))


transpose: Primitive = linear(
    "transpose",
    _transpose_type,
    lambda x, *, perm: np.transpose(x, perm),
    lower=lambda s, i, x, *, perm: x[tuple(i[a] for a in inverse(perm))],
    transpose=lambda g, x, *, perm: transpose(g, perm=inverse(perm)),
    lead=lambda size, *, perm: {"perm": (0, *shifted(perm))},
)


def _reverse_type(x: TensorType, *, axes: tuple[int, ...]) -> TensorType:
    check_axes("reverse", axes, x)
    return x


reverse: Primitive = linear(
    "reverse",
    _reverse_type,
    lambda x, *, axes: np.flip(x, axes),
    lower=lambda s, i, x, *, axes: x[
        tuple(s.sub(s.sub(x.shape[a], s.const(1)), k) if a in axes else k for a, k in enumerate(i))
    ],
    transpose=lambda g, x, *, axes: reverse(g, axes=axes),
    lead=lambda size, *, axes: {"axes": shifted(axes)},
)
