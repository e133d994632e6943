"""A kernel that copies rows of an array together: what a shuffled batch is made by."""

from __future__ import annotations

from wengert.base.dtypes import size_of
from wengert.compiler.emit.arithmetic import STORAGE, cast
from wengert.compiler.emit.builder import Value, i64, vector
from wengert.compiler.emit.scalars import THREAD, THREADS, open_kernel
from wengert.loop.nest import Slot

_VECTOR = 64  # bytes; where vectors are narrower, LLVM takes several


def emit_rows(source: str, dtype: str, width: int) -> str:
    """A kernel (column, picks, batch; count): batch[n] = column[picks[n]] for n < count, a share for each thread.

    While a row is copied, the next one is on its way: where it lies, no hardware can guess.

    Args:
        source, dtype: of the column's elements and the batch's.
        width: how many elements a row has.
    """
    slots = [Slot(source, False), Slot("int64", False), Slot(dtype, True)]
    b, buffers = open_kernel("rows", slots, 1, False)
    (column, picks, batch), (count,) = buffers.pointers, buffers.params
    lanes = _lanes(max(size_of(source), size_of(dtype)), width)
    first, stop = (b.op("udiv", b.mul(count, n), THREADS) for n in (THREAD, b.add(THREAD, i64(1))))

    def row(n: Value) -> Value:
        pick = b.load(b.element(picks, n, "i64"), "i64", 8)
        return b.element(column, b.mul(pick, i64(width)), STORAGE[source])

    with b.for_range(first, stop, i64(1)) as loop:
        following = b.add(loop.index, i64(1))
        follows = b.select(b.compare("icmp slt", following, stop), following, loop.index)
        old, coming = row(loop.index), row(follows)
        new = b.element(batch, b.mul(loop.index, i64(width)), STORAGE[dtype])
        with b.for_range(i64(0), i64(width), i64(lanes)) as along:
            k = along.index
            b.call("void", "llvm.prefetch.p0", [b.element(coming, k, STORAGE[source]), *_PREFETCH])
            x = b.load(b.element(old, k, STORAGE[source]), vector(STORAGE[source], lanes), size_of(source))
            b.store(cast(b, x, source, dtype), b.element(new, k, STORAGE[dtype]), size_of(dtype))
    b.ret()
    return "\n".join(sorted(b.declarations)) + "\n" + b.text()


_PREFETCH = [Value("i32", n) for n in ("0", "3", "1")]  # to read, soon, as data


def _lanes(size: int, width: int) -> int:
    """Of the powers of two that divide the width, the largest that fits into a vector."""
    return min(width & -width, max(1, _VECTOR // size))
