"""Where a `Dataset` starts: arrays, numbers, functions, and files of every format of `wengert.data.formats`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from wengert.data import formats
from wengert.data.files import Paths, find
from wengert.data.pipeline.elements import Spec, objects
from wengert.data.pipeline.node import Node
from wengert.data.pipeline.pointwise import Gather
from wengert.data.pipeline.sources import Generated, Lookup, One, Range, Slices, Stream, as_records, lookup


class Readers:
    """The constructors of `Dataset`. Files are read when elements are asked for."""

    def __init__(self, node: Node) -> None:
        self._node = node

    @classmethod
    def _indexed(cls, source: Lookup, num_threads: int | None = None) -> Self:
        return cls(Gather(Range(0, len(source), 1), source, num_threads))

    # --- in memory --------------------------------------------------------------------------------
    @classmethod
    def from_tensor_slices(cls, tensors: Any) -> Self:
        """The rows of arrays: of one array, or of arrays of one length in a dict or tuple.

        Example:
            >>> import numpy as np
            >>> from wengert.data import Dataset
            >>> data = Dataset.from_tensor_slices({"x": np.eye(2), "y": np.array([5, 6])})
            >>> next(iter(data))
            {'x': array([1., 0.]), 'y': np.int64(5)}
        """
        return cls._indexed(Slices(tensors))

    @classmethod
    def from_tensors(cls, tensors: Any) -> Self:
        """One element: the arrays as they are."""
        return cls(One(tensors))

    @classmethod
    def range(cls, *limits: int) -> Self:
        """Whole numbers, as Python's range."""
        numbers = range(*limits)
        return cls(Range(numbers.start, numbers.stop, numbers.step))

    @classmethod
    def from_generator(cls, make: Callable[[], Iterable[Any]], element_spec: Spec | None = None) -> Self:
        """What iterating over `make()` gives; it is called once an epoch, and must give the same each time.

        Args:
            element_spec: the types of an element; None: those of the first one, which is made to see them.
        """
        return cls(Generated(make, element_spec))

    @classmethod
    def from_frame(cls, table: Any) -> Self:
        """Rows of a data frame of pandas or polars, as dicts."""
        return cls.from_tensor_slices(dict(formats.from_frame(table).columns))

    @classmethod
    def from_huggingface(cls, dataset: Any) -> Self:
        """Rows of a `datasets.Dataset` or `IterableDataset`."""
        return cls.from_records(formats.from_huggingface(dataset))

    # --- files ------------------------------------------------------------------------------------
    @classmethod
    def from_records(cls, records: Any, num_threads: int | None = None) -> Self:
        """The records of any format that keeps to `wengert.data.records`.

        Args:
            num_threads: how many look up records at a time, where records have numbers; None: as many as the steps
                after that ask for.
        """
        if isinstance(records, formats.ArrayRecords):
            return cls.from_tensor_slices(records.columns)
        source = lookup(records)
        return cls(Stream(as_records(records))) if source is None else cls._indexed(source, num_threads)

    @classmethod
    def from_files(cls, paths: Paths) -> Self:
        """The names of files, as str: those of patterns such as `"logs/*.csv"`, in the order of their names.

        `from_files(...).shuffle().interleave(Dataset.csv, cycle=4, num_threads=4)` reads several at once.
        """
        return cls.from_tensor_slices(objects(find("from_files", paths)))

    @classmethod
    def text_lines(cls, paths: Paths, *, encoding: str = "utf-8") -> Self:
        """Lines of text files, as str; gzip is unpacked."""
        return cls.from_records(formats.TextLines(paths, encoding))

    @classmethod
    def csv(
        cls,
        paths: Paths,
        *,
        columns: Sequence[str] | None = None,
        types: Mapping[str, str] | None = None,
        header: Literal[True] | Sequence[str] = True,
        delimiter: str = ",",
        missing: Sequence[str] = ("",),
    ) -> Self:
        """Rows of CSV files as dicts by column; `wengert.data.formats.CSV` says what the arguments mean."""
        return cls.from_records(formats.CSV(paths, columns, types or {}, header, delimiter, missing))

    @classmethod
    def jsonl(cls, paths: Paths) -> Self:
        """One value of JSON a line."""
        return cls.from_records(formats.JSONLines(paths))

    @classmethod
    def parquet(cls, paths: Paths, *, columns: Sequence[str] | None = None) -> Self:
        """Rows of Parquet files as dicts by column (needs pyarrow)."""
        return cls.from_records(formats.Parquet(paths, columns))

    @classmethod
    def arrow(cls, paths: Paths, *, columns: Sequence[str] | None = None) -> Self:
        """Rows of Arrow and Feather files as dicts by column (needs pyarrow)."""
        return cls.from_records(formats.Arrow(paths, columns))

    @classmethod
    def tfrecord(cls, paths: Paths, *, check_sums: bool = True) -> Self:
        """Records of TFRecord files, as bytes: `map(wengert.data.formats.parse_example)` takes Examples apart."""
        return cls.from_records(formats.TFRecord(paths, check_sums))

    @classmethod
    def images(
        cls,
        folder: str | Path,
        *,
        size: tuple[int, int] | None = None,
        mode: Literal["RGB", "L", "RGBA"] = "RGB",
        num_threads: int | None = None,
    ) -> Self:
        """Pictures in a folder a class, as `{"image": uint8 [h, w, c], "label": class}` (needs pillow).

        Args:
            num_threads: how many decode at a time; None: as many as the steps after that ask for.
        """
        return cls.from_records(formats.Images(folder, size, mode), num_threads)

    @classmethod
    def wav(cls, folder: str | Path) -> Self:
        """Sounds in a folder a class, as `{"audio": float32 [n, channels], "rate": int, "label": class}`."""
        return cls.from_records(formats.Wav(folder))

    @classmethod
    def idx(cls, *paths: str | Path) -> Self:
        """Elements of IDX files, the format of MNIST; of several files, tuples."""
        return cls.from_records(formats.from_idx(*paths))

    @classmethod
    def npy(cls, *paths: str | Path) -> Self:
        """Rows of .npy files, mapped into memory; of several files, tuples."""
        return cls.from_records(formats.from_npy(*paths))

    @classmethod
    def npz(cls, path: str | Path) -> Self:
        """Rows of the arrays in an .npz file, as dicts by name."""
        return cls.from_records(formats.from_npz(path))

    @classmethod
    def tokens(cls, paths: Paths, length: int, *, stride: int | None = None, dtype: str = "uint16") -> Self:
        """Windows of files of token numbers, mapped into memory, as `(tokens, the same one further)`."""
        return cls.from_records(formats.Tokens(paths, length, stride, dtype))
