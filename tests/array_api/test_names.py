"""Every name of the standard is there, and takes every call that the standard allows."""

import inspect

import pytest

import wengert as wg
from tests.array_api.signatures import (
    ATTRIBUTES,
    CONSTANTS,
    DTYPES,
    FUNCTIONS,
    OPERATORS,
    function,
    refusals,
    signature,
)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_takes_the_calls_of_the_standard(name):
    assert refusals(FUNCTIONS[name], inspect.signature(function(name))) == []


@pytest.mark.parametrize("name", OPERATORS)
def test_a_method_takes_the_calls_of_the_standard(name):
    assert refusals(OPERATORS[name], inspect.signature(getattr(wg.Tensor, name))) == []


@pytest.mark.parametrize("name", CONSTANTS + DTYPES)
def test_a_constant_or_dtype_is_there(name):
    assert hasattr(wg, name)


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_an_attribute_is_there(name):
    assert hasattr(wg.Tensor([[1.0]]), name)


def test_the_version_is_said_twice():
    assert wg.__array_api_version__ == wg.array_api_version == "2024.12"


@pytest.mark.parametrize(
    ("standard", "ours", "refused"),
    [
        ("x, /, *, axis=None", "x, axis=None", 0),
        ("x, /, *, axis=None", "a, /, *, axis=None, more=1", 0),
        ("x, /, *, axis=None", "x", 1),
        ("x, /, *, axis=None", "x, *, axis", 1),
        ("x, /, *, axis=None", "x, *, axis=0", 1),
        ("x, /, shape", "x, /, lengths", 1),
        ("x, /, shape", "x, shape, /", 1),
        ("x, /", "x, y", 1),
        ("*arrays, indexing='xy'", "arrays, indexing='xy'", 1),
        ("x1, x2, /", "*xs", 2),
    ],
)
def test_a_signature_that_takes_less_is_found(standard, ours, refused):
    assert len(refusals(signature(standard), signature(ours))) == refused
