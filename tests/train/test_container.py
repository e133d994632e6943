"""The reader of Wengert's own files refuses whatever a forger may write with digests that are right."""

import json

import numpy as np
import pytest

from wengert.base.errors import FormatError, UsageError
from wengert.train import container


def forged(path, entries, data=b"", digests=None):
    """A file whose header has the digest that it should have."""
    digests = dict.fromkeys(entries, container._digest(data)) if digests is None else digests
    header = container._header({"digests": digests}, entries)
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)
    return path


def entry(begin, end, shape=(1,), dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


FORGED = {
    "there must be one digest for each tensor": ({"a": entry(0, 4)}, bytes(4), {}),
    "must have the digest it was written with": ({"a": entry(0, 4)}, bytes(4), {"a": "0" * 32}),
    "tensor 'b' must begin at 4; got 0": ({"a": entry(0, 4), "b": entry(0, 4)}, bytes(4), None),
    "tensor 'b' must begin at 4; got 8": (
        {"a": entry(0, 4), "b": entry(8, 12)},
        bytes(12),
        dict.fromkeys("ab", container._digest(bytes(4))),
    ),
    "must take as many bytes as its shape and dtype say": ({"a": entry(0, 4, (2,))}, bytes(4), None),
    "must have a dtype, a shape and data_offsets": ({"a": entry(0, 4, dtype="F8")}, bytes(4), None),
    "the file must be": ({"a": entry(0, 4)}, bytes(8), None),
    "must hold 0 and 1 only": ({"a": entry(0, 1, dtype="BOOL")}, b"\2", None),
}


@pytest.mark.parametrize("says", FORGED)
def test_a_forged_layout_is_refused(says, tmp_path):
    with pytest.raises(FormatError, match="forged.wengert: ") as told:
        container.read(forged(tmp_path / "forged.wengert", *FORGED[says]))
    assert says in str(told.value)


def test_there_is_a_most_of_tensors_and_of_words_about_them(tmp_path, monkeypatch):
    monkeypatch.setattr(container, "MOST_TENSORS", 2)
    entries = {name: entry(0, 0, (0,)) for name in "abc"}
    with pytest.raises(FormatError, match="at most 2 tensors; got 3"):
        container.read(forged(tmp_path / "m.wengert", entries))
    monkeypatch.setattr(container, "MOST_HEADER", 1000)
    with pytest.raises(UsageError, match="the description must fit into 1000 bytes; got 1"):
        container.write(tmp_path / "n.wengert", {"text": "x" * 1000}, {})
    assert not (tmp_path / "n.wengert").exists()


def test_a_file_that_ends_while_it_is_read_is_refused(tmp_path):
    """It had its length when it was opened."""
    path = tmp_path / "m.wengert"
    container.write(path, {}, {"a": np.ones(1000, "f")})
    with path.open("rb") as file:
        reader = container._Reader(path, file)
        with path.open("rb+") as other:
            other.truncate(path.stat().st_size - 8)
        with pytest.raises(FormatError, match="tensor 'a' must be 4000 bytes"):
            reader.read(plain=False)


@pytest.mark.parametrize("text", ["{", "[]", '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 100_000, "3"])
def test_what_is_no_object_of_json_is_no_description(text):
    with pytest.raises(FormatError, match="the text must be "):
        container.parse_json(text, "the text")
    assert container.parse_json(json.dumps({"a": [1, None]}), "the text") == {"a": [1, None]}
