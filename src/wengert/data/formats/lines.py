"""Whole lines of a file, a megabyte at a time, and the formats with one record a line: text and JSON."""

from __future__ import annotations

import codecs
import json
import re
from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from wengert.base.errors import FormatError, RecordError, ValueRangeError
from wengert.data.files import Reader
from wengert.data.formats.blocks import BLOCK_BYTES, FileBlocks, Mark

MAX_LINE = 2**24  # bytes
LINE = re.compile(rb"[^\n]*\n|[^\n]+")


def whole_lines(
    file: Reader, mark: Mark, cut: Callable[[bytes], int] | None = None, most: int = MAX_LINE
) -> Iterator[tuple[int, int, bytes]]:
    """The file from `mark = [byte, line]` on, in pieces that end where a record ends.

    Args:
        cut: gives how many bytes of a piece are whole records; None: up to the last end of a line.
        most: how many bytes a record may have.

    Returns:
        byte and number (from 1) of the first line of each piece, and the piece.

    Raises:
        FormatError: a record is longer than `most`.
    """
    offset, line = mark or (0, 1)
    file.seek(offset)
    rest = b""
    while more := file.read(BLOCK_BYTES):
        data = rest + more
        end = data.rfind(b"\n") + 1 if cut is None else cut(data)
        if end:
            yield offset, line, data[:end]
            line += data.count(b"\n", 0, end)
            offset += end
        rest = data[end:]
        if len(rest) > most:
            raise FormatError(
                f"{file.operation}: {file.path}, line {line}, byte {offset}: the record must end within "
                f"{most} bytes; it does not."
            )
    if rest:
        yield offset, line, rest


@dataclass(frozen=True)
class LineBlocks(FileBlocks):
    """Formats with one record a line."""

    @abstractmethod
    def records_of(self, data: bytes) -> list[Any]:
        """The records on whole lines; a ValueError if any line is bad."""

    def read(self, path: str, mark: Mark) -> Iterator[tuple[Mark, list[Any], int]]:
        """Blocks of about a megabyte; before a bad line a block ends, and a RecordError is raised."""
        with self.reader(path) as file:
            for offset, line, data in whole_lines(file, mark):
                bad = None
                try:
                    records = self.records_of(data)
                except (ValueError, RecursionError):
                    records, bad = self._up_to_the_bad(path, offset, line, data)
                if records:
                    yield [offset, line], records, len(records)
                if bad:
                    raise bad

    def _up_to_the_bad(
        self, path: str, offset: int, line: int, data: bytes
    ) -> tuple[list[Any], RecordError | None]:
        records: list[Any] = []
        for number, text in enumerate(LINE.findall(data), line):
            try:
                records += self.records_of(text)
            except (ValueError, RecursionError) as error:
                message = f"{self.operation}: {path}, line {number}, byte {offset}: {reason(error)}."
                return records, RecordError(message, resume=[offset + len(text), number + 1])
            offset += len(text)
        return records, None


def reason(error: Exception) -> str:
    """What is wrong with a line, for a message."""
    if isinstance(error, UnicodeDecodeError):
        wrong = error.object[error.start : error.start + 1].hex()
        return f"must be {error.encoding}; got the byte {wrong} in column {error.start + 1}"
    if isinstance(error, json.JSONDecodeError):
        return f"must be JSON; got {error.msg}, column {error.colno}"
    if isinstance(error, RecursionError):
        return "must be nested less deeply"
    return f"must be JSON; got {str(error).rstrip('.')}"


def split_lines(data: bytes) -> list[bytes]:
    """Lines without their ends, \\n or \\r\\n."""
    lines = data.split(b"\n")
    if not lines[-1]:
        del lines[-1]
    return [line.removesuffix(b"\r") for line in lines] if b"\r" in data else lines


@dataclass(frozen=True)
class TextLines(LineBlocks):
    """The lines of text files, as str, without their ends (\\n or \\r\\n); gzip is unpacked.

    Args:
        encoding: of the files; one in which every ASCII character is its one byte.

    Raises:
        RecordError: a line is not in this encoding.
        FormatError: a line is longer than 16 MiB, or a gzip file is damaged.
    """

    encoding: str = "utf-8"
    operation: ClassVar[str] = "text_lines"

    def check(self) -> None:
        """The encoding must be known, and its line ends those of ASCII."""
        try:
            fits = codecs.lookup(self.encoding).encode("a\n")[0] == b"a\n"
        except LookupError:
            fits = False
        if not fits:
            raise ValueRangeError(
                f"text_lines: encoding must be one that keeps ASCII, such as utf-8; got {self.encoding!r}."
            )

    def records_of(self, data: bytes) -> list[str]:
        """The lines, decoded."""
        lines = data.decode(self.encoding).split("\n")
        if not lines[-1]:
            del lines[-1]
        return [line.removesuffix("\r") for line in lines] if b"\r" in data else lines


@dataclass(frozen=True)
class JSONLines(LineBlocks):
    """One JSON value a line, UTF-8, as Python reads it; empty lines are passed over; gzip is unpacked.

    Raises:
        RecordError: a line is not JSON.
        FormatError: a line is longer than 16 MiB, or a gzip file is damaged.
    """

    operation: ClassVar[str] = "jsonl"

    def records_of(self, data: bytes) -> list[Any]:
        """The values."""
        return [json.loads(line) for line in split_lines(data) if line.strip()]
