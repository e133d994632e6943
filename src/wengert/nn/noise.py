"""Layers that disturb their input while training, and do nothing in use."""

from __future__ import annotations

import math
from typing import Any

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir.types import TensorType, type_of
from wengert.nn.layer import Layer
from wengert.nn.spatial import Spatial
from wengert.ops import math as m
from wengert.ops import random
from wengert.ops.operands import Array, floating

SELU_FLOOR = -1.7580993408473766
"""-alpha * scale of `selu`: what it gives for very small numbers."""


class Noise(Layer):
    """Base of what draws random numbers while training.

    A field `seed`, an int or None, says which stream of random numbers it draws from; None takes a fresh one.
    """

    supports_masking = True
    wide = True

    def build(self, x: TensorType) -> None:
        seed: int | None = self.seed  # type: ignore[attr-defined]
        self.seed_generator = random.SeedGenerator(seed, name=f"{self.name}/seed_generator")

    def disturbed(self, x: Array) -> Array:
        """x as it is in training."""
        raise NotImplementedError

    def call(self, x: Any, training: bool = False) -> Any:
        return self.disturbed(floating(x)) if training else x


class Dropout(Noise):
    """Each element 0 with probability `rate` while training, else divided by 1 - rate. Does nothing in use.

    `rate` can be changed at any time: programs read it when they run.

    Args:
        rate: in [0, 1).
        noise_shape: which elements share their fate: those along axes where it has length 1. None, as a whole or for
            an axis, is the length of the input.
        seed: which stream of random numbers; None takes a fresh one.

    Source: Srivastava et al., JMLR 2014.
    """

    rate: Any
    noise_shape: Any = None
    seed: int | None = None
    hyper = ("rate",)

    def check_fields(self) -> None:
        self.require_in("[0, 1)", "rate")
        if self.noise_shape is not None and not isinstance(self.noise_shape, list | tuple):
            raise ShapeError(
                f"{type(self).__name__}: noise_shape must be a length for each axis; got {self.noise_shape!r}."
            )

    def build(self, x: TensorType) -> None:
        super().build(x)
        noise_lengths(self.noise_shape, x)

    def disturbed(self, x: Array) -> Array:
        shape = noise_lengths(self.noise_shape, type_of(x))
        return random.dropout(x, self.rate, self.seed_generator, noise_shape=shape)


class AlphaDropout(Dropout):
    """Each element with probability `rate` what `selu` gives for very small numbers, then all brought back to mean 0
    and variance 1, while training.

    Args:
        rate: in [0, 1).
        noise_shape, seed: as in `Dropout`.

    Source: Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017.
    """

    def disturbed(self, x: Array) -> Array:
        kept = m.subtract(1.0, self.rate)
        alive = random.bernoulli(noise_lengths(self.noise_shape, type_of(x)), kept, self.seed_generator)
        a = m.rsqrt(m.multiply(kept, m.add(m.multiply(self.rate, SELU_FLOOR**2), 1.0)))
        b = m.multiply(m.multiply(a, self.rate), -SELU_FLOOR)
        return m.add(m.multiply(m.where(alive, x, SELU_FLOOR), a), b)


class GaussianDropout(Noise):
    """x times normal numbers of mean 1 and variance rate / (1 - rate), while training.

    Args:
        rate: in [0, 1).
        seed: which stream of random numbers; None takes a fresh one.

    Source: Srivastava et al., JMLR 2014, section 10.
    """

    rate: Any
    seed: int | None = None
    hyper = ("rate",)

    def check_fields(self) -> None:
        self.require_in("[0, 1)", "rate")

    def disturbed(self, x: Array) -> Array:
        t = type_of(x)
        deviation = m.sqrt(m.divide(self.rate, m.subtract(1.0, self.rate)))
        noise = random.normal(t.shape, dtype=t.dtype, seed=self.seed_generator)
        return m.multiply(x, m.add(m.multiply(noise, deviation), 1.0))


class GaussianNoise(Noise):
    """x plus normal numbers of mean 0, while training.

    Args:
        stddev: their standard deviation, >= 0.
        seed: which stream of random numbers; None takes a fresh one.
    """

    stddev: Any
    seed: int | None = None
    hyper = ("stddev",)

    def check_fields(self) -> None:
        if not isinstance(self.stddev, int | float) or not 0 <= self.stddev < math.inf:
            raise ValueRangeError(f"GaussianNoise: stddev must be a number >= 0; got {self.stddev!r}.")

    def disturbed(self, x: Array) -> Array:
        t = type_of(x)
        noise = random.normal(t.shape, dtype=t.dtype, seed=self.seed_generator)
        return m.add(x, m.multiply(noise, self.stddev))


class SpatialDropout(Spatial):
    """Whole channels 0 with probability `rate` while training: neighbours know much of each other.

    Args:
        rate: in [0, 1).
        data_format: "channels_last" (also where it is None) or "channels_first"; not of `SpatialDropout1D`.
        seed: which stream of random numbers; None takes a fresh one.

    Source: Tompson et al., "Efficient object localization using convolutional networks", CVPR 2015.
    """

    supports_masking = True
    wide = True
    hyper = ("rate",)

    def check_fields(self) -> None:
        self.require_in("[0, 1)", "rate")
        self.check_format()

    def build(self, x: TensorType) -> None:
        super().build(x)
        seed: int | None = self.seed  # type: ignore[attr-defined]
        self.seed_generator = random.SeedGenerator(seed, name=f"{self.name}/seed_generator")

    def call(self, x: Any, training: bool = False) -> Any:
        self.with_channels_last(type_of(x))
        if not training:
            return x
        batch, *rest = type_of(x).shape
        channels = 0 if self.channels_first else self.rank
        shape = (batch, *(n if k == channels else 1 for k, n in enumerate(rest)))
        rate: Any = self.rate  # type: ignore[attr-defined]
        return random.dropout(floating(x), rate, self.seed_generator, noise_shape=shape)


class SpatialDropout1D(SpatialDropout):
    """Channels of sequences dropped as a whole; see `SpatialDropout`."""

    rate: Any
    seed: int | None = None
    rank = 1


class SpatialDropout2D(SpatialDropout):
    """Channels of images dropped as a whole; see `SpatialDropout`."""

    rate: Any
    data_format: str | None = None
    seed: int | None = None
    rank = 2


class SpatialDropout3D(SpatialDropout):
    """Channels of volumes dropped as a whole; see `SpatialDropout`."""

    rate: Any
    data_format: str | None = None
    seed: int | None = None
    rank = 3


def noise_lengths(noise_shape: Any, x: TensorType) -> tuple[Any, ...]:
    """A length for each axis of x: that of `noise_shape`, or its own.

    Raises:
        ShapeError: they do not fit.
    """
    if noise_shape is None:
        return x.shape
    fits = len(noise_shape) == x.rank and all(
        n in (None, 1) or n == length for n, length in zip(noise_shape, x.shape, strict=True)
    )
    if not fits:
        raise ShapeError(
            f"noise_shape must have 1, None or the length for each axis of {x}; got {noise_shape}."
        )
    return tuple(length if n is None else n for n, length in zip(noise_shape, x.shape, strict=True))
