"""Elements as bytes, and a file of them in which any can be found: what `cache(path)` writes.

8 bytes "WGCACHE1", 32 of the fingerprint of what was kept
for each element: uint32 length of a JSON outline, the outline, the bytes of its leaves
uint64 offset of each element and of the end of the last, uint64 number of elements, 8 bytes "WGCACHE1"
"""

from __future__ import annotations

import json
import math
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from wengert.base.errors import DTypeError, FormatError
from wengert.data.pipeline.elements import Element

MAGIC = b"WGCACHE1"
HEADER = len(MAGIC) + 32
KINDS = "biufc"  # of arrays that are bytes and nothing else


def encode(element: Element) -> bytes:
    """An element as bytes.

    Raises:
        DTypeError: a leaf is no array of numbers, no number, no text and no bytes.
    """
    parts: list[bytes] = []
    outline = json.dumps(_outline(element, parts)).encode()
    return b"".join([len(outline).to_bytes(4, "little"), outline, *parts])


def _outline(tree: Any, parts: list[bytes]) -> Any:
    if isinstance(tree, dict):
        return {"dict": [[k, _outline(v, parts)] for k, v in tree.items()]}
    if isinstance(tree, tuple):
        return {"tuple": [_outline(v, parts) for v in tree]}
    if isinstance(tree, str):
        return {"text": tree}
    if tree is None or isinstance(tree, bool | int | float) and not isinstance(tree, np.generic):
        return {"value": tree}
    if isinstance(tree, bytes):
        parts.append(tree)
        return {"bytes": len(tree)}
    array = np.asarray(tree)
    if array.dtype.kind == "O" and all(isinstance(x, str | bytes) for x in array.flat):
        return {"objects": [_outline(x, parts) for x in array.flat], "shape": list(array.shape)}
    if array.dtype.kind not in KINDS:
        raise DTypeError(
            f"cache: a file can keep numbers, text and bytes; got {type(tree).__name__}, {array.dtype}."
        )
    parts.append(array.tobytes())
    return {"array": array.dtype.str, "shape": list(array.shape)}


def decode(data: memoryview) -> Element:
    """The element of these bytes, in arrays of its own."""
    length = int.from_bytes(data[:4], "little")
    element, end = _tree(json.loads(bytes(data[4 : 4 + length])), data, 4 + length)
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes are left over")
    return element


def _tree(outline: Any, data: memoryview, at: int) -> tuple[Any, int]:
    if "dict" in outline:
        found = {}
        for k, v in outline["dict"]:
            found[k], at = _tree(v, data, at)
        return found, at
    if "tuple" in outline or "objects" in outline:
        items = []
        for v in outline.get("tuple", outline.get("objects")):
            item, at = _tree(v, data, at)
            items.append(item)
        if "tuple" in outline:
            return tuple(items), at
        array = np.empty(len(items), object)
        array[:] = items
        return array.reshape(outline["shape"]), at
    if "array" in outline:
        dtype, shape = np.dtype(outline["array"]), tuple(outline["shape"])
        if dtype.kind not in KINDS:
            raise ValueError(f"dtype {dtype}")
        end = at + math.prod(shape) * dtype.itemsize
        return np.frombuffer(data[at:end], dtype).reshape(shape).copy(), end
    if "bytes" in outline:
        end = at + outline["bytes"]
        return bytes(data[at:end]), end
    return outline["text"] if "text" in outline else outline["value"], at


class Writer:
    """Collects elements in a file without a name, so that nothing is left of what does not come to its end."""

    def __init__(self, file: BinaryIO, fingerprint: str) -> None:
        self.file, self.offsets = file, [HEADER]
        file.write(MAGIC + fingerprint.encode())

    def add(self, element: Element) -> None:
        """One more element."""
        self.offsets.append(self.offsets[-1] + self.file.write(encode(element)))

    def chunks(self) -> Iterator[bytes]:
        """The whole file."""
        self.file.write(np.asarray(self.offsets, "<u8").tobytes())
        self.file.write((len(self.offsets) - 1).to_bytes(8, "little") + MAGIC)
        self.file.seek(0)
        while part := self.file.read(2**20):
            yield part


class Reader:
    """The elements of a file, mapped into memory and decoded when they are asked for.

    Raises:
        FormatError: the file is damaged, or not one that `cache` wrote.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if size < HEADER + 24:
                raise self._wrong(f"hold {HEADER + 24} bytes at least; it holds {size}")
            self.data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        if self.data[: len(MAGIC)] != MAGIC or self.data[-len(MAGIC) :] != MAGIC:
            raise self._wrong("begin and end with WGCACHE1")
        count = int.from_bytes(self.data[-16:-8], "little")
        start = size - 16 - 8 * (count + 1)
        if start < HEADER:
            raise self._wrong(f"hold {count} elements, as it says at its end; it is too short")
        self.offsets = np.frombuffer(self.data[start:-16], "<u8")
        if (
            self.offsets[0] != HEADER
            or self.offsets[-1] != start
            or (np.diff(self.offsets.astype(np.int64)) < 0).any()
        ):
            raise self._wrong("have offsets that rise from its start to its end")

    def _wrong(self, what: str) -> FormatError:
        return FormatError(f"cache: {self.path} must {what}. Delete it: it is written again.")

    @property
    def fingerprint(self) -> str:
        """Of the data set that was kept."""
        return bytes(self.data[len(MAGIC) : HEADER]).decode("ascii", "replace")

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def part(self, start: int, stop: int) -> list[Element]:
        """Elements from start to stop."""
        return [self._element(k) for k in range(start, min(stop, len(self)))]

    def _element(self, k: int) -> Element:
        start, end = int(self.offsets[k]), int(self.offsets[k + 1])
        try:
            return decode(self.data[start:end])
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise self._wrong(f"hold element {k} at byte {start}; got {error}") from error
