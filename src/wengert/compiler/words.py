"""Operands of contractions of bfloat16 and of 8-bit integers, as the micro-kernel takes them.

CPUs with dot-product instructions take a word of neighbours, two bfloat16 or four 8-bit integers, from A and from B,
multiply them term by term, and add all to one float32 or int32:

    acc[m, n] += A[m, k] B[k, n] + A[m, k + 1] B[k + 1, n] + ...

so one axis of the sum is done a word a turn. A word is one 32-bit element. Where A's neighbours along that axis are
neighbours in memory, a word is read from where it is. Else A is copied first, to an array that has at place t the
word (A[t], A[t + stride], ...): windows may overlap as before, strides stay as they are. Terms beyond the last whole
word have too few partners; `left` tells how many, and the micro-kernel takes them one by one.

x86 without products of four multiplies pairs of 16-bit integers: 8-bit ones are copied to such.

Elsewhere both operands are copied to the dtype of the sums.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from wengert.base.dtypes import size_of
from wengert.compiler.product import Pack
from wengert.loop.affine import constant, estimate
from wengert.loop.expr import Expr, Scalars
from wengert.loop.nest import Axis, Loop, Nest, Store

Operand = tuple[int, Expr]  # slot and offset
WORD = 32  # bits


@dataclass(frozen=True, slots=True)
class WordAxis:
    """The axis of the words, whose terms are of so many bits.

    whole: its whole words. left: terms beyond them; None where there surely are none.
    """

    axis: Axis
    bits: int
    whole: Expr
    left: Expr | None
    rows: Expr  # words, the one in part among them

    @property
    def terms(self) -> int:
        return WORD // self.bits

    def holds(self, dtype: str) -> bool:
        """Whether words are neighbours of this dtype as they lie in memory."""
        return self.bits == 8 * size_of(dtype)


def choose_axis(axes: Sequence[Axis], bits: int, s: Scalars) -> WordAxis | None:
    """The axis of a sum to take in words: best one along which A is contiguous, and that they divide."""
    forwards = [x for x in axes if estimate(x.a) > 0 and estimate(x.b) > 0]
    if not forwards:
        return None
    terms = WORD // bits

    def divides(x: Axis) -> bool:
        return (constant(x.extent) or 1) % terms == 0

    x = max(forwards, key=lambda x: (constant(x.a) == 1, divides(x), estimate(x.extent), -estimate(x.a)))
    n = s.const(terms)
    whole = s.idiv(x.extent, n)
    if divides(x):
        return WordAxis(x, bits, whole, None, whole)
    rows = s.idiv(s.add(x.extent, s.const(terms - 1)), n)
    return WordAxis(x, bits, whole, s.sub(x.extent, s.mul(whole, n)), rows)


@dataclass(frozen=True, slots=True)
class Reach:
    """The elements of an operand that a contraction reads: from `low`, so many (0 if negative)."""

    slot: int
    dtype: str
    low: Expr
    length: Expr
    room: Expr  # never negative, and not less than the length

    @staticmethod
    def of(operand: Operand, dtype: str, moves: Sequence[tuple[Expr, Expr]], s: Scalars) -> Reach:
        """moves: (stride, extent) of each axis."""
        slot, low = operand
        length = room = s.const(1)
        for stride, extent in moves:
            back = estimate(stride) < 0
            far = s.sub(s.const(0), stride) if back else stride
            last = s.mul(s.sub(extent, s.const(1)), far)
            low = s.sub(low, last) if back else low
            length, room = s.add(length, last), s.add(room, s.mul(extent, far))
        return Reach(slot, dtype, low, length, room)

    def copy(self, to: int, value: Expr, params: int, s: Scalars, less: Expr | None = None) -> Nest:
        """to[t] = value, in terms of `t`, for all elements but `less` at the end."""
        length = s.sub(self.length, less) if less else self.length
        if constant(length) is None:
            length = s.max(s.const(0), length)
        return Nest((Loop("t", length),), (Store(to, s.var("t"), value),), (), params)

    def at(self, t: Expr, s: Scalars) -> Expr:
        return s.load(self.slot, s.add(self.low, t), self.dtype)

    def widen(self, to: int, dtype: str, params: int, s: Scalars) -> Nest:
        """to[t] = A[t] as another dtype"""
        return self.copy(to, s.cast(self.at(s.var("t"), s), dtype), params, s)

    def words(self, to: int, by: WordAxis, stride: Expr, params: int, s: Scalars) -> Nest:
        """to[t] = the word (A[t], A[t + stride], ...)"""
        t, zero = s.var("t"), s.const(0, "uint32")
        parts = [bits_of(self.at(t, s), by.bits, s)]
        for term in range(1, by.terms):
            place = s.add(t, s.mul(s.const(term), stride))
            part = bits_of(self.at(place, s), by.bits, s)
            there = s.compare("lt", place, self.length)
            parts.append(part if by.left is None else s.select(there, part, zero))
        less = None if by.left else s.mul(s.const(by.terms - 1), stride)
        return self.copy(to, joined(parts, s), params, s, less)


def bits_of(x: Expr, width: int, s: Scalars) -> Expr:
    """A term's bits, lowest in a uint32: as they are, or an integer with its sign in so many."""
    if x.dtype == "int8" and width > 8:
        whole = s.bitcast(s.cast(x, "int32"), "uint32")
        return s.bitop("and", whole, s.const((1 << width) - 1, "uint32"))
    if x.dtype == "bfloat16":
        return s.bitop("shr", s.bitcast(s.cast(x, "float32"), "uint32"), s.const(16, "uint32"))
    return s.cast(s.bitcast(x, "uint8"), "uint32")


def joined(parts: Sequence[Expr], s: Scalars) -> Expr:
    """A word of its terms' bits, the first lowest."""
    each = WORD // len(parts)
    shifted = [s.bitop("shl", x, s.const(each * n, "uint32")) if n else x for n, x in enumerate(parts)]
    return functools.reduce(lambda x, y: s.bitop("or", x, y), shifted)


def pack_rows(
    n: Axis,
    batch: Sequence[Axis],
    reduce: Sequence[Axis],
    by: WordAxis,
    source: Operand,
    dtype: str,
    to: int,
    width: int,
    params: int,
    s: Scalars,
) -> Nest:
    """B, whose columns are neighbours, as panels of words: to[batch][n / width][reduce...][row][width].

    The last of `reduce` is the axis of the words, in terms of B's elements.
    """
    *others, k = reduce
    panels = s.idiv(s.add(n.extent, s.const(width - 1)), s.const(width))
    loops = [Loop(x.var, x.extent) for x in batch]
    loops += [Loop("panel", panels), *(Loop(x.var, x.extent) for x in others)]
    loops += [Loop("row", by.rows), Loop("column", s.const(width))]
    column = s.add(s.mul(s.var("panel"), s.const(width)), s.var("column"))
    first, zero = s.mul(s.var("row"), s.const(by.terms)), s.const(0, "uint32")
    at = s.add(source[1], column)
    for x in (*batch, *others):
        at = s.add(at, s.mul(s.var(x.var), x.b))
    parts = []
    for n_th in range(by.terms):
        term = s.add(first, s.const(n_th))
        part = bits_of(s.load(source[0], s.add(at, s.mul(term, k.b)), dtype), by.bits, s)
        whole = by.left is None or not n_th
        parts.append(part if whole else s.select(s.compare("lt", term, k.extent), part, zero))
    value = joined(parts, s)
    if constant(n.extent) is None or constant(n.extent) % width:  # type: ignore[operator]
        value = s.select(s.compare("lt", column, n.extent), value, zero)
    index = s.const(0)
    for loop in loops:
        index = s.add(s.mul(index, loop.extent), s.var(loop.var))
    return Nest(tuple(loops), (Store(to, index, value),), (), params)


def pack_words(
    by: WordAxis,
    n: Axis,
    batch: tuple[Axis, ...],
    reduce: Sequence[Axis],
    source: Operand,
    dtype: str,
    to: int,
    width: int,
    params: int,
    allocate: Callable[[Expr, str], int],
    s: Scalars,
) -> list[Nest | Pack]:
    """Panels of words of B: from its rows, from words that are neighbours, or from words made first.

    The last of `reduce` is the axis of the words, in words.
    """
    if constant(n.b) == 1:
        before = (*reduce[:-1], by.axis)
        return [pack_rows(n, batch, before, by, source, dtype, to, width, params, s)]
    rows = (*reduce[:-1], replace(reduce[-1], extent=by.rows))
    even = divided([n, *batch, *rows], source[1], by.terms, s)
    if even and by.left is None and by.holds(dtype) and constant(by.axis.b) == 1:
        (n, *axes), offset = even
        batch, rows = tuple(axes[: len(batch)]), tuple(axes[len(batch) :])
        return [Pack(n, rows, batch, width, (source[0], offset), to, (), params, "uint32")]
    whole = (*batch, n, *reduce[:-1], by.axis)
    reach = Reach.of(source, dtype, [(x.b, x.extent) for x in whole], s)
    words = allocate(reach.room, "uint32")
    at = words, s.sub(source[1], reach.low)
    pack = Pack(n, rows, batch, width, at, to, (), params, "uint32")
    return [reach.words(words, by, by.axis.b, params, s), pack]


def divided(axes: Sequence[Axis], offset: Expr, terms: int, s: Scalars) -> tuple[list[Axis], Expr] | None:
    """The axes and the offset in B, in words instead of elements; None where one is no multiple or not known."""
    strides = [constant(x.b) for x in axes]
    start = constant(offset)
    if start is None or start % terms or any(b is None or b % terms for b in strides):
        return None
    return [
        replace(x, b=s.const(b // terms)) for x, b in zip(axes, strides, strict=True) if b is not None
    ], s.const(start // terms)
