"""Wrong calls: the error names the primitive, what must hold and what came; it is always one of ours."""

import contextlib
import inspect
import random

import numpy as np
import pytest

from tests.prims.cases import CASES
from tests.prims.checks import N
from wengert.base.errors import (
    DTypeError,
    IndexRangeError,
    ShapeError,
    UsageError,
    ValueRangeError,
    WengertError,
)
from wengert.ir.graph import Graph
from wengert.ir.node import graph_input
from wengert.ir.primitive import REGISTRY
from wengert.ir.types import TensorType

UNARY = (
    "abs acos acosh asin asinh atan atanh ceil cos erf exp expm1 floor is_finite is_nan log log10 log1p log2 neg round "
    "rsqrt sigmoid sign signbit sin sinh cosh sqrt tan tanh trunc"
)
ANY_UNARY = "identity stop_gradient"
BINARY = (
    "add atan2 copysign div equal floor_divide hypot less less_equal maximum minimum mul mul_no_nan not_equal pow "
    "remainder sub bitwise_and bitwise_or bitwise_xor shift_left shift_right"
)
CONV = {"strides": (1,), "padding": ((0, 0),), "dilation": (1,), "groups": 1}
POOL = {"size": (1, 2), "strides": (1, 2), "padding": ((0, 0), (0, 0))}

ROWS = [
    *((name, ("b1[3]",), {}, DTypeError) for name in UNARY.split()),
    *((name, ("f32[3]", "f32[3]"), {}, UsageError) for name in ANY_UNARY.split()),
    *((name, ("f32[3]", "f32[4]"), {}, ShapeError) for name in BINARY.split()),
    *((name, ("f32[3]", "f64[3]"), {}, DTypeError) for name in BINARY.split()),
    ("add", ("f32[3]",), {}, UsageError),
    ("bitwise_not", ("f32[3]",), {}, DTypeError),
    *((name, ("f32[3]",), {}, DTypeError) for name in ("real", "imag", "conj")),
    ("nextafter", ("f32[3]", "f32[3]"), {"dtype": "float16"}, DTypeError),
    ("nextafter", ("i32[3]", "i32[3]"), {"dtype": "int32"}, DTypeError),
    ("join", ("i32[3]", "i32[3]"), {}, DTypeError),
    ("join", ("f32[3]", "f32[4]"), {}, ShapeError),
    *((name, ("c64[3]", "c64[3]"), {}, DTypeError) for name in ("less", "maximum", "remainder", "atan2")),
    ("cast", ("c64[3]",), {"dtype": "float32"}, DTypeError),
    ("where", ("f32[3]", "f32[3]", "f32[3]"), {}, DTypeError),
    ("where", ("b1[3]", "f32[3]", "f32[1]"), {}, ShapeError),
    ("cast", ("f32[3]",), {"dtype": "float"}, DTypeError),
    ("broadcast_to", ("f32[3]",), {"shape": (4,)}, ShapeError),
    ("broadcast_to", ("f32[batch]",), {"shape": (4,)}, ShapeError),
    ("broadcast_to", ("f32[]",), {"shape": [4]}, ShapeError),
    ("broadcast_to", ("f32[]",), {"shape": (2**40, 2**40)}, ShapeError),
    ("reduce_sum", ("f32[3]",), {"axes": (1,)}, ShapeError),
    ("reduce_sum", ("f32[3]",), {"axes": (-1,)}, ShapeError),
    ("reduce_sum", ("b1[3]",), {"axes": (0,)}, DTypeError),
    ("reshape", ("f32[3,4]",), {"shape": (5,)}, ShapeError),
    ("reshape", ("f32[batch,4]",), {"shape": (4,)}, ShapeError),
    ("transpose", ("f32[3,4]",), {"perm": (0, 0)}, ShapeError),
    ("transpose", ("f32[3,4]",), {"perm": (0,)}, ShapeError),
    ("reverse", ("f32[3]",), {"axes": 0}, ShapeError),
    ("slice", ("f32[3]",), {"start": (0,), "stop": (4,), "step": (1,)}, ShapeError),
    ("slice", ("f32[batch]",), {"start": (0,), "stop": (4,), "step": (1,)}, ShapeError),
    ("slice", ("f32[3]",), {"start": (2,), "stop": (1,), "step": (1,)}, ShapeError),
    ("slice", ("f32[3]",), {"start": (0,), "stop": (1,), "step": (0,)}, ShapeError),
    ("pad", ("f32[3]",), {"low": (-4,), "high": (0,), "interior": (0,), "value": 0}, ShapeError),
    ("pad", ("u8[3]",), {"low": (1,), "high": (0,), "interior": (0,), "value": -1}, ValueRangeError),
    ("concatenate", ("f32[3]", "f32[3,1]"), {"axis": 0}, ShapeError),
    ("concatenate", (), {"axis": 0}, UsageError),
    ("dynamic_slice", ("f32[3]", "f32[]"), {"sizes": (2,)}, DTypeError),
    ("dynamic_slice", ("f32[3]", "i32[]"), {"sizes": (4,)}, ShapeError),
    ("dynamic_update_slice", ("f32[3]", "f32[4]", "i64[]"), {}, ShapeError),
    ("dynamic_update_slice", ("f32[3]", "f32[2]"), {}, UsageError),
    ("reduce_max", ("f32[0]",), {"axes": (0,)}, ShapeError),
    ("reduce_min", ("f32[2,0]",), {"axes": (1,)}, ShapeError),
    ("reduce_prod", ("b1[3]",), {"axes": (0,)}, DTypeError),
    ("reduce_var", ("i32[3]",), {"axes": (0,)}, DTypeError),
    ("reduce_any", ("f32[3]",), {"axes": (0,)}, DTypeError),
    ("reduce_all", ("b1[3]",), {"axes": (0, 0)}, ShapeError),
    ("argmax", ("f32[0]",), {"axis": 0}, ShapeError),
    ("argmin", ("f32[3]",), {"axis": 1}, ShapeError),
    ("cumsum", ("f32[3]",), {"axis": 0, "reverse": 1}, ValueRangeError),
    ("cumprod", ("f32[3]",), {"axis": 1}, ShapeError),
    ("recurrence", ("f32[3]", "f32[4]"), {"axis": 0, "reverse": False}, ShapeError),
    ("recurrence", ("i32[3]", "i32[3]"), {"axis": 0, "reverse": False}, DTypeError),
    ("sort", ("f32[3]",), {"axis": 0, "descending": 1}, ValueRangeError),
    ("argsort", ("f32[3]",), {"axis": -1, "descending": False}, ShapeError),
    ("searchsorted", ("f32[3]", "f32[4]"), {"side": "middle"}, ValueRangeError),
    ("searchsorted", ("f32[3,1]", "f32[4]"), {"side": "left"}, ShapeError),
    ("dot", ("f32[3,4]", "f32[3,4]"), {"contract": ((1,), (0,)), "batch": ((), ())}, ShapeError),
    ("dot", ("f32[3,4]", "f32[4]"), {"contract": ((1,), (0,)), "batch": ((1,), (0,))}, ShapeError),
    ("conv", ("f32[2,5,3]", "f32[3,4,8]"), CONV, ShapeError),
    ("conv", ("f32[2,5,3]", "f32[3,8]"), CONV, ShapeError),
    ("conv", ("f32[2,1,3]", "f32[3,3,8]"), CONV, ShapeError),
    ("conv", ("i32[2,5,3]", "i32[3,3,8]"), CONV, DTypeError),
    ("conv_input_grad", ("f32[2,4,8]", "f32[3,3,8]"), {"in_shape": (2, 5, 3), **CONV}, ShapeError),
    ("conv_kernel_grad", ("f32[2,5,3]", "f32[2,4,8]"), {"kernel_shape": (3, 3, 8), **CONV}, ShapeError),
    ("window_sum", ("f32[2,1]",), {**POOL, "size": (1, 5)}, ShapeError),
    ("window_spread", ("f32[2,4]",), {"in_shape": (2, 4), **POOL}, ShapeError),
    ("window_max", ("f32[2,4]",), {**POOL, "padding": ((0, 0), (2, 0))}, ShapeError),
    ("window_argmax", ("b1[2,4]",), POOL, DTypeError),
    ("window_gather", ("f32[2,4]", "i64[2,2]"), POOL, DTypeError),
    ("window_scatter", ("f32[2,2]", "i32[2,3]"), {"in_shape": (2, 4), **POOL}, DTypeError),
    ("winograd_data", ("f32[2,7,6,3]",), {"tile": 2}, ShapeError),
    ("winograd_data", ("f32[2,6,6,3]",), {"tile": 3}, ValueRangeError),
    ("winograd_kernel", ("f32[3,5,6,3]",), {"tile": 2, "flip": False}, ShapeError),
    ("winograd_kernel", ("i32[3,3,6,3]",), {"tile": 2, "flip": False}, DTypeError),
    ("winograd_output", ("f32[36,1,2,2,3]",), {"tile": 2}, ShapeError),
    ("iota", (), {"shape": (3,), "axis": 1, "dtype": "int64"}, ShapeError),
    ("iota", (), {"shape": (3,), "axis": 0, "dtype": "bool"}, DTypeError),
    ("gather", ("f32[3]", "f32[2]"), {"axis": 0}, DTypeError),
    ("gather", ("f32[0]", "i32[2]"), {"axis": 0}, ShapeError),
    ("scatter_add", ("f32[3]", "i32[2]", "f32[3]"), {"axis": 0}, ShapeError),
    ("scatter_set", ("f32[3]", "i32[2]", "f64[2]"), {"axis": 0}, DTypeError),
    ("scatter_mul", ("f32[3]", "i32[2]", "f32[3]"), {"axis": 0}, ShapeError),
    ("scatter_max", ("f32[0]", "i32[2]", "f32[2]"), {"axis": 0}, ShapeError),
    ("scatter_min", ("f32[3]", "i32[2]", "f32[2]"), {"axis": 1}, ShapeError),
    ("wrap_index", ("f32[3]",), {"size": 3, "axis": 0, "name": "take", "wrap": True}, DTypeError),
    ("wrap_index", ("i32[3]",), {"size": -3, "axis": 0, "name": "take", "wrap": True}, ShapeError),
    ("take_along_axis", ("f32[3,4]", "i32[2,4]"), {"axis": 1}, ShapeError),
    ("add_along_axis", ("f32[3,4]", "i32[3,1]", "f32[3,2]"), {"axis": 1}, ShapeError),
    ("solve", ("f32[3,3]", "f32[2,1]"), {}, ShapeError),
    ("solve", ("f32[3,3]", "f64[3,1]"), {}, DTypeError),
    ("inv", ("f32[3,4]",), {}, ShapeError),
    ("det", ("f32[3,4]",), {}, ShapeError),
    ("det", ("i32[3,3]",), {}, DTypeError),
    ("cofactor", ("f32[3]",), {}, ShapeError),
    ("slogdet", ("f32[2,1]",), {}, ShapeError),
    ("cholesky", ("f32[batch,3]",), {}, ShapeError),
    ("pinv", ("f32[2,3,4]", "f32[3]"), {}, ShapeError),
    ("pinv", ("f32[3,4]", "i32[]"), {}, DTypeError),
    ("qr", ("f32[3,4]",), {"complete": "reduced"}, ValueRangeError),
    ("qr", ("f32[batch,4]",), {"complete": False}, ShapeError),
    ("expm", ("f32[3,4]",), {}, ShapeError),
    ("eig", ("f32[3,4]",), {}, ShapeError),
    ("eigvals", ("i32[3,3]",), {}, DTypeError),
    ("eigh", ("f32[3,4]",), {}, ShapeError),
    ("eigvalsh", ("f32[]",), {}, ShapeError),
    ("svd", ("b1[3,4]",), {"full": False}, DTypeError),
    ("svdvals", ("f32[batch,4]",), {}, ShapeError),
    ("fft", ("f32[3]",), {"axes": (0,), "inverse": False, "norm": "ortho"}, DTypeError),
    ("fft", ("c64[3,0]",), {"axes": (1,), "inverse": False, "norm": "ortho"}, ShapeError),
    ("bitcast", ("b1[8]",), {"dtype": "int8"}, DTypeError),
    ("bitcast", ("i16[3]",), {"dtype": "int32"}, ShapeError),
    ("bitcast", ("f32[]",), {"dtype": "int8"}, ShapeError),
    ("rfft", ("f32[3]",), {"axis": 0, "norm": "none"}, ValueRangeError),
    ("irfft", ("c64[3]",), {"axis": 0, "length": 6, "norm": "ortho"}, ShapeError),
    ("all_sum", ("b1[3]",), {"place": "here"}, DTypeError),
    ("all_sum", ("f32[]",), {"place": "here", "alike": 1}, UsageError),
    ("random_bits", ("i32[]", "i64[]"), {"shape": (3,)}, DTypeError),
    ("random_bits", ("i64[]", "i64[]"), {"shape": (-3,)}, ShapeError),
]  # fmt: skip


@pytest.mark.parametrize(("name", "types", "params", "error"), ROWS)
def test_a_wrong_call_names_the_primitive_and_what_came(name, types, params, error):
    given = [TensorType.parse(t) for t in types]
    with pytest.raises(error) as caught:
        REGISTRY[name](*(graph_input(t) for t in given), **params) if given else REGISTRY[name](**params)
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert "got" in message
    assert any(str(t) in message for t in given) or params


def test_every_primitive_has_a_wrong_call():
    elsewhere = {
        "cond",
        "while_loop",
        "scan",
        "item",
        "checkpoint",
        "custom",
    }  # test_control.py, test_calls.py
    assert {row[0] for row in ROWS} | elsewhere == set(REGISTRY)


@pytest.mark.parametrize("params", [{}, {"axis": 0}, {"axes": (0,), "keepdims": True}])
def test_missing_and_unknown_parameters(params):
    with pytest.raises(UsageError, match="reduce_sum: .*argument"):
        REGISTRY["reduce_sum"](np.ones(3), **params)


def test_several_results_are_no_operand():
    x = graph_input(TensorType((2,)), "x")
    several = REGISTRY["scan"](x, body=Graph((x,), (x,)), carries=1, length=2, reverse=False)
    with pytest.raises(DTypeError, match="sin: every input must be one tensor.*item"):
        REGISTRY["sin"](several)


@pytest.mark.parametrize(
    ("name", "arrays", "params"),
    [
        ("gather", (np.ones(3), np.array([0, 3])), {"axis": 0}),
        ("gather", (np.ones(3), np.array([-1])), {"axis": 0}),
        ("scatter_add", (np.ones(3), np.array([5]), np.ones(1)), {"axis": 0}),
        ("scatter_set", (np.ones(3), np.array([5]), np.ones(1)), {"axis": 0}),
        ("wrap_index", (np.array([0, -4]),), {"size": 3, "axis": 0, "name": "take", "wrap": True}),
        ("take_along_axis", (np.ones((2, 3)), np.array([[0], [3]])), {"axis": 1}),
        ("add_along_axis", (np.ones((2, 3)), np.array([[0], [-2]]), np.ones((2, 1))), {"axis": 1}),
        ("window_gather", (np.ones((2, 4)), np.array([[0, 2], [0, 0]], np.int32)), POOL),
    ],
)
def test_an_index_out_of_range_is_named(name, arrays, params):
    told = params.get("name", name)
    with pytest.raises(IndexRangeError, match=rf"{told}: .*must (be|lie) in -?\d\.\.\d.*got (index )?-?\d"):
        REGISTRY[name](*arrays, **params)


# --- random calls -----------------------------------------------------------------------------------

NUMBERS = (0, 1, 2, 3, 7, -1, -7, 2**60, 2**62, -(2**62))
JUNK = (None, True, 1.5, float("nan"), "float32", "bool", "x", N, [1], (), {})
SHAPES = ((), (1,), (3,), (0,), (2, 3), (3, 3), (1, 0, 2), (2, 4, 1), (1, 4, 4, 2))
DTYPES = ("bool", "uint8", "uint32", "int32", "int64", "float32", "float64", "float16", "complex64", "<U3")


def parameter(rng):
    """Something that may be a parameter: mostly small numbers, tuples of them, tuples of pairs."""
    kind = rng.random()
    if kind < 0.2:
        return rng.choice(JUNK)
    if kind < 0.4:
        return rng.choice(NUMBERS)
    small = [rng.choice(NUMBERS[:5] if rng.random() < 0.8 else NUMBERS) for _ in range(rng.randrange(5))]
    return tuple(small) if kind < 0.8 else tuple((n, rng.choice(NUMBERS[:3])) for n in small)


def operand(rng):
    if rng.random() < 0.05:
        return rng.choice([None, "text", [[1], [1, 2]], 3, 2.5, object()])
    dtype = rng.choice(DTYPES[:7] if rng.random() < 0.9 else DTYPES)
    return np.ones(rng.choice(SHAPES), dtype)


def call(name, args, params):
    """Whatever comes of it, it is a result, an error of ours, or no memory."""
    with contextlib.suppress(WengertError, MemoryError):
        REGISTRY[name](*args, **params)


def keywords(name):
    parameters = inspect.signature(REGISTRY[name].type_rule).parameters.values()
    return [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_random_calls_raise_only_our_errors(name):
    rng = random.Random(name)
    for _ in range(100):
        args = [operand(rng) for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 2, 3, 3)))]
        if args and rng.random() < 0.5:
            args = [args[0]] * len(args)
        names = keywords(name) if rng.random() < 0.9 else ["axis", "index"]
        call(name, args, {n: parameter(rng) for n in names})


@pytest.mark.parametrize("case", CASES, ids=str)
def test_spoilt_calls_raise_only_our_errors(case):
    """A right call with one thing changed goes further than a random one."""
    rng = random.Random(str(case))
    xs, params = case.arrays(case.main, 3), case.given(3)
    for _ in range(40):
        name = rng.choice([*params, None]) if params else None
        k = rng.randrange(len(xs)) if xs else 0
        args = xs if name or not xs else [*xs[:k], operand(rng), *xs[k + 1 :]]
        call(case.prim.name, args, {**params, name: spoilt(rng, params[name])} if name else params)


def spoilt(rng, value):
    """Another parameter; or the same with one number changed."""
    if not isinstance(value, tuple) or not value or rng.random() < 0.3:
        return parameter(rng)
    k = rng.randrange(len(value))
    new = rng.choice(NUMBERS) if rng.random() < 0.8 else rng.choice(JUNK)
    return (*value[:k], spoilt(rng, value[k]) if isinstance(value[k], tuple) else new, *value[k + 1 :])
