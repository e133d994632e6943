"""The dtype functions of the array API standard, and Python numbers beside arrays."""

import itertools

import array_api_strict as strict
import numpy as np
import pytest

import wengert as wg
from wengert.base.dtypes import TABLE, is_complex, is_float, is_integer
from wengert.base.errors import DTypeError, NotFiniteError, UsageError, ValueRangeError

STRICT = [n for n in TABLE if hasattr(strict, n)]
KINDS = (
    "bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating", "numeric",
)  # fmt: skip


@pytest.mark.parametrize(("a", "b"), list(itertools.combinations_with_replacement(STRICT, 2)))
def test_promotion_is_the_standards_where_it_has_one(a, b):
    try:
        want = strict.result_type(getattr(strict, a), getattr(strict, b))
    except TypeError:
        return  # mixed kinds: ours to say, and tests/base/test_dtypes.py has what we do
    assert wg.result_type(a, b) == str(want).rpartition(".")[2]
    assert wg.can_cast(a, b) == strict.can_cast(getattr(strict, a), getattr(strict, b))
    assert (wg.zeros((), a) * 0 if a != "bool" else wg.zeros((), a)).dtype == a


def test_promotion_takes_arrays_dtypes_and_numbers():
    assert wg.result_type(wg.Tensor([1], "int8"), "uint8", 5) == "int16"
    assert wg.result_type("float32", 1j) == "complex64"
    assert wg.result_type("float64", 1j) == "complex128"
    assert wg.result_type("int32", 1.5, True) == "float32"
    assert wg.can_cast(wg.Tensor([1.0]), "float64") is True
    assert wg.can_cast("uint64", "int64") is False
    with pytest.raises(UsageError, match="result_type: one argument at least must be an array or a dtype"):
        wg.result_type(1, 2.0)
    with pytest.raises(DTypeError, match="promote: no integer dtype holds both; got uint64 and int8"):
        wg.result_type("uint64", "int8")


@pytest.mark.parametrize("dtype", STRICT)
@pytest.mark.parametrize("kind", [*KINDS, ("bool", "integral"), ("float32", "complex64")])
def test_kinds_of_dtypes(dtype, kind):
    kinds = kind if isinstance(kind, tuple) else (kind,)
    theirs = tuple(getattr(strict, k) if k in TABLE and k != "bool" else k for k in kinds)
    assert wg.isdtype(getattr(wg, dtype), kind) is strict.isdtype(getattr(strict, dtype), theirs)


def test_an_unknown_kind_is_refused():
    with pytest.raises(UsageError, match="isdtype: kind must be a dtype or one of bool, .*; got 'floating'"):
        wg.isdtype("float32", "floating")
    assert wg.isdtype("bfloat16", "real floating")
    assert not wg.isdtype("bfloat16", "float16")


@pytest.mark.parametrize("dtype", [d for d in TABLE if is_float(d) or is_complex(d)])
def test_what_floats_can_hold(dtype):
    found, x = wg.finfo(dtype), np.ones((), wg.finfo(dtype).dtype)
    assert found.bits == 8 * x.itemsize
    assert x + x.dtype.type(found.eps) == np.nextafter(x, x.dtype.type(np.inf))
    with np.errstate(over="ignore"):
        assert np.isinf(np.nextafter(x.dtype.type(found.max), x.dtype.type(np.inf)))
    assert found.min == -found.max
    assert found.smallest_normal == 2.0 ** (2 - 2 ** (found.bits - 2 - round(-np.log2(found.eps))))
    assert all(type(v) is float for v in (found.eps, found.max, found.min, found.smallest_normal))
    assert wg.finfo(wg.ones(2, dtype)) == found


@pytest.mark.parametrize("dtype", [d for d in TABLE if is_integer(d)])
def test_what_integers_can_hold(dtype):
    found, bits = wg.iinfo(dtype), 8 * np.dtype(dtype).itemsize
    signed = dtype.startswith("i")
    assert (found.bits, found.dtype) == (bits, dtype)
    assert (found.min, found.max) == (
        (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    )
    with pytest.raises(DTypeError, match="finfo: the dtype must be floating-point"):
        wg.finfo(dtype)
    with pytest.raises(DTypeError, match="iinfo: the dtype must be an integer's"):
        wg.iinfo("float32")


def test_astype_copies_unless_told_otherwise():
    x = wg.Tensor([1.0])
    assert wg.astype(x, "float32") is not x
    assert wg.astype(x, wg.float32, copy=False) is x
    assert wg.astype(x, "int8", copy=False, device="cpu").dtype == "int8"
    with pytest.raises(ValueRangeError, match="astype: the device must be one of cpu; got 'gpu'"):
        wg.astype(x, "int8", device="gpu")


def test_complex_numbers_stay_complex_or_say_whether_they_are_0():
    z = wg.Tensor([0j, 1j, np.nan])
    assert wg.astype(z, "complex128").dtype == "complex128"
    assert wg.astype(z, "bool").numpy().tolist() == [False, True, True]
    assert wg.astype(wg.Tensor([True, False]), "complex64").numpy().tolist() == [1, 0]
    with pytest.raises(DTypeError, match=r"cast: a complex number must stay one; got c64\[3\] to float32"):
        wg.astype(z, "float32")


@pytest.mark.parametrize("dtype", [d for d in TABLE if d != "bool"])
def test_numbers_of_the_arrays_kind_take_its_dtype(dtype):
    x = wg.ones(2, dtype)
    given = [2, True]
    given += [1.5] if is_float(dtype) or is_complex(dtype) else []
    given += [1j] if is_complex(dtype) else []
    for n in given:
        for y in (x + n, n * x, wg.subtract(x, n), wg.add(n, x)):
            assert y.dtype == dtype


def test_numbers_of_a_wider_kind_widen_integers_to_float32_and_floats_to_complex():
    assert (wg.ones(2, "int64") + 1.5).dtype == "float32"
    assert (wg.ones(2, "uint8") * 1j).dtype == "complex64"
    assert (wg.ones(2, "float16") + 1j).dtype == "complex64"
    assert (wg.ones(2, "float64") + 1j).dtype == "complex128"


@pytest.mark.parametrize(("dtype", "n"), [("int8", 128), ("uint8", -1), ("uint64", 2**64), ("int64", 2**63)])
def test_an_integer_must_fit_the_dtype(dtype, n):
    for call in (lambda x: x + n, lambda x: n - x, lambda x: wg.equal(x, n)):
        with pytest.raises(ValueRangeError, match=f"promote: an integer must fit {dtype}.*; got {n}"):
            call(wg.ones(2, dtype))


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_means_of_many_halves_neither_overflow_nor_count_wrongly(dtype, compiled):
    mean = wg.function(wg.mean, compiled=compiled)(wg.full((100_000,), 1.5, dtype=dtype))
    assert (mean.dtype, mean.item()) == (dtype, 1.5)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_number_repeated_more_often_than_float16_counts_is_added_up(compiled):
    total = wg.function(lambda x: wg.sum(wg.broadcast_to(x, (100_000,))), compiled=compiled)
    assert total(wg.Tensor(np.float16(2.0**-10))).item() == np.float16(100_000 * 2.0**-10)


def test_what_is_not_finite_is_found_in_every_dtype():
    for bad in (wg.Tensor([1j * np.inf]), wg.Tensor([np.nan], "bfloat16"), wg.Tensor([np.inf], "float16")):
        with wg.check_finite(), pytest.raises(NotFiniteError):
            bad * 1
