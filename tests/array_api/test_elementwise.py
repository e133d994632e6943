"""Elementwise functions on every dtype that the standard allows, beside the reference; compiled too."""

import array_api_strict as ref
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.array_api.signatures import FUNCTIONS
from tests.array_api.strategies import (
    ALL,
    BOOL,
    COMPLEX,
    FLOATS,
    INEXACT,
    INTEGERS,
    NUMERIC,
    REAL,
    arrays,
    broadcastable,
    check,
    dtypes,
    elements,
    examples,
)

OF_ONE = {
    **dict.fromkeys(["abs", "negative", "positive", "square", "sign"], NUMERIC),
    **dict.fromkeys(["ceil", "floor", "trunc"], REAL),
    "round": NUMERIC,
    **dict.fromkeys(["exp", "expm1", "sin", "sinh", "cos", "cosh", "tan", "tanh"], INEXACT),
    **dict.fromkeys(["atan", "asinh", "reciprocal"], INEXACT),
    **dict.fromkeys(["log", "log2", "log10", "log1p", "sqrt", "acos", "acosh", "asin", "atanh"], INEXACT),
    **dict.fromkeys(["isfinite", "isinf", "isnan"], NUMERIC),
    "signbit": FLOATS,
    "logical_not": BOOL,
    "bitwise_invert": BOOL + INTEGERS,
    **dict.fromkeys(["conj", "real", "imag"], COMPLEX),
}
OF_TWO = {
    **dict.fromkeys(["add", "subtract", "multiply"], NUMERIC),
    "divide": INEXACT,
    **dict.fromkeys(["floor_divide", "remainder"], REAL),
    "pow": NUMERIC,
    **dict.fromkeys(["equal", "not_equal"], ALL),
    **dict.fromkeys(["less", "less_equal", "greater", "greater_equal", "maximum", "minimum"], REAL),
    **dict.fromkeys(["logical_and", "logical_or", "logical_xor"], BOOL),
    **dict.fromkeys(["bitwise_and", "bitwise_or", "bitwise_xor"], BOOL + INTEGERS),
    **dict.fromkeys(["bitwise_left_shift", "bitwise_right_shift"], INTEGERS),
    **dict.fromkeys(["atan2", "copysign", "hypot", "logaddexp", "nextafter"], FLOATS),
}
# The least and the largest argument, where the reference is not defined or overflows beyond.
DOMAINS = {
    "log": (1, 9), "log2": (1, 9), "log10": (1, 9), "log1p": (0, 9), "sqrt": (0, 9), "acosh": (1, 9),
    "asin": (-1, 1), "acos": (-1, 1), "atanh": (-1, 1), "reciprocal": (1, 9), "tan": (-1, 1), "pow": (1, 4),
    "divide": (1, 9), "floor_divide": (1, 9), "remainder": (1, 9), "bitwise_left_shift": (0, 6),
    "bitwise_right_shift": (0, 6), "hypot": (1, 9),
}  # fmt: skip
ERRORS = {"float32": 2e-5, "complex64": 1e-4, "float64": 1e-11, "complex128": 1e-10}


def test_every_elementwise_function_is_tried():
    elsewhere = {"matrix_transpose", "nonzero", "matmul"} | {n for n in FUNCTIONS if n.startswith("unique_")}
    shaped = {n for n, s in FUNCTIONS.items() if list(s.parameters) in (["x"], ["x1", "x2"]) and "." not in n}
    assert shaped - elsewhere == OF_ONE.keys() | OF_TWO.keys()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", OF_ONE)
@examples(2)
@given(st.data())
def test_of_one(name, data):
    low, high = DOMAINS.get(name, (-9, 9))
    x = data.draw(arrays(OF_ONE[name], low=low, high=high))
    check(name, x, rtol=ERRORS.get(x.dtype.name))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", OF_TWO)
@examples(2)
@given(st.data())
def test_of_two(name, data):
    low, high = DOMAINS.get(name, (-9, 9))
    pair = [data.draw(dtypes(OF_TWO[name])) for _ in range(2)]
    assume(promotable(*pair))
    xs = [
        data.draw(arrays(d, s, low=low, high=high))
        for d, s in zip(pair, data.draw(broadcastable()), strict=True)
    ]
    check(name, *xs, rtol=max(ERRORS.get(d, 0) for d in pair) or None)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", OF_TWO)
@examples()
@given(st.data())
def test_of_one_and_a_python_number(name, data):
    low, high = DOMAINS.get(name, (-9, 9))
    x = data.draw(arrays(OF_TWO[name], low=low, high=high))
    number = data.draw(elements(x.dtype.name, low=low, high=high))
    check(name, x, number, rtol=ERRORS.get(x.dtype.name))
    check(name, number, x, rtol=ERRORS.get(x.dtype.name))


@examples(4)
@given(st.data(), arrays(REAL))
def test_clip(data, x):
    low, high = sorted(data.draw(st.tuples(st.integers(0, 9), st.integers(0, 9))))
    check("clip", x, data.draw(st.sampled_from([None, low])), data.draw(st.sampled_from([None, high])))
    check("clip", x, np.full(x.shape, low, x.dtype), np.asarray(high, x.dtype))


def promotable(one, other):
    try:
        ref.result_type(getattr(ref, one), getattr(ref, other))
    except TypeError:
        return False
    return True


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", [*OF_ONE, *OF_TWO])
def test_compiled(name):
    among = (OF_ONE | OF_TWO)[name]
    dtype = "float32" if "float32" in among else "int32" if "int32" in among else among[0]
    low, high = DOMAINS.get(name, (-9, 9))
    x = np.asarray([max(low, 1), min(high, 2), min(high, 2)]).astype(dtype)
    args = (x,) if name in OF_ONE else (x, x[::-1].copy())
    check(name, *args, compiled=True, rtol=ERRORS.get(dtype))
