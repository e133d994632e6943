import numpy as np
import pytest

from wengert.base.errors import ShapeError
from wengert.data.pipeline.elements import Columns, Failure, join, rows, spec_of, stack
from wengert.ir.types import TensorType


def test_rows_and_stack_are_inverse():
    tree = {"a": np.arange(6).reshape(3, 2), "b": (np.ones(3), np.arange(3))}
    found = stack(rows(Columns(tree, 3)))
    np.testing.assert_array_equal(found["a"], tree["a"])
    np.testing.assert_array_equal(found["b"][1], tree["b"][1])


def test_text_and_bytes_are_kept_as_they_are():
    found = stack([("a", b"1\0"), ("long text", b"")])
    assert found[0].tolist() == ["a", "long text"]
    assert found[1].tolist() == [b"1\0", b""]


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ([np.ones(2), np.ones(3)], r"one shape; got \[2\] and \[3\]. Use padded_batch"),
        ([{"a": 1}, {"b": 1}], r"one structure; got \{a: \*\} and \{b: \*\}"),
        ([(1, 2), (1, 2, 3)], r"one structure; got \(\*, \*\) and \(\*, \*, \*\)"),
        ([(1, 2), 3], "one structure"),
    ],
)
def test_elements_that_differ_are_refused(elements, message):
    with pytest.raises(ShapeError, match=message):
        stack(elements)


def test_columns_join_as_columns():
    parts = [
        Columns({"x": np.arange(2), "t": ["a", "b"]}, 2),
        Columns({"x": np.arange(3), "t": ["c"] * 3}, 3),
    ]
    whole = join(parts)
    assert isinstance(whole, Columns)
    assert whole.tree["x"].tolist() == [0, 1, 0, 1, 2]
    assert whole.tree["t"] == ["a", "b", "c", "c", "c"]
    assert join([[1], parts[0].part(0, 1)]) == [1, {"x": 0, "t": "a"}]


def test_specs():
    assert spec_of({"x": np.zeros((2, 3), "f"), "n": 1, "t": b""}) == {
        "x": TensorType((2, 3), "float32"),
        "n": TensorType((), "int64"),
        "t": bytes,
    }


class Strange(Exception):
    def __init__(self) -> None:
        super().__init__("one", "two")


@pytest.mark.parametrize(("error", "kind"), [(OSError(2, "gone"), OSError), (Strange(), RuntimeError)])
def test_a_failure_again_has_type_and_notes(error, kind):
    error.add_note("here")
    again = Failure(error, None).again().take()
    assert isinstance(again, kind)
    assert again is not error
    assert again.__notes__ == ["here"]
