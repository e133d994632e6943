"""Parquet and Arrow files (pyarrow, the extra `tables`), and data sets of Hugging Face."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from wengert.base.errors import ArgumentError, FormatError, ValueRangeError
from wengert.base.extras import extra
from wengert.data.files import open_bytes
from wengert.data.formats.blocks import FileBlocks, Mark
from wengert.data.records import Columns, Indexed, Position, Record, Records, columns_of, index_of, start_of

ROWS = 8192  # of a block
MAX_GROUP = 2**31  # bytes of a row group, unpacked
FOOTER_LIMITS = {"thrift_string_size_limit": 2**24, "thrift_container_size_limit": 2**20}


@dataclass(frozen=True)
class ArrowFiles(FileBlocks):
    """What Parquet and Arrow files share: rows as dicts by column. A mark is `[part of the file, block of it]`.

    Args:
        columns: names of those to keep; None keeps all.
    """

    columns: Sequence[str] | None = None

    def check(self) -> None:
        """pyarrow must be there before a file is looked at."""
        with extra(self.operation, "pyarrow", "tables"):
            import pyarrow  # noqa: F401

    @abstractmethod
    def parts(self, file: Any) -> Iterator[tuple[str, Iterator[Any]]]:
        """The parts of an open file: where each is, for messages, and its record batches."""

    def read(self, path: str, mark: Mark) -> Iterator[tuple[Mark, Columns, int]]:
        """Blocks of at most 8,192 rows."""
        import pyarrow as pa

        first, skip = mark or (0, 0)
        where = "byte 0"
        try:
            with open_bytes(self.operation, path) as file:
                parts = itertools.islice(enumerate(self.parts(file)), first, None)
                for n, (where, batches) in parts:  # noqa: B007
                    for k, batch in itertools.islice(enumerate(batches), skip, None):
                        batch.validate(full=True)
                        if batch.num_rows:
                            yield [n, k], self._columns(batch), batch.num_rows
                    skip = 0
        except (pa.ArrowException, OSError, ValueError, MemoryError, KeyError, OverflowError) as error:
            if isinstance(error, FormatError | ValueRangeError):
                raise
            what = " ".join(str(error).split())[:300]
            raise FormatError(
                f"{self.operation}: {path}, {where}: must be a whole file of its format; got: {what}."
            ) from error

    def known(self, names: Sequence[str]) -> None:
        """Refuse columns that the file does not have."""
        for name in self.columns or ():
            if name not in names:
                raise ValueRangeError(
                    f"{self.operation}: columns must be among {', '.join(names)}; got {name!r}."
                )

    def _columns(self, batch: Any) -> Columns:
        names = batch.schema.names
        return {name: of_arrow(batch.column(names.index(name))) for name in self.columns or names}


@dataclass(frozen=True)
class Parquet(ArrowFiles):
    """Rows of Parquet files as dicts; only the columns asked for are read.

    Raises:
        FormatError: a file is no Parquet file, is damaged, or has a row group of more than 2 GiB.
        MissingExtraError: pyarrow is not installed.
    """

    operation: ClassVar[str] = "parquet"

    def parts(self, file: Any) -> Iterator[tuple[str, Iterator[Any]]]:
        """Row groups; pages with check sums are compared with them."""
        import pyarrow.parquet as pq

        table = pq.ParquetFile(file, page_checksum_verification=True, pre_buffer=False, **FOOTER_LIMITS)
        self.known(table.schema_arrow.names)
        columns = None if self.columns is None else list(self.columns)
        for n in range(table.metadata.num_row_groups):
            group = table.metadata.row_group(n)
            where = f"row group {n}, byte {group.column(0).data_page_offset if group.num_columns else 0}"
            if not 0 <= group.total_byte_size <= MAX_GROUP:
                raise ValueError(f"row group {n} may take {MAX_GROUP} bytes; it says {group.total_byte_size}")
            yield where, table.iter_batches(ROWS, row_groups=[n], columns=columns, use_threads=False)


@dataclass(frozen=True)
class Arrow(ArrowFiles):
    """Rows of Arrow files (IPC, Feather 2) and streams as dicts.

    Raises:
        FormatError: a file is neither, or is damaged.
        MissingExtraError: pyarrow is not installed.
    """

    operation: ClassVar[str] = "arrow"

    def parts(self, file: Any) -> Iterator[tuple[str, Iterator[Any]]]:
        """Record batches."""
        import pyarrow as pa

        magic = file.read(6)
        file.seek(0)
        if magic == b"ARROW1":
            table = pa.ipc.open_file(file)
            self.known(table.schema.names)
            batches = map(table.get_batch, range(table.num_record_batches))
        else:
            table = pa.ipc.open_stream(file)
            self.known(table.schema.names)
            batches = iter(table)
        for n, batch in enumerate(batches):
            yield (
                f"batch {n}, byte {file.tell()}",
                (batch.slice(k, ROWS) for k in range(0, batch.num_rows, ROWS)),
            )


def of_arrow(column: Any) -> Any:
    """An Arrow column as an array, or as a list where NumPy has no such type. A missing number is NaN."""
    import pyarrow.types as is_

    kind = column.type
    if is_.is_dictionary(kind):
        return of_arrow(column.dictionary_decode())
    if is_.is_fixed_size_list(kind) and not column.null_count and kind.list_size > 0:
        inner = of_arrow(column.flatten())
        return inner.reshape(-1, kind.list_size) if isinstance(inner, np.ndarray) else column.to_pylist()
    numbers = (
        is_.is_integer(kind) or is_.is_floating(kind) or (is_.is_boolean(kind) and not column.null_count)
    )
    return column.to_numpy(zero_copy_only=False) if numbers else column.to_pylist()


@dataclass(frozen=True)
class HuggingFace(Indexed):
    """Rows of a `datasets.Dataset`, as it gives them: `dataset.with_format("numpy")` gives arrays.

    Args:
        dataset: from `datasets.load_dataset` or made by hand; one that only streams is for `from_huggingface`.
    """

    dataset: Any

    def __len__(self) -> int:
        return len(self.dataset)

    def record(self, k: int) -> Record:
        """Row k."""
        return self.dataset[index_of("huggingface", k, len(self))]

    def gather(self, ks: Sequence[int] | np.ndarray[Any, Any]) -> Columns:
        """Rows ks."""
        columns = self.dataset[[int(k) for k in ks]]
        rows = {name: list(values) for name, values in columns.items()}
        return {name: columns_of(values) for name, values in rows.items()}


@dataclass(frozen=True)
class Streamed(Records):
    """Rows of a `datasets.IterableDataset`. A position is how many came before, which are passed over to get there."""

    dataset: Any

    def iterate(self, position: Position = None) -> Iterator[tuple[Record, Position]]:
        """Each row with how many there were."""
        first = start_of(position, 2**62)
        rows = self.dataset.skip(first) if first else self.dataset
        for k, record in enumerate(rows, first + 1):
            yield record, k


def from_huggingface(dataset: Any) -> HuggingFace | Streamed:
    """Rows of a data set of Hugging Face, whether it is all there or streams.

    Raises:
        ArgumentError: it is something else, such as a dict of several splits.
    """
    if isinstance(dataset, dict):
        raise ArgumentError(
            f"from_huggingface: dataset must be one split; got {', '.join(dataset)}. Try dataset['train']."
        )
    if hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__"):
        return HuggingFace(dataset)
    if not hasattr(dataset, "skip"):
        raise ArgumentError(
            f"from_huggingface: must be a datasets.Dataset or IterableDataset; got {type(dataset).__name__}."
        )
    return Streamed(dataset)
