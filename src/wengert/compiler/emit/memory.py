"""Loads and stores: single elements, runs of neighbours forwards or backwards, and elements anywhere."""

from __future__ import annotations

from dataclasses import dataclass

from wengert.base.dtypes import size_of
from wengert.compiler.emit.arithmetic import STORAGE, lanes_of, mangled
from wengert.compiler.emit.builder import Builder, Value, vector

ZEROS = 1024  # bytes; no vector is longer


@dataclass(frozen=True, slots=True)
class Access:
    """Where `lanes` elements are.

    pointer: the address of the first of a run, or a vector of addresses. backwards: the run goes down, and
    pointer is its last lane. mask: which lanes are touched (None: all).
    """

    pointer: Value
    lanes: int
    backwards: bool = False
    mask: Value | None = None


def load(b: Builder, at: Access, dtype: str) -> Value:
    """The elements; lanes that are masked off hold 0."""
    type_, align = vector(STORAGE[dtype], at.lanes), size_of(dtype)
    if lanes_of(at.pointer.type) > 1:
        x = _masked(b, "gather", type_, at, align)
    elif at.mask is not None:
        x = _masked(b, "load", type_, at, align)
    else:
        x = b.load(at.pointer, type_, align)
    if dtype == "bool":
        x = b.compare("icmp ne", x, b.splat(Value("i8", "0"), at.lanes), at.lanes)
    return reverse(b, x) if at.backwards else x


def store(b: Builder, x: Value, at: Access, dtype: str) -> None:
    """Write the elements of the lanes in the mask."""
    if dtype == "bool":
        x = b.convert("zext", x, vector("i8", at.lanes))
    if at.backwards:
        x = reverse(b, x)
    align = size_of(dtype)
    if lanes_of(at.pointer.type) > 1:
        _masked_store(b, "scatter", x, at, align)
    elif at.mask is not None:
        _masked_store(b, "store", x, at, align)
    else:
        b.store(x, at.pointer, align)


def reverse(b: Builder, x: Value) -> Value:
    """The lanes in opposite order."""
    lanes = lanes_of(x.type)
    order = ", ".join(f"i32 {n}" for n in reversed(range(lanes)))
    return b.value(x.type, f"shufflevector {x}, {x.type} poison, <{lanes} x i32> <{order}>")


def anywhere(b: Builder) -> Value:
    """Zeros to read where an address must not be used."""
    b.declarations.add(f"@zeros = internal constant [{ZEROS} x i8] zeroinitializer, align 64")
    return Value("ptr", "@zeros")


def _masked(b: Builder, kind: str, type_: str, at: Access, align: int) -> Value:
    types = (at.pointer.type, vector("i1", at.lanes), type_)
    name = _intrinsic(b, kind, type_, type_, types, at)
    mask = _mask(at)
    return b.value(
        type_,
        f"call {type_} @{name}({types[0]} align {align} {at.pointer.text}, {mask}, {type_} zeroinitializer)",
    )


def _masked_store(b: Builder, kind: str, x: Value, at: Access, align: int) -> None:
    types = (x.type, at.pointer.type, vector("i1", at.lanes))
    name = _intrinsic(b, kind, "void", x.type, types, at)
    b.emit(f"call void @{name}({x}, {types[1]} align {align} {at.pointer.text}, {_mask(at)})")


def _intrinsic(b: Builder, kind: str, result: str, type_: str, types: tuple[str, ...], at: Access) -> str:
    name = f"llvm.masked.{kind}.{mangled(type_)}.{'p0' if at.pointer.type == 'ptr' else f'v{at.lanes}p0'}"
    b.declarations.add(f"declare {result} @{name}({', '.join(types)})")
    return name


def _mask(at: Access) -> Value:
    return at.mask or Value(vector("i1", at.lanes), "splat (i1 true)")
