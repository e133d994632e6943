"""Sums, extrema and their kind over any axes: values and the standard's dtypes beside the reference's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wengert as wg
from tests.array_api.strategies import (
    ALL,
    FLOATS,
    INEXACT,
    NUMERIC,
    REAL,
    arrays,
    axes,
    check,
    examples,
    shapes,
    tensor,
)
from wengert.base.errors import ShapeError

FULL = shapes(min_dims=1, min_side=1)


@pytest.mark.parametrize("name", ["sum", "prod"])
@examples(2)
@given(st.data(), arrays(NUMERIC, low=-2, high=2), st.booleans())
def test_sums_and_products(name, data, x, keepdims):
    check(name, x, axis=data.draw(axes(x.ndim, several=True)), keepdims=keepdims)


@pytest.mark.parametrize("name", ["sum", "prod", "cumulative_sum", "cumulative_prod"])
@pytest.mark.parametrize("dtype", [d for d in NUMERIC if d not in ("int8", "uint8")])
def test_a_dtype_can_be_asked_for(name, dtype):
    x = np.asarray([1, 2, 3], "int8" if not dtype.startswith("u") else "uint8")
    got = getattr(wg, name)(tensor(x), dtype=dtype)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, getattr(np, name)(x, dtype=dtype))


@pytest.mark.parametrize("name", ["max", "min", "mean", "var", "std", "argmax", "argmin"])
@examples(2)
@given(st.data(), st.booleans())
def test_of_something(name, data, keepdims):
    x = data.draw(arrays(FLOATS if name in ("mean", "var", "std") else REAL, shape=FULL))
    several = not name.startswith("arg")
    axis = data.draw(axes(x.ndim, several=several) if several else axes(x.ndim) | st.none())
    check(name, x, axis=axis, keepdims=keepdims)


@pytest.mark.parametrize("name", ["max", "min"])
@examples()
@given(arrays(FLOATS, shape=FULL, special=True))
def test_nan_wins(name, x):
    check(name, x)


@pytest.mark.parametrize("name", ["var", "std"])
@examples()
@given(arrays(FLOATS, shape=shapes(min_dims=2, max_dims=2, min_side=2)), st.sampled_from([0, 1, 0.5]))
def test_correction(name, x, correction):
    check(name, x, correction=correction)
    check(name, x, axis=1, correction=correction, keepdims=True)


@pytest.mark.parametrize("name", ["any", "all", "count_nonzero"])
@examples(2)
@given(st.data(), arrays(ALL, low=-1, high=1), st.booleans())
def test_truth(name, data, x, keepdims):
    check(name, x, axis=data.draw(axes(x.ndim, several=True)), keepdims=keepdims)


@pytest.mark.parametrize("name", ["cumulative_sum", "cumulative_prod"])
@examples(3)
@given(st.data(), arrays(NUMERIC, shape=shapes(min_dims=1), low=-2, high=2), st.booleans())
def test_running(name, data, x, include_initial):
    axis = data.draw(axes(x.ndim))
    check(name, x, axis=axis, include_initial=include_initial)
    if x.ndim == 1:
        check(name, x)


@pytest.mark.parametrize("name", ["cumulative_sum", "cumulative_prod"])
def test_running_wants_an_axis(name):
    with pytest.raises(ShapeError, match=f"{name}: an axis must be named"):
        getattr(wg, name)(wg.ones((2, 2)))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", INEXACT)
def test_of_nothing(dtype):
    x = np.zeros((2, 0), dtype)
    check("sum", x, axis=1)
    check("prod", x, axis=1)
    check("mean", x, axis=1)
    for name in ("max", "min", "argmax", "argmin"):
        if dtype in FLOATS:
            with pytest.raises(ShapeError, match="there must be an element"):
                getattr(wg, name)(tensor(x), axis=1)


X = np.arange(1, 25, dtype="float32").reshape(2, 3, 4) / 8
NAMES = "sum prod max min mean var std any all count_nonzero argmax argmin cumulative_sum cumulative_prod"


@pytest.mark.parametrize("name", NAMES.split())
def test_compiled(name):
    check(name, X, compiled=True, axis=1)
