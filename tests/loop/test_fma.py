"""The emulated fma rounds once."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from wengert.loop.expr import Scalars
from wengert.loop.interpret import run
from wengert.loop.nest import Loop, Nest, Slot, Store


def emulated(x, y, z):
    s, dtype = Scalars(), x.dtype.name
    i = s.var("i")
    value = s.fma(*(s.load(k, i, dtype) for k in range(3)))
    slots = (Slot(dtype), Slot(dtype), Slot(dtype), Slot(dtype, True))
    out = np.empty_like(x)
    run(Nest((Loop("i", s.param(0)),), (Store(3, i, value),), slots, 1), [x, y, z, out], [len(x)])
    return out


@pytest.mark.parametrize(("dtype", "bits"), [("float32", 24), ("float64", 53)])
def test_fma_is_the_exact_result_rounded_once(dtype, bits, rng):
    x, y = rng.normal(size=(2, 600)).astype(dtype)
    product = x * y
    z = np.concatenate([-product[:300], (product * 2.0 ** rng.integers(-60, 60, 600)).astype(dtype)[300:]])
    z[:100] = np.nextafter(z[:100], np.ones(1, dtype))
    x[500:], y[500:] = np.round(x[500:] * 4) / 4, np.round(y[500:] * 4) / 4  # ties
    for a, b, c, got in zip(x, y, z, emulated(x, y, z), strict=True):
        exact = Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c))
        with mpmath.workprec(bits):
            assert float(got) == float(mpmath.mpf(exact.numerator) / exact.denominator if exact else 0)


def test_fma_of_special_values():
    for dtype in ("float32", "float64"):
        x = np.array([np.inf, np.inf, np.nan, 1e30, -0.0, 0.0], dtype)
        y = np.array([1, 0, 1, 1e30, 1.5, -1], dtype)
        z = np.array([-np.inf, 1, 1, -np.inf, -0.0, -0.0], dtype)
        got = emulated(x, y, z)
        np.testing.assert_array_equal(got, np.array([np.nan, np.nan, np.nan, -np.inf, -0.0, -0.0], dtype))
        assert np.signbit(got[4:]).all()
