"""Spectrograms: how much of each frequency there is in sound, from moment to moment."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from wengert.base.errors import DTypeError, ShapeError, ValueRangeError
from wengert.base.numbers import require_count
from wengert.base.words import require_word
from wengert.ir.operators import cast
from wengert.ir.types import TensorType, type_of
from wengert.nn.initializers import STFT
from wengert.nn.layer import Layer
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.conv import conv
from wengert.ops.inverse import atan2
from wengert.ops.joining import concatenate
from wengert.ops.linalg import matmul
from wengert.ops.operands import Array
from wengert.ops.shape import reshape, swapaxes, transpose
from wengert.ops.stft import stft, window_values

MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")
SMALLEST = 1e-7


class STFTSpectrogram(Layer):
    """Short-time Fourier transforms, by a convolution whose kernels begin as windowed cosines and sines, and may learn.

    Args:
        mode: "log" of the "magnitude", "psd" (power, both halves of the spectrum together), the "real" or the "imag"
            part, both one after the other ("stft"), or the "angle".
        frame_length: samples in a window.
        frame_step: samples between windows, at most `frame_length`; None: half of it.
        fft_length: of the transform, at least `frame_length`; None: the next power of 2.
        window: "hann", "hamming", "blackman", "bartlett", the values themselves, or None for none.
        periodic: whether the window is one of a period, rather than symmetric.
        scaling: "density" divides by the root of the sum of the window's squares, "spectrum" by its sum; None by 1.
        padding: "valid" or "same".
        expand_dims: keep frequencies and channels on axes of their own.
        data_format: "channels_last" or "channels_first".

    Shapes:
        x [batch, samples, channels]  ->  [batch, windows, channels * n], with n = fft_length / 2 + 1 (twice that for
        "stft"); [batch, windows, n, channels] with `expand_dims`. Channels first: [batch, channels, samples]  ->
        [batch, channels * n, windows]; [batch, channels, windows, n]

    Raises:
        DTypeError: the input is not floating-point.

    Example:
        >>> STFTSpectrogram(frame_length=64)(np.zeros((2, 1000, 1), "float32")).shape
        (2, 30, 33)
    """

    mode: str = "log"
    frame_length: int = 256
    frame_step: int | None = None
    fft_length: int | None = None
    window: Any = "hann"
    periodic: bool = False
    scaling: str | None = "density"
    padding: str = "valid"
    expand_dims: bool = False
    data_format: str | None = None

    def check_fields(self) -> None:
        kind, frame = type(self).__name__, self.frame_length
        require_word(kind, "mode", self.mode, MODES)
        require_word(kind, "padding", self.padding, ("valid", "same"))
        require_word(kind, "data_format", self.layout, ("channels_last", "channels_first"))
        require_count(kind, "frame_length", frame)
        if self.frame_step is not None and not 1 <= self.frame_step <= frame:
            raise ValueRangeError(
                f"{kind}: frame_step must be in 1..frame_length, {frame}; got {self.frame_step}."
            )
        if self.fft_length is not None and self.fft_length < frame:
            raise ValueRangeError(
                f"{kind}: fft_length must be >= frame_length, {frame}; got {self.fft_length}."
            )
        self.wave("real")

    @property
    def layout(self) -> str:
        """Where the channels are."""
        return self.data_format or "channels_last"

    def wave(self, side: str) -> STFT:
        """What the kernel of the real or the imaginary part begins as."""
        return STFT(side, self.window, self.scaling, self.periodic)

    def build(self, x: TensorType) -> None:
        if x.rank != 3:
            raise ShapeError(f"the input must be [batch, samples, channels]; got {x}.")
        length = self.fft_length or 2 ** math.ceil(math.log2(self.frame_length))
        shape = (self.frame_length, 1, length // 2 + 1)
        if self.mode != "imag":
            self.real_kernel = self.add_weight(shape, self.wave("real"), name="real_kernel")
        if self.mode != "real":
            self.imag_kernel = self.add_weight(shape, self.wave("imag"), name="imag_kernel")

    def call(self, x: Any) -> Any:
        if not type_of(x).dtype.startswith(("float", "bfloat")):
            raise DTypeError(f"the input must be floating-point; got {type_of(x)}.")
        if self.layout == "channels_last":
            x = swapaxes(x, 1, 2)
        batch, channels, samples = type_of(x).shape
        y = self.spectra(reshape(x, (batch * channels, samples, 1)))
        windows, n = type_of(y).shape[1:]
        y = reshape(y, (batch, channels, windows, n))
        if self.layout == "channels_first":
            return y if self.expand_dims else reshape(swapaxes(y, 2, 3), (batch, channels * n, windows))
        order = (0, 2, 3, 1) if self.expand_dims else (0, 2, 1, 3)
        y = transpose(y, order)
        return y if self.expand_dims else reshape(y, (batch, windows, channels * n))

    def spectra(self, x: Array) -> Array:
        """[lines, samples, 1]  ->  [lines, windows, n]"""
        step = self.frame_step or self.frame_length // 2
        if self.mode in ("real", "imag"):
            kernel = self.real_kernel if self.mode == "real" else self.imag_kernel
            return conv(x, kernel, step, self.padding)
        real, imag = (conv(x, kernel, step, self.padding) for kernel in (self.real_kernel, self.imag_kernel))
        if self.mode == "stft":
            return concatenate([real, imag], -1)
        if self.mode == "angle":
            return atan2(imag, real)
        power = m.square(real) + m.square(imag)
        if self.mode == "psd":  # all but the first and the last frequency stand for negative ones, too
            n = int(type_of(power).shape[-1])
            return power * np.array([1.0, *[2.0] * (n - 2), 1.0], "float32")
        size = m.sqrt(m.maximum(power, SMALLEST))
        return size if self.mode == "magnitude" else m.log(m.maximum(size, SMALLEST))


class MelSpectrogram(Layer):
    """Power in bands that are equally wide to the ear, in decibels: the input of most networks for speech and music.

    ``|rfft(window * x)| ** mag_exp`` at each place, times triangles evenly spaced on the mel scale,
    ``1127 log(1 + f / 700)``; then ``10 log10(y / ref_power)``, at most `top_db` below the largest of all.

    Args:
        fft_length: of the transform; the signal is mirrored by half of it at both ends.
        sequence_stride: samples between windows.
        sequence_length: samples in a window, at most `fft_length`; None: as many.
        window: "hann", "hamming", the values themselves, or None for none.
        sampling_rate: samples in a second.
        num_mel_bins: how many bands.
        min_freq, max_freq: what they cover, in Hz; None: up to half of the sampling rate.
        power_to_db: False leaves out decibels.
        top_db: range of decibels that is kept.
        mag_exp: 2 for power, 1 for magnitude.
        min_power: what counts as this much at least.
        ref_power: what is 0 decibels.

    Shapes:
        x [..., samples]  ->  [..., num_mel_bins, 1 + samples // sequence_stride]

    Source: Davis & Mermelstein, IEEE ASSP 28(4), 1980; O'Shaughnessy, "Speech communication", 1987 (the scale).

    Example:
        >>> MelSpectrogram(num_mel_bins=64, sampling_rate=8000, sequence_stride=256)(np.zeros((2, 16000))).shape
        (2, 64, 63)
    """

    fft_length: int = 2048
    sequence_stride: int = 512
    sequence_length: int | None = None
    window: Any = "hann"
    sampling_rate: int = 16000
    num_mel_bins: int = 128
    min_freq: float = 20.0
    max_freq: float | None = None
    power_to_db: bool = True
    top_db: float = 80.0
    mag_exp: float = 2.0
    min_power: float = 1e-10
    ref_power: float = 1.0

    def check_fields(self) -> None:
        for what in ("fft_length", "sequence_stride", "sampling_rate", "num_mel_bins"):
            require_count("MelSpectrogram", what, getattr(self, what))
        if not 0 <= self.min_freq < self.highest:
            raise ValueRangeError(
                f"MelSpectrogram: min_freq must be in 0..max_freq, {self.highest}; got {self.min_freq}."
            )
        window_values("MelSpectrogram", self.window, self.length, self.fft_length)

    @property
    def length(self) -> int:
        """Samples in a window."""
        return self.fft_length if self.sequence_length is None else self.sequence_length

    @property
    def highest(self) -> float:
        """Where the last band ends, in Hz."""
        return self.sampling_rate // 2 if self.max_freq is None else self.max_freq

    def call(self, x: Any) -> Any:
        # All in float32: bfloat16 has too few digits for logarithms of small powers.
        x = cast(x, "float64" if self.compute_dtype == "float64" else "float32")
        t, half = type_of(x), self.fft_length // 2
        if t.rank < 1:
            raise ShapeError(f"the input must be [..., samples]; got {t}.")
        size = m.abs(stft(x, self.length, self.sequence_stride, self.fft_length, self.window))
        power = m.square(size) if self.mag_exp == 2 else m.pow(size, self.mag_exp)
        bands = mel_bands(self.num_mel_bins, half + 1, self.sampling_rate, self.min_freq, self.highest)
        y = matmul(power, bands.astype(t.dtype))
        return cast(swapaxes(self.decibels(y) if self.power_to_db else y, -1, -2), self.compute_dtype)

    def decibels(self, power: Array) -> Array:
        """10 log10(power / ref_power), at most `top_db` below the largest."""
        least = self.min_power
        y = 10.0 * m.log10(m.maximum(power, least)) - 10.0 * math.log10(max(abs(self.ref_power), least))
        return m.maximum(y, reduce.max(y) - self.top_db)


def mel(hertz: Any) -> Any:
    """The place of a frequency on the mel scale."""
    return 1127.0 * np.log1p(np.asarray(hertz, float) / 700.0)


@functools.cache
def mel_bands(count: int, frequencies: int, rate: int, low: float, high: float) -> np.ndarray[Any, Any]:
    """The weights of frequencies 0..rate / 2 in each band, [frequencies, count]: triangles, evenly spaced in mel."""
    at = mel(np.linspace(0, rate / 2, frequencies))[1:, None]
    edges = np.linspace(mel(low), mel(high), count + 2)
    left, middle, right = edges[:-2], edges[1:-1], edges[2:]
    weights = np.minimum((at - left) / (middle - left), (right - at) / (right - middle))
    return np.pad(np.maximum(weights, 0.0), ((1, 0), (0, 0)))
