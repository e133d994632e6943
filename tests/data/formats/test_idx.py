"""IDX files are read whole and exact, or refused by name."""

import gzip
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from wengert.base.errors import FormatError
from wengert.data.formats.idx import read_idx, type_codes

CODE = {np.dtype(text).newbyteorder("="): code for code, text in type_codes.items()}


def idx_bytes(array) -> bytes:
    """An array as an IDX file, written down from the format's description."""
    head = bytes([0, 0, CODE[array.dtype], array.ndim])
    lengths = b"".join(n.to_bytes(4, "big") for n in array.shape)
    return head + lengths + array.astype(array.dtype.newbyteorder(">")).tobytes()


any_array = st.sampled_from(list(CODE)).flatmap(
    lambda dtype: arrays(dtype, array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5))
)


@given(array=any_array, pack=st.sampled_from([bytes, gzip.compress]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_reads_what_the_format_says(tmp_path, array, pack):
    path = tmp_path / "file"
    path.write_bytes(pack(idx_bytes(array)))
    got = read_idx(path)
    assert got.dtype == array.dtype
    assert got.dtype.isnative
    np.testing.assert_array_equal(got, array)


WHOLE = idx_bytes(np.arange(24, dtype=np.int32).reshape(2, 3, 4))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_a_file_cut_short_is_refused(tmp_path, pack, length):
    path = tmp_path / "cut.idx"
    path.write_bytes(pack(WHOLE[:length]))
    with pytest.raises(FormatError, match=r"cut\.idx, byte \d+: must hold \d+ bytes for .*; got \d+"):
        read_idx(path)


def test_bytes_after_the_end_are_refused(tmp_path):
    path = tmp_path / "long.idx"
    path.write_bytes(WHOLE + b"\0")
    with pytest.raises(FormatError, match=f"byte {len(WHOLE)}: must end here"):
        read_idx(path)


@pytest.mark.parametrize("magic", [b"\1\0\x08\1", b"\0\0\x0a\1", b"\0\0\x08\0", b"\0\0\x08\x09", b"PNG!"])
def test_a_wrong_magic_number_is_shown(tmp_path, magic):
    path = tmp_path / "other"
    path.write_bytes(magic + bytes(100))
    with pytest.raises(FormatError, match=magic.hex(" ")):
        read_idx(path)


def test_a_cut_gzip_stream_is_refused(tmp_path):
    path = tmp_path / "x.gz"
    packed = gzip.compress(WHOLE)
    for length in range(2, len(packed)):
        path.write_bytes(packed[:length])
        with pytest.raises(FormatError, match=r"x\.gz"):
            read_idx(path)


def test_a_huge_promise_costs_nothing(tmp_path):
    """A header that says 4 GiB is refused before memory is taken; one that is allowed takes what is there."""
    path = tmp_path / "bomb.idx"
    path.write_bytes(b"\0\0\x08\1" + b"\xff\xff\xff\xff" + b"12")
    with pytest.raises(FormatError, match=r"max_bytes"):
        read_idx(path)
    tracemalloc.start()
    with pytest.raises(FormatError, match=r"must hold 4294967295 bytes for the elements.*; got 2"):
        read_idx(path, max_bytes=2**33)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**22
