"""The IDX format of the MNIST family: a typed array of any rank, plain or gzipped.

    offset  bytes  what
    0       2      0, 0
    2       1      type: 08 uint8, 09 int8, 0B int16, 0C int32, 0D float32, 0E float64, all big-endian
    3       1      rank
    4       4 n    the lengths of the axes, uint32, big-endian
    ..             the elements, the last axis fastest

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
"""

import gzip
import math
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from wengert.base.errors import FormatError

type_codes = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}

MAX_RANK = 8
GZIP_MAGIC = b"\x1f\x8b"


def read_idx(path: str | Path, *, max_bytes: int = 2**30) -> np.ndarray[Any, Any]:
    """The array in an IDX file, in the machine's byte order.

    Args:
        path: the file; gzip is recognised by its first bytes, not by the name.
        max_bytes: elements may take at most this many bytes, whatever the header or the compression says.

    Raises:
        FormatError: the file is not IDX, is cut short, is longer than it says, or larger than `max_bytes`.
        OSError: the file cannot be opened or read.
    """
    path = Path(path)
    with path.open("rb") as plain:
        compressed = plain.read(2) == GZIP_MAGIC
        plain.seek(0)
        if not compressed:
            return _parse(plain, path, max_bytes)
        try:
            with gzip.GzipFile(fileobj=plain) as unpacked:
                return _parse(unpacked, path, max_bytes)  # type: ignore[arg-type]
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise FormatError(f"read_idx: {path} must be a whole gzip file; got: {error}.") from error


def _parse(file: BinaryIO, path: Path, max_bytes: int) -> np.ndarray[Any, Any]:
    magic = _exactly(file, 4, path, "the magic number")
    if magic[:2] != b"\0\0" or magic[2] not in type_codes or not 1 <= magic[3] <= MAX_RANK:
        raise FormatError(
            f"read_idx: {path} must start with 00 00, a type of 08..0E and a rank of 1..{MAX_RANK}; "
            f"got {magic.hex(' ')}."
        )
    dtype, rank = np.dtype(type_codes[magic[2]]), magic[3]
    header = _exactly(file, 4 * rank, path, "the lengths of the axes")
    shape = tuple(int.from_bytes(header[i : i + 4], "big") for i in range(0, 4 * rank, 4))
    size = math.prod(shape) * dtype.itemsize
    if size > max_bytes:
        raise FormatError(
            f"read_idx: {path} may hold {max_bytes} bytes of elements; its header says shape {shape} "
            f"of {dtype.name}, {size} bytes. Pass max_bytes to allow more."
        )
    data = _exactly(file, size, path, f"the elements of shape {shape}")
    if file.read(1):
        raise FormatError(f"read_idx: {path} must end after {4 + 4 * rank + size} bytes, as its header says.")
    return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="))


def _exactly(file: BinaryIO, size: int, path: Path, what: str) -> bytes:
    """`size` bytes of the file. Memory grows with what is there, not with what a header promises."""
    parts, missing = [], size
    while missing:
        part = file.read(min(missing, 2**20))
        if not part:
            raise FormatError(f"read_idx: {path} must hold {size} bytes for {what}; got {size - missing}.")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
