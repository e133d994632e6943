"""tf.train.Example, what TensorFlow puts into TFRecords: names with lists of bytes, float32 or int64.

    message Example   { Features features = 1; }
    message Features  { map<string, Feature> feature = 1; }
    message Feature   { oneof kind { BytesList bytes_list = 1; FloatList float_list = 2; Int64List int64_list = 3; } }
    message *List     { repeated bytes | float | int64 value = 1; }

Source: tensorflow/core/example/example.proto and feature.proto; protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from wengert.base.errors import DTypeError, FormatError

Array = np.ndarray[Any, Any]
Feature = Array | list[bytes]

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # wire types
BYTES_LIST, FLOAT_LIST, INT64_LIST = 1, 2, 3


def parse_example(data: bytes) -> dict[str, Feature]:
    """The features by name: float32 or int64 arrays, or lists of bytes.

    Raises:
        FormatError: the bytes are no Example; the message says at which byte.

    Example:
        >>> parse_example(write_example({"age": np.array([41, 7]), "name": [b"Ada"]}))
        {'age': array([41,  7]), 'name': [b'Ada']}
    """
    found: dict[str, Feature] = {}
    for features in _all(data, 0, len(data), 1):
        for entry in _all(data, *features, 1):
            name, feature = _last(data, entry, 1), _last(data, entry, 2)
            try:
                key = data[slice(*name)].decode()
            except UnicodeDecodeError:
                raise _bad(name[0], "a feature's name must be UTF-8") from None
            found[key] = _feature(data, *feature)
    return found


def write_example(features: Mapping[str, Any]) -> bytes:
    """An Example of these features: bytes, str, numbers, or lists or arrays of them.

    Raises:
        DTypeError: a value is of another kind.
    """
    entries = []
    for name, value in features.items():
        entries.append(_field(1, _field(1, name.encode()) + _field(2, _written(name, value))))
    return _field(1, b"".join(entries))


def _written(name: str, value: Any) -> bytes:
    values = [value] if isinstance(value, bytes | str) else value
    if isinstance(values, list | tuple) and all(isinstance(v, bytes | str) for v in values):
        texts = (v.encode() if isinstance(v, str) else v for v in values)
        return _field(BYTES_LIST, b"".join(_field(1, text) for text in texts))
    numbers = np.atleast_1d(np.asarray(values)).ravel()
    if numbers.dtype.kind == "f":
        return _field(FLOAT_LIST, _field(1, numbers.astype("<f4").tobytes()))
    if numbers.dtype.kind in "iub":
        packed = b"".join(_varint(int(v) % 2**64) for v in numbers)
        return _field(INT64_LIST, _field(1, packed))
    raise DTypeError(
        f"write_example: feature {name!r} must be of bytes, text or real numbers; got {numbers.dtype}."
    )


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | BYTES) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _bad(at: int, what: str) -> FormatError:
    return FormatError(f"parse_example: byte {at} of the record: {what}.")


def _read_varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A number of at most 64 bits, and the byte after it."""
    value = 0
    for k in range(10):
        if at + k >= end:
            break
        byte = data[at + k]
        value |= (byte & 127) << 7 * k
        if byte < 128:
            return value % 2**64, at + k + 1
    raise _bad(at, "a varint must end within 10 bytes and within its message")


def _fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Each field of a message: its number, wire type, and where its content starts and ends."""
    while at < end:
        tag, start = _read_varint(data, at, end)
        kind = tag & 7
        if kind == VARINT:
            _, stop = _read_varint(data, start, end)
        elif kind == BYTES:
            size, start = _read_varint(data, start, end)
            stop = start + size
        elif kind in (FIXED32, FIXED64):
            stop = start + (4 if kind == FIXED32 else 8)
        else:
            raise _bad(at, f"a wire type must be 0, 1, 2 or 5; got {kind}")
        if stop > end:
            raise _bad(at, f"a field must end within its message; it ends {stop - end} bytes after")
        yield tag >> 3, kind, start, stop
        at = stop


def _all(data: bytes, at: int, end: int, number: int) -> Iterator[tuple[int, int]]:
    """Where each message or string in the field of this number lies."""
    for found, kind, start, stop in _fields(data, at, end):
        if found == number and kind == BYTES:
            yield start, stop


def _last(data: bytes, span: tuple[int, int], number: int) -> tuple[int, int]:
    """Where the last of them lies; an empty one if there is none."""
    where = (span[1], span[1])
    for where in _all(data, *span, number):  # noqa: B007
        pass
    return where


def _feature(data: bytes, at: int, end: int) -> Feature:
    out: Feature = []
    for number, kind, start, stop in _fields(data, at, end):
        if kind == BYTES and number == BYTES_LIST:
            out = [data[a:b] for a, b in _all(data, start, stop, 1)]
        elif kind == BYTES and number == FLOAT_LIST:
            out = _floats(data, start, stop)
        elif kind == BYTES and number == INT64_LIST:
            out = _integers(data, start, stop)
    return out


def _floats(data: bytes, at: int, end: int) -> Array:
    parts = [np.empty(0, np.float32)]
    for number, kind, start, stop in _fields(data, at, end):
        if number == 1 and kind in (BYTES, FIXED32):
            if (stop - start) % 4:
                raise _bad(start, f"packed floats must take a multiple of 4 bytes; got {stop - start}")
            parts.append(np.frombuffer(data, "<f4", (stop - start) // 4, start))
    return np.concatenate(parts).astype(np.float32)


def _integers(data: bytes, at: int, end: int) -> Array:
    values = []
    for number, kind, start, stop in _fields(data, at, end):
        place = start
        while number == 1 and kind in (BYTES, VARINT) and place < stop:
            value, place = _read_varint(data, place, stop)
            values.append(value)
    return np.array(values, np.uint64).astype(np.int64)
