"""The IDX format of the MNIST family: a typed array of any rank, plain or gzipped.

    offset  bytes  what
    0       2      0, 0
    2       1      type: 08 uint8, 09 int8, 0B int16, 0C int32, 0D float32, 0E float64, all big-endian
    3       1      rank
    4       4 n    the lengths of the axes, uint32, big-endian
    ..             the elements, the last axis fastest

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
"""

import math
from pathlib import Path
from typing import Any

import numpy as np

from wengert.data.files import Reader

type_codes = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}

MAX_RANK = 8
MAX_EMPTY = 2**20  # rows of an array without elements, which a header of a few bytes may claim


def read_idx(path: str | Path, *, max_bytes: int = 2**30) -> np.ndarray[Any, Any]:
    """The array in an IDX file, in the machine's byte order.

    Args:
        path: the file; gzip is recognised by its first bytes, not by the name.
        max_bytes: elements may take at most this many bytes, whatever the header or the compression says.

    Raises:
        FormatError: the file is not IDX, is cut short, is longer than it says, or larger than `max_bytes`.
        OSError: the file cannot be opened or read.
    """
    with Reader("read_idx", path) as file:
        magic = file.exactly(4, "the magic number")
        if magic[:2] != b"\0\0" or magic[2] not in type_codes or not 1 <= magic[3] <= MAX_RANK:
            raise file.bad(
                f"must start with 00 00, a type of 08..0E and a rank of 1..{MAX_RANK}; got {magic.hex(' ')}",
                0,
            )
        dtype, rank = np.dtype(type_codes[magic[2]]), magic[3]
        header = file.exactly(4 * rank, "the lengths of the axes")
        shape = tuple(int.from_bytes(header[i : i + 4], "big") for i in range(0, 4 * rank, 4))
        size = math.prod(shape) * dtype.itemsize
        if size > max_bytes:
            raise file.bad(
                f"may hold {max_bytes} bytes of elements; its header says shape {shape} of {dtype.name}, "
                f"{size} bytes. Pass max_bytes to allow more",
                4,
            )
        if not size and shape[0] > MAX_EMPTY:
            raise file.bad(f"may have {MAX_EMPTY} rows without elements; its header says {shape}", 4)
        data = file.exactly(size, f"the elements of shape {shape}")
        if file.read(1):
            raise file.bad("must end here, as its header says", 4 + 4 * rank + size)
        return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="))
