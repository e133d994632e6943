"""Images brighter, with more contrast, grey, inverted, or of fewer colours: each pixel by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from wengert.ir.operators import cast
from wengert.ir.types import type_of
from wengert.nn.preprocessing.images import Images
from wengert.nn.preprocessing.random_images import RandomImages
from wengert.ops import math as m
from wengert.ops import random, reduce
from wengert.ops.colours import grey
from wengert.ops.operands import Array


class RandomBrightness(RandomImages):
    """Each image with a number added to all pixels.

    Args:
        factor: of the range of values: between two shares in -1..1, or -f..f.
        value_range: smallest and largest value of a pixel; what leaves it is cut off.
        seed: which stream of random numbers; None takes a fresh one.

    Example:
        >>> import numpy as np
        >>> RandomBrightness(0.2)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    factor: float | Sequence[float]
    value_range: Sequence[float] = (0, 255)
    seed: int | None = None

    spans: ClassVar = {"factor": (-1.0, 1.0)}

    def changed(self, x: Array) -> Array:
        low, high = self.limits()
        added = m.multiply(self.drawn(x, *self.between("factor")), high - low)
        return m.clip(m.add(x, added), low, high)


class RandomContrast(RandomImages):
    """Each image's differences from its mean colour multiplied by a number.

    Args:
        factor: f for numbers in 1 - min(f, 0)..1 + f, or (f, g) for 1 - f..1 + g, in 0..1.
        value_range: smallest and largest value of a pixel; what leaves it is cut off.
        seed: which stream of random numbers; None takes a fresh one.

    Example:
        >>> import numpy as np
        >>> RandomContrast(0.2)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    factor: float | Sequence[float]
    value_range: Sequence[float] = (0, 255)
    seed: int | None = None

    spans: ClassVar = {"factor": (0.0, 1.0)}

    def changed(self, x: Array) -> Array:
        low, high = self.between("factor")
        mean = reduce.mean(x, (1, 2), keepdims=True)
        y = m.add(m.multiply(m.subtract(x, mean), self.drawn(x, 1 - low, 1 + high)), mean)
        return m.clip(y, *self.limits())


class RandomGrayscale(RandomImages):
    """Some images without colour: ``0.2989 red + 0.5870 green + 0.1140 blue`` in all three channels.

    Args:
        factor: share of the images, in 0..1.
        seed: which stream of random numbers; None takes a fresh one.

    Example:
        >>> import numpy as np
        >>> RandomGrayscale(0.5)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    factor: float = 0.5
    data_format: str | None = None
    seed: int | None = None

    spans: ClassVar = {"factor": (0.0, 1.0)}

    def changed(self, x: Array) -> Array:
        return m.where(m.less(self.drawn(x), self.factor), grey(x), x)


class Solarization(RandomImages):
    """Pixels inverted from a threshold on, after a number was added to them.

    Args:
        addition_factor, threshold_factor: of 255: f for 0..f, or between two numbers in 0..1.
        value_range: smallest and largest value of a pixel.
        seed: which stream of random numbers; None takes a fresh one.

    Example:
        >>> import numpy as np
        >>> Solarization(0.1, 0.5)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    addition_factor: float | Sequence[float] = 0.0
    threshold_factor: float | Sequence[float] = 0.0
    value_range: Sequence[float] = (0, 255)
    seed: int | None = None

    spans: ClassVar = {"addition_factor": (0.0, 1.0), "threshold_factor": (0.0, 1.0)}

    def changed(self, x: Array) -> Array:
        low, high = self.limits()
        added, threshold = (self.drawn(x, first, 255 * last) for first, last in map(self.between, self.spans))
        scale = 255 / (high - low)
        y = m.clip(m.add(m.multiply(m.subtract(x, low), scale), added), 0.0, 255.0)
        y = m.where(m.less(y, threshold), y, m.subtract(255.0, y))
        return m.add(m.multiply(y, 1 / scale), low)


class AutoContrast(Images):
    """Each channel of each image stretched over the whole range; a channel of one value stays.

    Args:
        value_range: smallest and largest value of a pixel.

    Example:
        >>> import numpy as np
        >>> AutoContrast()(np.array([[[10.0], [20.0]]])).ravel().tolist()
        [0.0, 255.0]
    """

    value_range: Sequence[float] = (0, 255)

    def changed(self, x: Array) -> Array:
        low, high = self.limits()
        least, most = reduce.min(x, (1, 2), keepdims=True), reduce.max(x, (1, 2), keepdims=True)
        flat = m.equal(least, most)
        share = m.divide(m.subtract(x, least), m.where(flat, 1.0, m.subtract(most, least)))
        return m.where(flat, x, m.add(m.multiply(m.clip(share, 0.0, 1.0), high - low), low))


class RandomInvert(RandomImages):
    """Some images as negatives: ``value_range[1] - x``.

    Args:
        factor: share of the images: f for 0..f, or between two numbers in 0..1.
        value_range: smallest and largest value of a pixel.
        seed: which stream of random numbers; None takes a fresh one.

    Example:
        >>> import numpy as np
        >>> RandomInvert((1.0, 1.0))(np.full((1, 1, 1), 55.0)).item()
        200.0
    """

    factor: float | Sequence[float] = 1.0
    value_range: Sequence[float] = (0, 255)
    seed: int | None = None
    data_format: str | None = None
    spans: ClassVar = {"factor": (0.0, 1.0)}

    def changed(self, x: Array) -> Array:
        return m.where(self.happens(x), self.limits()[1] - x, x)


class RandomPosterization(RandomImages):
    """Only the first bits of each pixel's eight: 2 ** bits values a channel.

    Args:
        factor: how many bits: two numbers in 1..8, of which the second is not drawn itself unless they are equal; or f
            for (1, f).
        value_range: smallest and largest value of a pixel.
        seed: which stream of random numbers; None takes a fresh one.

    Example:
        >>> import numpy as np
        >>> RandomPosterization((2, 2))(np.array([[[10.0], [100.0], [250.0]]])).numpy().ravel().tolist()
        [0.0, 64.0, 192.0]
    """

    factor: float | Sequence[float]
    value_range: Sequence[float] = (0, 255)
    data_format: str | None = None
    seed: int | None = None
    spans: ClassVar = {"factor": (1.0, 8.0)}

    def changed(self, x: Array) -> Array:
        low, high = self.limits()
        least, most = map(int, self.between("factor"))
        batch = type_of(x).shape[0]
        bits = random.randint((batch, 1, 1, 1), least, max(most, least + 1), seed=self.source)
        step = m.pow(2.0, cast(8 - bits, self.compute_dtype))
        levels = m.clip(m.floor((x - low) * (255 / (high - low))), 0.0, 255.0)
        return m.floor(levels / step) * step * ((high - low) / 255) + low
