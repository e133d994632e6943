"""Records that are rows of arrays: in memory, mapped from .npy and .npz files, columns of frames, windows of tokens."""

from __future__ import annotations

import ast
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from wengert.base.errors import ArgumentError, DTypeError, FormatError, ShapeError, ValueRangeError
from wengert.data.files import DAMAGED, Paths, Reader, find
from wengert.data.formats.idx import MAX_EMPTY, read_idx
from wengert.data.records import Columns, Indexed, Record, index_of

Array = np.ndarray[Any, Any]

MAGIC = b"\x93NUMPY"
MAX_HEADER = 10_000  # bytes, as in NumPy
MAX_BYTES = 2**30  # of an array that must be unpacked into memory


@dataclass(frozen=True)
class ArrayRecords(Indexed):
    """Record k is row k of each array.

    Args:
        columns: an array, or a dict or tuple of arrays, equally long along axis 0.

    Example:
        >>> ArrayRecords({"x": np.arange(6).reshape(3, 2), "y": np.array([5, 6, 7])}).record(1)
        {'x': array([2, 3]), 'y': np.int64(6)}
    """

    columns: Columns

    def __post_init__(self) -> None:
        arrays = self._arrays()
        if not arrays or any(a.ndim == 0 for a in arrays) or len({len(a) for a in arrays}) > 1:
            raise ShapeError(
                "records of arrays: all must be equally long along axis 0; "
                f"got shapes {', '.join(str(list(a.shape)) for a in arrays)}."
            )

    def _arrays(self) -> list[Array]:
        if isinstance(self.columns, dict):
            return list(self.columns.values())
        return list(self.columns) if isinstance(self.columns, tuple) else [self.columns]

    def _at(self, key: Any) -> Any:
        if isinstance(self.columns, dict):
            return {name: a[key] for name, a in self.columns.items()}
        if isinstance(self.columns, tuple):
            return tuple(a[key] for a in self.columns)
        return self.columns[key]

    def __len__(self) -> int:
        return len(self._arrays()[0])

    def record(self, k: int) -> Record:
        """Row k."""
        return self._at(index_of("records of arrays", k, len(self)))

    def gather(self, ks: Sequence[int] | Array) -> Columns:
        """Rows ks."""
        return self._at(np.asarray(ks, np.int64))


def from_idx(*paths: str | Path, max_bytes: int = MAX_BYTES) -> ArrayRecords:
    """Elements of IDX files, the format of MNIST; of several files, tuples: `from_idx(images, labels)`."""
    arrays = tuple(read_idx(path, max_bytes=max_bytes) for path in paths)
    return ArrayRecords(arrays if len(arrays) > 1 else arrays[0])


def from_npy(*paths: str | Path) -> ArrayRecords:
    """Rows of .npy files, mapped into memory; of several files, tuples: `from_npy(x, y)`."""
    arrays = tuple(read_npy(path) for path in paths)
    return ArrayRecords(arrays if len(arrays) > 1 else arrays[0])


def from_npz(path: str | Path, *, max_bytes: int = MAX_BYTES) -> ArrayRecords:
    """Rows of the arrays in an .npz file, as dicts by the arrays' names."""
    return ArrayRecords(read_npz(path, max_bytes=max_bytes))


def read_npy(path: str | Path) -> Array:
    """The array of a .npy file, mapped into memory: read as it is used, never written.

    Raises:
        FormatError: it is no such file, its length is not what its header says, or it holds Python objects.
    """
    with Reader("read_npy", path) as file:
        dtype, shape, order = _header(file)
        size, there = math.prod(shape) * dtype.itemsize, file.size()
        if there is None:
            raise file.bad("must not be packed, to be mapped into memory", 0)
        _same_size(file, size, there - file.offset)
        return _mapped(path, dtype, shape, order, file.offset)


def read_npz(path: str | Path, *, max_bytes: int = MAX_BYTES) -> dict[str, Array]:
    """The arrays of an .npz file by name: mapped into memory where they are stored as they are, else unpacked.

    Args:
        max_bytes: what all arrays that must be unpacked may take together.

    Raises:
        FormatError: it is no such file, an array is damaged, or holds Python objects.
    """
    arrays: dict[str, Array] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                array = _member(archive, member, path, max_bytes)
                max_bytes -= 0 if isinstance(array, np.memmap) else array.nbytes
                arrays[member.filename.removesuffix(".npy")] = array
    except (*DAMAGED, NotImplementedError, RuntimeError, UnicodeDecodeError, ValueError, OSError) as error:
        if isinstance(error, FormatError | FileNotFoundError | PermissionError | IsADirectoryError):
            raise
        raise FormatError(f"read_npz: {path}, byte 0: must be an archive of arrays; got: {error}.") from error
    return arrays


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: str | Path, max_bytes: int) -> Array:
    with archive.open(member) as unpacked:
        file = Reader("read_npz", f"{path}, {member.filename}", unpacked)  # type: ignore[arg-type]
        if file.compressed:
            raise file.bad("must be an array; it is a gzip file", 0)
        dtype, shape, order = _header(file)
        size = math.prod(shape) * dtype.itemsize
        _same_size(file, size, member.file_size - file.offset)
        if member.compress_type == zipfile.ZIP_STORED and not member.flag_bits & 1:
            return _mapped(path, dtype, shape, order, _start(path, member) + file.offset)
        if size > max_bytes:
            raise file.bad(
                f"may take {max_bytes} bytes when unpacked; got {size}. Pass max_bytes to allow more"
            )
        data = file.exactly(size, f"the elements of shape {shape}")
        file.read(1)  # the end: now the check sum is compared
        return np.frombuffer(data, dtype).reshape(shape, order=order)


def _start(path: str | Path, member: zipfile.ZipInfo) -> int:
    """The byte of an archive where a member's content starts: after its own header, 30 bytes and two strings."""
    with Reader("read_npz", path) as file:
        file.seek(member.header_offset)
        header = file.exactly(30, f"the header of {member.filename}")
        return file.offset + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")


def _header(file: Reader) -> tuple[np.dtype[Any], tuple[int, ...], Any]:
    """What the header of an array says: its dtype, shape, and order of axes, "C" or "F"."""
    magic = file.exactly(8, "the magic number")
    if magic[:6] != MAGIC or magic[6] not in (1, 2, 3):
        raise file.bad(f"must start with \\x93NUMPY and version 1, 2 or 3; got {magic!r}", 0)
    length = int.from_bytes(file.exactly(2 if magic[6] == 1 else 4, "the header's length"), "little")
    if length > MAX_HEADER:
        raise file.bad(f"the header may have {MAX_HEADER} bytes; it says {length}")
    text = file.exactly(length, "the header")
    try:
        said = ast.literal_eval(text.decode("utf-8" if magic[6] == 3 else "latin-1").strip())
        dtype = np.lib.format.descr_to_dtype(said["descr"])
        shape, order = said["shape"], "F" if said["fortran_order"] else "C"
        good = not dtype.hasobject and isinstance(shape, tuple) and len(shape) <= 64 and dtype.itemsize > 0
        good = good and all(type(n) is int and 0 <= n < 2**62 for n in shape)
        good = good and (math.prod(shape) > 0 or shape[0] <= MAX_EMPTY)
    except (ValueError, SyntaxError, TypeError, KeyError, IndexError, RecursionError, MemoryError) as error:
        raise file.bad(f"the header must be a dtype and a shape; got {text[:80]!r}", 10) from error
    if not good:
        raise file.bad(
            f"an array must be of numbers, not of objects, and have a shape; got {text[:80]!r}", 10
        )
    return dtype, shape, order


def _same_size(file: Reader, size: int, there: int) -> None:
    if size != there:
        raise file.bad(f"must hold {size} bytes of elements, as the header says; got {there}")


def _mapped(path: str | Path, dtype: np.dtype[Any], shape: tuple[int, ...], order: Any, offset: int) -> Array:
    if math.prod(shape) == 0:
        return np.empty(shape, dtype, order)
    if offset + math.prod(shape) * dtype.itemsize > Path(path).stat().st_size:
        raise FormatError(
            f"read: {path}, byte {offset}: must hold all elements of shape {shape}; it is cut short."
        )
    return np.memmap(path, dtype, "r", offset, shape, order)


@dataclass(frozen=True)
class Tokens(Indexed):
    """Windows of files of token numbers, mapped into memory: record k is `(tokens, the same one further)`.

    Args:
        paths: files, or patterns, that hold numbers of this dtype and nothing else.
        length: of a window.
        stride: from one window to the next; None: `length`. Windows lie within one file.
        dtype: of the files, little-endian.

    Shapes:
        record: (dtype [length], dtype [length])
    """

    paths: Paths
    length: int
    stride: int | None = None
    dtype: str = "uint16"
    files: tuple[Array, ...] = field(init=False, repr=False, compare=False)
    firsts: Array = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.length < 1 or self.step < 1:
            raise ValueRangeError(
                f"tokens: length and stride must be positive; got {self.length} and {self.stride}."
            )
        if np.dtype(self.dtype).kind not in "iu":
            raise DTypeError(f"tokens: dtype must be of whole numbers; got {self.dtype!r}.")
        files = tuple(self._map(path) for path in find("tokens", self.paths))
        counts = [max(0, (len(file) - 1 - self.length) // self.step + 1) for file in files]
        object.__setattr__(self, "files", files)
        object.__setattr__(self, "firsts", np.concatenate([[0], np.cumsum(counts)]))

    @property
    def step(self) -> int:
        """From one window to the next."""
        return self.length if self.stride is None else self.stride

    def _map(self, path: str) -> Array:
        dtype = np.dtype(self.dtype).newbyteorder("<")
        size = Path(path).stat().st_size
        if size % dtype.itemsize:
            raise FormatError(
                f"tokens: {path}, byte {size}: must hold whole {self.dtype} numbers; got {size} bytes."
            )
        return np.memmap(path, dtype, "r") if size else np.empty(0, dtype)

    def __len__(self) -> int:
        return int(self.firsts[-1])

    def record(self, k: int) -> Record:
        """Window k, and the same moved on by one token."""
        k = index_of("tokens", k, len(self))
        n = int(np.searchsorted(self.firsts, k, "right")) - 1
        at = (k - int(self.firsts[n])) * self.step
        window = np.asarray(self.files[n][at : at + self.length + 1], self.dtype)
        return window[:-1], window[1:]


def from_frame(table: Any) -> ArrayRecords:
    """Rows of a data frame of pandas or polars (or anything whose columns have `to_numpy`), as dicts.

    Raises:
        ArgumentError: it is no frame.
    """
    if isinstance(table, Mapping) or not hasattr(table, "columns") or not hasattr(table, "__getitem__"):
        raise ArgumentError(
            f"from_frame: must have columns, as those of pandas and polars; got {type(table).__name__}."
        )
    return ArrayRecords({str(name): _column(table[name]) for name in table.columns})


def _column(series: Any) -> Array:
    array: Array = series.to_numpy()
    return array
