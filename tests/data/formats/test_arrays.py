"""Arrays as records: mapped, not read; and files that are not what their headers say."""

import io
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tests.data.formats.files import check_positions, equal, write
from wengert.base.errors import ArgumentError, FormatError, IndexRangeError, ShapeError, ValueRangeError
from wengert.data.formats import (
    ArrayRecords,
    Tokens,
    from_frame,
    from_idx,
    from_npy,
    from_npz,
    read_npy,
    read_npz,
)

some_array = arrays(
    st.sampled_from(["f4", ">f8", "i8", "?", "u1", "U3", "c16", [("a", "f4"), ("b", "i2")]]),
    array_shapes(min_dims=0, max_dims=3, min_side=0),
)


@given(array=some_array, fortran=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_npy_files_are_read_as_numpy_reads_them(tmp_path, array, fortran):
    np.save(tmp_path / "a.npy", np.asfortranarray(array) if fortran else array)
    got, expected = read_npy(tmp_path / "a.npy"), np.load(tmp_path / "a.npy")
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    assert got.tobytes() == expected.tobytes()


def test_npy_files_are_mapped(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(12).reshape(4, 3))
    records = from_npy(tmp_path / "a.npy")
    assert isinstance(records.columns, np.memmap)
    np.testing.assert_array_equal(records.gather([3, 0]), [[9, 10, 11], [0, 1, 2]])
    check_positions(records)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_files_give_rows_of_all_their_arrays(tmp_path, save):
    x, y = np.arange(6.0).reshape(3, 2), np.array(["a", "b", "c"])
    save(tmp_path / "a.npz", x=x, y=y)
    records = from_npz(tmp_path / "a.npz")
    assert equal(list(records), [{"x": x[k], "y": y[k]} for k in range(3)])
    assert isinstance(records.columns["x"], np.memmap) == (save is np.savez)
    check_positions(records)


def saved(array) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


GOOD = saved(np.arange(5))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", r"byte 0: must hold 8 bytes for the magic number; got 0"),
        (b"\x93NUMPX" + GOOD[6:], r"byte 0: must start with"),
        (GOOD[:-1], r"byte 128: must hold 40 bytes of elements, as the header says; got 39"),
        (GOOD + b"x", r"must hold 40 bytes of elements.*; got 41"),
        (GOOD.replace(b"(5,)", b"(9,)"), r"must hold 72 bytes"),
        (GOOD.replace(b"(5,)", b"(-5)"), r"must be of numbers, not of objects, and have a shape"),
        (GOOD.replace(b"'<i8'", b"'|O' "), r"must be of numbers, not of objects"),
        (GOOD.replace(b"'descr'", b"__file_"), r"byte 10: the header must be a dtype and a shape"),
        (GOOD[:8] + struct.pack("<H", 60000) + GOOD[10:], r"the header may have 10000 bytes; it says 60000"),
    ],
)
def test_npy_files_that_are_none_are_refused(tmp_path, data, what):
    with pytest.raises(FormatError, match=r"read_npy: .*a\.npy, .*" + what):
        read_npy(write(tmp_path / "a.npy", data))


def test_an_archive_that_unpacks_beyond_the_limit_is_refused(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros(10**6))
    with pytest.raises(
        FormatError, match=r"a\.npz, x\.npy, byte \d+: may take 1000000 bytes .*; got 8000000"
    ):
        read_npz(tmp_path / "a.npz", max_bytes=10**6)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_that_is_cut_is_refused(tmp_path, compression):
    with zipfile.ZipFile(tmp_path / "a.npz", "w", compression) as archive:
        archive.writestr("x.npy", GOOD)
    write(tmp_path / "a.npz", (tmp_path / "a.npz").read_bytes()[20:])
    with pytest.raises(FormatError, match=r"read_npz: .*a\.npz"):
        read_npz(tmp_path / "a.npz")


def test_idx_files_side_by_side_are_pairs(tmp_path):
    images = write(tmp_path / "x", bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]))
    labels = write(tmp_path / "y", bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 8]))
    records = from_idx(images, labels)
    assert equal(list(records), [(np.array([1, 2, 3]), 7), (np.array([4, 5, 6]), 8)])


def test_arrays_must_be_equally_long():
    with pytest.raises(ShapeError, match=r"equally long along axis 0; got shapes \[2\], \[3\]"):
        ArrayRecords((np.zeros(2), np.zeros(3)))
    with pytest.raises(IndexRangeError, match=r"record must be from 0 to 1; got -1"):
        ArrayRecords(np.zeros(2)).record(-1)


@pytest.mark.parametrize(
    ("length", "stride", "starts"), [(3, None, [0, 3, 6]), (4, 2, [0, 2, 4]), (9, 1, [0])]
)
def test_tokens_come_in_windows_with_those_that_follow(tmp_path, length, stride, starts):
    write(tmp_path / "a.bin", np.arange(10, dtype="<u2").tobytes())
    records = Tokens(tmp_path / "a.bin", length, stride)
    expected = [(np.arange(s, s + length), np.arange(s + 1, s + length + 1)) for s in starts]
    assert equal(list(records), expected)
    check_positions(records)


def test_windows_of_tokens_lie_within_one_file(tmp_path):
    for k in range(3):
        write(tmp_path / f"{k}.bin", (100 * k + np.arange(2 + 3 * k, dtype="<i4")).tobytes())
    records = Tokens(tmp_path / "*.bin", 2, dtype="int32")
    assert [x.tolist() for x, _ in records] == [[100, 101], [102, 103], [200, 201], [202, 203], [204, 205]]
    np.testing.assert_array_equal(records.gather([4, 1])[0], [[204, 205], [102, 103]])


def test_tokens_that_are_cut_are_refused(tmp_path):
    path = write(tmp_path / "a.bin", b"123")
    with pytest.raises(FormatError, match=r"byte 3: must hold whole uint16 numbers; got 3 bytes"):
        Tokens(path, 4)
    with pytest.raises(ValueRangeError, match=r"length and stride must be positive; got 0 and None"):
        Tokens(path, 0)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_give_their_rows(library):
    table = pytest.importorskip(library).DataFrame({"n": [1, 2], "word": ["a", "b"], "x": [0.5, None]})
    rows = list(from_frame(table))
    assert equal(rows, [{"n": 1, "word": "a", "x": 0.5}, {"n": 2, "word": "b", "x": np.nan}])
    with pytest.raises(ArgumentError, match=r"must have columns, as those of pandas and polars; got dict"):
        from_frame({"n": [1]})
