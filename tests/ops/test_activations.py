"""Activations that Keras's values cannot show: sparsemax, which Keras computes otherwise; errors."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ShapeError, ValueRangeError


@pytest.mark.parametrize("axis", [-1, 0])
def test_sparsemax_is_the_nearest_distribution(axis):
    x = np.random.default_rng(0).normal(size=(5, 6)) * 2
    p = np.asarray(wg.activations.sparsemax(x, axis))
    np.testing.assert_allclose(p.sum(axis), 1, rtol=1e-12)
    assert (p >= 0).all()
    assert (p == 0).any()
    # Optimality: what is above 0 is x minus one number; what is 0 would be below it.
    tau = np.where(p > 0, x - p, -np.inf).max(axis, keepdims=True)
    np.testing.assert_allclose(p, np.maximum(x - tau, 0), atol=1e-12)


def test_sparsemax_of_equal_scores_shares():
    np.testing.assert_allclose(wg.activations.sparsemax(np.zeros((1, 4))), 0.25)


def test_sparsemax_has_its_derivatives():
    x = np.array([[0.5, 0.4, -1.0, 0.3]])
    assert wg.check(wg.activations.sparsemax, x).ok


def test_threshold():
    x = np.array([-1.0, 0.5, 2.0])
    np.testing.assert_array_equal(wg.activations.threshold(x, 0.5, -7.0), [-7, -7, 2])


def test_glu_wants_two_halves():
    with pytest.raises(
        ShapeError, match=r"glu: the length of the axis must be even; got f32\[2,3\], axis -1"
    ):
        wg.activations.glu(np.zeros((2, 3), np.float32))


def test_an_unknown_name_is_refused_with_the_one_that_was_meant():
    with pytest.raises(ValueRangeError, match="got 'sparse_max'. Did you mean 'sparsemax'?"):
        wg.activations.get("sparse_max")


def test_other_names_of_keras():
    x = np.linspace(-4, 4, 9)
    np.testing.assert_array_equal(wg.activations.swish(x), wg.activations.silu(x))
    np.testing.assert_array_equal(wg.activations.hard_swish(x), wg.activations.hard_silu(x))
