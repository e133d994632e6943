"""Arrays made from nothing: shape, dtype and values beside the reference's."""

import array_api_strict as ref
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import wengert as wg
from tests.array_api.strategies import (
    ALL,
    COMPLEX,
    FLOATS,
    INEXACT,
    INTEGERS,
    NUMERIC,
    arrays,
    check,
    dtypes,
    elements,
    examples,
    same,
    shapes,
    tensor,
)
from wengert.base.errors import DTypeError, ShapeError, ValueRangeError

STRICT = {name: getattr(ref, name) for name in ALL}


@examples()
@given(shapes(), dtypes() | st.none(), st.sampled_from(["zeros", "ones"]))
def test_zeros_and_ones(shape, dtype, name):
    want = getattr(np, name)(shape, dtype or "float32")
    same(getattr(wg, name)(shape, dtype=dtype, device="cpu"), want)
    same(getattr(wg, f"{name}_like")(tensor(want)), want)


@examples()
@given(shapes(), dtypes())
def test_empty_has_its_shape_and_dtype(shape, dtype):
    x = wg.empty(shape, dtype=dtype)
    assert (x.shape, x.dtype, wg.empty_like(x).shape, wg.empty_like(x).dtype) == (shape, dtype, shape, dtype)


@examples(2)
@given(st.data(), shapes(), dtypes())
def test_full(data, shape, dtype):
    value = data.draw(elements(dtype))
    same(wg.full(shape, value, dtype=dtype), np.full(shape, value, dtype))
    same(wg.full_like(wg.zeros(shape, dtype=dtype), value), np.full(shape, value, dtype))


@pytest.mark.parametrize(
    ("value", "dtype"),
    [(True, "bool"), (3, "int64"), (3.0, "float32"), *([(3j, "complex64")] if COMPLEX else [])],
)
def test_a_python_number_brings_its_default_dtype(value, dtype):
    assert wg.full((2,), value).dtype == wg.asarray(value).dtype == wg.asarray([value]).dtype == dtype


@examples(4)
@given(st.data(), dtypes(INTEGERS + FLOATS) | st.none())
def test_arange(data, dtype):
    low = 0 if dtype and dtype.startswith("u") else -20
    whole = st.integers(low, 20)
    number = whole if dtype in INTEGERS else whole | st.integers(-80, 80).map(lambda n: n / 4)
    start, stop, step = data.draw(number), data.draw(number | st.none()), data.draw(number)
    assume(step != 0)
    default = "float32" if any(isinstance(n, float) for n in (start, stop, step)) else "int64"
    first, last = (0, start) if stop is None else (start, stop)
    count = max(0, int(np.ceil((last - first) / step)))
    want = np.asarray([first + k * step for k in range(count)], dtype or default)
    same(wg.arange(start, stop, step, dtype=dtype), want)


@examples(4)
@given(
    st.floats(-100, 100, width=16),
    st.floats(-100, 100, width=16),
    st.integers(0, 30),
    st.booleans(),
    dtypes(INEXACT),
)
def test_linspace(start, stop, num, endpoint, dtype):
    want = np.linspace(start, stop, num, endpoint=endpoint, dtype=dtype)
    same(wg.linspace(start, stop, num, endpoint=endpoint, dtype=dtype), want)
    assert wg.linspace(start, stop, num).dtype == "float32"


@examples(2)
@given(st.integers(0, 5), st.integers(0, 5) | st.none(), st.integers(-6, 6), dtypes(NUMERIC))
def test_eye(rows, columns, k, dtype):
    same(wg.eye(rows, columns, k=k, dtype=dtype), np.eye(rows, columns, k, dtype=dtype))


@examples(2)
@given(arrays(shape=shapes(min_dims=2, max_dims=4)), st.integers(-5, 5))
def test_triangles(x, k):
    check("tril", x, k=k)
    check("triu", x, k=k)


@pytest.mark.parametrize("name", ["tril", "triu"])
def test_triangles_compiled(name):
    check(name, np.arange(24.0).reshape(2, 3, 4).astype("float32"), compiled=True, k=1)


@examples(2)
@given(st.data(), dtypes(), st.integers(0, 3))
def test_meshgrid(data, dtype, count):
    axes = [data.draw(arrays(dtype, shapes(min_dims=1, max_dims=1))) for _ in range(count)]
    for indexing in ("xy", "ij"):
        same(list(wg.meshgrid(*tensor(axes), indexing=indexing)), list(np.meshgrid(*axes, indexing=indexing)))


@examples(2)
@given(arrays(), dtypes())
def test_asarray_of_an_array(x, dtype):
    same(wg.asarray(x), x)
    assume(np.can_cast(x.dtype, dtype, "same_kind"))
    same(wg.asarray(x, dtype=dtype), x.astype(dtype))
    same(wg.asarray(tensor(x), copy=True), x)


@examples(2)
@given(arrays())
def test_asarray_of_lists(x):
    assume(x.size)
    same(wg.asarray(x.tolist(), dtype=x.dtype.name), x)


@examples()
@given(arrays())
def test_asarray_without_a_copy_shares_memory(x):
    assert np.shares_memory(wg.asarray(x, copy=False).numpy(), x) or not x.size
    assert wg.asarray(tensor(x), copy=False).dtype == x.dtype.name


@examples()
@given(arrays())
def test_from_dlpack_shares_memory(x):
    got = wg.from_dlpack(x)
    same(got, x)
    assert np.shares_memory(got.numpy(), x) or not x.size
    assert not np.shares_memory(wg.from_dlpack(x, copy=True).numpy(), x)


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda: wg.zeros((2, -1)), ShapeError, "zeros: a length must not be negative; got [2,-1]"),
        (lambda: wg.ones((2.0,)), ShapeError, "a shape must be made of ints"),
        (lambda: wg.zeros(3, device="gpu"), ValueRangeError, "the device must be one of cpu; got 'gpu'"),
        (lambda: wg.full(2, [1, 2]), ShapeError, "full: the value must be one number"),
        (lambda: wg.arange(3, step=0), ValueRangeError, "arange: the step must not be 0"),
        (lambda: wg.linspace(0, 1, -1), ShapeError, "linspace: a length must not be negative; got [-1]"),
        (
            lambda: wg.meshgrid([1.0], indexing="yx"),
            ValueRangeError,
            "indexing must be 'xy' or 'ij'; got 'yx'",
        ),
        (lambda: wg.asarray([1.0], copy=False), ValueRangeError, "asarray: list must be copied"),
        (
            lambda: wg.zeros((2**40, 2**20)),
            MemoryError,
            "zeros: the result must fit into memory; it takes 4,611,686",
        ),
        (
            lambda: wg.ones((2**62, 2**62)),
            MemoryError,
            "ones: the result must fit into memory; it takes 85,070,591",
        ),
        (
            lambda: wg.full(2**46, 1, "int8"),
            MemoryError,
            "full: the result must fit into memory; it takes 70,368,74",
        ),
        (lambda: wg.asarray("text"), DTypeError, "values must be numbers"),
    ],
)
def test_what_cannot_be_made_is_told(call, error, told):
    with pytest.raises(error) as e:
        call()
    assert told in str(e.value)
