"""Functions of `wg.ops` that NumPy has by the same name: the calls that are compared with Keras, by NumPy."""

import copy
import warnings

import numpy as np
import pytest

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
    isfinite isin isinf isnan isneginf isposinf isreal kron lcm ldexp left_shift less less_equal linspace
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
