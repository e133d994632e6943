"""Layers that draw random numbers: they keep mean and variance, drop what they say, and rest in use."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ShapeError

X = np.random.default_rng(0).normal(size=(40, 30, 50)).astype(np.float32)
NOISY = [
    wg.layers.Dropout(0.3, seed=1),
    wg.layers.AlphaDropout(0.3, seed=1),
    wg.layers.GaussianDropout(0.3, seed=1),
    wg.layers.GaussianNoise(0.3, seed=1),
    wg.layers.SpatialDropout1D(0.3, seed=1),
]


@pytest.mark.parametrize("layer", NOISY, ids=lambda layer: type(layer).__name__)
def test_noise_rests_in_use_and_differs_from_step_to_step(layer):
    np.testing.assert_array_equal(layer(X), X)
    step = wg.function(lambda x: layer(x, training=True))
    first, second = step(X).numpy(), step(X).numpy()
    assert not np.array_equal(first, second)
    assert abs(first.mean() - X.mean()) < 0.02


@pytest.mark.parametrize("layer", [wg.layers.Dropout(0.3), wg.layers.GaussianDropout(0.3)])
def test_noise_that_is_multiplied_has_the_variance_of_dropout(layer):
    ones = np.ones(200_000, np.float32)
    y = np.asarray(layer(ones, training=True))
    assert y.mean() == pytest.approx(1, abs=0.01)
    assert y.var() == pytest.approx(0.3 / 0.7, rel=0.02)


def test_alpha_dropout_keeps_mean_and_variance():
    y = np.asarray(wg.layers.AlphaDropout(0.3)(X, training=True))
    assert y.mean() == pytest.approx(0, abs=0.02)
    assert y.var() == pytest.approx(1, abs=0.02)


def test_gaussian_noise_has_its_deviation():
    y = np.asarray(wg.layers.GaussianNoise(0.3)(X, training=True))
    assert (y - X).std() == pytest.approx(0.3, rel=0.01)


@pytest.mark.parametrize(
    ("layer", "shape", "space"),
    [
        (wg.layers.SpatialDropout1D(0.5), (20, 7, 9), (1,)),
        (wg.layers.SpatialDropout2D(0.5), (20, 4, 5, 9), (1, 2)),
        (wg.layers.SpatialDropout2D(0.5, "channels_first"), (20, 9, 4, 5), (2, 3)),
        (wg.layers.SpatialDropout3D(0.5), (20, 2, 3, 4, 9), (1, 2, 3)),
    ],
)
def test_channels_are_dropped_as_a_whole(layer, shape, space):
    y = np.asarray(layer(np.ones(shape, np.float32), training=True))
    assert set(np.unique(y)) == {0.0, 2.0}
    assert (y.max(space) == y.min(space)).all()


def test_elements_share_their_fate_along_axes_of_noise_shape():
    y = np.asarray(wg.layers.Dropout(0.5, noise_shape=(None, 1, None))(np.ones((9, 5, 9)), training=True))
    assert (y == y[:, :1]).all()
    assert set(np.unique(y)) == {0.0, 2.0}


def test_a_noise_shape_that_does_not_fit_is_refused():
    with pytest.raises(ShapeError, match=r"noise_shape must have 1, None or the length .* got \(2, 3\)"):
        wg.layers.Dropout(0.5, noise_shape=(2, 3))(X)


def test_a_rate_can_change_in_a_compiled_program():
    layer = wg.layers.GaussianNoise(0.0)
    step = wg.function(lambda x: layer(x, training=True))
    np.testing.assert_array_equal(step(X), X)
    layer.stddev = 1.0
    assert (step(X).numpy() - X).std() == pytest.approx(1, rel=0.02)
    assert step.compiles == 1
