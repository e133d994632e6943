"""Dtypes: names, facts, and what two of them become together."""

import sys

import numpy as np
import pytest

from wengert.base.dtypes import (
    SHORT,
    TABLE,
    dtype_name,
    import_ml_dtypes,
    is_float,
    is_inexact,
    is_integer,
    promote,
    size_of,
)
from wengert.base.errors import DTypeError, MissingExtraError


@pytest.mark.parametrize("name", TABLE)
def test_rows_agree_with_numpy(name):
    assert dtype_name(name) == dtype_name(np.dtype(name)) == dtype_name(np.dtype(name).type) == name
    assert size_of(name) == np.dtype(name).itemsize
    assert is_float(name) == (np.issubdtype(name, np.floating) or name == "bfloat16")
    assert is_integer(name) == np.issubdtype(name, np.integer)
    assert SHORT[TABLE[name].short] == name


@pytest.mark.parametrize("python", [(float, "float64"), (int, "int64"), (bool, "bool")])
def test_python_types_are_numpys(python):
    assert dtype_name(python[0]) == python[1]


@pytest.mark.parametrize("bad", ["float8", np.longdouble, "text", "f4,i4", object(), None, np.dtype("M8[s]")])
def test_other_dtypes_are_refused_by_name(bad):
    with pytest.raises(DTypeError, match="dtype: must be one of bool, .*; got .*astype"):
        dtype_name(bad)


def test_bfloat16_without_its_package_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    import_ml_dtypes.cache_clear()
    with pytest.raises(MissingExtraError, match=r"pip install 'wengert\[bfloat16\]'"):
        dtype_name("bfloat16")


def nothing_holds(a, b):
    return "uint64" in (a, b) and {TABLE[a].kind, TABLE[b].kind} == {"u", "i"}


@pytest.mark.parametrize("a", TABLE)
@pytest.mark.parametrize("b", TABLE)
def test_promotion_is_symmetric_and_holds_both(a, b):
    if nothing_holds(a, b):
        with pytest.raises(DTypeError, match="promote: no integer dtype holds both; got .*astype"):
            promote(a, b)
        return
    both = promote(a, b)
    assert both == promote(b, a)
    assert promote(both, a) == both
    if is_inexact(a) == is_inexact(b):
        assert np.can_cast(a, both, "safe")
        assert np.can_cast(b, both, "safe")


@pytest.mark.parametrize(
    ("a", "b", "both"),
    [
        ("int32", "float32", "float32"),  # NumPy: float64
        ("int64", "float32", "float32"),
        ("bool", "uint8", "uint8"),
        ("uint8", "int32", "int32"),
        ("int8", "uint8", "int16"),
        ("uint32", "int32", "int64"),
        ("float32", "float64", "float64"),
        ("bfloat16", "float32", "float32"),
        ("bfloat16", "float64", "float64"),
        ("int64", "bfloat16", "bfloat16"),
        ("float16", "bfloat16", "float32"),
        ("int64", "float16", "float16"),
        ("int64", "complex64", "complex64"),
        ("float32", "complex64", "complex64"),
        ("bfloat16", "complex64", "complex64"),
        ("float64", "complex64", "complex128"),
    ],
)
def test_an_integer_with_a_float_takes_the_floats_width(a, b, both):
    assert promote(a, b) == both


@pytest.mark.parametrize("a", ["float32", "float64", "int32", "uint8", "bool"])
def test_promotion_is_associative_among_pairs(a):
    for b in TABLE:
        for c in TABLE:
            if (
                nothing_holds(b, c)
                or nothing_holds(a, b)
                or nothing_holds(promote(a, b), c)
                or nothing_holds(a, promote(b, c))
            ):
                continue
            assert promote(promote(a, b), c) == promote(a, promote(b, c))
