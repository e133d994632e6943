"""Text and JSON lines: exact, from any position, packed or not, and errors that say which line."""

import pytest

from tests.data.formats.files import check_positions, surviving, write
from wengert.base.errors import FormatError, RecordError, UsageError, ValueRangeError
from wengert.data.formats import JSONLines, TextLines, lines


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_lines_lose_their_ends_and_nothing_else(tmp_path, name):
    path = write(tmp_path / name, "one\r\n\ntwo \u2028 x\nthr\u00e9e".encode())
    assert list(TextLines(path)) == ["one", "", "two \u2028 x", "thr\u00e9e"]
    check_positions(TextLines(path))


def test_blocks_join_without_a_seam(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "BLOCK_BYTES", 7)
    texts = [f"line {k}" * (k % 4) for k in range(30)]
    path = write(tmp_path / "a.txt", "\n".join(texts).encode())
    assert list(TextLines(path)) == texts
    check_positions(TextLines(path), most=30)


def test_files_of_a_pattern_come_by_name(tmp_path):
    for name in ("b.txt", "a.txt", "c.log"):
        write(tmp_path / name, name.encode())
    assert list(TextLines(tmp_path / "*.txt")) == ["a.txt", "b.txt"]
    assert list(TextLines([tmp_path / "c.log", tmp_path / "[ab].txt"])) == ["c.log", "a.txt", "b.txt"]
    check_positions(TextLines(tmp_path / "*"))


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.txt"):
        TextLines(tmp_path / "none.txt")
    with pytest.raises(UsageError, match=r"text_lines: the pattern must match a file; got .*none-\*"):
        TextLines(tmp_path / "none-*")
    with pytest.raises(UsageError, match=r"must be files or patterns; got the folder .*Try .*/\*"):
        TextLines(tmp_path)


def test_a_line_in_another_encoding_is_named_and_can_be_passed_over(tmp_path):
    path = write(tmp_path / "a.txt", b"good\nb\xffd\nlast")
    with pytest.raises(
        RecordError, match=r"a\.txt, line 2, byte 5: must be utf-8; got the byte ff in column 2"
    ):
        list(TextLines(path))
    assert surviving(TextLines(path))[0] == ["good", "last"]
    assert list(TextLines(path, encoding="latin-1"))[1] == "b\u00ffd"


def test_encodings_whose_lines_end_otherwise_are_refused(tmp_path):
    with pytest.raises(ValueRangeError, match=r"keeps ASCII, such as utf-8; got 'utf-16'"):
        TextLines(write(tmp_path / "a.txt", b""), encoding="utf-16")


def test_a_line_without_end_is_refused_before_it_fills_memory(tmp_path):
    path = write(tmp_path / "a.txt.gz", b"one\n" + b"x" * 2**26)
    with pytest.raises(FormatError, match=r"line 2, byte 4: the record must end within 16777216 bytes"):
        list(TextLines(path))


def test_a_torn_gzip_file_is_named(tmp_path):
    path = write(tmp_path / "a.txt.gz", b"line\n" * 1000)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(FormatError, match=r"text_lines: .*a\.txt\.gz, byte \d+: must be packed well"):
        list(TextLines(path))


def test_json_lines(tmp_path):
    path = write(tmp_path / "a.jsonl", b'{"a": [1, 2.5]}\n\n"text"\r\nnull\n')
    assert list(JSONLines(path)) == [{"a": [1, 2.5]}, "text", None]
    check_positions(JSONLines(path))


@pytest.mark.parametrize("bad", [b"{", b"[" * 100_000, b"9" * 5000, b"\xff", b"1 2"])
def test_a_line_that_is_not_json_is_named_and_can_be_passed_over(tmp_path, bad):
    path = write(tmp_path / "a.jsonl", b"1\n" + bad + b"\n3\n")
    kept, messages = surviving(JSONLines(path))
    assert kept == [1, 3]
    assert len(messages) == 1
    assert "a.jsonl, line 2, byte 2: must be" in messages[0]
