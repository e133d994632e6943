"""A kernel that copies rows of an array together: what a shuffled batch is made by."""

from __future__ import annotations

from wengert.base.dtypes import size_of
from wengert.compiler.emit.arithmetic import STORAGE, cast
from wengert.compiler.emit.builder import Builder, Value, i64, vector
from wengert.compiler.emit.scalars import open_kernel
from wengert.loop.nest import Slot

_VECTOR = 64  # bytes; where vectors are narrower, LLVM takes several
_PREFETCH = [Value("i32", n) for n in ("0", "3", "1")]  # to read, soon, as data


def emit_rows(source: str, dtype: str, lanes: int) -> str:
    """A kernel (column, picks, batch, claimed; count, width, claim): batch[n] = column[picks[n]] for n < count.

    Threads claim `claim` rows at a time: who is still asleep when the others begin has less to do. While a row is
    copied, the next one is on its way: where that lies, no hardware can guess.

    Args:
        source, dtype: of the column's elements and the batch's.
        lanes: how many elements are copied at a time; a divisor of `width`, which is that of a row.
    """
    slots = [Slot(source, False), Slot("int64", False), Slot(dtype, True), Slot("int64", True)]
    b, buffers = open_kernel("rows", slots, 3, False)
    (column, picks, batch, claimed), (count, width, claim) = buffers.pointers, buffers.params
    old_type, new_type = STORAGE[source], STORAGE[dtype]

    def row(n: Value) -> Value:
        return b.element(column, b.mul(b.load(b.element(picks, n, "i64"), "i64", 8), width), old_type)

    again, copy, out = map(b.block, ("again", "copy", "out"))
    b.branch(again)
    b.place(again)
    first = b.value("i64", f"atomicrmw add {claimed}, {claim} monotonic, align 8")
    b.cond_branch(b.compare("icmp slt", first, count), copy, out)
    b.place(copy)
    stop = _least(b, b.add(first, claim), count)
    with b.for_range(first, stop, i64(1)) as loop:
        old, coming = row(loop.index), row(_least(b, b.add(loop.index, i64(1)), b.sub(stop, i64(1))))
        new = b.element(batch, b.mul(loop.index, width), new_type)
        with b.for_range(i64(0), width, i64(lanes)) as along:
            k = along.index
            b.call("void", "llvm.prefetch.p0", [b.element(coming, k, old_type), *_PREFETCH])
            x = b.load(b.element(old, k, old_type), vector(old_type, lanes), size_of(source))
            b.store(cast(b, x, source, dtype), b.element(new, k, new_type), size_of(dtype))
    b.branch(again)
    b.place(out)
    b.ret()
    return "\n".join(sorted(b.declarations)) + "\n" + b.text()


def lanes_for(size: int, width: int) -> int:
    """Of the powers of two that divide the width, the largest whose elements of `size` bytes fit into a vector."""
    return min(width & -width, max(1, _VECTOR // size))


def _least(b: Builder, x: Value, y: Value) -> Value:
    return b.select(b.compare("icmp slt", x, y), x, y)
