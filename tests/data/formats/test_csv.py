"""CSV: the fields of Python's own csv module, numbers to the last bit, errors that say which row."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.formats.files import check_positions, surviving, write
from wengert.base.errors import FormatError, RecordError, ValueRangeError
from wengert.data.formats import CSV, lines, numbers
from wengert.data.formats.csv_rows import split_rows
from wengert.data.formats.numbers import Fields, real_numbers, whole_numbers

TABLE = b'n,x,word\n1,2.5,red\n\n-2,,"green, or ""blue"""\r\n3,-1e-3,\n'


def fields(texts: list[str]) -> Fields:
    """Texts as fields that lie side by side."""
    lengths = np.array([len(t.encode()) for t in texts])
    ends = np.cumsum(lengths)
    return Fields("".join(texts).encode() or b" ", ends - lengths, ends)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_columns_are_typed_by_what_they_hold(tmp_path, name):
    records = CSV(write(tmp_path / name, TABLE))
    assert records.schema == {"n": "int64", "x": "float64", "word": "str"}
    rows = list(records)
    assert [row["n"] for row in rows] == [1, -2, 3]
    assert [row["word"] for row in rows] == ["red", 'green, or "blue"', ""]
    np.testing.assert_array_equal([row["x"] for row in rows], [2.5, np.nan, -1e-3])
    check_positions(records)


def test_types_columns_header_and_delimiter_can_be_said(tmp_path):
    path = write(tmp_path / "a.csv", b"1;2.5;a\n3;4;b\n")
    records = CSV(path, columns=["z", "x"], types={"x": "float32"}, header=["x", "y", "z"], delimiter=";")
    assert records.schema == {"z": "str", "x": "float32"}
    assert list(records) == [{"z": "a", "x": 1}, {"z": "b", "x": 3}]
    assert next(records.blocks()).columns["x"].dtype == np.float32


def test_blocks_join_without_a_seam(tmp_path, monkeypatch):
    path = write(tmp_path / "a.csv", b"a,b\n" + b"".join(b'%d,"x\n%d"\r\n' % (k, k) for k in range(40)))
    whole = list(CSV(path))
    monkeypatch.setattr(lines, "BLOCK_BYTES", 13)
    assert list(CSV(path)) == whole
    assert [row["a"] for row in whole] == list(range(40))
    check_positions(CSV(path), most=40)


def test_several_files_have_one_header(tmp_path):
    for name, text in (("a.csv", b"x,y\n1,2\n"), ("b.csv", b"\xef\xbb\xbfx,y\n3,4\n")):
        write(tmp_path / name, text)
    assert [row["y"] for row in CSV(tmp_path / "*.csv")] == [2, 4]
    write(tmp_path / "c.csv", b"x,z\n5,6\n")
    with pytest.raises(
        FormatError, match=r"c\.csv, line 1: all files must have the columns .*x, y; got x, z"
    ):
        list(CSV(tmp_path / "*.csv"))


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (b"1,2", r"must have 3 fields; got 2"),
        (b"1,2,3,4", r"must have 3 fields; got 4"),
        (b"one,2,3", r"column 'n' must be int64; got 'one'"),
        (b"99999999999999999999,2,3", r"column 'n' must be int64; got '99999999999999999999'"),
        (b",2,3", r"column 'n' must be int64; got ''"),
        (b"1,2x,3", r"column 'x' must be float64; got '2x'"),
        (b'1,2,a"b"', r"quotes must stand around a whole field"),
        (b'1,2,"a"b"c"', r"quotes must stand around a whole field"),
        (b"1,2,\xff", r"column 'word' must be UTF-8"),
    ],
)
def test_a_bad_row_is_named_and_can_be_passed_over(tmp_path, row, what):
    path = write(tmp_path / "a.csv", b"n,x,word\n1,1.5,first\n" + row + b"\n\n3,3,last\n")
    records = CSV(path, types={"n": "int64", "x": "float64", "word": "str"})
    with pytest.raises(RecordError, match=r"csv: .*a\.csv, line 3, byte 21: " + what):
        list(records)
    assert [row["n"] for row in surviving(records)[0]] == [1, 3]


def test_a_quote_that_is_never_closed_is_named(tmp_path):
    path = write(tmp_path / "a.csv", b'a,b\n1,2\n3,"4\n5,6\n')
    with pytest.raises(RecordError, match=r"line 3, byte 8: a quote must be closed; got the end of the file"):
        list(CSV(path, types={"a": "int64", "b": "int64"}))


@pytest.mark.parametrize("text", [b"", b"\n\n", b"a,a\n1,2\n", b'a,"b\n'])
def test_files_without_names_are_refused(tmp_path, text):
    with pytest.raises(FormatError, match=r"a\.csv, line 1: must hold the names of columns, each once"):
        list(CSV(write(tmp_path / "a.csv", text)))


def test_arguments_are_checked(tmp_path):
    path = write(tmp_path / "a.csv", b"a\n1\n")
    with pytest.raises(ValueRangeError, match=r"columns must be among a; got 'b'"):
        list(CSV(path, columns=["b"]))
    with pytest.raises(ValueRangeError, match=r"types\['a'\] must be one of float32.*; got 'number'"):
        CSV(path, types={"a": "number"})
    with pytest.raises(ValueRangeError, match=r"delimiter must be one ASCII character; got '--'"):
        CSV(path, delimiter="--")
    with pytest.raises(ValueRangeError, match=r"header must be True or the names of columns; got False"):
        CSV(path, header=False)


def test_integers_of_a_narrow_type_stay_in_it(tmp_path):
    path = write(tmp_path / "a.csv", b"a\n1\n300\n")
    with pytest.raises(RecordError, match=r"line 3, byte 4: column 'a' must be uint8; got '300'"):
        list(CSV(path, types={"a": "uint8"}))


words = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=6)


@given(st.lists(st.tuples(words, words), min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_fields_are_those_of_the_csv_module(rows, end):
    """Whatever Python writes, quoted where it must be, is read as it was."""
    text = io.StringIO()
    csv.writer(text, lineterminator=end, quoting=csv.QUOTE_MINIMAL).writerows(rows)
    table, bad = split_rows(text.getvalue().encode(), ord(","), 2)
    assert bad is None
    assert list(zip(table.texts(0)[0], table.texts(1)[0], strict=True)) == rows


@given(st.lists(st.floats() | st.integers().map(float) | st.decimals(allow_nan=False, places=7).map(float)))
def test_real_numbers_are_those_of_float(values):
    texts = [text for v in values for text in (repr(v), f"{v:.3f}", f"{v:+g}")]
    got, bad = real_numbers(fields(texts))
    assert bad is None
    np.testing.assert_array_equal(got, [float(text) for text in texts])


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_whole_numbers_are_those_of_int(values):
    got, bad = whole_numbers(fields([str(v) for v in values]))
    assert bad is None
    assert got.tolist() == values


@given(st.text("0123456789+-.eE_ naif\u0661", max_size=12))
def test_text_that_is_no_number_is_none(text):
    """`float` takes a few texts more than CSV does: digits of other scripts and underscores."""
    for parse, kind in ((real_numbers, float), (whole_numbers, int)):
        values, bad = parse(fields([text]))
        try:
            expected = kind(text)
            plain = "_" not in text and text.isascii() and abs(expected) < 2**63
        except (ValueError, OverflowError):
            assert bad == 0
        else:
            if bad is None:
                np.testing.assert_array_equal(values[0], expected)
            else:
                assert not plain or expected != expected


@given(st.lists(st.integers(2**52, 2**53 - 1), max_size=20), st.integers(0, 3))
def test_numbers_in_the_middle_between_two_are_rounded_as_float_does(values, power):
    """n + 1/2 with 53 bits before the point, and what lies next to it: both roundings could go wrong there."""
    texts = [
        f"{v * 2**power + half}" + end for v in values for half in (0, 1) for end in (".5", ".49", ".51")
    ]
    got, bad = real_numbers(fields(texts))
    assert bad is None
    np.testing.assert_array_equal(got, [float(text) for text in texts])


@pytest.mark.parametrize("wide", [True, False])
def test_many_digits_are_read_to_the_last_bit(rng, monkeypatch, wide):
    """As pandas writes them; on machines without x87 registers too."""
    monkeypatch.setattr(numbers, "HAS_WIDE", wide)
    values = rng.standard_normal(3000) * 10.0 ** rng.integers(-6, 6, 3000)
    texts = [text for v in values.tolist() for text in (repr(v), f"{v:.18f}", f"{v:.12e}")]
    got, bad = real_numbers(fields(texts))
    assert bad is None
    np.testing.assert_array_equal(got, [float(text) for text in texts])
