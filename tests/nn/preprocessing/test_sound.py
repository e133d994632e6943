"""Spectrograms: where a tone is, what SciPy says, and what is refused."""

import numpy as np
import pytest
from scipy import signal

import wengert as wg
from wengert.nn import layers
from wengert.nn.preprocessing import sound

RATE = 8000
TONE = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)
SPEECH = np.random.default_rng(0).normal(size=(2, 1200)).astype(np.float32)


@pytest.mark.parametrize("scaling", ["spectrum", "density"])
def test_spectra_are_those_of_scipy(scaling):
    layer = layers.STFTSpectrogram("stft", 64, 16, 64, scaling=scaling, periodic=True)
    y = np.asarray(layer(SPEECH[..., None]))
    window = signal.get_window("hann", 64)
    want = signal.ShortTimeFFT(window, 16, 1.0).stft(SPEECH, p0=2, p1=2 + y.shape[1])
    scale = window.sum() if scaling == "spectrum" else np.sqrt((window**2).sum())
    got = y[..., :33] + 1j * y[..., 33:]
    np.testing.assert_allclose(np.abs(got), np.abs(want).swapaxes(1, 2) / scale, atol=1e-5)


def test_a_tone_is_loudest_in_its_band():
    y = np.asarray(layers.MelSpectrogram(sampling_rate=RATE, num_mel_bins=64)(TONE))
    edges = np.linspace(sound.mel(20.0), sound.mel(RATE / 2), 66)
    bands = y[:, 3:-3].argmax(0)
    assert all(edges[k] <= sound.mel(1000) <= edges[k + 2] for k in bands)
    assert y.max() - y.min() <= 80.0 + 1e-4


def test_bands_cover_all_frequencies_between_the_limits():
    bands = sound.mel_bands(20, 1025, RATE, 100.0, 3000.0)
    hertz = np.linspace(0, RATE / 2, 1025)
    edges = 700 * np.expm1(np.linspace(sound.mel(100), sound.mel(3000), 22) / 1127)
    inside = (hertz > edges[1]) & (hertz < edges[-2])
    np.testing.assert_allclose(bands[inside].sum(1), 1.0, rtol=1e-9)
    assert not bands[(hertz < 100) | (hertz > 3000)].any()


def test_spectrograms_train_with_the_model_or_stay():
    model = wg.Sequential(
        [
            wg.Input((1200, 1)),
            layers.STFTSpectrogram(frame_length=64),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1),
        ]
    )
    before = [np.asarray(w) for w in model.layers[0].get_weights()]
    model.compile("sgd", "mse")
    model.fit(SPEECH[..., None], np.ones((2, 1), np.float32), verbose=0)
    after = model.layers[0].get_weights()
    assert all(not np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert not layers.STFTSpectrogram(frame_length=64, trainable=False).trainable


def test_sound_is_mapped_by_threads():
    layer = layers.MelSpectrogram(256, 64, num_mel_bins=8)
    mapped = wg.data.Dataset.from_tensor_slices(SPEECH).map(layer, num_threads=2)
    for got, x in zip(mapped, SPEECH, strict=True):
        np.testing.assert_allclose(got, layer(x), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.STFTSpectrogram("power"), "STFTSpectrogram: mode must be"),
        (
            lambda: layers.STFTSpectrogram(frame_step=300),
            r"frame_step must be in 1\.\.frame_length, 256; got 300",
        ),
        (lambda: layers.STFTSpectrogram(fft_length=128), "fft_length must be >= frame_length, 256; got 128"),
        (lambda: layers.STFTSpectrogram(window="han"), "window must be .* Did you mean 'hann'"),
        (lambda: layers.STFTSpectrogram()(SPEECH), r"the input must be \[batch, samples, channels\]"),
        (
            lambda: layers.MelSpectrogram(64, sequence_length=65),
            "sequence_length must be at most fft_length, 64; got 65",
        ),
        (
            lambda: layers.MelSpectrogram(min_freq=9000.0),
            r"min_freq must be in 0\.\.max_freq, 8000; got 9000",
        ),
        (lambda: layers.MelSpectrogram(64, window=[1.0]), "the window must have sequence_length, 64, values"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_integers_are_refused():
    with pytest.raises(wg.errors.DTypeError, match="the input must be floating-point"):
        layers.STFTSpectrogram()(np.zeros((1, 1000, 1), np.int16))
