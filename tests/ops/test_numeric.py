"""Numeric derivatives are as near as they say, and cost what they say."""

import math

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import DTypeError, ShapeError, UsageError
from wengert.ops import numeric


def curve(x):
    return wg.sin(x) * wg.exp(x)


SLOPE = math.exp(1.3) * (math.sin(1.3) + math.cos(1.3))
NEAR = {"richardson": 1e-11, "central": 1e-8, "forward": 1e-6, "complex": 1e-15}


@pytest.mark.parametrize("method", numeric.METHODS)
def test_the_error_is_estimated(method):
    """The value is near, and the estimate covers what is left."""
    found = numeric.derivative(curve, 1.3, method=method)
    off = abs(found.value - SLOPE)
    assert off <= NEAR[method] * SLOPE
    assert off <= 4 * found.error + 1e-15
    assert found.error <= 100 * NEAR[method] * SLOPE


@pytest.mark.parametrize("method", ["richardson", "central", "forward"])
def test_evaluations_are_counted(method):
    calls = []

    def counted(x):
        calls.append(x)
        return x * x

    assert numeric.derivative(counted, 2.0, method=method).evaluations == len(calls) <= 20


def test_the_step_follows_the_dtype():
    """In float32 a step made for float64 would drown in rounding."""
    found = numeric.derivative(curve, np.float32(1.3), method="central")
    assert abs(found.value - SLOPE) < 1e-3 * SLOPE
    assert numeric.derivative(curve, np.float32(1.3)).value == pytest.approx(SLOPE, rel=1e-4)


def test_the_step_follows_the_size_of_x():
    assert numeric.derivative(lambda x: x * x, 1e8).value == pytest.approx(2e8, rel=1e-12)


def test_steps_that_leave_the_domain_are_left_out():
    assert numeric.derivative(wg.log, 1e-2).value == pytest.approx(100, rel=1e-9)


def test_a_given_step_is_used():
    seen = []

    def f(x):
        seen.append(float(x))
        return x

    numeric.derivative(f, 1.0, method="central", step=0.5)
    assert seen == [1.5, 0.5, 2.0, 0.0]


def test_gradient_and_jacobian_have_the_shapes_of_their_arguments():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 3)), rng.standard_normal((3, 4))
    g = numeric.gradient(lambda x, w: wg.sum(wg.tanh(x @ w)), x, w, argnums=1)
    np.testing.assert_allclose(g.value, x.T @ (1 - np.tanh(x @ w) ** 2), rtol=1e-9)
    j = numeric.jacobian(lambda x: x @ w, x)
    assert j.value.shape == j.error.shape == (2, 4, 2, 3)
    np.testing.assert_allclose(j.value, np.einsum("ij,lk->ikjl", np.eye(2), w), atol=1e-11)
    assert numeric.jacobian(wg.exp, np.zeros((0, 2))).value.shape == (0, 2, 0, 2)


def test_the_complex_step_is_refused_where_it_is_not_legal():
    with pytest.raises(UsageError, match=r"analytic functions; got abs \[test_numeric.py:\d+\]"):
        numeric.derivative(lambda x: wg.abs(x), 1.0, method="complex")


def test_the_complex_step_goes_through_products():
    w = np.random.default_rng(1).standard_normal((3, 3))
    found = numeric.gradient(lambda x: wg.sum(wg.sin(x @ w) / 3.0), np.ones((2, 3)), method="complex")
    np.testing.assert_allclose(found.value, np.cos(np.ones((2, 3)) @ w) @ w.T / 3, rtol=1e-14)


def test_wrong_calls_are_told():
    with pytest.raises(UsageError, match="method must be one of richardson, .*; got 'magic'"):
        numeric.gradient(wg.sin, 1.0, method="magic")
    with pytest.raises(DTypeError, match=r"must be floating-point; got i64\[\]"):
        numeric.derivative(wg.sin, 1)
    with pytest.raises(ShapeError, match=r"must return a scalar; got shape \(2,\)"):
        numeric.gradient(wg.sin, np.ones(2))
    with pytest.raises(ShapeError, match=r"x must be a number; got f64\[2\]"):
        numeric.derivative(wg.sin, np.ones(2))
