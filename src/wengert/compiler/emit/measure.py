"""Kernels that measure: one that notes the time, one that multiplies and adds as fast as the machine can."""

from __future__ import annotations

from wengert.compiler.emit.builder import Value, i64
from wengert.compiler.emit.scalars import THREAD, open_kernel
from wengert.compiler.emit.target import Target
from wengert.loop.nest import Slot

CHAINS = 16  # independent multiply-adds in flight; two pipes of latency 5 need 10


def emit_stamp() -> str:
    """A kernel (last, row): thread 0 adds the ticks since `last[0]` to row[0] and 1 to row[1]; last[0] = now."""
    b, buffers = open_kernel("stamp", [Slot("int64", True)] * 2, 0, False)
    last, row = buffers.pointers
    with b.when(b.compare("icmp eq", THREAD, i64(0))):
        now = b.call("i64", "llvm.readcyclecounter", [])
        for at, more in ((0, b.op("sub", now, b.load(last, "i64", 8))), (1, i64(1))):
            place = b.element(row, i64(at), "i64")
            b.store(b.add(b.load(place, "i64", 8), more), place, 8)
        b.store(now, last, 8)
    b.ret()
    return "\n".join(sorted(b.declarations)) + "\n" + b.text()


def emit_chains(target: Target) -> str:
    """A kernel (state; turns): each thread does `turns` x CHAINS multiply-adds of the widest float32 vectors.

    state: a row of CHAINS vectors for each thread, or LLVM would see that all chains are one.
    """
    b, buffers = open_kernel("chains", [Slot("float32", True)], 1, False)
    lanes = target.lanes(4)
    row = b.element(buffers.pointers[0], b.mul(THREAD, i64(CHAINS * lanes)), "float")
    places = [b.element(row, i64(k * lanes), "float") for k in range(CHAINS)]
    type_ = f"<{lanes} x float>"
    half, one = (Value(type_, f"splat (float {x})") for x in (0.5, 1.0))
    start = [b.load(p, type_, 4) for p in places]
    with b.for_range(i64(0), buffers.params[0], i64(1), start) as loop:
        loop.advance(*(b.call(type_, f"llvm.fma.v{lanes}f32", [x, half, one]) for x in loop.carried))
    for x, p in zip(loop.carried, places, strict=True):
        b.store(x, p, 4)
    b.ret()
    return "\n".join(sorted(b.declarations)) + "\n" + b.text()
