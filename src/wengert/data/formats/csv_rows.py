"""Where the fields of CSV text are, RFC 4180: all ends of a megabyte at once.

A quote opens and closes by turns, so a delimiter or an end of line with an even count of quotes before it ends a
field, and one with an odd count is text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from wengert.data.formats.numbers import Fields

Array = np.ndarray[Any, Any]

NEWLINE, RETURN, QUOTE = b'\n\r"'
QUOTES_RULE = "quotes must stand around a whole field, and be doubled inside"


@dataclass(frozen=True)
class Bad:
    """A row that is none: the bytes `start` to `end` of the text, and what must hold."""

    start: int
    end: int
    what: str


@dataclass(frozen=True)
class Table:
    """Fields `text[starts[row, column]:ends[row, column]]`, without their quotes; row k ends before `after[k]`."""

    text: bytes
    starts: Array
    ends: Array
    after: Array
    doubled: Array | None = None  # which fields have doubled quotes inside; None: none has

    def __len__(self) -> int:
        return len(self.starts)

    def first(self, n: int) -> Table:
        """The first n rows."""
        doubled = None if self.doubled is None else self.doubled[:n]
        return Table(self.text, self.starts[:n], self.ends[:n], self.after[:n], doubled)

    def row(self, k: int, what: str) -> Bad:
        """Row k as a bad one."""
        return Bad(int(self.after[k - 1]) if k else 0, int(self.after[k]), what)

    def column(self, k: int) -> Fields:
        """Column k, for numbers."""
        return Fields(self.text, self.starts[:, k], self.ends[:, k])

    @cached_property
    def _ascii(self) -> str | None:
        return self.text.decode("ascii") if self.text.isascii() else None

    def texts(self, k: int) -> tuple[list[str], int | None]:
        """Column k as str, and the first row where it is not UTF-8."""
        spans = zip(self.starts[:, k].tolist(), self.ends[:, k].tolist(), strict=True)
        if self._ascii is not None:
            whole = self._ascii
            texts = [whole[start:end] for start, end in spans]
        else:
            texts = []
            for start, end in spans:
                try:
                    texts.append(self.text[start:end].decode())
                except UnicodeDecodeError:
                    return texts, len(texts)
        if self.doubled is not None:
            for row in np.flatnonzero(self.doubled[:, k]):
                texts[row] = texts[row].replace('""', '"')
        return texts, None


def whole_rows(data: bytes) -> int:
    """How many bytes of the data are whole rows: up to the last end of a line outside of quotes."""
    end = data.rfind(b"\n") + 1
    odd = data.count(b'"', 0, end) % 2
    while end and odd:
        previous = data.rfind(b"\n", 0, end - 1) + 1
        odd ^= data.count(b'"', previous, end) % 2
        end = previous
    return end


def first_row(data: bytes) -> int:
    """Where the first row ends that is not empty; the end of the data if no row ends."""
    end = len(data) - len(data.lstrip(b"\r\n"))
    while end := data.find(b"\n", end) + 1:
        if data.count(b'"', 0, end) % 2 == 0:
            return end
    return len(data)


def split_rows(text: bytes, delimiter: int, width: int | None = None) -> tuple[Table, Bad | None]:
    """The rows before the first bad one, and that one. Empty lines are no rows.

    Args:
        text: whole rows; the end of the last may be absent.
        delimiter: the byte between fields.
        width: how many fields a row must have; None: as many as the first.
    """
    text = text if text.endswith(b"\n") else text + b"\n"
    byte = np.frombuffer(text, np.uint8)
    is_end = (byte == delimiter) | (byte == NEWLINE)
    quotes = np.flatnonzero(byte == QUOTE) if QUOTE in text else None
    if quotes is not None:
        is_end &= (np.cumsum(byte == QUOTE, dtype=np.uint8) & 1) == 0
    ends = np.flatnonzero(is_end)
    unclosed = _unclosed(text, byte, ends)
    starts = np.concatenate([[0], ends[:-1] + 1])[: len(ends)]
    last = byte[ends] == NEWLINE
    stops = ends - (last & (ends > starts) & (byte[ends - 1] == RETURN)) if RETURN in text else ends
    empty = last & (starts == stops) & np.concatenate([[True], last[:-1]])[: len(ends)]
    if empty.any():
        ends, starts, stops, last = ends[~empty], starts[~empty], stops[~empty], last[~empty]
    after = ends[last] + 1
    counts = np.diff(np.flatnonzero(last), prepend=-1)
    if width is None:
        width = int(counts[0]) if len(counts) else 0
    unequal = counts != width
    n = int(unequal.argmax()) if unequal.any() else len(counts)
    shape = (n, width)
    starts, stops = starts[: n * width].reshape(shape), stops[: n * width].reshape(shape)
    table = Table(text, starts, stops, after)
    bad = unclosed if n == len(counts) else table.row(n, f"must have {width} fields; got {counts[n]}")
    if quotes is not None and n:
        table, wrong = _unquote(table, byte, quotes)
        bad = wrong or bad
    return table.first(len(table)), bad


def _unclosed(text: bytes, byte: Array, ends: Array) -> Bad | None:
    """The rows after the last end, if the text goes on there: only a quote that is open does that."""
    rows = ends[byte[ends] == NEWLINE]
    end = int(rows[-1]) + 1 if len(rows) else 0
    return (
        None if end == len(text) else Bad(end, len(text), "a quote must be closed; got the end of the file")
    )


def _unquote(table: Table, byte: Array, quotes: Array) -> tuple[Table, Bad | None]:
    """Take the quotes off; the rows before the first with a quote where none may be, and that one."""
    starts, ends = table.starts, table.ends
    count = np.searchsorted(quotes, ends) - np.searchsorted(quotes, starts)
    around = (ends - starts >= 2) & (byte[starts] == QUOTE) & (byte[ends - 1] == QUOTE)
    doubled, wrong = around & (count > 2), (count > 0) & ~around
    for row, column in np.argwhere(doubled):
        inside = table.text[starts[row, column] + 1 : ends[row, column] - 1]
        wrong[row, column] = b'"' in inside.replace(b'""', b"")
    bad_rows = wrong.any(1)
    n = int(bad_rows.argmax()) if bad_rows.any() else len(starts)
    table = Table(table.text, starts + around, ends - around, table.after, doubled)
    return table.first(n), table.row(n, QUOTES_RULE) if n < len(starts) else None
