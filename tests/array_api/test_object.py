"""The array object: operators, conversions, the namespace it names, and how it meets other libraries."""

import operator

import array_api_compat
import array_api_strict as ref
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.array_api import make_strategies_namespace

import wengert as wg
from tests.array_api.signatures import FUNCTIONS
from tests.array_api.strategies import (
    ALL,
    BOOL,
    FLOATS,
    INTEGERS,
    NUMERIC,
    REAL,
    arrays,
    broadcastable,
    dtypes,
    elements,
    examples,
    same,
    shapes,
    strict,
    tensor,
)
from wengert.base.errors import ShapeError, UsageError, ValueRangeError

ARITHMETIC = {name: getattr(operator, name) for name in ("add", "sub", "mul")}
COMPARISONS = {name: getattr(operator, name) for name in ("lt", "le", "gt", "ge")}
BITS = {name: getattr(operator, name) for name in ("and_", "or_", "xor")}
ROWS = (
    *((name, f, NUMERIC) for name, f in ARITHMETIC.items()),
    *((name, f, REAL) for name, f in COMPARISONS.items()),
    *((name, f, BOOL + INTEGERS) for name, f in BITS.items()),
    ("truediv", operator.truediv, FLOATS),
    ("eq", operator.eq, ALL),
    ("ne", operator.ne, ALL),
)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("name", "f", "among"), ROWS, ids=[name for name, *_ in ROWS])
@examples(2)
@given(st.data())
def test_operators(name, f, among, data):
    one, other = data.draw(dtypes(among)), data.draw(dtypes(among))
    try:
        ref.result_type(getattr(ref, one), getattr(ref, other))
    except TypeError:
        assume(False)
    x, y = (data.draw(arrays(d, s)) for d, s in zip((one, other), data.draw(broadcastable()), strict=True))
    same(f(tensor(x), tensor(y)), f(strict(x), strict(y)))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("name", "f", "among"), ROWS, ids=[name for name, *_ in ROWS])
@examples()
@given(st.data())
def test_operators_with_a_python_number(name, f, among, data):
    x = data.draw(arrays(among))
    number = data.draw(elements(x.dtype.name, low=-3, high=3))
    same(f(tensor(x), number), f(strict(x), number))
    same(f(number, tensor(x)), f(number, strict(x)))


@pytest.mark.parametrize("name", ["iadd", "isub", "imul"])
@examples()
@given(arrays(NUMERIC))
def test_operators_in_place_make_another_tensor(name, x):
    before = y = tensor(x)
    y = getattr(operator, name)(y, y)
    same(y, getattr(np, {"iadd": "add", "isub": "subtract", "imul": "multiply"}[name])(x, x))
    same(before, x)


@pytest.mark.parametrize("f", [operator.neg, operator.pos, operator.abs], ids=lambda f: f.__name__)
@examples()
@given(arrays(REAL))
def test_operators_of_one(f, x):
    same(f(tensor(x)), f(x))


@examples()
@given(arrays(BOOL + INTEGERS))
def test_invert(x):
    same(~tensor(x), ~x)


@examples(2)
@given(st.data(), dtypes())
def test_a_scalar_is_a_number_to_python(data, dtype):
    value = data.draw(elements(dtype))
    x = wg.asarray(value, dtype=dtype)
    assert complex(x) == value
    assert bool(x) == bool(value)
    if dtype in BOOL + REAL:
        assert float(x) == float(value)
        assert int(x) == int(value)
    if dtype in INTEGERS:
        assert list(range(100))[x] == list(range(100))[value]
    else:
        with pytest.raises(TypeError):
            operator.index(x)


@examples(3)
@given(st.data(), arrays())
def test_indexing_with_ints_and_slices(data, x):
    key = []
    for n in x.shape:
        whole = st.integers(-n, n - 1) if n else st.nothing()
        step = data.draw(st.sampled_from([None, 1, 2, -1, -2]))
        key.append(data.draw(whole | st.slices(n).map(lambda s, step=step: slice(s.start, s.stop, step))))
    key.insert(data.draw(st.integers(0, len(key))), data.draw(st.sampled_from([..., None])))
    same(tensor(x)[tuple(key)], np.asarray(x[tuple(key)]))


@examples()
@given(arrays(shape=shapes(min_dims=1)))
def test_iteration_goes_over_the_first_axis(x):
    for got, want in zip(tensor(x), x, strict=True):
        same(got, np.asarray(want))


def test_what_has_no_axis_is_not_iterated():
    with pytest.raises(TypeError):
        iter(wg.asarray(1.0))


@examples()
@given(arrays(REAL, shape=shapes(min_side=1)), st.integers(0, 3))
def test_contains(x, value):
    assert (value in tensor(x)) == bool((x == value).any())


@pytest.mark.parametrize("x", [wg.ones((2, 3)), wg.Variable(wg.ones((2, 3)))], ids=["tensor", "variable"])
def test_it_names_its_namespace(x):
    assert x.__array_namespace__() is x.__array_namespace__(api_version="2024.12") is wg
    assert array_api_compat.array_namespace(x, wg.zeros(3)) is wg
    with pytest.raises(ValueRangeError, match=r"api_version must be one of .*; got '1999.01'"):
        x.__array_namespace__(api_version="1999.01")


def test_the_namespace_is_named_while_a_function_is_recorded():
    @wg.function(signature=("f32[n,3]",))
    def standardized(x):
        xp = x.__array_namespace__()
        return (x - xp.mean(x, axis=0)) / xp.std(x, axis=0) + xp.zeros(3, device=x.device)

    x = np.arange(12, dtype="float32").reshape(4, 3)
    np.testing.assert_allclose(standardized(x), (x - x.mean(0)) / x.std(0), rtol=1e-6)


def test_what_the_namespace_has():
    info = wg.__array_namespace_info__()
    assert set(info.capabilities()) == {"boolean indexing", "data-dependent shapes", "max dimensions"}
    assert info.default_device() in info.devices()
    assert info.default_dtypes() == {
        "real floating": wg.zeros(1).dtype,
        "complex floating": "complex64",
        "integral": wg.arange(1).dtype,
        "indexing": wg.argmax(wg.zeros(1)).dtype,
    }
    assert set(info.dtypes()) == set(ALL)
    assert info.dtypes(kind="real floating") == {d: d for d in FLOATS}
    assert set(info.dtypes(kind=("bool", "integral"))) == {*BOOL, *INTEGERS}
    with pytest.raises(ValueRangeError, match="dtypes: kind must be one of .*; got 'text'"):
        info.dtypes(kind="text")


def test_there_is_one_device():
    x = wg.ones(3)
    assert x.to_device(x.device) is x
    with pytest.raises(ValueRangeError, match="to_device: the device must be one of cpu; got 'tpu'"):
        x.to_device("tpu")


@examples()
@given(arrays())
def test_dlpack_shares_memory_that_cannot_be_written_to(x):
    t = tensor(x)
    got = np.from_dlpack(t)
    np.testing.assert_array_equal(got, x)
    assert not got.flags.writeable
    assert np.shares_memory(got, t.numpy()) or not x.size
    assert t.__dlpack_device__() == (1, 0)
    copied = np.from_dlpack(t, copy=True)
    assert copied.flags.writeable
    assert not np.shares_memory(copied, t.numpy())


def test_the_old_form_of_dlpack_cannot_say_read_only_and_gets_a_copy():
    x = wg.ones(3)

    class Old:
        def __dlpack__(self, **_):
            return x.__dlpack__()

        def __dlpack_device__(self):
            return x.__dlpack_device__()

    assert not np.shares_memory(np.from_dlpack(Old()), x.numpy())
    with pytest.raises(BufferError):
        x.__dlpack__(copy=False)
    with pytest.raises(UsageError, match="there are no streams on the processor; got stream=1"):
        x.__dlpack__(stream=1)


def test_a_tensor_is_not_written_to():
    x = wg.ones((2, 3))
    with pytest.raises(UsageError, match=r"a tensor must not change; got f32\[2,3\].*wg.Variable"):
        x[0] = 2.0


@examples()
@given(arrays(shape=shapes(min_dims=2)))
def test_attributes(x):
    t = tensor(x)
    assert (t.shape, t.ndim, t.size, t.dtype) == (x.shape, x.ndim, x.size, x.dtype.name)
    same(t.mT, x.mT)
    same(t.T, x.T)


def test_a_number_has_no_matrix_transpose():
    with pytest.raises(ShapeError, match="matrix_transpose: x must have two axes or more"):
        wg.ones(3).mT  # noqa: B018


XPS = make_strategies_namespace(wg)


@examples(4)
@given(st.data())
def test_hypothesis_makes_tensors_and_indexes_them(data):
    """It builds arrays by the namespace alone, and warns of what is not there or not as the standard says."""
    dtype, shape = data.draw(XPS.scalar_dtypes()), data.draw(XPS.array_shapes(min_dims=0))
    x = data.draw(XPS.arrays(dtype, shape))
    assert (x.dtype, x.shape) == (dtype, shape)
    key = data.draw(XPS.indices(shape, allow_newaxis=True))
    same(x[key], np.asarray(x.numpy()[key]))


def test_every_function_is_listed_for_users():
    assert {name for name in FUNCTIONS if "." not in name and hasattr(wg, name)} <= set(wg.__all__)
