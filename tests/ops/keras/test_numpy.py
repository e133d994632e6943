"""Functions of `wg.ops` that NumPy has by the same name: the calls that are compared with Keras, by NumPy."""

import copy
import warnings

import numpy as np
import pytest
import scipy.linalg

import wengert as wg
from tests.beside_keras.near import near
from tests.beside_keras.ops_cases import CASES
from tests.beside_keras.ops_cases.case import leaves, tensors

NAMES = """
    abs absolute add all allclose amax amin angle any append arange arccos arccosh arcsin arcsinh arctan
    arctan2 arctanh argmax argmin argsort array array_split bartlett bitwise_and bitwise_not bitwise_or
    bitwise_xor blackman broadcast_to cbrt ceil clip concatenate conj conjugate corrcoef correlate cos cosh
    cumprod cumsum deg2rad diag diagflat diagonal diff digitize divide dot dsplit dstack equal exp exp2
    expm1 eye fabs flip fliplr flipud floor floor_divide fmax fmin fmod full gcd geomspace greater
    greater_equal hamming hanning heaviside histogram hsplit hstack hypot i0 identity imag inner isclose
    isfinite isin isinf isnan isneginf isposinf isreal kaiser kron lcm ldexp left_shift less less_equal linspace
    log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not logical_or logical_xor logspace matmul
    max maximum mean median meshgrid min minimum mod moveaxis multiply nan_to_num nancumprod nancumsum
    nanmax nanmean nanmedian nanmin nanprod nanquantile nanstd nansum nanvar negative nextafter nonzero
    not_equal ones ones_like outer power prod ptp quantile rad2deg ravel real reciprocal repeat right_shift
    roll rot90 round select sign signbit sin sinc sinh sort sqrt square stack std subtract sum swapaxes take
    tan tanh tensordot tile trace trapezoid tri tril triu true_divide trunc unravel_index vander var vdot
    vsplit vstack where zeros zeros_like
"""


def by_numpy(case):
    """What NumPy gives; None where it takes other arguments."""
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        try:
            return case.call(np, *copy.deepcopy(case.arrays))  # some places mean "may be written to" there
        except (TypeError, AttributeError):
            return None


ANSWERS = {
    name: found
    for name, case in CASES.items()
    if case.name in NAMES.split() and (found := by_numpy(case)) is not None
}


@pytest.mark.parametrize("name", ANSWERS)
def test_function_gives_what_that_of_numpy_gives(name):
    case = CASES[name]
    found = leaves(case.call(wg.ops, *(tensors(wg.ops, x) for x in case.arrays)))
    for got, want in zip(found, leaves(ANSWERS[name]), strict=True):
        near(got, np.asarray(want), 1e-5)


def test_most_names_can_be_compared():
    """NumPy and Keras agree on the arguments of all these but a few."""
    assert {CASES[name].name for name in ANSWERS} >= set(NAMES.split()) - {"array_split"}


X = np.random.default_rng(9).normal(size=(3, 4))


def test_einsum_takes_axes_by_number():
    np.testing.assert_allclose(wg.ops.einsum(X, [0, 1], X, [2, 1], [2, 0]), X @ X.T)
    np.testing.assert_allclose(wg.ops.einsum(X, [..., 1, 0]), X.T)


def test_histogram_takes_edges_and_any_shape():
    for bins in (np.array([-1.0, 0.0, 0.5, 2.0]), 3):
        for got, want in zip(wg.ops.histogram(wg.Tensor(X), bins), np.histogram(X, bins), strict=True):
            np.testing.assert_allclose(got, want)


@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (3, 4)])
def test_lu_factor_is_that_of_lapack(shape):
    x = np.random.default_rng(2).normal(size=shape)
    for got, want in zip(wg.ops.lu_factor(wg.Tensor(x)), scipy.linalg.lu_factor(x), strict=True):
        np.testing.assert_allclose(got, want, atol=1e-12)


def test_saturate_cast_ends_at_the_ends():
    ends = [-np.inf, -3e9, 3e9, np.inf]
    assert wg.ops.saturate_cast(wg.Tensor(ends), "int32").tolist() == [-(2**31)] * 2 + [2**31 - 1] * 2
    assert wg.ops.saturate_cast(wg.Tensor([-1, 300]), "uint8").tolist() == [0, 255]


def test_gcd_and_lcm_are_those_of_any_whole_numbers():
    a, b = np.random.default_rng(4).integers(-999, 999, (2, 200))
    np.testing.assert_array_equal(wg.ops.gcd(a, b), np.gcd(a, b))
    np.testing.assert_array_equal(wg.ops.lcm(a, b), np.lcm(a, b))


@pytest.mark.parametrize("n", range(1, 9))
def test_associative_scan_takes_any_length(n):
    x = np.arange(1.0, n + 1)
    found = wg.ops.associative_scan(lambda a, b: a * b, wg.Tensor(x))
    np.testing.assert_array_equal(found, np.cumprod(x))


def test_places_and_counts_are_exact_in_half_precision():
    x = np.r_[np.ones(1500), np.zeros(500), np.full(7, np.nan)].astype("float16")
    found = [
        f(wg.Tensor(x)).item()
        for f in (wg.ops.nanmean, wg.ops.nanvar, lambda x: wg.ops.nanquantile(x, 0.2496))
    ]
    assert found == pytest.approx([0.75, 0.1875, 0.0])
