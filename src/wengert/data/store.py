"""A tensor store: a folder of named arrays, mapped into memory a chunk at a time, searched for nearest neighbours.

    store = TensorStore("activations")
    store.write("layer1", batches, metadata={"model": "lenet"})   an array, or an iterable of arrays
    store["layer1"][1000:1010]                                    reads only those chunks
    store["layer1"].nearest(query, 5)                             the 5 rows most alike

Each array is one Arrow file (IPC, Feather 2): a column of `arrow.fixed_shape_tensor`, one record batch a chunk, each
with its CRC-32C, which is compared when the chunk is first used. Whatever reads Arrow reads it too.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wengert.base.errors import DTypeError, FormatError, ShapeError, UsageError, ValueRangeError
from wengert.base.extras import extra
from wengert.base.files import replace_file
from wengert.data.formats.tfrecord import masked_crc32c
from wengert.data.native import native
from wengert.data.nearest import Neighbours, nearest
from wengert.data.records import Columns, Indexed, Record, index_of

Array = np.ndarray[Any, Any]

NAME = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)*", re.ASCII)
ENDING = ".arrow"
COLUMN = "row"
CHUNK_BYTES = 2**22
DTYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
          "float16", "float32", "float64")  # fmt: skip
HEADER_KEY, SUM_KEY = b"wengert", b"crc32c"
MAX_HEADER = 2**20  # bytes


class TensorStore:
    """A folder of named arrays; a name may have slashes, as "encoder/layer1".

    Args:
        folder: is made by the first write.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """

    def __init__(self, folder: str | Path) -> None:
        with extra("store", "pyarrow", "tables"):
            import pyarrow  # noqa: F401
        self.folder = Path(folder)

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ValueRangeError(
                f"store: name must be letters, digits, _ . - and slashes between; got {name!r}."
            )
        return self.folder / f"{name}{ENDING}"

    def names(self) -> list[str]:
        """The arrays there are, in the order of their names."""
        found = (path.relative_to(self.folder).as_posix() for path in self.folder.rglob(f"*{ENDING}"))
        return sorted(name.removesuffix(ENDING) for name in found if NAME.fullmatch(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    def __contains__(self, name: str) -> bool:
        return self._path(name).is_file()

    def __getitem__(self, name: str) -> StoredTensor:
        if name not in self:
            raise UsageError(
                f"store: {self.folder} must hold {name!r}; it holds {', '.join(self) or 'nothing'}."
            )
        return StoredTensor(self._path(name))

    def write(
        self,
        name: str,
        rows: Array | Iterable[Array],
        *,
        metadata: Mapping[str, Any] | None = None,
        overwrite: bool = False,
    ) -> StoredTensor:
        """Write an array, whole or in parts that come one after the other; it appears whole or not at all.

        Args:
            rows: an array `[n, ...]`, or an iterable of such that differ in n alone. Only one part is in memory.
            metadata: what JSON can hold.
            overwrite: replace the one that is there; who reads it keeps reading the old one.

        Raises:
            FileExistsError: there is one of this name, and `overwrite` is False.
            ShapeError: a part has another shape of rows than the first, or rows without elements.
            DTypeError: a part has another dtype than the first, or one that Arrow has not.
        """
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        parts: Iterator[Array] = iter([rows] if isinstance(rows, np.ndarray | np.generic) else rows)
        replace_file(path, _encoded(name, parts, dict(metadata or {})), overwrite=overwrite)
        return StoredTensor(path)

    def delete(self, name: str) -> None:
        """Delete an array; who has it open keeps reading it."""
        self._path(name).unlink()

    def records(self, *names: str) -> StoredRecords:
        """Records `{name: row}` of arrays that are equally long."""
        return StoredRecords({name: self[name] for name in names})


class StoredTensor(Indexed):
    """An array of a store: `x[3]`, `x[10:20]`, `x[[4, 1]]` read the chunks they touch, and no others.

    Attributes: `shape`, `dtype`, `metadata`, `chunks` (rows where each starts, and the end).
    """

    def __init__(self, path: str | Path) -> None:
        import pyarrow as pa

        self.path = Path(path)
        try:
            self._file = pa.ipc.open_file(pa.memory_map(str(path)))
            self.dtype, row, self.metadata = _header(self._file.schema)
            batches = [
                self._file.get_batch_with_custom_metadata(k) for k in range(self._file.num_record_batches)
            ]
            if not batches or not batches[-1][1][SUM_KEY].endswith(b"last"):
                raise ValueError("no last chunk")
            lengths = [batch.num_rows for batch, _ in batches]
        except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            if isinstance(error, FileNotFoundError):
                raise
            what = " ".join(str(error).split())[:300]
            raise self._bad(f"must be an array of a store; got: {what}") from error
        self.chunks = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        self.shape = (int(self.chunks[-1]), *row)
        self._checked: set[int] = set()

    def _bad(self, what: str) -> FormatError:
        return FormatError(f"store: {self.path}, byte 0: {what}.")

    def chunk(self, k: int) -> Array:
        """Chunk k, mapped and read-only; its check sum is compared at the first call.

        Raises:
            FormatError: it is not what was written.
        """
        import pyarrow as pa

        try:
            batch, said = self._file.get_batch_with_custom_metadata(k)
            batch.validate(full=True)
            column = batch.column(0)
            flat = column.storage.flatten() if isinstance(column, pa.ExtensionArray) else column
            if batch.column(0).null_count or flat.null_count:
                raise ValueError("rows are missing")
            stored = flat.to_numpy(zero_copy_only=True)
            rows: Array = stored.view(self.dtype).reshape(batch.num_rows, *self.shape[1:])
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._bad(f"chunk {k} must be whole; got: {error}") from error
        if k not in self._checked:
            if (said or {}).get(SUM_KEY) != _sum(k, rows, last=k == len(self.chunks) - 2):
                raise self._bad(
                    f"chunk {k}, rows {self.chunks[k]} to {self.chunks[k + 1] - 1}, must have its check sum"
                )
            self._checked.add(k)
        return rows

    def verify(self) -> None:
        """Compare all check sums.

        Raises:
            FormatError: a chunk is not what was written.
        """
        for k in range(len(self.chunks) - 1):
            self.chunk(k)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: int | slice | Sequence[int] | Array) -> Array:
        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            return self._range(start, stop) if step == 1 else self.gather(range(start, stop, step))
        if isinstance(key, int | np.integer):
            k = int(key)
            return self.record(k + len(self) if k < 0 else k)
        return self.gather(key)

    def _range(self, start: int, stop: int) -> Array:
        """Rows start to stop: a view of a chunk where they lie in one, else a copy."""
        if stop <= start:
            return np.empty((0, *self.shape[1:]), self.dtype)
        first, last = (int(k) for k in np.searchsorted(self.chunks, [start, stop - 1], "right") - 1)
        parts = [
            self.chunk(k)[max(0, start - int(self.chunks[k])) : stop - int(self.chunks[k])]
            for k in range(first, last + 1)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def record(self, k: int) -> Array:
        """Row k."""
        index_of("store", k, len(self))
        chunk = int(np.searchsorted(self.chunks, k, "right")) - 1
        row: Array = self.chunk(chunk)[k - int(self.chunks[chunk])]
        return row

    def gather(self, ks: Sequence[int] | Array) -> Array:
        """Rows ks, in this order."""
        rows = np.asarray(ks, np.int64)
        for k in (rows.min(), rows.max()) if len(rows) else ():
            index_of("store", int(k), len(self))
        out = np.empty((len(rows), *self.shape[1:]), self.dtype)
        where = np.searchsorted(self.chunks, rows, "right") - 1
        for chunk in np.unique(where):
            here = where == chunk
            out[here] = self.chunk(int(chunk))[rows[here] - self.chunks[chunk]]
        return out

    def nearest(self, query: Array, k: int = 10, *, metric: str = "cosine") -> Neighbours:
        """The k rows most alike to a query, or to each of several: see `wengert.data.nearest.nearest`."""
        return nearest(
            (self.chunk(n) for n in range(len(self.chunks) - 1)), self.shape, query, k, metric=metric
        )


class StoredRecords(Indexed):
    """Rows of several stored arrays side by side."""

    def __init__(self, tensors: Mapping[str, StoredTensor]) -> None:
        self.tensors = dict(tensors)
        lengths = {name: len(tensor) for name, tensor in self.tensors.items()}
        if len(set(lengths.values())) != 1:
            raise ShapeError(f"store: records must be of arrays that are equally long; got {lengths}.")

    def __len__(self) -> int:
        return len(next(iter(self.tensors.values())))

    def record(self, k: int) -> Record:
        """Row k of each."""
        return {name: tensor.record(k) for name, tensor in self.tensors.items()}

    def gather(self, ks: Sequence[int] | Array) -> Columns:
        """Rows ks of each."""
        return {name: tensor.gather(ks) for name, tensor in self.tensors.items()}


def _sum(k: int, rows: Array, *, last: bool) -> bytes:
    """What a chunk says of itself: its number, the check sum of its rows, whether it is the last."""
    return f"{k} {native('masked_crc32c')(rows.ctypes.data, rows.nbytes)}{' last' * last}".encode()


def _stored(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """What elements are in the file: Arrow packs bool into bits, so it is stored as bytes."""
    return np.dtype(np.uint8) if dtype.kind == "b" else dtype


def _arrow_type(dtype: np.dtype[Any], row: tuple[int, ...]) -> Any:
    """The type of a column of such rows."""
    import pyarrow as pa

    element = pa.from_numpy_dtype(_stored(dtype))
    return pa.fixed_shape_tensor(element, row) if row else element


def _header(schema: Any) -> tuple[np.dtype[Any], tuple[int, ...], dict[str, Any]]:
    """The dtype and shape of a row, and the metadata; a ValueError where they do not fit to the column."""
    text = (schema.metadata or {})[HEADER_KEY]
    if len(text) > MAX_HEADER or schema.metadata[SUM_KEY] != str(masked_crc32c(text)).encode():
        raise ValueError(f"a header of {len(text)} bytes with another check sum")
    said = json.loads(text)
    if said["dtype"] not in DTYPES or not all(type(n) is int and 0 < n < 2**40 for n in said["row"]):
        raise ValueError(f"dtype {said['dtype']!r} and rows of shape {said['row']}")
    dtype, row = np.dtype(said["dtype"]), tuple(said["row"])
    if schema.names != [COLUMN] or schema.field(0).type != _arrow_type(dtype, row):
        raise ValueError(
            f"a column of {schema.field(0).type if schema.names else 'nothing'} for {dtype}{list(row)}"
        )
    return dtype, row, dict(said["metadata"])


def _encoded(name: str, parts: Iterator[Array], metadata: dict[str, Any]) -> Iterator[bytes]:
    """The bytes of an Arrow file, part by part."""
    import pyarrow as pa

    first = next(parts, None)
    if first is None:
        raise ShapeError(f"store: {name!r} must have at least one part, to know its shape; got none.")
    first = np.asarray(first)
    dtype, row = first.dtype.newbyteorder("="), first.shape[1:]
    if dtype.name not in DTYPES:
        raise DTypeError(f"store: dtype of {name!r} must be one of {', '.join(DTYPES)}; got {dtype}.")
    if first.ndim == 0 or 0 in row:
        raise ShapeError(f"store: {name!r} must have rows with elements; got shape {list(first.shape)}.")
    said = json.dumps({"dtype": dtype.name, "row": row, "metadata": metadata}).encode()
    if len(said) > MAX_HEADER:
        raise ValueRangeError(f"store: metadata may have {MAX_HEADER} bytes as JSON; got {len(said)}.")
    kind = _arrow_type(dtype, row)
    header = {HEADER_KEY: said, SUM_KEY: str(masked_crc32c(said))}
    schema = pa.schema([pa.field(COLUMN, kind, nullable=False)], header)
    sink = _Pieces()
    with pa.ipc.new_file(pa.PythonFile(sink, mode="w"), schema) as file:
        for k, (rows, last) in enumerate(_with_last(_chunks(name, first, parts))):
            flat = rows.reshape(-1).view(_stored(dtype))
            column: Any = pa.array(flat)
            if row:
                storage = pa.FixedSizeListArray.from_arrays(column, type=kind.storage_type)
                column = pa.ExtensionArray.from_storage(kind, storage)
            batch = pa.record_batch([column], schema=schema)
            file.write_batch(batch, custom_metadata={SUM_KEY: _sum(k, rows, last=last)})
            yield sink.take()
    yield sink.take()


def _chunks(name: str, first: Array, rest: Iterator[Array]) -> Iterator[Array]:
    """Rows in chunks of about 4 MiB, contiguous; small parts are gathered."""
    dtype, row = first.dtype.newbyteorder("="), first.shape[1:]
    size = max(1, CHUNK_BYTES // (dtype.itemsize * int(np.prod(row))))
    held: list[Array] = []
    count = given = 0
    part: Array | None = first
    while part is not None:
        rows = np.asarray(part)
        if rows.shape[1:] != row or rows.ndim == 0:
            raise ShapeError(
                f"store: rows of {name!r} must all have shape {list(row)}; got {list(rows.shape[1:])}."
            )
        if rows.dtype.newbyteorder("=") != dtype:
            raise DTypeError(f"store: rows of {name!r} must all be {dtype}; got {rows.dtype}.")
        for start in range(0, len(rows), size):
            held.append(rows[start : start + size].astype(dtype, copy=False))
            count += len(held[-1])
            if count >= size:
                whole = np.concatenate(held) if len(held) > 1 else np.ascontiguousarray(held[0])
                yield whole[:size]
                given += 1
                held, count = [whole[size:]], count - size
        part = next(rest, None)
    if count or not given:
        yield np.concatenate(held or [first[:0]])


def _with_last(chunks: Iterator[Array]) -> Iterator[tuple[Array, bool]]:
    """Each chunk, and whether it is the last."""
    held = next(chunks)
    for chunk in chunks:
        yield held, False
        held = chunk
    yield held, True


class _Pieces(io.RawIOBase):
    """What Arrow writes, handed on in pieces."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._offset = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        self._offset += len(self._pieces[-1])
        return len(self._pieces[-1])

    def tell(self) -> int:
        return self._offset

    def take(self) -> bytes:
        """What was written since."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
