"""Operands of bfloat16 contractions, as the micro-kernel takes them.

CPUs with a dot-product instruction multiply pairs of neighbours and add to float32:

    acc[m, n] += A[m, 2k] B[2k, n] + A[m, 2k + 1] B[2k + 1, n]

so one axis of the sum, the *paired* one, is done two terms a turn. A pair is one 32-bit element. Where A's
neighbours along that axis are neighbours in memory, a pair is read from where it is. Else A is copied first, to an
array that has at place t the pair (A[t], A[t + stride]): windows may overlap as before, strides stay as they are.
Of an odd number of terms the last has no partner; `left` tells, and the micro-kernel reads half a pair there.

Elsewhere both operands are copied to float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wengert.loop.affine import constant, estimate
from wengert.loop.expr import Expr, Scalars
from wengert.loop.nest import Axis, Loop, Nest, Store

Operand = tuple[int, Expr]  # slot and offset


@dataclass(frozen=True, slots=True)
class Paired:
    """The paired axis. whole: its pairs. left: 0 or 1 terms beyond them; None where there surely is none."""

    axis: Axis
    whole: Expr
    left: Expr | None
    rows: Expr  # pairs, the half one among them


def choose_pairs(axes: Sequence[Axis], s: Scalars) -> Paired | None:
    """The axis of a sum to take two terms of at once: best one along which A is contiguous, and evenly long."""
    forwards = [x for x in axes if estimate(x.a) > 0 and estimate(x.b) > 0]
    if not forwards:
        return None
    x = max(
        forwards, key=lambda x: (constant(x.a) == 1, (constant(x.extent) or 1) % 2 == 0, estimate(x.extent))
    )
    two, even = s.const(2), (constant(x.extent) or 1) % 2 == 0
    whole = s.idiv(x.extent, two)
    left = None if even else s.sub(x.extent, s.mul(whole, two))
    return Paired(x, whole, left, s.add(whole, left) if left else whole)


@dataclass(frozen=True, slots=True)
class Reach:
    """The elements of an operand that a contraction reads: from `low`, so many (0 if negative)."""

    slot: int
    low: Expr
    length: Expr
    room: Expr  # never negative, and not less than the length

    @staticmethod
    def of(operand: Operand, moves: Sequence[tuple[Expr, Expr]], s: Scalars) -> Reach:
        """moves: (stride, extent) of each axis."""
        slot, low = operand
        length = room = s.const(1)
        for stride, extent in moves:
            back = estimate(stride) < 0
            far = s.sub(s.const(0), stride) if back else stride
            last = s.mul(s.sub(extent, s.const(1)), far)
            low = s.sub(low, last) if back else low
            length, room = s.add(length, last), s.add(room, s.mul(extent, far))
        return Reach(slot, low, length, room)

    def copy(self, to: int, value: Expr, params: int, s: Scalars, less: Expr | None = None) -> Nest:
        """to[t] = value, in terms of `t`, for all elements but `less` at the end."""
        length = s.sub(self.length, less) if less else self.length
        if constant(length) is None:
            length = s.max(s.const(0), length)
        return Nest((Loop("t", length),), (Store(to, s.var("t"), value),), (), params)

    def at(self, t: Expr, s: Scalars) -> Expr:
        return s.load(self.slot, s.add(self.low, t), "bfloat16")

    def widen(self, to: int, params: int, s: Scalars) -> Nest:
        """to[t] = A[t] as float32"""
        return self.copy(to, s.cast(self.at(s.var("t"), s), "float32"), params, s)

    def pair(self, to: int, paired: Paired, stride: Expr, params: int, s: Scalars) -> Nest:
        """to[t] = the pair (A[t], A[t + stride])"""
        t = s.var("t")
        partner = s.add(t, stride)
        upper = bits(self.at(partner, s), s)
        if paired.left is None:
            return self.copy(to, joined(bits(self.at(t, s), s), upper, s), params, s, less=stride)
        upper = s.select(s.compare("lt", partner, self.length), upper, s.const(0, "uint32"))
        return self.copy(to, joined(bits(self.at(t, s), s), upper, s), params, s)


def bits(x: Expr, s: Scalars) -> Expr:
    """A bfloat16 in the upper half of a uint32."""
    return s.bitcast(s.cast(x, "float32"), "uint32")


def joined(first: Expr, second: Expr, s: Scalars) -> Expr:
    """A pair, of two that are in upper halves."""
    return s.bitop("or", s.bitop("shr", first, s.const(16, "uint32")), second)


def pack_rows(
    n: Axis,
    batch: Sequence[Axis],
    reduce: Sequence[Axis],
    paired: Paired,
    source: Operand,
    to: int,
    width: int,
    params: int,
    s: Scalars,
) -> Nest:
    """B, whose columns are neighbours, as panels of pairs: to[batch][n / width][reduce...][row][width].

    The last of `reduce` is the paired axis, in terms of B before it was paired.
    """
    *others, k = reduce
    panels = s.idiv(s.add(n.extent, s.const(width - 1)), s.const(width))
    loops = [Loop(x.var, x.extent) for x in batch]
    loops += [Loop("panel", panels), *(Loop(x.var, x.extent) for x in others)]
    loops += [Loop("row", paired.rows), Loop("column", s.const(width))]
    column = s.add(s.mul(s.var("panel"), s.const(width)), s.var("column"))
    first = s.mul(s.var("row"), s.const(2))
    at = s.add(source[1], column)
    for x in (*batch, *others):
        at = s.add(at, s.mul(s.var(x.var), x.b))
    at = s.add(at, s.mul(first, k.b))
    lower, upper = (bits(s.load(source[0], place, "bfloat16"), s) for place in (at, s.add(at, k.b)))
    zero = s.const(0, "uint32")
    if paired.left is not None:
        upper = s.select(s.compare("lt", s.add(first, s.const(1)), k.extent), upper, zero)
    value = joined(lower, upper, s)
    if constant(n.extent) is None or constant(n.extent) % width:  # type: ignore[operator]
        value = s.select(s.compare("lt", column, n.extent), value, zero)
    index = s.const(0)
    for loop in loops:
        index = s.add(s.mul(index, loop.extent), s.var(loop.var))
    return Nest(tuple(loops), (Store(to, index, value),), (), params)


def halved(axes: Sequence[Axis], offset: Expr, s: Scalars) -> tuple[list[Axis], Expr] | None:
    """The axes and the offset in B, in pairs instead of elements; None where one is odd or not known."""
    strides = [constant(x.b) for x in axes]
    start = constant(offset)
    if start is None or start % 2 or any(b is None or b % 2 for b in strides):
        return None
    return [
        replace(x, b=s.const(b // 2)) for x, b in zip(axes, strides, strict=True) if b is not None
    ], s.const(start // 2)
