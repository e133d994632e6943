"""Images changed at random: what all such layers share, and those that only move whole pixels."""

from __future__ import annotations

import contextvars
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from wengert.base.errors import UsageError, ValueRangeError
from wengert.base.numbers import require_count
from wengert.base.words import require_word
from wengert.ir.operators import cast
from wengert.ir.types import type_of
from wengert.nn.layer import Layer
from wengert.nn.preprocessing.images import Images, cut
from wengert.ops import math as m
from wengert.ops import random
from wengert.ops.image_sizes import sides, widest
from wengert.ops.operands import Array
from wengert.ops.resize import resize
from wengert.ops.shape import flip
from wengert.ops.streams import Draws, Source, joined_words, source_of

FLIPS = ("horizontal", "vertical", "horizontal_and_vertical")


class Keyed(Layer):
    """Base of layers that may be given the key that decides what is drawn: ``layer(x, key=...)``."""

    def __call__(self, x: Any, *args: Any, key: Any = None, **kwargs: Any) -> Any:
        """The output for `x`; key: an int, or a key of `wg.random`, that alone decides what is random."""
        if key is None:
            return super().__call__(x, *args, **kwargs)
        with drawing_from(source_of(key)):
            return super().__call__(x, *args, **kwargs)


class RandomImages(Keyed, Images):
    """Base of layers that change images at random: while training only, which is what a call alone means.

    Calling:
        ``layer(x, training=True, key=None)``: integers become floats in any case. key: an int (or a key of
        `wg.random`) that alone decides what happens; `Dataset.map(layer)` gives one for each element, so that no thread
        and no order of calls takes part.

        ``layer({"images": x, "labels": y, "segmentation_masks": z})``: masks [..., height, width, 1] are moved as their
        images are, to the nearest pixel, and keep their dtype; labels stay as they are. Both may be left out.

    Numerics: each image has draws of its own. Without a key, the layer's seed and how often it was called decide.
    """

    spans: ClassVar[dict[str, tuple[float, float]]] = {}
    """Fields that say what is drawn between (`span`), with the least and the most that may be."""
    entries: ClassVar[tuple[str, ...]] = ("images", "labels", "segmentation_masks")
    """What a dict may hold."""

    def check_fields(self) -> None:
        super().check_fields()
        for what in self.spans:
            self.between(what)

    def between(self, what: str) -> tuple[float, float]:
        """What is drawn for a field lies between these."""
        return span(type(self).__name__, what, getattr(self, what), *self.spans[what])

    def build(self: Any, x: Any) -> None:
        super().build(x)
        self.seed_generator = random.SeedGenerator(self.seed, name=f"{self.name}/seed_generator")

    def taken(self, x: Any) -> Any:
        if isinstance(x, dict) and not {"images"} <= set(x) <= set(self.entries):
            raise UsageError(
                f"a dict must have images, and may have {' and '.join(self.entries[1:])}; got {sorted(x)}."
            )
        return super().taken(x)

    def call(self, x: Any, training: bool = True) -> Any:
        changed, moved = (self.changed, self.moved) if training else (self.unchanged, self.unmoved)
        if not isinstance(x, dict):
            return self.of_batch(changed, x)
        found, key = dict(x), self.fresh_key()  # the same draws for masks as for their images
        for what, f in (("images", changed), ("segmentation_masks", moved)):
            if what in x:
                with drawing_from(Draws(key)):
                    found[what] = self.of_batch(f, x[what])
        if "segmentation_masks" in x:
            masks = "segmentation_masks"
            found[masks] = cast(found[masks], type_of(x[masks]).dtype)
        return found

    def unchanged(self, x: Array) -> Array:
        """Images in use."""
        return x

    def unmoved(self, x: Array) -> Array:
        """Masks in use."""
        return x

    @property
    def source(self) -> Any:
        """Where draws come from: the key of this call, else the layer's generator."""
        return _SOURCE.get() or self.seed_generator

    def fresh_key(self) -> Array:
        """A key made of the next draw."""
        return joined_words(self.source.bits((2,)))

    def drawn(self, x: Array, low: float = 0.0, high: float = 1.0) -> Array:
        """A number for each image, [batch, 1, 1, 1], evenly spread over low..high."""
        return random.uniform((type_of(x).shape[0], 1, 1, 1), low, high, self.compute_dtype, self.source)

    def happens(self, x: Array, what: str = "factor") -> Array:
        """Whether a change happens, [batch, 1, 1, 1], whose probability is drawn for the field, as Keras does it."""
        return m.less(self.drawn(x), self.drawn(x, *self.between(what)))


_SOURCE: contextvars.ContextVar[Source | None] = contextvars.ContextVar("source", default=None)


@contextmanager
def drawing_from(source: Source | None) -> Iterator[None]:
    """A with-block in which all layers of images draw from this source; None: from their own."""
    token = _SOURCE.set(source)
    try:
        yield
    finally:
        _SOURCE.reset(token)


def span(kind: str, what: str, factor: Any, least: float = -1.0, most: float = 1.0) -> tuple[float, float]:
    """The bounds that a factor means: a pair, or a number f for max(-f, least)..f; all in least..most.

    Raises:
        ValueRangeError: it is something else.
    """
    pair = factor if isinstance(factor, list | tuple) else (factor, factor)
    if len(pair) != 2 or not all(isinstance(f, int | float) and least <= f <= most for f in pair):
        raise ValueRangeError(
            f"{kind}: {what} must be a number, or two, in {least:g}..{most:g}; got {factor!r}."
        )
    if pair is factor:
        return float(min(pair)), float(max(pair))
    return float(max(-abs(factor), least)), float(abs(factor))


class RandomCrop(RandomImages):
    """Parts of `height` x `width`, at one random place for the whole batch; in use, and of smaller images, the largest
    part in the middle with these proportions, at this size.

    Example:
        >>> import numpy as np
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

    def changed(self, x: Array, method: str = "linear") -> Array:
        h, w = sides(x)
        if h < self.height or w < self.width:
            return self.unchanged(x, method)
        room = h - self.height, w - self.width
        top, left = (random.randint((), 0, rest + 1, seed=self.source) for rest in room)
        return cut(x, top, left, self.height, self.width)

    def unchanged(self, x: Array, method: str = "linear") -> Array:
        return resize(widest(x, self.height, self.width), (self.height, self.width), (1, 2), method)

    def moved(self, x: Array) -> Array:
        return self.changed(x, "nearest")

    def unmoved(self, x: Array) -> Array:
        return self.unchanged(x, "nearest")


class RandomFlip(RandomImages):
    """Every second image mirrored, on average.

    Args:
        mode: "horizontal" (left and right change places), "vertical", or "horizontal_and_vertical": both or neither.
        seed: which stream of random numbers; None takes a fresh one.

    Example:
        >>> import numpy as np
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

    def moved(self, x: Array) -> Array:
        return self.changed(x)
