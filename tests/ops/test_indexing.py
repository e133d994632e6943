"""Picking elements: NumPy's meaning of `x[...]`, and indices that are checked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

import wengert as wg
from wengert.base.errors import DTypeError, IndexRangeError
from wengert.ops import indexing

X = np.arange(60, dtype=np.float32).reshape(3, 4, 5)


@given(hnp.basic_indices((3, 4, 5), allow_newaxis=True, max_dims=5))
def test_getitem_is_that_of_numpy(key):
    want = X[key]
    got = indexing.getitem(X, key)
    assert got.shape == want.shape
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x[1:], lambda x: x[:-1], lambda x: x[-1], lambda x: x[0, ..., 2], lambda x: x[..., ::-2],
        lambda x: x[:, None, 1:3], lambda x: x[2:, -1],
    ],
)  # fmt: skip
def test_getitem_of_a_symbolic_length(f):
    recorded = wg.function(f, signature=("f32[batch,4,5]",), compiled=False)
    np.testing.assert_array_equal(recorded(X).numpy(), f(X))


def test_an_array_of_indices_picks_rows():
    rows = np.array([[2, 0], [-1, 1]])
    np.testing.assert_array_equal(wg.Tensor(X)[rows].numpy(), X[rows])
    np.testing.assert_array_equal(indexing.getitem(X, (slice(None), np.array([3, 3]))), X[:, [3, 3]])


@pytest.mark.parametrize("key", [3, -4, (0, 4), (0, 0, 0, 0)], ids=str)
def test_indices_outside_are_errors(key):
    with pytest.raises(IndexRangeError, match="index"):
        indexing.getitem(X, key)


def test_floats_are_no_indices():
    with pytest.raises(DTypeError, match="must be made of ints"):
        indexing.getitem(X, 1.5)


@pytest.mark.parametrize("axis", [None, 0, -1])
def test_take_counts_negative_indices_from_the_end(axis):
    np.testing.assert_array_equal(
        indexing.take(X, [[0, -1], [2, 1]], axis), np.take(X, [[0, -1], [2, 1]], axis)
    )


def test_take_along_axis_picks_at_every_place():
    order = np.argsort(-X, axis=1)
    np.testing.assert_array_equal(indexing.take_along_axis(X, order, 1), np.take_along_axis(X, order, 1))


@pytest.mark.parametrize("compiled", [False, True])
def test_an_index_out_of_range_is_found_when_the_program_runs(compiled):
    f = wg.function(
        lambda x, i: indexing.take(x, i, 0), signature=("f32[3,4,5]", "i64[n]"), compiled=compiled
    )
    assert f(X, np.array([0, -3])).shape == (2, 4, 5)
    with pytest.raises(IndexRangeError, match=r"0\.\.2.*got (index )?7"):
        f(X, np.array([0, 7]))


def test_one_hot():
    labels = np.array([[2, 0], [1, 5]])
    want = (labels[..., None] == np.arange(3)).astype(np.float32)
    np.testing.assert_array_equal(indexing.one_hot(labels, 3), want)
    np.testing.assert_array_equal(indexing.one_hot(labels, 3, axis=0), np.moveaxis(want, -1, 0))
