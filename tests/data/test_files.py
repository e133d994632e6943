"""Files behind URLs are found and read as local ones; without fsspec the error says what to install."""

import gzip
import sys

import pytest

from tests.data.formats.files import check_positions
from wengert.base.errors import MissingExtraError
from wengert.data.files import Reader, find, fingerprint
from wengert.data.formats import CSV, TextLines


@pytest.fixture
def memory():
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    yield system
    system.store.clear()


def test_urls_are_read_as_files_are(memory):
    memory.pipe({"/d/b.csv": b"n\n3\n", "/d/a.csv.gz": gzip.compress(b"n\n1\n2\n"), "/d/x.txt": b"line\n"})
    assert find("csv", "memory://d/*.csv*") == ("memory://d/a.csv.gz", "memory://d/b.csv")
    records = CSV("memory://d/*.csv*")
    assert [row["n"] for row in records] == [1, 2, 3]
    check_positions(records)
    assert list(TextLines("memory://d/x.txt")) == ["line"]


def test_without_fsspec_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(
        MissingExtraError, match=r"csv: needs the package fsspec.*pip install 'wengert\[remote\]'"
    ):
        CSV("memory://d/*.csv")


def test_a_fingerprint_changes_with_the_files_and_with_how_they_are_read(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("one\n")
    first = TextLines(path).fingerprint()
    assert TextLines(path).fingerprint() == first
    assert TextLines(path, encoding="latin-1").fingerprint() != first
    path.write_text("one\ntwo\n")
    assert TextLines(path).fingerprint() != first
    assert fingerprint("a", []) != fingerprint("b", [])


def test_offsets_count_unpacked_bytes(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"0123456789"))
    with Reader("test", path) as file:
        assert file.size() is None
        file.seek(3)
        assert file.exactly(4, "four") == b"3456"
        with pytest.raises(
            ValueError, match=r"test: .*a\.gz, byte 7: must hold 9 bytes for the rest; got 3\."
        ):
            file.exactly(9, "the rest")
