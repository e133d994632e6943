"""Images mixed with others of the batch, or with parts of them erased."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from wengert.base.errors import ValueRangeError
from wengert.ir.operators import cast
from wengert.ir.types import type_of
from wengert.nn.preprocessing.random_images import RandomImages
from wengert.ops import math as m
from wengert.ops import random, reduce
from wengert.ops.image_sizes import sides
from wengert.ops.indexing import take
from wengert.ops.operands import Array
from wengert.ops.shape import reshape
from wengert.ops.sorting import argsort


class RandomErasing(RandomImages):
    """A rectangle of each image replaced by one colour, or by noise.

    Args:
        factor: share of the images that this happens to, or two between which it is drawn.
        scale: squares of the shares of the sides that rectangles have, between two numbers in 0..1.
        fill_value: a number or one a channel; None: noise with the largest value as deviation.
        value_range: smallest and largest value of a pixel.
        seed: which stream of random numbers; None takes a fresh one.

    Source: Zhong et al., "Random erasing data augmentation", AAAI 2020.

    Example:
        >>> RandomErasing(fill_value=0, seed=1)(np.ones((5, 32, 32, 3), "float32")).shape
        (5, 32, 32, 3)
    """

    factor: float | Sequence[float] = 1.0
    scale: Sequence[float] = (0.02, 0.33)
    fill_value: Any = None
    value_range: Sequence[float] = (0, 255)
    seed: int | None = None
    data_format: str | None = None

    spans: ClassVar = {"factor": (0.0, 1.0), "scale": (0.0, 1.0)}

    def changed(self, x: Array) -> Array:
        tall, wide = (m.sqrt(self.drawn(x, *self.between("scale"))) for _ in range(2))
        inside = rectangles(self, x, tall, wide)
        erased = self.happens(x)
        if self.fill_value is None:
            noise = random.normal(type_of(x).shape, dtype=self.compute_dtype, seed=self.source)
            fill = m.multiply(noise, self.limits()[1])
        else:
            fill = np.asarray(self.fill_value, self.compute_dtype)
        return m.where(inside & erased, fill, x)


def rectangles(layer: Any, x: Array, tall: Array, wide: Array) -> Array:
    """True inside of a rectangle at a random place of each image, with these shares of its sides: [batch, h, w, 1]"""
    h, w = sides(x)
    inside: Any = None
    for length, share, places in (
        (h, tall, np.arange(h).reshape(1, h, 1, 1)),
        (w, wide, np.arange(w).reshape(1, 1, w, 1)),
    ):
        extent = m.multiply(share, float(length))
        start = m.multiply(layer.drawn(x), m.subtract(float(length), extent))
        places = places.astype(layer.compute_dtype)
        here = m.greater_equal(places, start) & m.less(places, m.add(start, extent))
        inside = here if inside is None else inside & here
    return inside


class Mixed(RandomImages):
    """Base of layers that mix each image of a batch with another one.

    Calling:
        ``layer({"images": x, "labels": y}, training=True)``: labels [batch, classes] are mixed in the same shares; or
        ``layer(x)`` with images alone.
    """

    entries: ClassVar = ("images", "labels")

    def call(self, x: Any, training: bool = True) -> Any:
        if not isinstance(x, dict) or "labels" not in x:
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

    spans: ClassVar = {"factor": (0.0, 1.0)}

    def mixed(self, x: Array, other: Array) -> tuple[Array, Array]:
        low, high = self.between("factor")
        alpha = m.add(random.uniform((), low, high, seed=self.source), 1e-6)
        stays = random.beta((type_of(x).shape[0], 1, 1, 1), alpha, alpha, seed=self.source)
        side = m.sqrt(m.subtract(1.0, stays))
        inside = rectangles(self, x, side, side)
        h, w = sides(x)
        count = reduce.sum(cast(inside, self.compute_dtype), (1, 2), keepdims=True)
        return m.where(inside, other, x), m.subtract(1.0, m.divide(count, float(h * w)))
