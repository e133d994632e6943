"""Order, search, sets and positions beside the reference's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wengert as wg
from tests.array_api.strategies import (
    ALL,
    FLOATS,
    REAL,
    arrays,
    axes,
    broadcastable,
    check,
    dtypes,
    examples,
    same,
    shapes,
    tensor,
)
from wengert.base.errors import ShapeError, UsageError

SOME = shapes(min_dims=1, max_side=6)


@examples(4)
@given(st.data(), arrays(REAL, shape=SOME, low=-3, high=3), st.booleans())
def test_sort(data, x, descending):
    axis = data.draw(axes(x.ndim))
    check("sort", x, axis=axis, descending=descending)
    check("argsort", x, axis=axis, descending=descending)  # in the order of the stable one
    check("sort", x, stable=False)


@examples()
@given(arrays(FLOATS, shape=(7,), special=True))
def test_nan_comes_after_all_numbers(x):
    check("sort", x)
    check("argsort", x)


@examples(4)
@given(
    st.data(), arrays(REAL, shape=shapes(min_dims=1, min_side=1)), st.sampled_from(["largest", "smallest"])
)
def test_top_k(data, x, mode):
    axis = data.draw(axes(x.ndim))
    k = data.draw(st.integers(0, x.shape[axis]))
    values, indices = wg.top_k(tensor(x), k, axis=axis, mode=mode)
    ordered = np.sort(x, axis=axis)
    ordered = np.flip(ordered, axis) if mode == "largest" else ordered
    same(values, np.take(ordered, np.arange(k), axis))
    np.testing.assert_array_equal(np.take_along_axis(x, indices.numpy(), axis), values)


def test_top_k_of_more_than_there_are():
    with pytest.raises(
        ShapeError, match=r"top_k: k must be in 0..3, the length of axis -1 of f32\[3\]; got 4"
    ):
        wg.top_k(wg.ones(3), 4)


@examples(6)
@given(st.data(), dtypes(REAL), st.sampled_from(["left", "right"]))
def test_searchsorted(data, dtype, side):
    x = data.draw(arrays(dtype, shapes(min_dims=1, max_dims=1, max_side=9), low=-3, high=3))
    v = data.draw(arrays(dtype, low=-4, high=4))
    check("searchsorted", np.sort(x), v, side=side)
    same(
        wg.searchsorted(tensor(x), tensor(v), side=side, sorter=wg.argsort(tensor(x))),
        np.sort(x).searchsorted(v, side),
    )


@examples(3)
@given(arrays(FLOATS, shape=(6,), special=True), st.sampled_from(["left", "right"]))
def test_searchsorted_knows_nan(x, side):
    same(wg.searchsorted(tensor(np.sort(x)), tensor(x), side=side), np.sort(x).searchsorted(x, side))


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_searchsorted_compiled(side, dtype):
    x = np.asarray([-2, -2, 0, 1, 1, 5], dtype)
    v = np.asarray([[-3, -2, -1], [1, 4, 9]], dtype)
    check("searchsorted", x, v, compiled=True, side=side)


@examples(2)
@given(arrays(low=-2, high=2))
def test_sets(x):
    for name in ("unique_values", "unique_counts", "unique_inverse", "unique_all"):
        got, want = getattr(wg, name)(tensor(x)), getattr(np, name)(x)
        if name == "unique_values":
            got, want = [got], [np.sort(want)]
        same(list(got), list(want))


def test_each_nan_is_one_of_its_own():
    x = tensor(np.asarray([np.nan, 1, np.nan, -0.0, 0.0], "float32"))
    values, counts = wg.unique_counts(x)
    np.testing.assert_array_equal(values, [0, 1, np.nan, np.nan])
    assert counts.numpy().tolist() == [2, 1, 1, 1]


@examples(2)
@given(arrays(shape=SOME, low=-1, high=1))
def test_nonzero(x):
    check("nonzero", x)


@pytest.mark.parametrize(
    "name", ["nonzero", "unique_values", "unique_counts", "unique_inverse", "unique_all"]
)
def test_lengths_that_depend_on_values_are_not_recorded(name):
    recorded = wg.function(lambda x: getattr(wg, name)(x), signature=("f32[3]",))
    with pytest.raises(UsageError, match=f"{name}: the values must be known while a program is recorded"):
        recorded(wg.ones(3))


@examples(3)
@given(st.data(), broadcastable(3), dtypes())
def test_where(data, shapes, dtype):
    condition = data.draw(arrays("bool", shapes[0]))
    x, y = (data.draw(arrays(dtype, s)) for s in shapes[1:])
    check("where", condition, x, y)


@examples(3)
@given(st.data(), arrays(ALL, shape=shapes(min_dims=1, min_side=1)))
def test_take(data, x):
    axis = data.draw(axes(x.ndim))
    n = x.shape[axis]
    check(
        "take", x, data.draw(arrays("int64", shapes(min_dims=1, max_dims=1), low=-n, high=n - 1)), axis=axis
    )
    shape = tuple(data.draw(st.integers(0, 4)) if a == axis % x.ndim else m for a, m in enumerate(x.shape))
    check("take_along_axis", x, data.draw(arrays("int64", shape, low=-n, high=n - 1)), axis=axis)


X = np.asarray([[3, 1, 2], [-1, 5, 5]], "float32")
CALLS = {
    "sort": ((X,), {"axis": 0, "descending": True}),
    "argsort": ((X,), {}),
    "where": ((X > 1, X, -X), {}),
    "take": ((X, np.asarray([2, 0, -1])), {"axis": 1}),
    "take_along_axis": ((X, np.asarray([[2], [0]])), {"axis": 1}),
}


@pytest.mark.parametrize("name", CALLS)
def test_compiled(name):
    args, kwargs = CALLS[name]
    check(name, *args, compiled=True, **kwargs)
