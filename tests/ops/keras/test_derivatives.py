"""Derivatives of functions that only `wg.ops` has: all ways that there are against each other."""

import math

import numpy as np
import pytest
import scipy.special

import wengert as wg
from wengert import ops

RNG = np.random.default_rng(5)
X, SQUARE = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 3)) + 3 * np.eye(3)

FUNCTIONS = {
    "erfc": (ops.erfc, X),
    "i0": (ops.i0, 9 * X),
    "sinc": (ops.sinc, X),
    "sinc near 0": (ops.sinc, 0.01 * X),
    "cbrt": (ops.cbrt, X),
    "logaddexp2": (lambda x: ops.logaddexp2(x, 0.5), X),
    "ldexp": (lambda x: ops.ldexp(x, [1, -3, 0, 2]), X),
    "fmod": (lambda x: ops.fmod(x, 0.7), X),
    "fmax": (lambda x: ops.fmax(x, 0.1), X),
    "quantile": (lambda x: ops.quantile(x, [0.2, 0.7], axis=1), X),
    "median": (lambda x: ops.median(x, axis=0), X),
    "nanstd": (lambda x: ops.nanstd(x, axis=1), X),
    "corrcoef": (ops.corrcoef, X),
    "correlate": (lambda x: ops.correlate(x[0], x[1, :3], "full"), X),
    "trapezoid": (lambda x: ops.trapezoid(x, [0.0, 0.5, 0.7, 2.0]), X),
    "vander": (lambda x: ops.vander(x[0], 3), X),
    "kron": (lambda x: ops.kron(x, x[:2]), X),
    "cross": (lambda x: ops.cross(x, x[::-1], axis=0), X),
    "cdist": (lambda x: ops.cdist(x, x + 1.0), X),
    "cholesky_inverse": (ops.cholesky_inverse, SQUARE),
    "lu_factor": (lambda x: ops.lu_factor(x)[0], SQUARE),
    "logdet": (lambda x: ops.logdet(x @ ops.transpose(x)), SQUARE),
    "linspace": (lambda x: ops.linspace(x[0], x[1], 5), X),
    "logspace": (lambda x: ops.logspace(x[0], x[1], 3, base=2.0), X),
    "associative_scan": (lambda x: ops.associative_scan(lambda a, b: a * b + a, x, axis=1), X),
    "vectorize": (lambda x: ops.vectorize(lambda a, b: a * ops.sin(b))(x, x[0]), X),
    "select": (lambda x: ops.select([x > 0.5, x < -0.5], [x * x, 2 * x], x), X),
    "average": (lambda x: ops.average(x, axis=1, weights=[1.0, 2.0, 3.0, 4.0]), X),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_all_ways_to_differentiate_agree(name):
    function, x = FUNCTIONS[name]
    assert wg.check(function, wg.Tensor(x), points=2, order=1).ok


def test_special_functions_are_as_exact_as_their_dtype():
    x = np.linspace(-25, 25, 501)
    np.testing.assert_allclose(ops.erfc(wg.Tensor(x)).numpy(), scipy.special.erfc(x), rtol=1e-14)
    np.testing.assert_allclose(ops.i0(wg.Tensor(4 * x)).numpy(), scipy.special.i0(4 * x), rtol=1e-14)


def test_the_derivative_of_i0_is_i1():
    x = np.linspace(-25, 25, 501)
    slope = wg.grad(lambda x: wg.sum(ops.i0(x)))(wg.Tensor(x)).numpy()
    np.testing.assert_allclose(slope, scipy.special.i1(x), rtol=1e-13, atol=1e-15)


def test_special_functions_have_their_limits():
    ends = wg.Tensor([math.inf, -math.inf, math.nan])
    np.testing.assert_array_equal(ops.erfc(ends).numpy(), [0, 2, math.nan])
    assert not np.isnan(wg.grad(lambda x: wg.sum(ops.erfc(x)))(ends[:2]).numpy()).any()


def test_nan_left_out_gets_no_derivative():
    x = wg.Tensor([1.0, math.nan, 3.0])
    for f in (ops.nansum, ops.nanmean, ops.nanvar, ops.nanstd, ops.nanmax, ops.nanprod, ops.nanmedian):
        slope = wg.grad(f)(x).numpy()
        assert slope[1] == 0
        assert np.isfinite(slope).all()
