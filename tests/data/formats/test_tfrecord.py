"""TFRecord: sums by the standard's test vectors, exact records, damage that is named; Examples as TensorFlow's."""

import contextlib
import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.formats.files import check_positions, equal, surviving, write
from wengert.base.errors import DTypeError, FormatError, RecordError
from wengert.data import native
from wengert.data.formats import TFRecord, parse_example, tfrecord, write_example, write_tfrecord
from wengert.data.formats.tfrecord import masked_crc32c

FEATURES = {"b": [b"x", b""], "f": np.float32([1.5, -2]), "i": np.array([3, -1])}
OF_TENSORFLOW = bytes.fromhex(  # FEATURES as a tf.train.Example, by TensorFlow 2.21
    "0a370a0c0a016212070a050a01780a000a110a0166120c120a0a080000c03f000000c00a140a0169120f1a0d0a0b03"
    "ffffffffffffffffff01"
)


def unmasked(data: bytes) -> int:
    rotated = (masked_crc32c(data) - 0xA282EAD8) % 2**32
    return (rotated >> 17 | rotated << 15) % 2**32


@pytest.mark.parametrize(
    ("data", "crc"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
    ],
)
def test_crc32c_is_that_of_rfc_3720(data, crc):
    assert unmasked(data) == crc


def test_crc32c_without_the_instruction_is_the_same(monkeypatch, rng):
    data = [rng.bytes(n) for n in range(40)]
    expected = [masked_crc32c(d) for d in data]
    monkeypatch.setattr(native, "INSTRUCTIONS", native.BITS)
    monkeypatch.setattr(tfrecord, "native", native.native.__wrapped__)
    assert [masked_crc32c(d) for d in data] == expected


@pytest.fixture
def records(rng):
    return [rng.bytes(n) for n in (0, 5, 3000, 1, 40, 2_000_000, 7)]


@pytest.mark.parametrize("check_sums", [True, False])
def test_records_come_back(tmp_path, records, check_sums):
    write_tfrecord(tmp_path / "a.tfrecord", records)
    found = TFRecord(tmp_path / "a.tfrecord", check_sums=check_sums)
    assert list(found) == records
    check_positions(found)


def test_gzip_files_are_unpacked(tmp_path, records):
    write_tfrecord(tmp_path / "a", records)
    (tmp_path / "b").write_bytes(gzip.compress((tmp_path / "a").read_bytes(), 1))
    assert list(TFRecord(tmp_path / "b")) == records


def damaged(path, records, at: int):
    """The file of the records with one bit of one byte turned."""
    write_tfrecord(path, records)
    data = bytearray(path.read_bytes())
    data[at] ^= 4
    return write(path, bytes(data))


def test_a_damaged_record_is_named_and_can_be_passed_over(tmp_path):
    path = damaged(tmp_path / "a", [b"first", b"second", b"third"], at=21 + 12 + 2)
    with pytest.raises(
        RecordError, match=r"tfrecord: .*a, byte 21: the check sum must be that of the record"
    ):
        list(TFRecord(path))
    assert surviving(TFRecord(path))[0] == [b"first", b"third"]
    assert list(TFRecord(path, check_sums=False))[1] == b"segond"


def test_a_damaged_length_ends_the_file(tmp_path):
    path = damaged(tmp_path / "a", [b"first", b"second"], at=21)
    with pytest.raises(FormatError, match=r"byte 21: the check sum must be that of the record's length"):
        list(TFRecord(path))


def test_a_record_cut_short_is_named(tmp_path):
    write_tfrecord(tmp_path / "a", [b"first", b"second"])
    path = write(tmp_path / "a", (tmp_path / "a").read_bytes()[:-1])
    with pytest.raises(FormatError, match=r"byte 21: the last record must be whole; got 21 bytes of it"):
        list(TFRecord(path))


def test_a_length_beyond_reason_is_refused_at_once(tmp_path):
    length = struct.pack("<Q", 2**62)
    path = write(tmp_path / "a", length + struct.pack("<I", masked_crc32c(length)) + bytes(100))
    with pytest.raises(
        FormatError, match=r"byte 0: a record may have 1073741824 bytes; its length says 46116860184"
    ):
        list(TFRecord(path))


def test_examples_are_those_of_tensorflow():
    assert equal(parse_example(OF_TENSORFLOW), FEATURES)
    assert write_example(FEATURES) == OF_TENSORFLOW


values = st.one_of(
    st.lists(st.binary(max_size=5), min_size=1, max_size=3),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4).map(lambda v: np.array(v, np.int64)),
    st.lists(st.floats(width=32), max_size=4).map(lambda v: np.array(v, np.float32)),
)


@given(st.dictionaries(st.text(max_size=4), values, max_size=4))
def test_examples_come_back(features):
    assert equal(parse_example(write_example(features)), features)


def test_numbers_and_texts_alone_are_lists_of_one():
    example = parse_example(write_example({"a": 3, "b": 0.5, "c": "text", "d": b"bytes"}))
    assert equal(example, {"a": np.array([3]), "b": np.array([0.5]), "c": [b"text"], "d": [b"bytes"]})


def test_other_values_are_refused():
    with pytest.raises(
        DTypeError, match=r"feature 'z' must be of bytes, text or real numbers; got complex128"
    ):
        write_example({"z": [1j]})


@given(st.binary(max_size=40))
def test_other_bytes_are_refused_or_parsed(data):
    with contextlib.suppress(FormatError):
        parse_example(data)
