"""TFRecord files: bytes, each record with two check sums.

    bytes  what
    8      length n, u64 little-endian
    4      masked CRC-32C of those 8 bytes
    n      the record
    4      masked CRC-32C of the record

Source: tensorflow/core/lib/io/record_writer.h. What TensorFlow puts into records is read by `example.py`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from wengert.base.errors import RecordError
from wengert.base.files import replace_file
from wengert.data.files import Reader
from wengert.data.formats.blocks import BLOCK_BYTES, FileBlocks, Mark
from wengert.data.native import native

HEADER, FRAME = 12, 16  # bytes before a record, and before and after it
MAX_RECORD = 2**30
AT_END, BAD_LENGTH, BAD_DATA = 0, 1, 2  # why a scan ended


@dataclass(frozen=True)
class TFRecord(FileBlocks):
    """The records of TFRecord files, as bytes; gzip is unpacked.

    Args:
        check_sums: whether the check sums are compared; it costs little.

    Raises:
        RecordError: a record's check sum is wrong. Reading can go on after it.
        FormatError: a length's check sum is wrong, a record is cut short or longer than 1 GiB, a gzip file is damaged.
    """

    check_sums: bool = True
    operation: ClassVar[str] = "tfrecord"

    def read(self, path: str, mark: Mark) -> Iterator[tuple[Mark, list[bytes], int]]:
        """Blocks of about a megabyte; before a damaged record a block ends."""
        with self.reader(path) as file:
            offset, rest, need = mark or 0, b"", BLOCK_BYTES
            file.seek(offset)
            while more := file.read(need):
                data = rest + more
                records, end, why = self._scan(data)
                if records:
                    yield offset, records, len(records)
                offset, rest = offset + end, data[end:]
                if why == BAD_DATA:
                    after = offset + FRAME + _length(rest)
                    raise RecordError(
                        f"tfrecord: {path}, byte {offset}: {_SUM} the record; it does not.", after
                    )
                if why == BAD_LENGTH:
                    raise file.bad(f"{_SUM} the record's length; it does not", offset)
                need = max(BLOCK_BYTES, self._missing(file, offset, rest))
            if rest:
                raise file.bad(f"the last record must be whole; got {len(rest)} bytes of it", offset)

    def _scan(self, data: bytes) -> tuple[list[bytes], int, int]:
        """The whole records, the byte after them, and why the scan ended there."""
        most = len(data) // FRAME + 1
        starts, lengths = np.empty((2, most), np.int64)
        state = np.zeros(2, np.int64)
        arrays = (starts.ctypes.data, lengths.ctypes.data, most, int(self.check_sums), state.ctypes.data)
        n = native("scan_tfrecords")(data, len(data), *arrays)
        spans = zip(starts[:n].tolist(), (starts[:n] + lengths[:n]).tolist(), strict=True)
        return [data[start:end] for start, end in spans], int(state[0]), int(state[1])

    def _missing(self, file: Reader, offset: int, rest: bytes) -> int:
        """Bytes that the record which `rest` starts still lacks."""
        if len(rest) < HEADER:
            return 0
        if _length(rest) > MAX_RECORD:
            raise file.bad(f"a record may have {MAX_RECORD} bytes; its length says {_length(rest)}", offset)
        return FRAME + _length(rest) - len(rest)


_SUM = "the check sum must be that of"


def _length(header: bytes) -> int:
    return int.from_bytes(header[:8], "little")


def masked_crc32c(data: bytes) -> int:
    """((crc >> 15) | (crc << 17)) + 0xa282ead8 modulo 2^32, of the CRC-32C.

    Example:
        >>> hex(masked_crc32c(b"123456789"))
        '0xc78ab0e5'
    """
    return native("masked_crc32c")(data, len(data))


def write_tfrecord(path: str | Path, records: Iterable[bytes]) -> None:
    """Write records with their check sums; the file appears whole or not at all.

    Raises:
        OSError: it could not be written.
    """

    def frames() -> Iterator[bytes]:
        for record in records:
            length = struct.pack("<Q", len(record))
            yield struct.pack("<8sI", length, masked_crc32c(length))
            yield record
            yield struct.pack("<I", masked_crc32c(record))

    replace_file(path, gathered(frames()))


def gathered(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in fewer, larger pieces."""
    parts: list[bytes] = []
    size = 0
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size >= BLOCK_BYTES:
            yield b"".join(parts)
            parts, size = [], 0
    yield b"".join(parts)
