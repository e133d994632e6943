"""Each thread's part of a kernel: a contiguous run of the turns of its outer loops."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Sequence

from wengert.compiler.emit.builder import Builder, Value, i64
from wengert.compiler.emit.scalars import THREAD, THREADS


@contextlib.contextmanager
def shared(b: Builder, extents: Sequence[Value]) -> Iterator[list[Value]]:
    """for indices in all indices below the extents, the last fastest: this thread's part of them.

    Which indices are together in a thread depends on the number of threads, so no sum may run over them.
    """
    total = functools.reduce(b.mul, extents, i64(1))
    start = b.op("udiv", b.mul(total, THREAD), THREADS)
    stop = b.op("udiv", b.mul(total, b.add(THREAD, i64(1))), THREADS)
    with b.for_range(start, stop, i64(1)) as turn:
        indices: list[Value] = []
        rest = turn.index
        for extent in reversed(extents[1:]):
            indices.insert(0, b.op("urem", rest, extent))
            rest = b.op("udiv", rest, extent)
        yield [rest, *indices][: len(extents)]
