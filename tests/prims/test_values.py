"""What primitives mean at the edges (zeros, extremes, NaN, infinities, nothing), and their derivatives."""

import numpy as np
import pytest

from tests.prims.evaluate import lowered
from wengert.ir.graph import Graph, evaluate
from wengert.ir.node import graph_input
from wengert.ir.primitive import REGISTRY
from wengert.ir.types import TensorType
from wengert.transforms.vjp import vjp

INF, NAN = np.inf, np.nan
HUGE = np.hypot(np.float32(1e20), np.float32(1e20))
MOST, LEAST = 2**31 - 1, -(2**31)

PAIRS = {"size": (2,), "strides": (2,), "padding": ((0, 0),)}
LATE = {"size": (3,), "strides": (1,), "padding": ((2, 0),)}

ROWS = [
    # name, dtype, inputs, params, result
    ("floor_divide", "int32", [[7, -7, 7, LEAST, 5], [2, 2, 0, -1, -2]], {}, [3, -4, 0, LEAST, -3]),
    ("remainder", "int32", [[7, -7, 7, LEAST, 5], [2, 2, 0, -1, -2]], {}, [1, 1, 0, 0, -1]),
    ("floor_divide", "uint8", [[7, 200, 7], [2, 3, 0]], {}, [3, 66, 0]),
    ("floor_divide", "float32", [[7, -7, 1, -1], [2, 2, 0, 0]], {}, [3, -4, INF, -INF]),
    ("remainder", "float64", [[5.5, -5.5, 5.5], [2, 2, -2]], {}, [1.5, 0.5, -0.5]),
    ("add", "uint8", [[250], [10]], {}, [4]),
    ("neg", "int32", [[LEAST, 3]], {}, [LEAST, -3]),
    ("abs", "int32", [[LEAST, -3]], {}, [LEAST, 3]),
    ("sign", "float32", [[-3, 0, 2, NAN, -INF]], {}, [-1, 0, 1, NAN, -1]),
    ("sign", "uint8", [[0, 200]], {}, [0, 1]),
    ("pow", "int32", [[2, -3, 0, 0, 2], [10, 3, 0, 5, 31]], {}, [1024, -27, 1, 0, LEAST]),
    ("pow", "int32", [[1, -1, -1, 2, 0], [-4, -3, -2, -1, -1]], {}, [1, -1, 1, 0, 0]),
    ("pow", "uint8", [[3, 2, 0], [5, 8, 0]], {}, [243, 0, 1]),
    ("pow", "float64", [[0, 0, -8, 4], [0, 2, 1 / 3, -0.5]], {}, [1, 0, NAN, 0.5]),
    ("maximum", "float32", [[NAN, 1, -INF], [1, NAN, 2]], {}, [NAN, NAN, 2]),
    ("minimum", "float32", [[NAN, 1, -INF], [1, NAN, 2]], {}, [NAN, NAN, -INF]),
    ("round", "float32", [[0.5, 1.5, 2.5, -0.5, -1.5]], {}, [0, 2, 2, 0, -2]),
    ("mul_no_nan", "float32", [[0, 0, 2, 0], [INF, NAN, INF, 3]], {}, [0, 0, INF, 0]),
    ("equal", "float32", [[NAN, INF, 0.0], [NAN, INF, -0.0]], {}, [False, True, True]),
    ("not_equal", "float32", [[NAN, INF], [NAN, INF]], {}, [True, False]),
    ("less", "float32", [[NAN, 1, -INF], [1, NAN, INF]], {}, [False, False, True]),
    ("is_finite", "float32", [[NAN, INF, -INF, 3e38]], {}, [False, False, False, True]),
    ("is_nan", "float64", [[NAN, INF]], {}, [True, False]),
    ("shift_left", "int32", [[1, 1, 1, 3], [31, 32, -1, 1]], {}, [LEAST, 0, 0, 6]),
    ("shift_right", "int32", [[-8, -8, 8, -8, 8], [1, 32, 40, -1, -1]], {}, [-4, -1, 0, -1, 0]),
    ("shift_right", "uint8", [[255, 255, 255], [4, 8, 200]], {}, [15, 0, 0]),
    ("bitwise_not", "bool", [[True, False]], {}, [False, True]),
    ("cast", "float32", [[NAN, INF, -INF, 2.9, -2.9]], {"dtype": "int32"}, [0, MOST, LEAST, 2, -2]),
    ("cast", "float64", [[-0.5, -1, 255.9, 256, NAN]], {"dtype": "uint8"}, [0, 0, 255, 255, 0]),
    ("cast", "float32", [[1e20, -1e20]], {"dtype": "int64"}, [2**63 - 1, -(2**63)]),
    ("cast", "int32", [[300, -1, 0]], {"dtype": "uint8"}, [44, 255, 0]),
    ("cast", "float32", [[0.5, 0, NAN]], {"dtype": "bool"}, [True, False, True]),
    ("sigmoid", "float32", [[-1000, 1000, 0]], {}, [0, 1, 0.5]),
    ("asin", "float32", [[1, -1, 2, NAN]], {}, [np.float32(np.pi / 2), -np.float32(np.pi / 2), NAN, NAN]),
    ("acosh", "float64", [[1, 0.5, -INF, INF]], {}, [0, NAN, NAN, INF]),
    ("atanh", "float32", [[1, -1, 2, 0]], {}, [INF, -INF, NAN, 0]),
    ("asinh", "float64", [[-INF, INF, NAN]], {}, [-INF, INF, NAN]),
    ("hypot", "float32", [[3, 0, INF, NAN, 1e20, NAN], [4, 0, NAN, -INF, 1e20, 1]], {}, [5, 0, INF, INF, HUGE, NAN]),
    ("copysign", "float32", [[1, -2, 0, NAN], [-0.0, 3, -1, 1]], {}, [-1, 2, -0.0, NAN]),
    ("signbit", "float32", [[-0.0, 0, -INF, 2]], {}, [True, False, True, False]),
    ("reduce_sum", "uint8", [[200, 100]], {"axes": (0,)}, 44),
    ("reduce_sum", "float32", [[]], {"axes": (0,)}, 0),
    ("reduce_prod", "float32", [[]], {"axes": (0,)}, 1),
    ("reduce_any", "bool", [[]], {"axes": (0,)}, False),
    ("reduce_all", "bool", [[]], {"axes": (0,)}, True),
    ("reduce_max", "float32", [[1, NAN, 3]], {"axes": (0,)}, NAN),
    ("argmax", "float32", [[1, 3, 3]], {"axis": 0}, 1),
    ("argmax", "float32", [[1, NAN, 3, NAN]], {"axis": 0}, 1),
    ("argmin", "int32", [[4, 2, 2]], {"axis": 0}, 1),
    ("window_max", "float32", [[-INF, -5, NAN, 2]], PAIRS, [-5, NAN]),
    ("window_argmax", "float32", [[-INF, -INF, 1, NAN]], PAIRS, [0, 1]),
    ("window_argmax", "float32", [[-INF, 2]], LATE, [2, 2]),
    ("dynamic_slice", "float32", [[1, 2, 3, 4], np.int64(9)], {"sizes": (2,)}, [3, 4]),
    ("dynamic_slice", "float32", [[1, 2, 3, 4], np.int64(-9)], {"sizes": (2,)}, [1, 2]),
    ("dynamic_update_slice", "float32", [[1, 2, 3], [7, 8], np.int64(9)], {}, [1, 7, 8]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "dtype", "inputs", "params", "want"), ROWS)
def test_value_at_the_edge(name, dtype, inputs, params, want):
    """By the NumPy rule and by the lowering rule."""
    prim = REGISTRY[name]
    xs = [x if isinstance(x, np.generic) else np.array(x, dtype) for x in inputs]
    got = prim(*xs, **params)
    np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(
        lowered(prim, list(map(np.asarray, xs)), params, got.shape, got.dtype.name)[0], want
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_atan2_in_every_direction(dtype):
    """Zeros, infinities and NaN with every sign, beside ordinary numbers: as C99's annex F says, so as NumPy."""
    numbers = np.array([0.0, -0.0, 1.0, -1.0, 2.5, -1e-30, INF, -INF, NAN], dtype)
    y, x = map(np.ravel, np.meshgrid(numbers, numbers))
    got = lowered(REGISTRY["atan2"], [y, x], {}, y.shape, dtype)[0]
    want = np.arctan2(y, x)
    np.testing.assert_allclose(got, want, rtol=3 * np.finfo(dtype).eps)
    known = ~np.isnan(want)
    np.testing.assert_array_equal(np.signbit(got[known]), np.signbit(want[known]))


def gradient(f, x, g):
    """The cotangent of x where f(x) has cotangent g."""
    node = graph_input(TensorType(np.shape(x), "float64"), "x")
    out = f(node)
    (back,) = vjp([out], [node], [np.asarray(g, np.float64)])
    return evaluate(Graph((node,), (back,)), [np.asarray(x, np.float64)])[0]


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (REGISTRY["sqrt"], 0.0),
        (REGISTRY["rsqrt"], 0.0),
        (REGISTRY["log"], 0.0),
        (REGISTRY["log1p"], -1.0),
        (lambda x: x**0.5, 0.0),
        (lambda x: x**0, 0.0),
    ],
)
def test_no_cotangent_gives_no_derivative_where_it_is_infinite(f, x):
    assert gradient(f, [x], [0.0]) == 0


def test_the_other_branch_of_where_does_not_spoil_the_derivative():
    def f(x):
        return REGISTRY["where"](x > 0, REGISTRY["log"](x), x)

    np.testing.assert_array_equal(gradient(f, [0.0, 2.0, -1.0], [1.0, 1.0, 1.0]), [1, 0.5, 1])


@pytest.mark.parametrize(("f", "x", "want"), [
    (lambda x: x**2, -3.0, -6.0),
    (lambda x: x**3, 0.0, 0.0),
    (lambda x: x**1, 0.0, 1.0),
    (lambda x: 2.0**x, 3.0, 8 * np.log(2)),
    (lambda x: 0.0**x, 2.0, 0.0),
    (REGISTRY["abs"], 0.0, 0.0),
    (lambda x: REGISTRY["maximum"](x, np.zeros(1)), 0.0, 1.0),
    (lambda x: REGISTRY["maximum"](np.zeros(1), x), 0.0, 0.0),
])  # fmt: skip
def test_derivative_at_special_points(f, x, want):
    np.testing.assert_allclose(gradient(f, [x], [1.0]), [want])


def test_equal_maxima_share_the_derivative_of_reduce_max():
    got = gradient(lambda x: REGISTRY["reduce_max"](x, axes=(0,)), [1.0, 3.0, 3.0], 6.0)
    np.testing.assert_array_equal(got, [0, 3, 3])


def test_the_first_maximum_takes_the_derivative_of_window_max():
    params = {"size": (3,), "strides": (1,), "padding": ((0, 0),)}
    got = gradient(lambda x: REGISTRY["window_max"](x, **params), [3.0, 1.0, 3.0, 3.0], [5.0, 7.0])
    np.testing.assert_array_equal(got, [5, 0, 7, 0])


def test_derivative_of_a_product_with_zeros():
    def f(x):
        return REGISTRY["reduce_prod"](x, axes=(0,))

    np.testing.assert_array_equal(gradient(f, [2.0, 0.0, 5.0], 1.0), [0, 10, 0])
    np.testing.assert_array_equal(gradient(f, [2.0, 0.0, 0.0], 1.0), [0, 0, 0])
