"""The micro-kernel: a strided batch-reduce product on a register tile.

    acc[m, n] (+)= sum_r sum_k A[r, m, k] * B[r, k, n]

All matrix products, convolutions and their gradients are loop nests around this one function
(E. Georganas et al., "Harnessing Deep Learning via a Single Building Block", IPDPS 2020; arXiv:1906.06440).
A is read by scalar broadcast from rows at any offsets, B by vector loads along n; the accumulators stay in
registers from the first to the last turn of all reduce loops.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wengert.compiler.emit.arithmetic import lanes_of, mangled
from wengert.compiler.emit.builder import Builder, Value, i64, vector

POINTERS = tuple(Value("ptr", f"%{x}") for x in "abc")
RESUME = Value("i1", "%resume")
COLUMNS = Value("i64", "%columns")
SIGNS = Value("i32", str(0x80808080 - (1 << 32)))  # the upper bits of four 8-bit integers


PAIRS = {4: "llvm.x86.sse2.pmadd.wd", 8: "llvm.x86.avx2.pmadd.wd", 16: "llvm.x86.avx512.pmaddw.d.512"}


@dataclass(frozen=True, slots=True)
class Reduce:
    """One loop of the reduction: its extent and how far a turn moves in A and B (in elements)."""

    extent: Value
    a: Value
    b: Value


@dataclass(frozen=True, slots=True)
class WordProduct:
    """acc += the products of the terms of two words, which are of dtypes `a` and `b`.

    offsets: the instruction takes 8-bit integers of other signs than these. Those of A get another one by +-128,
    which is to change their upper bit; what the sums are too large by, +-128 sum_k B[k, n], is a row beside the tile.
    left: so many terms follow the last word, one by one, `step` apart in A.
    """

    a: str
    b: str
    bits: int  # of a term
    offsets: bool
    left: Value | None
    step: Value

    def emit(self, f: Builder, x: Value, y: Value, z: Value) -> Value:
        """x * y + z, of vectors of words."""
        lanes = lanes_of(z.type)
        terms = vector("bfloat" if self.a == "bfloat16" else f"i{self.bits}", lanes * 32 // self.bits)
        x, y = (f.convert("bitcast", v, terms) for v in (x, y))
        if self.a == "bfloat16":
            return f.call(z.type, f"llvm.x86.avx512bf16.dpbf16ps.{32 * lanes}", [z, x, y])
        if self.bits == 16:
            return f.op("add", z, f.call(z.type, PAIRS[lanes], [x, y]))
        signed, other = ((self.a == "int8") != self.offsets), self.b == "int8"
        if signed == other:
            return f.call(z.type, f"llvm.aarch64.neon.{'su'[not signed]}dot.v4i32.v16i8", [z, x, y])
        x, y = (y, x) if signed else (x, y)
        return f.call(z.type, f"llvm.x86.avx512.vpdpbusd.{32 * lanes}", [z, x, y])


@dataclass(frozen=True, slots=True)
class Tile:
    """A register tile: the offsets of its rows in A and in C, and its width in vectors.

    masked_b, masked_c: of the last vector of each row, only what is left of `columns` may be touched.
    ahead: how far ahead A and B are asked for from memory, in elements; 0: not at all.
    resumes: whether sums may begin with what is in C.
    type, a_type, b_type: of the sums, and of what offsets in A and B count.
    words: A and B hold words of terms along the innermost loop.
    """

    a_rows: tuple[Value, ...]
    c_rows: tuple[Value, ...]
    vectors: int
    lanes: int
    type: str
    size: int
    a_type: str
    b_type: str
    masked_b: bool = False
    masked_c: bool = False
    fma: bool = True
    ahead: tuple[int, int] = (0, 0)
    resumes: bool = True
    words: WordProduct | None = None

    @property
    def vector(self) -> str:
        return vector(self.type, self.lanes)


def emit_tile(name: str, tile: Tile, loops: Sequence[Reduce], integers: Sequence[Value]) -> Builder:
    """The function `name(a, b, c, resume, columns, integers...)`: c = product, or c += product if `resume`.

    integers: run-time values of the caller that offsets, extents and strides use.
    """
    pointers = [Value("ptr noalias", p.text) for p in POINTERS]
    f = Builder(name, [*pointers, RESUME, COLUMNS, *integers], "nounwind noinline", "internal")
    _TileEmitter(f, tile).emit(loops)
    f.ret()
    return f


class _TileEmitter:
    def __init__(self, f: Builder, tile: Tile) -> None:
        self.f, self.tile = f, tile
        self.mask = self._mask() if tile.masked_b or tile.masked_c else None

    def emit(self, loops: Sequence[Reduce]) -> None:
        a, b, c = POINTERS
        places = [
            self.f.element(c, self.f.add(row, i64(j * self.tile.lanes)), self.tile.type)
            for row in self.tile.c_rows
            for j in range(self.tile.vectors)
        ]
        sums = self.reduce(loops, a, b, self.start(places))
        beside = sums[len(places) :]
        for i, place in enumerate(places):
            acc = self.f.op("sub", sums[i], beside[i % self.tile.vectors]) if beside else sums[i]
            self.store(acc, place, i)

    def start(self, places: Sequence[Value]) -> list[Value]:
        """Zeros, or what C holds if `resume`; zeros for the row beside the tile."""
        beside = self.tile.vectors if self.tile.words and self.tile.words.offsets else 0
        return [*self.begun(places), *[Value(self.tile.vector, "zeroinitializer")] * beside]

    def begun(self, places: Sequence[Value]) -> list[Value]:
        f, type_ = self.f, self.tile.vector
        if not self.tile.resumes:
            return [Value(type_, "zeroinitializer")] * len(places)
        before, resume, end = f.label, f.block("resume"), f.block("start")
        f.cond_branch(RESUME, resume, end)
        f.place(resume)
        old = [self.load(at, i, self.tile.masked_c) for i, at in enumerate(places)]
        f.branch(end)
        f.place(end)
        return [
            f.value(type_, f"phi {type_} [ zeroinitializer, %{before} ], [ {x.text}, %{resume} ]")
            for x in old
        ]

    def reduce(self, loops: Sequence[Reduce], a: Value, b: Value, acc: list[Value]) -> list[Value]:
        """The reduce loops around the rank-1 update; the accumulators are carried through all of them."""
        if not loops:
            return self.rank1(a, b, acc)
        f, (first, *rest) = self.f, loops
        with f.for_range(i64(0), first.extent, i64(1), acc) as loop:
            at = f.element(a, f.mul(loop.index, first.a), self.tile.a_type)
            bt = f.element(b, f.mul(loop.index, first.b), self.tile.b_type)
            loop.advance(*self.reduce(rest, at, bt, loop.carried))
        words = self.tile.words
        if rest or words is None or words.left is None:
            return loop.carried
        at = f.element(a, f.mul(first.extent, first.a), self.tile.a_type)
        bt = f.element(b, f.mul(first.extent, first.b), self.tile.b_type)
        with f.for_range(i64(0), words.left, i64(1), loop.carried) as last:
            term = f.element(at, f.mul(last.index, words.step), self.tile.a_type)
            last.advance(*self.rank1(term, bt, last.carried, last.index))
        return last.carried

    def rank1(self, a: Value, b: Value, acc: list[Value], term: Value | None = None) -> list[Value]:
        """acc[m, n] += A[m] * B[n]; of one term of the words of B, where `term` says which."""
        f, tile = self.f, self.tile
        self.prefetch(a, tile.a_type, tile.ahead[0], 1)
        self.prefetch(b, tile.b_type, tile.ahead[1], tile.vectors)
        columns = [
            self.column(f.element(b, i64(j * tile.lanes), tile.b_type), j, term) for j in range(tile.vectors)
        ]
        rows: Iterable[Value] = (self.row(f.element(a, offset, tile.a_type), term) for offset in tile.a_rows)
        if tile.words and tile.words.offsets:
            signs = f.splat(SIGNS, tile.lanes)
            rows = itertools.chain((f.op("xor", x, signs) for x in rows), (signs,))
        out: list[Value] = []
        for x in rows:
            out += [self.multiply_add(x, y, acc[len(out) + j]) for j, y in enumerate(columns)]
        return out

    def row(self, at: Value, term: Value | None) -> Value:
        """An element of A, or a word of them, or a word of one, in every lane."""
        f, tile = self.f, self.tile
        if not tile.words:
            return f.splat(f.load(at, tile.type, tile.size), tile.lanes)
        align = int(tile.a_type[1:]) // 8
        if term is None:
            return f.splat(f.load(at, "i32", align), tile.lanes)
        return f.splat(f.convert("zext", f.load(at, f"i{tile.words.bits}", align), "i32"), tile.lanes)

    def column(self, at: Value, j: int, term: Value | None) -> Value:
        """Vector j of a row of B; of its words only one term, as their first, where `term` says which."""
        f, tile = self.f, self.tile
        if not tile.words:
            return self.load(at, j, tile.masked_b)
        words, bits = f.load(at, vector("i32", tile.lanes), tile.size), tile.words.bits
        if term is None:
            return words
        shift = f.convert("trunc", f.mul(term, i64(bits)), "i32")
        first = f.op("lshr", words, f.splat(shift, tile.lanes))
        return f.op("and", first, f.splat(Value("i32", str((1 << bits) - 1)), tile.lanes))

    def multiply_add(self, x: Value, y: Value, z: Value) -> Value:
        if self.tile.words:
            return self.tile.words.emit(self.f, x, y, z)
        if self.tile.type.startswith("i"):
            return self.f.op("add", z, self.f.op("mul", x, y))
        if self.tile.fma:
            return self.f.call(x.type, f"llvm.fma.{self._suffix()}", [x, y, z])
        return self.f.op("fadd", z, self.f.op("fmul", x, y))

    def prefetch(self, at: Value, type_: str, ahead: int, vectors: int) -> None:
        """Have lines brought to the second cache that a later tile will use."""
        f, tile = self.f, self.tile
        for j in range(vectors if ahead else 0):
            line = f.element(at, i64(ahead + j * tile.lanes), type_)
            f.call("void", "llvm.prefetch.p0", [line, *(Value("i32", x) for x in "021")])

    # --- memory -------------------------------------------------------------------------------
    def load(self, at: Value, i: int, masked: bool) -> Value:
        """Vector number `i` of a row or of the tile; the last of a row in part, if masked."""
        tile = self.tile
        if self._whole(i, masked):
            return self.f.load(at, tile.vector, tile.size)
        zero = Value(tile.vector, "zeroinitializer")
        return self.f.call(
            tile.vector, f"llvm.masked.load.{self._suffix()}.p0", [self._aligned(at), self._last(), zero]
        )

    def store(self, x: Value, at: Value, i: int) -> None:
        if self._whole(i, self.tile.masked_c):
            self.f.store(x, at, self.tile.size)
        else:
            self.f.call(
                "void", f"llvm.masked.store.{self._suffix()}.p0", [x, self._aligned(at), self._last()]
            )

    def _whole(self, i: int, masked: bool) -> bool:
        return not masked or i % self.tile.vectors != self.tile.vectors - 1

    def _suffix(self) -> str:
        return mangled(self.tile.vector)

    def _aligned(self, at: Value) -> Value:
        return Value(f"ptr align {self.tile.size}", at.text)

    def _last(self) -> Value:
        assert self.mask is not None
        return self.mask

    def _mask(self) -> Value:
        """The lanes of the last vector of a row that are among the columns."""
        f, lanes = self.f, self.tile.lanes
        left = f.splat(f.add(COLUMNS, i64(-(self.tile.vectors - 1) * lanes)), lanes)
        steps = ", ".join(f"i64 {n}" for n in range(lanes))
        return f.compare("icmp sgt", left, Value(left.type, f"<{steps}>"), lanes)
