"""Initial weights: the right spread, reproducible, by Keras's names."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ShapeError, ValueRangeError
from wengert.nn import initializers

SHAPE = (200, 300)
SPREAD = {
    "glorot_uniform": (2 / 500) ** 0.5, "glorot_normal": (2 / 500) ** 0.5, "he_uniform": (2 / 200) ** 0.5,
    "he_normal": (2 / 200) ** 0.5, "lecun_uniform": (1 / 200) ** 0.5, "lecun_normal": (1 / 200) ** 0.5,
    "random_normal": 0.05, "random_uniform": 0.1 / 12**0.5, "truncated_normal": 0.05 * 0.87962566,
    "orthogonal": (1 / 300) ** 0.5, "zeros": 0.0, "ones": 0.0,
}  # fmt: skip


@pytest.mark.parametrize("name", SPREAD)
def test_spread(name):
    wg.set_random_seed(0)
    x = initializers.get(name)(SHAPE)
    assert x.shape == SHAPE
    assert x.dtype == np.float32
    assert x.std() == pytest.approx(SPREAD[name], rel=0.02, abs=1e-12)
    assert x.mean() == pytest.approx(1.0 if name == "ones" else 0.0, abs=0.01)


def test_fans_of_a_convolution_count_the_window():
    assert initializers.fans((3, 3, 16, 32)) == (9 * 16, 9 * 32)
    assert initializers.fans((7,)) == (7, 7)
    assert initializers.fans(()) == (1, 1)


def test_truncation_keeps_within_two_deviations():
    x = initializers.TruncatedNormal(1.0, 0.5, seed=0)((10_000,))
    assert np.abs(x - 1).max() <= 1.0


def test_orthogonal_columns():
    x = initializers.Orthogonal(2.0, seed=0)((3, 3, 4, 10), "float64").reshape(36, 10)
    np.testing.assert_allclose(x.T @ x, 4 * np.eye(10), atol=1e-12)
    with pytest.raises(ShapeError, match="two axes at least"):
        initializers.Orthogonal()((3,))


def test_a_seed_repeats_and_none_does_not():
    seeded, fresh = initializers.HeNormal(seed=3), initializers.HeNormal()
    np.testing.assert_array_equal(seeded((4, 4)), seeded((4, 4)))
    assert not np.array_equal(fresh((4, 4)), fresh((4, 4)))


def test_names_configs_classes_and_functions_are_taken():
    assert isinstance(initializers.get("HeNormal"), initializers.HeNormal)
    assert isinstance(initializers.get(initializers.Zeros), initializers.Zeros)
    described = {"class": "initializers.Constant", "config": {"value": 2.5}}
    assert initializers.get(described)((2,)).tolist() == [2.5, 2.5]

    def own(shape, dtype="float32"):
        return np.full(shape, 7, dtype)

    assert wg.layers.Dense(1, kernel_initializer=own)(np.ones((1, 2), np.float32)).item() == 14
    assert initializers.Identity(3.0)((2, 3)).tolist() == [[3, 0, 0], [0, 3, 0]]


@pytest.mark.parametrize(
    "fields",
    [{"scale": 0}, {"mode": "fan"}, {"distribution": "cauchy"}],
    ids=["scale", "mode", "distribution"],
)
def test_fields_that_make_no_sense_are_refused(fields):
    with pytest.raises(ValueRangeError, match="VarianceScaling"):
        initializers.VarianceScaling(**fields)


@pytest.mark.parametrize("window", ["hann", "hamming", None])
def test_stft_kernels_take_windowed_fourier_transforms(window):
    x = np.random.default_rng(0).normal(size=16)
    shape = (16, 1, 9)
    given = {"window": window, "scaling": None}
    real, imag = (initializers.STFT(side, **given)(shape, "float64") for side in ("real", "imag"))
    found = np.einsum("t,tif->f", x, real) + 1j * np.einsum("t,tif->f", x, imag)
    values = np.ones(16) if window is None else initializers.WINDOWS[window](16)
    np.testing.assert_allclose(found, np.fft.rfft(x * values), atol=1e-12)


def test_stft_windows_are_scaled_and_periodic_as_told():
    dense = initializers.STFT(scaling="density")((16, 1, 9), "float64")[:, 0, 0]
    assert (dense**2).sum() == pytest.approx(1)
    flat = initializers.STFT(scaling="spectrum", window=[1.0] * 16)((16, 1, 9), "float64")[:, 0, 0]
    assert flat == pytest.approx(1 / 16)
    periodic = initializers.STFT(scaling=None, periodic=True)((16, 1, 9), "float64")[:, 0, 0]
    np.testing.assert_allclose(periodic, np.hanning(17)[:-1])
    with pytest.raises(ShapeError, match=r"must have 16 values, one for each step; got \(3,\)"):
        initializers.STFT(window=[1.0, 2.0, 3.0])((16, 1, 9))


def test_function_names_are_those_of_keras():
    for name in (
        "zeros",
        "ones",
        "constant",
        "identity",
        "orthogonal",
        "stft",
        "glorot_uniform",
        "he_normal",
    ):
        assert issubclass(getattr(wg.initializers, name), initializers.Initializer)


def test_axes_say_what_counts_as_inputs_and_outputs():
    at = {"input_axes": [0], "output_axes": [1, 2]}
    shape = (100, 4, 25)  # of a projection into heads
    for kind, scale in ((initializers.GlorotUniform, 2 / 200), (initializers.HeNormal, 2 / 100)):
        assert kind(seed=1, **at)(shape).var() == pytest.approx(scale, rel=0.05)
    free = initializers.VarianceScaling(mode="fan_out", seed=1, input_axes=[0, 1], output_axes=[2])
    assert free(shape).var() == pytest.approx(1 / 25, rel=0.05)
