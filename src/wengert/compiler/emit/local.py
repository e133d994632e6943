"""Panels that a thread fills for itself, from the part of B that its next tiles need."""

from __future__ import annotations

from wengert.compiler.emit.arithmetic import STORAGE
from wengert.compiler.emit.builder import Value, i64
from wengert.compiler.emit.memory import Access, load
from wengert.compiler.emit.reduce import LoopEmitter
from wengert.compiler.product import Local


def fill(
    em: LoopEmitter, local: Local, dtype: str, lanes: int, source: Value, to: Value, size: tuple[Value, Value]
) -> None:
    """to[panel][term][width] = source[term][column], for so many terms and columns."""
    b, type_, bytes_ = em.b, STORAGE[dtype], em.target.vector_bytes // lanes
    terms, columns = size
    step, vectors = em.value(local.step), range(0, local.width, lanes)
    with b.for_range(i64(0), columns, i64(local.width)) as j:
        masks = [em.first_lanes(b.sub(columns, b.add(j.index, i64(v))), lanes) for v in vectors]
        first = b.element(source, j.index, type_)
        panel = b.element(to, b.mul(j.index, i64(local.terms)), type_)
        with b.for_range(i64(0), terms, i64(1)) as k:
            row = b.element(first, b.mul(k.index, step), type_)
            at = b.element(panel, b.mul(k.index, i64(local.width)), type_)
            for v, mask in zip(vectors, masks, strict=True):
                x = load(b, Access(b.element(row, i64(v), type_), lanes, mask=mask), dtype)
                b.store(x, b.element(at, i64(v), type_), bytes_)
