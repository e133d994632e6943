"""Every intrinsic keeps the error bound it states. Run as a script to try all 2**32 float32 inputs: see the end."""

import mpmath
import numpy as np
import pytest
import scipy.special

from wengert.loop.expr import Scalars
from wengert.loop.interpret import run
from wengert.loop.math import BOUNDS, SIN_RANGE
from wengert.loop.nest import Loop, Nest, Slot, Store

REFERENCE = {
    "exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p, "tanh": np.tanh,
    "sigmoid": scipy.special.expit, "erf": scipy.special.erf, "sin": np.sin, "cos": np.cos, "pow": np.power,
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh,
}  # fmt: skip
SPECIAL = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    2.0,
    -2.0,
    0.5,
    -0.5,
    3.0,
    -3.0,
    np.inf,
    -np.inf,
    np.nan,
    1e30,
    2.0**24 + 1,
    1e-40,
    -1e-44,
]


def nest_of(op, dtype):
    """out[i] = op(x[i]), or op(x[i], y[i])."""
    s = Scalars()
    i = s.var("i")
    x, y = s.load(0, i, dtype), s.load(1, i, dtype)
    value = s.pow(x, y) if op == "pow" else s.unary(op, x)
    return Nest(
        (Loop("i", s.param(0)),), (Store(2, i, value),), (Slot(dtype), Slot(dtype), Slot(dtype, True)), 1
    )


def interpreted(op, x, y=None):
    out = np.empty_like(x)
    run(nest_of(op, x.dtype.name), [x, x if y is None else y, out], [len(x)])
    return out


def ulps(got, exact):
    """How far float32 results are from float64 ones, in units in the last place of the exact result."""
    with np.errstate(all="ignore"):
        exponent = np.maximum(np.frexp(exact)[1] - 1, -126)
        off = np.abs(got.astype("float64") - exact) / np.ldexp(1.0, exponent - 23)
        same = (got == exact.astype("float32")) | (np.isnan(got) & np.isnan(exact))
    return np.where(same, 0.0, np.where(np.isfinite(off), off, np.inf))


def float32_inputs(op, step):
    """Every step-th of all float32 patterns, and a dense range around the points where formulas change."""
    bits = np.arange(0, 2**32, step, dtype=np.uint64).astype(np.uint32)
    dense = np.concatenate(
        [np.nextafter(np.float32(p), np.float32([-9, 9])) for p in (1, 0.625, 1 / 3, -1 / 3, 4 / 3)]
    )
    x = np.concatenate(
        [bits.view("float32"), np.linspace(-20, 20, 4001, dtype="float32"), dense, np.float32(SPECIAL)]
    )
    return x[(np.abs(x) <= SIN_RANGE["float32"]) | ~np.isfinite(x)] if op in ("sin", "cos") else x


def exact_values(op, *xs):
    with np.errstate(all="ignore"):
        return REFERENCE[op](*(x.astype("float64") for x in xs))


@pytest.mark.parametrize("op", [op for op in BOUNDS if op != "pow"])
def test_float32_bound(op):
    x = float32_inputs(op, 32749)
    off = ulps(interpreted(op, x), exact_values(op, x))
    assert off.max() <= BOUNDS[op][0], f"{op}({x[off.argmax()]!r}) is off by {off.max()} ULP"


@pytest.mark.parametrize(
    "op", [op for op in BOUNDS if op not in ("exp", "log", "cos", "sigmoid", "pow", "acos", "acosh")]
)
def test_zero_keeps_its_sign_and_subnormals_their_bits(op):
    for dtype in ("float32", "float64"):
        x = np.array([0.0, -0.0, np.finfo(dtype).smallest_subnormal, -np.finfo(dtype).tiny / 3], dtype)
        got = interpreted(op, x)
        assert list(np.signbit(got)) == [False, True, False, True]
        if op != "erf":  # its slope at 0 is not 1
            np.testing.assert_array_equal(got, x)


def mp_function(op):
    return {"sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)), "pow": mpmath.power}.get(op) or getattr(mpmath, op)


def float64_inputs(op, rng):
    if op == "pow":
        x, y = np.exp(rng.uniform(-300, 300, 150)), rng.uniform(-2, 2, 150)
        near, large = np.exp(rng.uniform(-1e-3, 1e-3, 150)), rng.uniform(-7e5, 7e5, 150)
        return np.concatenate([x, near]), np.concatenate([y, large])
    if op in ("asin", "acos", "atanh"):
        near = 10.0 ** rng.uniform(-16, -1, 100)
        return (np.concatenate([rng.uniform(-1, 1, 200), near, 1 - near, near - 1]),)
    if op == "acosh":
        return (1 + 10.0 ** rng.uniform(-16, 300, 300),)
    positive = 10.0 ** rng.uniform(-320, 300 if op.startswith("log") else 2, 100)
    if op == "log":
        return (np.concatenate([positive, rng.uniform(0.4, 2, 200)]),)
    wide = rng.uniform(-0.99, 40, 100) if op == "log1p" else rng.uniform(-40, 40, 100)
    return (np.concatenate([positive, rng.uniform(-0.99, 1.5, 200), wide, np.arange(4) * np.pi / 2]),)


@pytest.mark.parametrize("op", BOUNDS)
def test_float64_bound(op, rng):
    xs = float64_inputs(op, rng)
    with mpmath.workdps(40):
        for *x, got in zip(*xs, interpreted(op, *xs), strict=True):
            exact = mp_function(op)(*map(mpmath.mpf, map(float, x)))
            if exact == 0 or not mpmath.mpf(2) ** -1022 <= abs(exact) < mpmath.mpf(2) ** 1024:
                continue
            unit = mpmath.mpf(2) ** (int(mpmath.floor(mpmath.log(abs(exact), 2))) - 52)
            assert abs(mpmath.mpf(float(got)) - exact) <= BOUNDS[op][1] * unit, (
                f"{op}({x}) is {exact}; got {got!r}"
            )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_pow_limits_are_those_of_ieee(dtype):
    x, y = (np.ravel(a).astype(dtype) for a in np.meshgrid(SPECIAL, SPECIAL))
    with np.errstate(all="ignore"):
        exact = np.power(x, y)
    got = interpreted("pow", x, y)
    np.testing.assert_allclose(got, exact, rtol=3 * np.finfo(dtype).eps)
    np.testing.assert_array_equal(np.signbit(got[~np.isnan(exact)]), np.signbit(exact[~np.isnan(exact)]))


def test_float32_pow_bound(rng):
    x = np.exp(rng.uniform(-80, 80, 4000)).astype("float32")
    y = rng.uniform(-2, 2, 4000).astype("float32")
    exact = exact_values("pow", x, y)
    kept = np.abs(np.log2(exact)) < 126
    assert ulps(interpreted("pow", x, y), exact)[kept].max() <= BOUNDS["pow"][0]
