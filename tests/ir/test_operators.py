"""Operators: what Python's symbols mean on tensors, variables and recorded values."""

import numpy as np
import pytest

import wengert as wg

X = np.array([0.0, 1.0, np.nan, -0.0], np.float32)
Y = np.array([0.0, 2.0, np.nan, 0.0], np.float32)
KINDS = {"tensor": wg.Tensor, "variable": wg.Variable}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", [Y, 0.0, 0])
def test_equality_compares_elements(kind, other):
    x = KINDS[kind](X)
    np.testing.assert_array_equal((x == other).numpy(), np.equal(X, other))
    np.testing.assert_array_equal((x != other).numpy(), np.not_equal(X, other))
    np.testing.assert_array_equal((other == x).numpy(), np.equal(X, other))


@pytest.mark.parametrize("compiled", [True, False])
def test_equality_compares_elements_while_recorded(compiled):
    f = wg.function(lambda x, y: (x == y, x != y, x == 0.0, x != 0.0), compiled=compiled)
    for got, want in zip(f(X, Y), (X == Y, X != Y, X == 0, X != 0), strict=True):
        np.testing.assert_array_equal(got.numpy(), want)


def test_dicts_and_sets_go_by_the_object():
    x, y = wg.Tensor(X), wg.Tensor(X)
    assert {x: 1, y: 2}[x] == 1
    assert len({x, y, x}) == 2


def test_what_is_no_number_is_not_equal():
    assert (wg.Tensor(X) == None) is False  # noqa: E711
    assert (wg.Tensor(X) != "a") is True
