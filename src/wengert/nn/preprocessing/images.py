"""Images at another size, cut out, or flipped; channels last, one image or a batch."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wengert.base.counts import require_count
from wengert.base.dtypes import is_float
from wengert.base.errors import ShapeError, ValueRangeError
from wengert.base.words import require_word
from wengert.ir.operators import cast
from wengert.ir.types import TensorType, type_of
from wengert.nn.layer import Layer
from wengert.ops import math as m
from wengert.ops import random
from wengert.ops.indexing import take
from wengert.ops.operands import Array
from wengert.ops.padding import pad
from wengert.ops.resize import resize
from wengert.ops.shape import expand_dims, flip, squeeze
from wengert.ops.streams import Source, source_of

METHODS = {"nearest": "nearest", "bilinear": "linear", "bicubic": "cubic"}
FLIPS = ("horizontal", "vertical", "horizontal_and_vertical")


class Images(Layer):
    """Base of layers that change images [height, width, channels], or batches of them; sides must be known."""

    def check_fields(self) -> None:
        layout = getattr(self, "data_format", None) or "channels_last"
        require_word(type(self).__name__, "data_format", layout, ("channels_last",))

    def build(self, x: TensorType) -> None:
        if x.rank not in (3, 4) or not all(isinstance(n, int) for n in x.shape[-3:]):
            raise ShapeError(
                f"the input must be [height, width, channels] or [batch, height, width, channels], all but the batch "
                f"known; got {x}."
            )

    def changed(self, x: Array) -> Array:
        """A batch of images in floating point, as it should be."""
        raise NotImplementedError

    def call(self, x: Any) -> Any:
        return self.of_batch(self.changed, x)

    def of_batch(self, f: Callable[[Array], Array], x: Array) -> Array:
        """f of a batch of images in floating point, or of one as a batch of one."""
        x = cast(x, self.compute_dtype)
        return squeeze(f(expand_dims(x, 0)), 0) if type_of(x).rank == 3 else f(x)


class RandomImages(Images):
    """Base of layers that change images at random: while training only, which is what a call alone means.

    Calling:
        ``layer(x, training=True, key=None)``: integers become floats in any case. key: an int (or a key of
        `wg.random`) that alone decides what happens; `Dataset.map(layer)` gives one for each element, so that no thread
        and no order of calls takes part.

    Numerics: each image has draws of its own. Without a key, the layer's seed and how often it was called decide.
    """

    def build(self: Any, x: TensorType) -> None:
        super().build(x)
        self.seed_generator = random.SeedGenerator(self.seed, name=f"{self.name}/seed_generator")

    def __call__(self, x: Any, *args: Any, key: Any = None, **kwargs: Any) -> Any:
        """The changed images."""
        if key is None:
            return super().__call__(x, *args, **kwargs)
        token = _SOURCE.set(source_of(key))
        try:
            return super().__call__(x, *args, **kwargs)
        finally:
            _SOURCE.reset(token)

    def call(self, x: Any, training: bool = True) -> Any:
        return self.of_batch(self.changed, x) if training else cast(x, self.compute_dtype)

    @property
    def source(self) -> Any:
        """Where draws come from: the key of this call, else the layer's generator."""
        return _SOURCE.get() or self.seed_generator

    def drawn(self, x: Array, low: float = 0.0, high: float = 1.0) -> Array:
        """A number for each image, [batch, 1, 1, 1], evenly spread over low..high."""
        return random.uniform((type_of(x).shape[0], 1, 1, 1), low, high, self.compute_dtype, self.source)


_SOURCE: contextvars.ContextVar[Source | None] = contextvars.ContextVar("source", default=None)


def span(kind: str, what: str, factor: Any, least: float = -1.0) -> tuple[float, float]:
    """The bounds that a factor means: a pair, or a number f for max(-f, least)..f; all in least..1.

    Raises:
        ValueRangeError: it is something else.
    """
    pair: tuple[Any, ...] = tuple(factor) if isinstance(factor, list | tuple) else (factor,)
    if len(pair) == 1 and isinstance(pair[0], int | float):
        pair = max(-abs(pair[0]), least), abs(pair[0])
    if len(pair) != 2 or not all(isinstance(f, int | float) and least <= f <= 1 for f in pair):
        raise ValueRangeError(f"{kind}: {what} must be a number, or two, in {least:g}..1; got {factor!r}.")
    return min(pair), max(pair)


def cut(x: Array, top: Any, left: Any, height: int, width: int) -> Array:
    """A part of each image of a batch; where it begins may be computed."""
    x = take(x, m.add(np.arange(height), top), axis=1)
    return take(x, m.add(np.arange(width), left), axis=2)


def widest(x: Array, height: int, width: int) -> Array:
    """The largest part in the middle of images of a batch that has the proportions of height x width."""
    h, w = sides(x)
    tall, wide = max(min(h, w * height // width), 1), max(min(w, h * width // height), 1)
    top, left = (h - tall) // 2, (w - wide) // 2
    return x[:, top : top + tall, left : left + wide]


def sides(x: Array) -> tuple[int, int]:
    """Height and width of the images of a batch."""
    h, w = type_of(x).shape[1:3]
    return int(h), int(w)


class Resizing(Images):
    """Images of `height` x `width`, interpolated; integers stay integers, rounded.

    Args:
        height, width: > 0.
        interpolation: "bilinear", "nearest" or "bicubic" (which makes images smaller with `antialias` only).
        crop_to_aspect_ratio: cut off what would distort the image.
        pad_to_aspect_ratio: put `fill_value` around it instead.
        fill_mode: "constant" only.
        antialias: where images get smaller, let all of their pixels count.

    Example:
        >>> Resizing(2, 2)(np.zeros((5, 4, 4, 3), "uint8")).shape
        (5, 2, 2, 3)
    """

    height: int
    width: int
    interpolation: str = "bilinear"
    crop_to_aspect_ratio: bool = False
    pad_to_aspect_ratio: bool = False
    fill_mode: str = "constant"
    fill_value: float = 0.0
    antialias: bool = False
    data_format: str | None = None

    def check_fields(self) -> None:
        super().check_fields()
        require_count("Resizing", "height", self.height)
        require_count("Resizing", "width", self.width)
        require_word("Resizing", "interpolation", self.interpolation, METHODS)
        require_word("Resizing", "fill_mode", self.fill_mode, ("constant",))
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise ValueRangeError(
                "Resizing: crop_to_aspect_ratio and pad_to_aspect_ratio exclude one another."
            )

    def call(self, x: Any) -> Any:
        t = type_of(x)
        y = super().call(x)
        if is_float(t.dtype):
            return y
        low, high = np.iinfo(t.dtype).min, np.iinfo(t.dtype).max
        return cast(m.clip(m.round(y), low, high), t.dtype)

    def changed(self, x: Array) -> Array:
        if self.crop_to_aspect_ratio:
            x = widest(x, self.height, self.width)
        if self.pad_to_aspect_ratio:
            h, w = sides(x)
            top = (max(h, w * self.height // self.width) - h) // 2
            left = (max(w, h * self.width // self.height) - w) // 2
            around = [(0, 0), (top, top), (left, left), (0, 0)]
            x = pad(x, around, constant_values=self.fill_value)
        return self._resized(x)

    def _resized(self, x: Array) -> Array:
        h, w = sides(x)
        cubic = self.interpolation == "bicubic"
        if cubic and not self.antialias and (self.height < h or self.width < w):
            raise ValueRangeError(
                f"bicubic interpolation needs antialias=True to make {h} x {w} smaller; got False."
            )
        antialias = cubic or (self.antialias and self.interpolation != "nearest")
        return resize(x, (self.height, self.width), (1, 2), METHODS[self.interpolation], antialias=antialias)


class CenterCrop(Images):
    """The middle of images, `height` x `width`; of smaller ones the largest such part, made larger.

    Example:
        >>> CenterCrop(2, 2)(np.arange(16.0).reshape(4, 4, 1)).reshape(2, 2).tolist()
        [[5.0, 6.0], [9.0, 10.0]]
    """

    height: int
    width: int
    data_format: str | None = None

    def check_fields(self) -> None:
        super().check_fields()
        require_count(type(self).__name__, "height", self.height)
        require_count(type(self).__name__, "width", self.width)

    def changed(self, x: Array) -> Array:
        h, w = sides(x)
        if h < self.height or w < self.width:
            return resize(widest(x, self.height, self.width), (self.height, self.width), (1, 2))
        return cut(x, (h - self.height) // 2, (w - self.width) // 2, self.height, self.width)


class RandomCrop(RandomImages):
    """Parts of `height` x `width`, at one random place for the whole batch; in use, and of smaller images, the largest
    part in the middle with these proportions, at this size.

    Example:
        >>> RandomCrop(24, 24)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 24, 24, 3)
    """

    height: int
    width: int
    seed: int | None = None
    data_format: str | None = None

    def check_fields(self) -> None:
        super().check_fields()
        require_count("RandomCrop", "height", self.height)
        require_count("RandomCrop", "width", self.width)

    def call(self, x: Any, training: bool = True) -> Any:
        return self.of_batch(self.changed if training else self._middle, x)

    def changed(self, x: Array) -> Array:
        h, w = sides(x)
        if h < self.height or w < self.width:
            return self._middle(x)
        room = h - self.height, w - self.width
        top, left = (random.randint((), 0, rest + 1, seed=self.source) for rest in room)
        return cut(x, top, left, self.height, self.width)

    def _middle(self, x: Array) -> Array:
        return resize(widest(x, self.height, self.width), (self.height, self.width), (1, 2))


class RandomFlip(RandomImages):
    """Every second image mirrored, on average.

    Args:
        mode: "horizontal" (left and right change places), "vertical", or "horizontal_and_vertical": both or neither.
        seed: which stream of random numbers; None takes a fresh one.

    Example:
        >>> RandomFlip("horizontal", seed=1)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    mode: str = "horizontal_and_vertical"
    seed: int | None = None
    data_format: str | None = None

    def check_fields(self) -> None:
        super().check_fields()
        require_word("RandomFlip", "mode", self.mode, FLIPS)

    def changed(self, x: Array) -> Array:
        axes = [axis for axis, way in ((2, "horizontal"), (1, "vertical")) if way in self.mode]
        return m.where(m.less_equal(self.drawn(x), 0.5), flip(x, axes), x)


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

    def check_fields(self) -> None:
        super().check_fields()
        span("RandomErasing", "factor", self.factor, 0.0)
        span("RandomErasing", "scale", self.scale, 0.0)

    def changed(self, x: Array) -> Array:
        share = span("RandomErasing", "factor", self.factor, 0.0)
        low, high = sorted(self.scale)
        tall, wide = (m.sqrt(self.drawn(x, low, high)) for _ in range(2))
        inside = rectangles(self, x, tall, wide)
        # A single factor is the upper end of shares from 0 on; Keras draws them so, too.
        erased = m.less(self.drawn(x), self.drawn(x, *share))
        if self.fill_value is None:
            noise = random.normal(type_of(x).shape, dtype=self.compute_dtype, seed=self.source)
            fill = m.multiply(noise, float(max(self.value_range)))
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
