"""Elementwise functions."""

import numpy as np

from tests.beside_keras.ops_cases.case import each, of, values

RNG = np.random.default_rng(11)


def some(*shape, low=-2.0, high=2.0):
    return RNG.uniform(low, high, shape).astype("float32")


X, Y = some(3, 4), some(3, 4)
POSITIVE, SHARES, LARGE = (
    some(3, 4, low=0.2, high=3.0),
    some(3, 4, low=-0.9, high=0.9),
    some(3, 4, low=1.1, high=3.0),
)
ROW = some(4)
WHOLE, OTHERS = RNG.integers(-9, 9, (3, 4)), RNG.integers(1, 9, (3, 4))
TRUE, FALSE = RNG.random((3, 4)) < 0.5, RNG.random((3, 4)) < 0.5
ODD = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 2.5, -2.5], "float32")
COMPLEX = (some(3) + 1j * some(3)).astype("complex64")
STEPS = np.linspace(-3.2, 3.2, 9, dtype="float32")

CASES = [
    *each(
        "abs absolute negative square exp exp2 expm1 sin cos sinh cosh tanh erf erfc sign fabs cbrt angle", X
    ),
    *each(
        "ceil floor round trunc reciprocal deg2rad rad2deg sinc i0 isreal conj conjugate real imag signbit", X
    ),
    *each("sqrt rsqrt log log1p log2 log10 tan exp", POSITIVE),
    *each("arcsin arccos arctan arcsinh arctanh erfinv", SHARES),
    *each("arccosh", LARGE),
    *values(*each("isfinite isinf isnan isneginf isposinf nan_to_num sign isreal fabs angle", ODD)),
    *each("angle conj real imag abs isreal square exp", COMPLEX),
    *each("abs negative square sign isfinite isnan deg2rad fabs trunc floor round sqrt exp", OTHERS),
    *each("logical_not", TRUE),
    *each("bitwise_not bitwise_invert", WHOLE),
    *each(
        "add subtract multiply maximum minimum logaddexp logaddexp2 arctan2 hypot fmax fmin divide true_divide",
        X,
        Y,
    ),
    *each(
        "equal not_equal less less_equal greater greater_equal heaviside isclose fmod mod floor_divide", X, Y
    ),
    *each("add multiply maximum divide divide_no_nan power", X, 2.0),
    *each("add subtract multiply divide", X, ROW),
    *each("power divide_no_nan", POSITIVE, Y),
    *each("logical_and logical_or logical_xor", TRUE, FALSE),
    *each(
        "bitwise_and bitwise_or bitwise_xor gcd lcm mod floor_divide maximum fmod equal divide", WHOLE, OTHERS
    ),
    *each("left_shift right_shift bitwise_left_shift bitwise_right_shift", OTHERS, OTHERS % 4),
    *values(*each("fmax fmin heaviside maximum divide_no_nan isclose", ODD, ODD[::-1].copy())),
    *each("add subtract equal less", x1=X, x2=Y),
    *each("sin absolute trunc floor signbit", x=X),
    of("gcd", WHOLE, 6),
    of("lcm", 4, OTHERS),
    of("ldexp", X, WHOLE),
    of("nextafter", X, Y),
    *values(of("heaviside", ODD, 0.5), of("fmod", ODD, 1.5)),
    of("fmod", X, -1.5),
    of("isclose", ODD, ODD, equal_nan=True),
    of("isclose", X, X + 1e-6),
    of("allclose", X, X + 1e-6),
    of("allclose", X, Y),
    of("allclose", ODD, ODD, equal_nan=True),
    of("nan_to_num", ODD, nan=1.0, posinf=9.0, neginf=-9.0),
    of("clip", X, -1.0, 1.0),
    of("clip", x=X, x_min=-1.0, x_max=ROW),
    of("round", X, decimals=1),
    of("round", WHOLE, 1),
    of("round", WHOLE * 10, -1),
    of("round", X * 100, -1),
    of("isin", WHOLE, OTHERS),
    of("isin", X, X[0], invert=True),
    of("isin", WHOLE, np.array([3, 5]), assume_unique=True),
    of("select", [TRUE, FALSE], [X, Y], 42.0),
    of("select", [TRUE, FALSE], [X, Y]),
    of("sinc", STEPS * 0.01),
    of("where", TRUE, X, Y),
    of("where", TRUE, X, 0.0),
    of("where", condition=TRUE, x1=X, x2=Y),
    of("where", TRUE),
    *each(
        "relu relu6 sigmoid silu swish softplus softsign log_sigmoid selu elu celu gelu leaky_relu hard_sigmoid",
        X,
    ),
    *each(
        "hard_silu hard_swish hard_tanh hard_shrink soft_shrink tanh_shrink sparse_plus sparse_sigmoid squareplus",
        X,
    ),
    *each("softmax log_softmax", X),
    of("softmax", X, axis=0),
    of("log_softmax", X, 0),
    of("glu", X),
    of("glu", X, axis=1),
    of("gelu", X, False),
    of("gelu", X, approximate=True),
    of("celu", X, 0.5),
    of("elu", X, alpha=0.3),
    of("leaky_relu", X, negative_slope=0.3),
    of("threshold", X, 0.5, -1.0),
    of("hard_shrink", X, threshold=0.2),
    of("soft_shrink", X, 0.2),
    of("squareplus", X, b=2.0),
    of("stop_gradient", variable=X),
    of("saturate_cast", X * 200, "int8"),
    of("saturate_cast", WHOLE * 100, "uint8"),
    of("saturate_cast", ODD[[0, 2, 3, 5]], "int32"),
    of("cast", X, "int32"),
    of("cast", WHOLE, "float32"),
]
