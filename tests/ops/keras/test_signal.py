"""Fourier transforms of pairs and windows of signals, beside NumPy and SciPy."""

import numpy as np
import pytest
from scipy import signal

from wengert import ops
from wengert.base.errors import DTypeError, ShapeError, UsageError, ValueRangeError

RNG = np.random.default_rng(0)
REAL, IMAG = RNG.normal(size=(2, 3, 6, 8)).astype("float32")
WAVE = RNG.normal(size=(2, 50)).astype("float32")


def joined(pair):
    return np.asarray(pair[0]) + 1j * np.asarray(pair[1])


def test_transforms_of_pairs_are_those_of_numpy():
    z = REAL + 1j * IMAG
    np.testing.assert_allclose(joined(ops.fft((REAL, IMAG))), np.fft.fft(z), atol=1e-5)
    np.testing.assert_allclose(joined(ops.fft2((REAL, IMAG))), np.fft.fft2(z), atol=1e-4)
    np.testing.assert_allclose(joined(ops.ifft2((REAL, IMAG))), np.fft.ifft2(z), atol=1e-5)
    np.testing.assert_allclose(joined(ops.rfft(REAL, 12)), np.fft.rfft(REAL, 12), atol=1e-5)
    np.testing.assert_allclose(ops.irfft(ops.rfft(REAL)), REAL, atol=1e-5)


@pytest.mark.parametrize("window", ["hann", "hamming"])
def test_spectra_are_those_of_scipy(window):
    got = joined(ops.stft(WAVE, 8, 4, 8, window, center=False))
    _, _, want = signal.stft(WAVE, window=window, nperseg=8, noverlap=4, boundary=None, padded=False)
    scale = signal.get_window(window, 8).sum()
    np.testing.assert_allclose(got, np.swapaxes(want, -1, -2) * scale, atol=1e-4)


@pytest.mark.parametrize(("length", "step", "size", "window"), [(8, 2, 8, "hann"), (6, 3, 9, "hamming")])
def test_a_signal_comes_back_from_its_spectra(length, step, size, window):
    spectra = ops.stft(WAVE, length, step, size, window)
    back = np.asarray(ops.istft(spectra, length, step, size, window=window))
    np.testing.assert_allclose(back, WAVE[:, : back.shape[1]], atol=1e-5)
    assert ops.istft(spectra, length, step, size, length=17, window=window).shape == (2, 17)


def test_windows_of_ones_are_added_up():
    spectra = ops.stft(WAVE, 8, 4, 8, None)
    np.testing.assert_allclose(ops.istft(spectra, 8, 4, 8, window=None), 2 * WAVE[:, :48], atol=1e-5)


def test_sequences_are_windows():
    got = ops.extract_sequences(np.arange(7.0), 3, 2)
    assert got.tolist() == [[0, 1, 2], [2, 3, 4], [4, 5, 6]]


def test_complex_numbers_are_made_and_taken_apart():
    z = np.asarray(ops.polar(np.abs(REAL), IMAG))
    np.testing.assert_allclose(z, np.abs(REAL) * np.exp(1j * IMAG), atol=1e-5)
    parts = np.asarray(ops.view_as_real(z))
    np.testing.assert_array_equal(parts, np.stack([z.real, z.imag], -1))
    np.testing.assert_array_equal(ops.view_as_complex(parts), z)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ops.fft(REAL), UsageError, r"fft: the input must be a pair \(real, imag\)"),
        (lambda: ops.fft((REAL, IMAG[0])), ShapeError, "must have the same shape"),
        (lambda: ops.fft((REAL, IMAG.astype("int32"))), DTypeError, "must be floating-point; got i32"),
        (lambda: ops.fft2((REAL[0, 0], IMAG[0, 0])), ShapeError, "fft2: the input must have two axes"),
        (
            lambda: ops.stft(WAVE, 9, 2, 8),
            ValueRangeError,
            "sequence_length must be at most fft_length, 8; got 9",
        ),
        (lambda: ops.stft(WAVE, 8, 2, 8, np.ones(5)), ShapeError, "must have sequence_length, 8, values"),
        (lambda: ops.stft(WAVE, 8, 2, 8, "kaiser"), ValueRangeError, 'window must be "hann" or "hamming"'),
        (lambda: ops.view_as_complex(REAL), ShapeError, "the last axis must be real and imaginary part"),
    ],
)
def test_wrong_calls_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()
