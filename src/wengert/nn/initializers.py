"""Initial weights, by Keras's names. An initializer is `(shape, dtype) -> array`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.base.words import require_word
from wengert.nn.by_name import by_name, descriptions
from wengert.nn.config import Configured
from wengert.ops.random import fresh_seed
from wengert.ops.stft import WINDOWS

__all__ = [
    "STFT",
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "IdentityInitializer",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomNormal",
    "RandomUniform",
    "STFTInitializer",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "stft",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]

Array = np.ndarray[Any, Any]


class Initializer(Configured):
    """Base: `draw` (or `__call__` where nothing is random)."""

    family = "initializers"

    def __call__(self, shape: Sequence[int], dtype: str = "float32") -> Array:
        """The values of a weight of this shape."""
        raise NotImplementedError


class Zeros(Initializer):
    """0 everywhere."""

    def __call__(self, shape: Sequence[int], dtype: str = "float32") -> Array:
        return np.zeros(shape, dtype)


class Ones(Initializer):
    """1 everywhere."""

    def __call__(self, shape: Sequence[int], dtype: str = "float32") -> Array:
        return np.ones(shape, dtype)


class Constant(Initializer):
    """One value everywhere."""

    value: float = 0.0

    def __call__(self, shape: Sequence[int], dtype: str = "float32") -> Array:
        return np.full(shape, self.value, dtype)


class Identity(Initializer):
    """`gain` on the diagonal of a matrix, 0 elsewhere."""

    gain: float = 1.0

    def __call__(self, shape: Sequence[int], dtype: str = "float32") -> Array:
        if len(shape) != 2:
            raise ShapeError(f"Identity: the weight must be a matrix; got shape {tuple(shape)}.")
        rows, columns = shape
        return np.asarray(self.gain * np.eye(rows, columns), dtype)


class Random(Initializer, base=True):
    """Base of the random ones. seed: an int gives the same values in every call; None takes a fresh seed."""

    def __call__(self, shape: Sequence[int], dtype: str = "float32") -> Array:
        if not all(isinstance(n, int | np.integer) and n >= 0 for n in shape):  # type: ignore[redundant-expr]
            raise ShapeError(f"{type(self).__name__}: shape must be lengths; got {tuple(shape)}.")
        seed: int | None = self.seed  # type: ignore[attr-defined]
        rng = np.random.default_rng(fresh_seed() if seed is None else seed)
        return np.asarray(self.draw(rng, tuple(shape)), dtype)

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Values from the distribution."""
        raise NotImplementedError


class RandomNormal(Random):
    """The normal distribution."""

    mean: float = 0.0
    stddev: float = 0.05
    seed: int | None = None

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return rng.normal(self.mean, self.stddev, shape)


class TruncatedNormal(Random):
    """The normal distribution without what is more than two standard deviations away."""

    mean: float = 0.0
    stddev: float = 0.05
    seed: int | None = None

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return self.mean + self.stddev * _truncated(rng, shape)


class RandomUniform(Random):
    """Evenly spread over [minval, maxval)."""

    minval: float = -0.05
    maxval: float = 0.05
    seed: int | None = None

    def check_fields(self) -> None:
        if self.minval > self.maxval:
            raise ValueRangeError(
                f"RandomUniform: minval must be at most maxval; got {self.minval!r} and {self.maxval!r}."
            )

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return rng.uniform(self.minval, self.maxval, shape)


class VarianceScaling(Random):
    """Variance scale / n, with n the inputs ("fan_in"), the outputs ("fan_out") or their mean ("fan_avg").

    Args:
        distribution: "truncated_normal", "untruncated_normal" or "uniform".
        input_axes, output_axes: the axes of the weight that are of inputs, and of outputs; None: the last but one and
            the last, times all before them.
    """

    scale: float = 1.0
    mode: str = "fan_in"
    distribution: str = "truncated_normal"
    seed: int | None = None
    input_axes: Sequence[int] | None = None
    output_axes: Sequence[int] | None = None

    def check_fields(self) -> None:
        if self.scale <= 0:
            raise ValueRangeError(f"VarianceScaling: scale must be positive; got {self.scale}.")
        if self.mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueRangeError(
                f"VarianceScaling: mode must be fan_in, fan_out or fan_avg; got {self.mode!r}."
            )
        if self.distribution not in ("truncated_normal", "untruncated_normal", "uniform"):
            raise ValueRangeError(
                f"VarianceScaling: distribution must be truncated_normal, untruncated_normal or uniform; "
                f"got {self.distribution!r}."
            )

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        n = fans(shape, self.input_axes, self.output_axes)
        return _scaled(rng, shape, n, self.scale, self.mode, self.distribution)


def _named_scaling(name: str, scale: float, mode: str, distribution: str, source: str) -> type[Random]:
    """A `VarianceScaling` whose fields are the seed and the axes only."""

    def draw(self: Any, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return _scaled(rng, shape, fans(shape, self.input_axes, self.output_axes), scale, mode, distribution)

    doc = f"VarianceScaling with scale {scale}, {mode}, {distribution}.\n\n    Source: {source}"
    body = {
        "__annotations__": {
            "seed": "int | None",
            "input_axes": "Sequence[int] | None",
            "output_axes": "Sequence[int] | None",
        },
        "seed": None,
        "input_axes": None,
        "output_axes": None,
        "draw": draw,
        "__doc__": doc,
        "__module__": __name__,
    }
    return type(name, (Random,), body)


_GLOROT, _HE, _LECUN = (
    "Glorot & Bengio, AISTATS 2010, eq. 16.",
    "He et al., ICCV 2015, eq. 10.",
    "LeCun et al., Efficient BackProp, 1998, section 4.6.",
)
GlorotUniform = _named_scaling("GlorotUniform", 1.0, "fan_avg", "uniform", _GLOROT)
GlorotNormal = _named_scaling("GlorotNormal", 1.0, "fan_avg", "truncated_normal", _GLOROT)
HeUniform = _named_scaling("HeUniform", 2.0, "fan_in", "uniform", _HE)
HeNormal = _named_scaling("HeNormal", 2.0, "fan_in", "truncated_normal", _HE)
LecunUniform = _named_scaling("LecunUniform", 1.0, "fan_in", "uniform", _LECUN)
LecunNormal = _named_scaling("LecunNormal", 1.0, "fan_in", "truncated_normal", _LECUN)


class Orthogonal(Random):
    """Orthonormal rows or columns, times `gain`.

    Source: Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear networks",
    ICLR 2014.
    """

    gain: float = 1.0
    seed: int | None = None

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        if len(shape) < 2:
            raise ShapeError(f"Orthogonal: the weight must have two axes at least; got shape {shape}.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
        q = q * np.sign(np.diag(r))
        return self.gain * (q if rows >= columns else q.T).reshape(shape)


class STFT(Initializer):
    """The kernel of a `Conv1D` that takes short-time Fourier transforms: cosines ("real") or sines ("imag").

    Args:
        side: "real" or "imag".
        window: "hann", "hamming", "blackman", "bartlett", the values themselves, or None for none.
        scaling: "density" divides by the root of the sum of the window's squares, "spectrum" by its sum; None by 1.
        periodic: whether the window is one of a period, rather than symmetric.

    Shapes:
        weight [frame_length, 1, fft_length / 2 + 1]
    """

    side: str = "real"
    window: Any = "hann"
    scaling: str | None = "density"
    periodic: bool = False

    def check_fields(self) -> None:
        require_word("STFT", "side", self.side, ("real", "imag"))
        if isinstance(self.window, str):
            require_word("STFT", "window", self.window, WINDOWS)
        if self.scaling is not None:
            require_word("STFT", "scaling", self.scaling, ("density", "spectrum"))

    def _window(self, length: int) -> Array:
        """The values of the window, divided as `scaling` says."""
        if self.window is None:
            return np.ones(length)
        if isinstance(self.window, str):
            window = WINDOWS[self.window](length + 1)[:-1] if self.periodic else WINDOWS[self.window](length)
        else:
            window = np.asarray(self.window, float)
        if window.shape != (length,):
            raise ShapeError(
                f"STFT: the window must have {length} values, one for each step; got {window.shape}."
            )
        if self.scaling is None:
            return window
        size = np.sqrt((window**2).sum()) if self.scaling == "density" else np.abs(window).sum()
        return np.asarray(window / size)

    def __call__(self, shape: Sequence[int], dtype: str = "float32") -> Array:
        if len(shape) != 3 or shape[1] != 1 or shape[2] < 2:
            raise ShapeError(
                f"STFT: the weight must be [frame, 1, fft_length / 2 + 1]; got shape {tuple(shape)}."
            )
        frame, _, bands = shape
        angles = -math.pi * np.arange(frame)[:, None] * np.arange(bands) / (bands - 1)
        wave = np.cos(angles) if self.side == "real" else np.sin(angles)
        return np.asarray((wave * self._window(frame)[:, None])[:, None], dtype)


def _truncated(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Standard normal values within [-2, 2]: those outside are drawn again."""
    x = rng.normal(size=shape)
    outside = np.abs(x) > 2
    while outside.any():
        x[outside] = rng.normal(size=int(outside.sum()))
        outside = np.abs(x) > 2
    return x


def _scaled(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    fans: tuple[int, int],
    scale: float,
    mode: str,
    distribution: str,
) -> Array:
    fan_in, fan_out = fans
    n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    variance = scale / max(1.0, n)
    if distribution == "uniform":
        limit = math.sqrt(3 * variance)
        return rng.uniform(-limit, limit, shape)
    if distribution == "untruncated_normal":
        return rng.normal(0, math.sqrt(variance), shape)
    # 0.8796 is the standard deviation of what truncation leaves.
    return math.sqrt(variance) / 0.87962566103423978 * _truncated(rng, shape)


def fans(
    shape: Sequence[int], input_axes: Sequence[int] | None = None, output_axes: Sequence[int] | None = None
) -> tuple[int, int]:
    """How many inputs an output of a weight depends on, and how many outputs an input reaches."""
    if input_axes is not None and output_axes is not None:
        return math.prod(shape[a] for a in input_axes), math.prod(shape[a] for a in output_axes)
    if len(shape) < 2:
        n = shape[0] if shape else 1
        return n, n
    field = math.prod(shape[:-2])
    return field * shape[-2], field * shape[-1]


get = by_name(Initializer, {"normal": "RandomNormal", "uniform": "RandomUniform"})

zeros, ones, constant, identity, orthogonal, stft = Zeros, Ones, Constant, Identity, Orthogonal, STFT
random_normal, random_uniform, truncated_normal = RandomNormal, RandomUniform, TruncatedNormal
variance_scaling = VarianceScaling
glorot_uniform, glorot_normal = GlorotUniform, GlorotNormal
he_uniform, he_normal = HeUniform, HeNormal
lecun_uniform, lecun_normal = LecunUniform, LecunNormal
IdentityInitializer, OrthogonalInitializer, STFTInitializer = Identity, Orthogonal, STFT
serialize, deserialize = descriptions(Initializer)
