"""HDF5 files as h5py writes them by default, read without the HDF5 library: groups, arrays, names in attributes.

The library is C code that trusts what a file says of itself, and ends the process on some damaged ones; pyfive, in
Python, takes seconds and whatever memory such a file asks for (600 mutations of 45 kB: 4.6 s, over 3 GiB). Here every
offset is checked against the file's length, nothing leads to another file, no more is allocated than the array asked
for, and there is an end to the looks that are taken. Structures of newer versions of the format are refused.

Source: The HDF Group, "HDF5 File Format Specification", version 3.0; sections are named by its numbers.
"""

from __future__ import annotations

import functools
import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from wengert.base.errors import FormatError

Array = np.ndarray[Any, Any]
SIGNATURE = b"\x89HDF\r\n\x1a\n"
NOWHERE = 2**64 - 1  # an address that is none
MOST_LOOKS = 2_000_000  # at a file: what a model with 10,000 layers takes, in some two seconds
MOST_NUMBERS = 2**48  # of an array
MOST_NAME = 4096  # bytes
SPACE, LINK_INFO, TYPE, LINK, EXTERNAL, LAYOUT, FILTERS, ATTRIBUTE, MORE, TABLE = (
    0x01, 0x02, 0x03, 0x06, 0x07, 0x08, 0x0B, 0x0C, 0x10, 0x11,
)  # fmt: skip
"""Kinds of messages in the header of an object (IV.A.2)."""
FLOATS = {(2, 5): "f2", (4, 8): "f4", (8, 11): "f8"}
"""NumPy's name of a float of so many bytes, and so many bits in the exponent."""


class File:
    """The bytes of a file, read with care.

    Raises:
        FormatError: it is none, or damaged; the message says at which byte.
    """

    def __init__(self, data: bytes) -> None:
        self.data, self.looks = data, 0
        if self.at(0, 8) != SIGNATURE:
            self.refuse(0, "the signature of HDF5", data[:8])
        version, *sizes = self.at(8, 7)
        start = {0: 24, 1: 28}.get(version)
        if start is None or sizes[-2:] != [8, 8]:
            self.refuse(8, "version 0 or 1 with addresses of 8 bytes, as h5py writes by default", version)
        self.root = Group(self, self.number(start + 40))

    def refuse(self, place: int, must: str, got: object) -> NoReturn:
        raise FormatError(f"at byte {place} there must be {must}; got {got!r}.")

    def at(self, place: int, count: int) -> bytes:
        """So many bytes from a place on, all of which must be there."""
        self.looks += 1
        if count < 0 or place + count > len(self.data):
            self.refuse(place, f"{count} bytes", f"a file of {len(self.data)}")
        if self.looks > MOST_LOOKS:
            self.refuse(place, f"an end after {MOST_LOOKS} looks", "more")
        return self.data[place : place + count]

    def text(self, place: int, most: int) -> str:
        """A text that ends with a zero, or after so many bytes."""
        return (
            self.at(place, min(most, MOST_NAME, len(self.data) - place))
            .partition(b"\0")[0]
            .decode("utf-8", "replace")
        )

    def number(self, place: int, size: int = 8) -> int:
        return int.from_bytes(self.at(place, size), "little")

    def signed(self, place: int, signature: bytes) -> None:
        """Raise FormatError unless a structure begins here."""
        got = self.at(place, len(signature))
        if got != signature:
            self.refuse(place, f"a structure {signature.decode()!r}", got)

    def messages(self, place: int) -> Iterator[tuple[int, int, int]]:
        """(kind, place, length) of each message in the header of an object (IV.A.1.a)."""
        if self.at(place, 1) != b"\1":
            self.refuse(place, "the header of an object, version 1", self.at(place, 1))
        left = self.number(place + 2, 2)
        blocks = [(place + 16, self.number(place + 8, 4))]
        while blocks:
            here, length = blocks.pop(0)
            end = here + length
            while left and here + 8 <= end:
                kind, size, flags = struct.unpack("<HHB", self.at(here, 5))
                self.at(here + 8, size)
                if flags & 2:
                    self.refuse(here, "a message in the object itself", "one that is shared")
                if kind == MORE:
                    blocks.append((self.number(here + 8), self.number(here + 16)))
                yield kind, here + 8, size
                here, left = here + 8 + size, left - 1

    def tree(self, place: int, kind: int, key: int) -> Iterator[tuple[int, int]]:
        """(place of its key, child) of each leaf of a B-tree, version 1 (III.A.1). key: bytes of one."""
        stack = [(place, 256)]
        while stack:
            here, above = stack.pop()
            self.signed(here, b"TREE")
            got, level, count = struct.unpack("<BBH", self.at(here + 4, 4))
            if got != kind or level >= above:
                self.refuse(here, f"a node of kind {kind} below level {above}", (got, level))
            entries = [here + 24 + k * (key + 8) for k in range(count)]
            children = [(e, self.number(e + key)) for e in entries]
            if level:
                stack += [(child, level) for _, child in reversed(children)]
            else:
                yield from children


@dataclass
class Group:
    """A group: what is in it, by name."""

    file: File
    place: int

    @functools.cached_property
    def links(self) -> dict[str, int | None]:
        """The place of each object; None of those that are linked by a path, or in another file."""
        found: dict[str, int | None] = {}
        for kind, at, _ in self.file.messages(self.place):
            if kind == TABLE:
                found |= self._table(at)
            if kind == LINK:
                found |= self._link(at)
            if (
                kind == LINK_INFO
                and self.file.number(at + (10 if self.file.number(at + 1, 1) & 1 else 2)) != NOWHERE
            ):
                self.file.refuse(
                    at, "links that are stored as h5py does by default", "a heap of a newer format"
                )
        return found

    def _table(self, at: int) -> dict[str, int | None]:
        """The links of a table of symbols (III.B)."""
        file, heap = self.file, self.file.number(at + 8)
        file.signed(heap, b"HEAP")
        size, names = file.number(heap + 8), file.number(heap + 24)
        found: dict[str, int | None] = {}
        for _, node in file.tree(file.number(at), 0, 8):
            file.signed(node, b"SNOD")
            for k in range(file.number(node + 6, 2)):
                entry = node + 8 + 40 * k
                name = file.number(entry)
                soft = file.number(entry + 16, 4) == 2
                found[file.text(names + name, size - name)] = None if soft else file.number(entry + 8)
        return found

    def _link(self, at: int) -> dict[str, int | None]:
        """One link by itself (IV.A.2.g)."""
        file = self.file
        flags, at = file.number(at + 1, 1), at + 2
        hard = not flags & 8 or file.at(at, 1) == b"\0"
        at += bool(flags & 8) + 8 * bool(flags & 4) + bool(flags & 16)
        size = 1 << (flags & 3)
        length, at = file.number(at, size), at + size
        name = file.at(at, length).decode("utf-8", "replace")
        return {name: file.number(at + length) if hard else None}

    def get(self, name: str) -> Group | Dataset | None:
        """What has this name; None where nothing has, or a link that leads out of the file, or to another link."""
        place = self.links.get(name)
        return None if place is None else opened(self.file, place)

    def attribute(self, name: str) -> str | None:
        """A text that belongs to the group."""
        for kind, at, size in self.file.messages(self.place):
            if kind == ATTRIBUTE:
                found = _attribute(self.file, at, size)
                if found[0] == name:
                    return found[1]
        return None


def _attribute(file: File, at: int, size: int) -> tuple[str, str | None]:
    """Name and text of an attribute (IV.A.2.m); None where it is no text."""
    version, _, name, kind, space = struct.unpack("<BBHHH", file.at(at, 8))
    here = at + 8 + (version == 3)
    lengths = [-(-n // 8) * 8 if version == 1 else n for n in (name, kind, space)]
    text = file.text(here, name)
    type_at, value = here + lengths[0], here + sum(lengths)
    which = file.number(type_at, 1) & 15
    if which == 3:  # a text of one length
        return text, file.text(value, file.number(type_at + 4, 4))
    if which == 9 and file.number(type_at + 1, 1) & 15 == 1:  # one of any length, which is kept elsewhere
        length, heap, index = struct.unpack("<IQI", file.at(value, 16))
        return text, _kept(file, heap, index)[:length].decode("utf-8", "replace")
    return text, None


def _kept(file: File, heap: int, index: int) -> bytes:
    """An object of a global heap (III.E)."""
    file.signed(heap, b"GCOL")
    at, end = heap + 16, heap + file.number(heap + 8)
    while file.number(at, 2) != index:
        at += 16 + -(-file.number(at + 8) // 8) * 8
        if at >= end:
            file.refuse(heap, f"object {index} of the heap", "none")
    return file.at(at + 16, file.number(at + 8))


@dataclass(frozen=True)
class Dataset:
    """An array: its type is known, its numbers are read when asked for."""

    file: File
    place: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    layout: int
    filters: tuple[int, ...]
    outside: bool
    """Whether its numbers are in other files."""

    def read(self) -> Array:
        """The numbers.

        Raises:
            FormatError: they are not there, or damaged.
        """
        file, at = self.file, self.layout
        version, kind = file.at(at, 2)
        if not math.prod(self.shape):
            return np.zeros(self.shape, self.dtype)
        count, nbytes = math.prod(self.shape), math.prod(self.shape) * self.dtype.itemsize
        if version != 3 or kind > 2 or self.outside:
            file.refuse(at, "numbers laid out as h5py does by default, in this file", (version, kind))
        if kind == 2:
            return self._chunked(at + 2)
        start, size = (
            (at + 4, file.number(at + 2, 2)) if kind == 0 else (file.number(at + 2), file.number(at + 10))
        )
        if size != nbytes or self.filters:
            file.refuse(at, f"{nbytes} bytes of numbers as they are", f"{size} bytes, filters {self.filters}")
        if start + size > len(file.data):
            file.refuse(start, f"{size} bytes", f"a file of {len(file.data)}")
        return np.frombuffer(file.data, self.dtype, count, start).reshape(self.shape)

    def _chunked(self, at: int) -> Array:
        """Numbers in pieces, which may be packed (III.A.1, IV.A.2.i)."""
        file, rank = self.file, len(self.shape)
        lengths = [file.number(at + 9 + 4 * k, 4) for k in range(rank + 1)]
        fits = all(0 < n <= m for n, m in zip(lengths, self.shape, strict=False))
        if file.number(at, 1) != rank + 1 or lengths[-1] != self.dtype.itemsize or not fits:
            file.refuse(at, f"pieces of an array {self.shape}", lengths)
        out = np.zeros(self.shape, self.dtype)
        done = 0
        for key, place in file.tree(file.number(at + 1), 1, 8 + 8 * (rank + 1)):
            stored, skipped = file.number(key, 4), file.number(key + 4, 4)
            where = [file.number(key + 8 + 8 * k) for k in range(rank)]
            if skipped or any(w % n or w >= m for w, n, m in zip(where, lengths, self.shape, strict=False)):
                file.refuse(key, f"a piece of an array {self.shape}", where)
            piece = self._unpacked(file.at(place, stored), math.prod(lengths), place).reshape(lengths[:-1])
            into = out[tuple(slice(w, w + n) for w, n in zip(where, lengths, strict=False))]
            into[...] = piece[tuple(slice(n) for n in into.shape)]
            done += into.size
            if done > out.size:
                break
        if done != out.size:
            file.refuse(at, f"pieces of {out.size} numbers together", done)
        return out

    def _unpacked(self, data: bytes, nbytes: int, place: int) -> Array:
        """A piece, the filters undone in reverse order (IV.A.2.l)."""
        for number in reversed(self.filters):
            if number == 1:
                try:
                    data = zlib.decompressobj().decompress(data, nbytes + 5)  # and a checksum
                except zlib.error as e:
                    self.file.refuse(place, "packed bytes", str(e))
            elif number == 2:
                size = self.dtype.itemsize
                data = np.frombuffer(data, "u1", len(data) // size * size).reshape(size, -1).T.tobytes()
            elif number == 3:
                data, checksum = data[:-4], data[-4:]
                if _fletcher32(data) != [n % 65535 for n in struct.unpack("<HH", checksum.ljust(4, b"\0"))]:
                    self.file.refuse(place, "bytes with their checksum", checksum)
            else:
                self.file.refuse(place, "filters deflate, shuffle and fletcher32 alone", number)
        if len(data) != nbytes:
            self.file.refuse(place, f"{nbytes} bytes when unpacked", len(data))
        return np.frombuffer(data, self.dtype)


def _fletcher32(data: bytes) -> list[int]:
    """The two sums of a checksum, modulo 65535."""
    words = np.frombuffer(data + b"\0" * (len(data) % 2), ">u2").astype(np.int64)
    weights = np.arange(len(words), 0, -1) % 65535
    return [int(words.sum() % 65535), int((words * weights % 65535).sum() % 65535)]


def opened(file: File, place: int) -> Group | Dataset:
    """The object at a place."""
    found: dict[int, int] = {}
    for kind, at, _ in file.messages(place):
        found.setdefault(kind, at)
    if LAYOUT not in found:
        return Group(file, place)
    if SPACE not in found or TYPE not in found:
        file.refuse(place, "an array with a shape and a type", sorted(found))
    filters = _filters(file, found[FILTERS]) if FILTERS in found else ()
    shape, dtype = _shape(file, found[SPACE]), _dtype(file, found[TYPE])
    outside = EXTERNAL in found or file.at(found[LAYOUT], 2)[1] == 3
    return Dataset(file, place, shape, dtype, found[LAYOUT], filters, outside)


def _shape(file: File, at: int) -> tuple[int, ...]:
    """IV.A.2.b"""
    version, rank = file.at(at, 2)
    start = {1: 8, 2: 4}.get(version)
    if start is None or rank > 32 or (version == 2 and file.at(at + 3, 1) == b"\2"):
        file.refuse(at, "a shape of at most 32 axes", (version, rank))
    shape = tuple(file.number(at + start + 8 * k) for k in range(rank))
    if math.prod(shape) >= MOST_NUMBERS or max(shape, default=0) >= MOST_NUMBERS:
        file.refuse(at, f"fewer than {MOST_NUMBERS} numbers", shape)
    return shape


def _dtype(file: File, at: int) -> np.dtype[Any]:
    """IV.A.2.d; what is no number is of dtype V."""
    kind, flags, size = file.number(at, 1) & 15, file.number(at + 1, 1), file.number(at + 4, 4)
    order = ">" if flags & 1 else "<"
    if kind == 0 and size in (1, 2, 4, 8):
        return np.dtype(f"{order}{'i' if flags & 8 else 'u'}{size}")
    if kind == 1 and (size, file.number(at + 13, 1)) in FLOATS and not flags & 64:
        return np.dtype(order + FLOATS[size, file.number(at + 13, 1)])
    if kind == 8 and size == 1:  # an enumeration of one byte: False and True
        return np.dtype(bool)
    return np.dtype("V1")


def _filters(file: File, at: int) -> tuple[int, ...]:
    """The numbers of the filters (IV.A.2.l)."""
    version, count = file.at(at, 2)
    if version not in (1, 2) or count > 32:
        file.refuse(at, "at most 32 filters", (version, count))
    here = at + (8 if version == 1 else 2)
    found = []
    for _ in range(count):
        number = file.number(here, 2)
        named = version == 1 or number >= 256
        name = file.number(here + 2, 2) if named else 0
        values = file.number(here + (6 if named else 4), 2)
        here += (8 if named else 6) + (-(-name // 8) * 8 if version == 1 else name) + 4 * values
        here += 4 * (values % 2) if version == 1 else 0
        found.append(number)
    return tuple(found)
