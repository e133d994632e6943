"""Images brighter, with more contrast, grey, inverted, or mixed with others of the batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert.base.errors import UsageError, ValueRangeError
from wengert.ir.operators import cast
from wengert.ir.types import type_of
from wengert.nn.preprocessing.images import Images, RandomImages, rectangles, sides, span
from wengert.ops import math as m
from wengert.ops import random, reduce
from wengert.ops.indexing import take
from wengert.ops.operands import Array
from wengert.ops.shape import reshape
from wengert.ops.sorting import argsort

LUMA = np.array([0.2989, 0.5870, 0.1140], np.float32)  # ITU-R BT.601


def bounds(kind: str, value_range: Any) -> tuple[float, float]:
    """The smallest and the largest value of pixels.

    Raises:
        ValueRangeError: they are no two numbers.
    """
    if not isinstance(value_range, list | tuple) or len(value_range) != 2 or value_range[0] == value_range[1]:
        raise ValueRangeError(f"{kind}: value_range must be two numbers; got {value_range!r}.")
    low, high = sorted(map(float, value_range))
    return low, high


class RandomBrightness(RandomImages):
    """Each image with a number added to all pixels.

    Args:
        factor: of the range of values: between two shares in -1..1, or -f..f.
        value_range: smallest and largest value of a pixel; what leaves it is cut off.
        seed: which stream of random numbers; None takes a fresh one.

    Example:
        >>> RandomBrightness(0.2)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    factor: float | Sequence[float]
    value_range: Sequence[float] = (0, 255)
    seed: int | None = None

    def check_fields(self) -> None:
        span("RandomBrightness", "factor", self.factor)
        bounds("RandomBrightness", self.value_range)

    def changed(self, x: Array) -> Array:
        low, high = bounds("RandomBrightness", self.value_range)
        added = m.multiply(self.drawn(x, *span("RandomBrightness", "factor", self.factor)), high - low)
        return m.clip(m.add(x, added), low, high)


class RandomContrast(RandomImages):
    """Each image's differences from its mean colour multiplied by a number.

    Args:
        factor: f for numbers in 1 - min(f, 0)..1 + f, or (f, g) for 1 - f..1 + g, in 0..1.
        value_range: smallest and largest value of a pixel; what leaves it is cut off.
        seed: which stream of random numbers; None takes a fresh one.

    Example:
        >>> RandomContrast(0.2)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    factor: float | Sequence[float]
    value_range: Sequence[float] = (0, 255)
    seed: int | None = None

    def check_fields(self) -> None:
        span("RandomContrast", "factor", self.factor, 0.0)
        bounds("RandomContrast", self.value_range)

    def changed(self, x: Array) -> Array:
        low, high = span("RandomContrast", "factor", self.factor, 0.0)
        mean = reduce.mean(x, (1, 2), keepdims=True)
        y = m.add(m.multiply(m.subtract(x, mean), self.drawn(x, 1 - low, 1 + high)), mean)
        return m.clip(y, *bounds("RandomContrast", self.value_range))


class RandomGrayscale(RandomImages):
    """Some images without colour: ``0.2989 red + 0.5870 green + 0.1140 blue`` in all three channels.

    Args:
        factor: share of the images, in 0..1.
        seed: which stream of random numbers; None takes a fresh one.

    Example:
        >>> RandomGrayscale(0.5)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    factor: float = 0.5
    data_format: str | None = None
    seed: int | None = None

    def check_fields(self) -> None:
        super().check_fields()
        span("RandomGrayscale", "factor", self.factor, 0.0)

    def changed(self, x: Array) -> Array:
        grey = reduce.sum(m.multiply(x, LUMA.astype(self.compute_dtype)), -1, keepdims=True)
        return m.where(m.less(self.drawn(x), self.factor), grey, x)


class Solarization(RandomImages):
    """Pixels inverted from a threshold on, after a number was added to them.

    Args:
        addition_factor, threshold_factor: of 255: f for 0..f, or between two numbers in 0..1.
        value_range: smallest and largest value of a pixel.
        seed: which stream of random numbers; None takes a fresh one.

    Example:
        >>> Solarization(0.1, 0.5)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    addition_factor: float | Sequence[float] = 0.0
    threshold_factor: float | Sequence[float] = 0.0
    value_range: Sequence[float] = (0, 255)
    seed: int | None = None

    def check_fields(self) -> None:
        bounds("Solarization", self.value_range)
        for what in ("addition_factor", "threshold_factor"):
            span("Solarization", what, getattr(self, what), 0.0)

    def changed(self, x: Array) -> Array:
        low, high = bounds("Solarization", self.value_range)
        added, threshold = (
            self.drawn(x, first, 255 * last)
            for first, last in (
                span("Solarization", what, getattr(self, what), 0.0)
                for what in ("addition_factor", "threshold_factor")
            )
        )
        scale = 255 / (high - low)
        y = m.clip(m.add(m.multiply(m.subtract(x, low), scale), added), 0.0, 255.0)
        y = m.where(m.less(y, threshold), y, m.subtract(255.0, y))
        return m.add(m.multiply(y, 1 / scale), low)


class AutoContrast(Images):
    """Each channel of each image stretched over the whole range; a channel of one value stays.

    Args:
        value_range: smallest and largest value of a pixel.

    Example:
        >>> AutoContrast()(np.array([[[10.0], [20.0]]])).ravel().tolist()
        [0.0, 255.0]
    """

    value_range: Sequence[float] = (0, 255)

    def check_fields(self) -> None:
        bounds("AutoContrast", self.value_range)

    def changed(self, x: Array) -> Array:
        low, high = bounds("AutoContrast", self.value_range)
        least, most = reduce.min(x, (1, 2), keepdims=True), reduce.max(x, (1, 2), keepdims=True)
        flat = m.equal(least, most)
        share = m.divide(m.subtract(x, least), m.where(flat, 1.0, m.subtract(most, least)))
        return m.where(flat, x, m.add(m.multiply(m.clip(share, 0.0, 1.0), high - low), low))


class Mixed(RandomImages):
    """Base of layers that mix each image of a batch with another one.

    Calling:
        ``layer({"images": x, "labels": y}, training=True)``: labels [batch, classes] are mixed in the same shares; or
        ``layer(x)`` with images alone.
    """

    def taken(self, x: Any) -> Any:
        if isinstance(x, dict) and set(x) != {"images", "labels"}:
            raise UsageError(f"a dict must have images and labels; got {sorted(x)}.")
        return super().taken(x)

    def build(self, x: Any) -> None:
        super().build(x["images"] if isinstance(x, dict) else x)

    def call(self, x: Any, training: bool = True) -> Any:
        if not isinstance(x, dict):
            return super().call(x, training)
        images, labels = (cast(x[k], self.compute_dtype) for k in ("images", "labels"))
        images, labels = self._both(images, labels) if training else (images, labels)
        return {"images": images, "labels": labels}

    def changed(self, x: Array) -> Array:
        return self._both(x, None)[0]

    def _both(self, x: Array, labels: Array | None) -> tuple[Array, Any]:
        """Images and labels, each mixed with another of the batch."""
        batch = type_of(x).shape[0]
        order = argsort(random.uniform((batch,), seed=self.source))
        y, share = self.mixed(x, take(x, order, axis=0))
        if labels is None:
            return y, None
        share = reshape(share, (batch, 1))
        others = m.multiply(m.subtract(1.0, share), take(labels, order, axis=0))
        return y, m.add(m.multiply(share, labels), others)

    def mixed(self, x: Array, other: Array) -> tuple[Array, Array]:
        """Images of two, and what share of each, [batch, 1, 1, 1], is the first one's."""
        raise NotImplementedError


class MixUp(Mixed):
    """``w x + (1 - w) x'`` with another image x' of the batch, w drawn from beta(alpha, alpha).

    Args:
        alpha: > 0; the smaller, the less is mixed.
        seed: which stream of random numbers; None takes a fresh one.

    Source: Zhang et al., "mixup: beyond empirical risk minimization", ICLR 2018.

    Example:
        >>> both = MixUp(seed=1)({"images": np.zeros((4, 8, 8, 3), "float32"), "labels": np.eye(4, dtype="float32")})
        >>> both["labels"].shape
        (4, 4)
    """

    alpha: float = 0.2
    data_format: str | None = None
    seed: int | None = None

    def check_fields(self) -> None:
        super().check_fields()
        if not self.alpha > 0:
            raise ValueRangeError(f"MixUp: alpha must be > 0; got {self.alpha}.")

    def mixed(self, x: Array, other: Array) -> tuple[Array, Array]:
        share = random.beta((type_of(x).shape[0], 1, 1, 1), self.alpha, self.alpha, seed=self.source)
        share = cast(share, self.compute_dtype)
        return m.add(m.multiply(share, x), m.multiply(m.subtract(1.0, share), other)), share


class CutMix(Mixed):
    """A rectangle of each image replaced by that of another one of the batch.

    Args:
        factor: alpha of the beta distribution of shares that stay: f for 0..f, or between two numbers in 0..1.
        seed: which stream of random numbers; None takes a fresh one.

    Source: Yun et al., "CutMix: regularization strategy to train strong classifiers", ICCV 2019.

    Example:
        >>> CutMix(seed=1)(np.zeros((4, 8, 8, 3), "float32")).shape
        (4, 8, 8, 3)
    """

    factor: float | Sequence[float] = 1.0
    seed: int | None = None
    data_format: str | None = None

    def check_fields(self) -> None:
        super().check_fields()
        span("CutMix", "factor", self.factor, 0.0)

    def mixed(self, x: Array, other: Array) -> tuple[Array, Array]:
        low, high = span("CutMix", "factor", self.factor, 0.0)
        alpha = m.add(random.uniform((), low, high, seed=self.source), 1e-6)
        stays = random.beta((type_of(x).shape[0], 1, 1, 1), alpha, alpha, seed=self.source)
        side = m.sqrt(m.subtract(1.0, stays))
        inside = rectangles(self, x, side, side)
        h, w = sides(x)
        count = reduce.sum(cast(inside, self.compute_dtype), (1, 2), keepdims=True)
        return m.where(inside, other, x), m.subtract(1.0, m.divide(count, float(h * w)))
