"""The file under `saving`: a safetensors layout whose every byte is accounted for by a digest."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import numpy as np

from wengert.base.errors import FormatError, UsageError
from wengert.base.files import readable, replace_file

Array = np.ndarray[Any, Any]
DTYPES = {
    "BOOL": "bool", "I8": "int8", "I16": "int16", "I32": "int32", "I64": "int64",
    "U8": "uint8", "U16": "uint16", "U32": "uint32", "U64": "uint64",
    "BF16": "bfloat16", "F16": "float16", "F32": "float32", "F64": "float64", "C64": "complex64", "C128": "complex128",
}  # fmt: skip
CODES = {name: code for code, name in DTYPES.items()}
MOST_HEADER = 16 << 20  # bytes
MOST_TENSORS = 1_000_000
ALIGNMENT = 64  # of the first tensor
OTHERS = {
    b"\x89HDF": "HDF5. Weights of Keras 3 end in .weights.h5: load_weights reads them",
    b"PK\x03\x04": "a zip file. Models of Keras 3 end in .keras; arrays of NumPy are read by np.load",
    b"\x80": "a pickle, which is code: wengert runs none. Save the weights as .safetensors where it was made",
    b"\x93NUMPY": "an array of NumPy. Read it with np.load",
}
"""What other files start with, and what to do with them."""


def write(
    path: str | Path, description: Mapping[str, Any], tensors: Mapping[str, Array], *, overwrite: bool = True
) -> None:
    """Write a description and named tensors to one file, or leave the file as it was.

    Raises:
        OSError: it could not be written. UsageError: the description does not fit into a header.
    """
    arrays = {name: np.ascontiguousarray(a).reshape(a.shape) for name, a in tensors.items()}
    digests = {name: _digest(_bytes(a)) for name, a in arrays.items()}
    entries: dict[str, Any] = {}
    at = 0
    for name, a in arrays.items():
        entries[name] = {
            "dtype": CODES[a.dtype.name],
            "shape": list(a.shape),
            "data_offsets": [at, at + a.nbytes],
        }
        at += a.nbytes
    header = _header({**description, "digests": digests}, entries)
    if len(header) > MOST_HEADER:
        raise UsageError(f"save: the description must fit into {MOST_HEADER} bytes; got {len(header)}.")

    def chunks() -> Iterator[bytes | memoryview]:
        yield len(header).to_bytes(8, "little") + header
        for a in arrays.values():
            yield _bytes(a)

    replace_file(path, chunks(), overwrite=overwrite)


def _bytes(a: Array) -> memoryview:
    little = a.astype(a.dtype.newbyteorder("<"), copy=False)
    return memoryview(little.reshape(-1).view(np.uint8))  # type: ignore[arg-type]


def _digest(data: bytes | memoryview) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _header(description: Mapping[str, Any], entries: Mapping[str, Any]) -> bytes:
    """The one header for this content: sorted keys, its own digest, spaces up to the alignment."""
    metadata = {"wengert": _json(description)}
    metadata["digest"] = _digest(_json({"__metadata__": metadata, **entries}).encode())
    text = _json({"__metadata__": metadata, **entries}).encode()
    return text + b" " * (-(len(text) + 8) % ALIGNMENT)


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def read(path: str | Path, *, plain: bool = False) -> tuple[dict[str, Any], dict[str, Array]]:
    """The description and the tensors of a file that `write` wrote.

    plain: or of any safetensors file, whose description is empty and whose tensors have no digests.

    Raises:
        FileNotFoundError: there is no such file.
        FormatError: it is another file, or a byte of it is not as it was written.
    """
    path = readable(path)
    with path.open("rb") as file:
        return _Reader(path, file).read(plain)


class _Reader:
    """Reads one file; every error names it."""

    def __init__(self, path: str | Path, file: BinaryIO) -> None:
        self.path, self.file = path, file
        self.size = os.fstat(file.fileno()).st_size

    def refuse(self, problem: str) -> NoReturn:
        raise FormatError(f"load: {self.path}: {problem} The file is damaged, or no model of wengert.")

    def read(self, plain: bool) -> tuple[dict[str, Any], dict[str, Array]]:
        raw = self._take(8, "the length of the header")
        length = int.from_bytes(raw, "little")
        if not 2 <= length <= min(MOST_HEADER, self.size - 8):
            other = next((kind for start, kind in OTHERS.items() if raw.startswith(start)), None)
            if other is not None:
                raise FormatError(f"load: {self.path}: must be a model of wengert; got {other}.")
            if self.size < 10:
                self.refuse(f"there must be a header; got a file of {self.size} bytes.")
            self.refuse(f"the header must be 2..{min(MOST_HEADER, self.size - 8)} bytes long; got {length}.")
        raw = self._take(length, "the header")
        header = self._parse(raw.decode("utf-8", "replace"), "the header")
        metadata = header.pop("__metadata__", None)
        if plain and not (isinstance(metadata, dict) and "wengert" in metadata):
            return {}, self._tensors(header, None, 8 + length)
        if not isinstance(metadata, dict) or not isinstance(metadata.get("wengert"), str):
            self.refuse("the header must hold a description of a model.")
        description = self._parse(metadata["wengert"], "the description")
        if raw != _header(description, header):
            self.refuse("the header must have the digest it was written with.")
        digests = description.pop("digests", ())  # () is no digest of anything
        return description, self._tensors(header, digests, 8 + length)

    def _take(self, count: int, what: str) -> bytes:
        data = self.file.read(count)
        if len(data) != count:
            self.refuse(f"{what} must be {count} bytes; got {len(data)}.")
        return data

    def _parse(self, text: str, what: str) -> dict[str, Any]:
        try:
            return parse_json(text, what)
        except FormatError as e:
            self.refuse(str(e))

    def _tensors(self, entries: dict[str, Any], digests: Any, start: int) -> dict[str, Array]:
        """The tensors, which must lie one after the other and fill the file."""
        if len(entries) > MOST_TENSORS:
            self.refuse(f"there must be at most {MOST_TENSORS} tensors; got {len(entries)}.")
        if digests is not None and (not isinstance(digests, dict) or digests.keys() != entries.keys()):
            self.refuse("there must be one digest for each tensor.")
        laid_out = sorted(entries.items(), key=lambda e: self._place(*e))
        end = max((self._place(name, e)[1] for name, e in laid_out), default=0)
        if start + end != self.size:
            self.refuse(f"the file must be {start + end} bytes long; got {self.size}.")
        found: dict[str, Array] = {}
        at = 0
        for name, entry in laid_out:
            place = self._place(name, entry)
            if place[0] != at:
                self.refuse(f"tensor {name!r} must begin at {at}; got {place[0]}.")
            found[name], at = self._tensor(name, entry), place[1]
            if digests is not None and _digest(_bytes(found[name])) != digests[name]:
                self.refuse(
                    f"tensor {name!r} (bytes {start + place[0]} to {start + at}) must have the digest it "
                    f"was written with."
                )
        return found

    def _place(self, name: str, entry: Any) -> tuple[int, int]:
        """Where a tensor begins and ends; its shape and dtype must take that many bytes."""
        try:
            dtype, shape, (begin, end) = DTYPES[entry["dtype"]], entry["shape"], entry["data_offsets"]
            numbers = [begin, end, *shape]
            sound = all(type(n) is int and n >= 0 for n in numbers) and len(shape) <= 64 and len(entry) == 3
        except (KeyError, TypeError, ValueError):
            self.refuse(
                f"tensor {name!r} must have a dtype, a shape and data_offsets; got {str(entry)[:80]}."
            )
        if not sound or end - begin != math.prod(shape) * np.dtype(dtype).itemsize:
            self.refuse(
                f"tensor {name!r} must take as many bytes as its shape and dtype say; got {str(entry)[:80]}."
            )
        return begin, end

    def _tensor(self, name: str, entry: Any) -> Array:
        array = np.empty(entry["shape"], np.dtype(DTYPES[entry["dtype"]]).newbyteorder("<"))
        flat = memoryview(array.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
        if self.file.readinto(flat) != len(flat):  # type: ignore[attr-defined]
            self.refuse(f"tensor {name!r} must be {len(flat)} bytes; got a file that ends before.")
        if array.dtype == bool and (array.view(np.uint8) > 1).any():
            self.refuse(f"tensor {name!r} must hold 0 and 1 only.")
        return array.astype(array.dtype.newbyteorder("="), copy=False)


def parse_json(text: str, what: str) -> dict[str, Any]:
    """The object that a text describes: no key twice, no NaN.

    Raises:
        FormatError: it describes none.
    """
    try:
        found = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError) as e:
        raise FormatError(f"{what} must be JSON; {e}.") from None
    if not isinstance(found, dict):
        raise FormatError(f"{what} must be a JSON object; got {type(found).__name__}.")
    return found


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")
