"""Tables as text, RFC 4180: typed columns, parsed a megabyte at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

from wengert.base.errors import FormatError, RecordError, ValueRangeError
from wengert.data.formats.blocks import FileBlocks, Mark
from wengert.data.formats.csv_rows import Bad, Table, first_row, split_rows, whole_rows
from wengert.data.formats.lines import whole_lines
from wengert.data.formats.numbers import Fields, real_numbers, whole_numbers

Array = np.ndarray[Any, Any]
Column = Array | list[str]

BOM = b"\xef\xbb\xbf"
MAX_ROW = 2**22  # bytes
FLOATS = ("float32", "float64")
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32")
TYPES = (*FLOATS, *INTEGERS, "str")


@dataclass(frozen=True)
class CSV(FileBlocks):
    """Rows of CSV files as dicts `{column: value}`: numbers as NumPy has them, other text as str.

    Fields may be quoted ("a, b"), with quotes doubled inside; lines end in \\n or \\r\\n; empty lines are passed over;
    gzip is unpacked. All files have the same columns.

    Args:
        columns: names of those to keep, in this order; None keeps all.
        types: type by name ("float32", "int64", "str", ...). The others are found out from the first megabyte:
            int64 where all fields are whole numbers, float64 where they are numbers or missing, else str.
        header: True: the first line of each file holds the names; or the names, where files have no such line.
        delimiter: between fields, one ASCII character.
        missing: fields that mean "no value": NaN where the column is of floats, an error where it is of integers.

    Raises:
        RecordError: a row has too few or too many fields, or a field is not of its column's type.
        FormatError: files differ in their columns, a row is longer than 4 MiB, a gzip file is damaged.
    """

    columns: Sequence[str] | None = None
    types: Mapping[str, str] = field(default_factory=dict)
    header: Literal[True] | Sequence[str] = True
    delimiter: str = ","
    missing: Sequence[str] = ("",)
    operation: ClassVar[str] = "csv"

    def check(self) -> None:
        """One delimiter, known types, names where there is no header."""
        if len(self.delimiter) != 1 or not self.delimiter.isascii() or self.delimiter in '"\r\n':
            raise ValueRangeError(f"csv: delimiter must be one ASCII character; got {self.delimiter!r}.")
        for name, kind in self.types.items():
            if kind not in TYPES:
                raise ValueRangeError(
                    f"csv: types[{name!r}] must be one of {', '.join(TYPES)}; got {kind!r}."
                )
        if self.header is not True and (not self.header or isinstance(self.header, str)):
            raise ValueRangeError(f"csv: header must be True or the names of columns; got {self.header!r}.")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Columns of the files."""
        return self._head(self.files[0])[0]

    @cached_property
    def schema(self) -> dict[str, str]:
        """The type of each column that is kept."""
        kept = self.names if self.columns is None else tuple(self.columns)
        for name in (*kept, *self.types):
            if name not in self.names:
                raise ValueRangeError(f"csv: columns must be among {', '.join(self.names)}; got {name!r}.")
        found = self._infer() if any(name not in self.types for name in kept) else {}
        return {name: self.types.get(name) or found[name] for name in kept}

    def read(self, path: str, mark: Mark) -> Iterator[tuple[Mark, dict[str, Column], int]]:
        """Blocks of about a megabyte; before a bad row a block ends, and a RecordError is raised."""
        for offset, line, table, bad in self._tables(path, mark):
            columns, wrong = self._parse(table)
            if wrong is not None:
                k, what = wrong
                bad, table = table.row(k, what), table.first(k)
                columns, _ = self._parse(table)
            if len(table):
                yield [offset, line], columns, len(table)
            if bad is not None:
                raise self._error(path, offset, line, table.text, bad)

    def _tables(self, path: str, mark: Mark) -> Iterator[tuple[int, int, Table, Bad | None]]:
        names, start = self._head(path)
        if names != self.names:
            raise FormatError(
                f"csv: {path}, line 1: all files must have the columns of {self.files[0]}, "
                f"{', '.join(self.names)}; got {', '.join(names)}."
            )
        with self.reader(path) as file:
            for offset, line, data in whole_lines(file, mark or start, whole_rows, MAX_ROW):
                yield offset, line, *split_rows(data, ord(self.delimiter), len(names))

    def _head(self, path: str) -> tuple[tuple[str, ...], Mark]:
        """The names of the columns, and where the rows start."""
        with self.reader(path) as file:
            _, _, data = next(whole_lines(file, None, whole_rows, MAX_ROW), (0, 1, b""))
            skip = len(BOM) if data.startswith(BOM) else 0
            if self.header is not True:
                return tuple(self.header), [skip, 1]
            text = data[skip : first_row(data)]
            table, bad = split_rows(text, ord(self.delimiter))
            names = [table.texts(k)[0] for k in range(table.starts.shape[1])]
            if bad or not len(table) or not all(names) or len({name for (name,) in names}) < len(names):
                raise FormatError(
                    f"csv: {path}, line 1: must hold the names of columns, each once; got {text[:80]!r}."
                )
            return tuple(name for (name,) in names), [skip + len(text), 1 + text.count(b"\n")]

    def _infer(self) -> dict[str, str]:
        for path in self.files:
            for _, _, table, _ in self._tables(path, None):
                if len(table):
                    return {name: self._kind(table.column(k)) for k, name in enumerate(self.names)}
        return dict.fromkeys(self.names, "str")

    def _kind(self, fields: Fields) -> str:
        if whole_numbers(fields)[1] is None:
            return "int64"
        values, bad = real_numbers(fields, self._missing)
        return "str" if bad is not None or np.isnan(values).all() else "float64"

    @cached_property
    def _missing(self) -> frozenset[bytes]:
        return frozenset(word.encode() for word in self.missing)

    def _parse(self, table: Table) -> tuple[dict[str, Column], tuple[int, str] | None]:
        """The columns; and the first row with a field that is not of its type, with what must hold."""
        columns: dict[str, Column] = {}
        wrong = []
        for name, kind in self.schema.items():
            k = self.names.index(name)
            columns[name], row = table.texts(k) if kind == "str" else self._numbers(table.column(k), kind)
            if row is not None:
                got = table.column(k).at(row)[:40]
                what = "UTF-8" if kind == "str" else kind
                wrong.append((row, f"column {name!r} must be {what}; got {got.decode(errors='replace')!r}"))
        return columns, min(wrong, default=None)

    def _numbers(self, fields: Fields, kind: str) -> tuple[Array, int | None]:
        if kind in FLOATS:
            values, bad = real_numbers(fields, self._missing)
        else:
            values, bad = whole_numbers(fields)
            limits = np.iinfo(kind)
            outside = (values[:bad] < limits.min) | (values[:bad] > limits.max)
            bad = int(outside.argmax()) if outside.any() else bad
        with np.errstate(over="ignore"):  # what is too large for float32 is infinite
            return values.astype(kind, copy=False), bad

    def _error(self, path: str, offset: int, line: int, text: bytes, bad: Bad) -> RecordError:
        first = line + text.count(b"\n", 0, bad.start)
        start = bad.start + len(text[bad.start : bad.end]) - len(text[bad.start : bad.end].lstrip(b"\r\n"))
        first += text.count(b"\n", bad.start, start)
        resume = [offset + bad.end, line + text.count(b"\n", 0, bad.end)]
        return RecordError(f"csv: {path}, line {first}, byte {offset + start}: {bad.what}.", resume)
