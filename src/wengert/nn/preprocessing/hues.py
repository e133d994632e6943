"""Images of other hues and saturations, and several such changes at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from wengert.nn.preprocessing.colours import RandomBrightness, RandomContrast
from wengert.nn.preprocessing.random_images import RandomImages, drawing_from
from wengert.ops import math as m
from wengert.ops.colours import grey, to_hsv, to_rgb
from wengert.ops.operands import Array
from wengert.ops.streams import Draws


class RandomHue(RandomImages):
    """Each image with its hues turned by up to half of the circle, to either side.

    Args:
        factor: how far, of half of the circle: f for 0..f, or between two numbers in 0..1.
        value_range: smallest and largest value of a pixel.
        seed: which stream of random numbers; None takes a fresh one.

    Example:
        >>> import numpy as np
        >>> RandomHue((1.0, 1.0))(np.array([[[255.0, 0.0, 0.0]]])).numpy().round().ravel().tolist()
        [0.0, 255.0, 255.0]
    """

    factor: float | Sequence[float]
    value_range: Sequence[float] = (0, 255)
    data_format: str | None = None
    seed: int | None = None
    spans: ClassVar = {"factor": (0.0, 1.0)}

    def changed(self, x: Array) -> Array:
        low, high = self.limits()
        side = m.where(self.drawn(x) > 0.5, -0.5, 0.5)
        hue, saturation, value = to_hsv((x - low) / (high - low))
        turned = to_rgb(hue + side * self.drawn(x, *self.between("factor")), saturation, value)
        return m.clip(turned, 0.0, 1.0) * (high - low) + low


class RandomSaturation(RandomImages):
    """Each image with its saturations multiplied by f / (1 - f): 0 is grey, 0.5 changes nothing, 1 is garish.

    Args:
        factor: f, between two numbers in 0..1; one number a stands for -a..a, where what is below 0 is grey.
        value_range: smallest and largest value of a pixel, the smallest being black.
        seed: which stream of random numbers; None takes a fresh one.

    Numerics: saturations end at 1. Those of Keras end at value_range[1], so that with (0, 255) its pixels leave the
    range where f > 0.5; with (0, 1) they are the same.

    Example:
        >>> import numpy as np
        >>> RandomSaturation((0.0, 0.0))(np.array([[[200.0, 100.0, 0.0]]])).numpy().ravel().tolist()
        [200.0, 200.0, 200.0]
    """

    factor: float | Sequence[float]
    value_range: Sequence[float] = (0, 255)
    data_format: str | None = None
    seed: int | None = None
    spans: ClassVar = {"factor": (-1.0, 1.0)}

    def changed(self, x: Array) -> Array:
        share = self.drawn(x, *self.between("factor"))
        hue, saturation, value = to_hsv(x)
        more = saturation * (share / (1.0 - share + 1e-7))
        return to_rgb(hue, m.clip(more, 0.0, 1.0), value)


class RandomColorDegeneration(RandomImages):
    """Each image mixed with itself in grey: ``x + f (grey - x)``.

    Args:
        factor: f: between two numbers in -1..1, or -f..f; 1 is grey, below 0 colours get stronger.
        value_range: smallest and largest value of a pixel; what leaves it is cut off.
        seed: which stream of random numbers; None takes a fresh one.

    Example:
        >>> import numpy as np
        >>> RandomColorDegeneration((1.0, 1.0))(np.array([[[100.0, 0.0, 0.0]]])).numpy().ravel().astype(int).tolist()
        [29, 29, 29]
    """

    factor: float | Sequence[float]
    value_range: Sequence[float] = (0, 255)
    data_format: str | None = None
    seed: int | None = None
    spans: ClassVar = {"factor": (-1.0, 1.0)}

    def changed(self, x: Array) -> Array:
        return m.clip(x + self.drawn(x, *self.between("factor")) * (grey(x) - x), *self.limits())


class RandomColorJitter(RandomImages):
    """`RandomBrightness`, `RandomContrast`, `RandomSaturation` and `RandomHue`, one after the other.

    Args:
        value_range: smallest and largest value of a pixel.
        brightness_factor, contrast_factor, saturation_factor, hue_factor: what these layers take; None leaves one out.
        seed: which stream of random numbers; None takes a fresh one.

    Example:
        >>> import numpy as np
        >>> RandomColorJitter((0, 1), 0.1, 0.2, (0.4, 0.6), 0.1, seed=1)(np.ones((5, 32, 32, 3), "float32")).shape
        (5, 32, 32, 3)
    """

    value_range: Sequence[float] = (0, 255)
    brightness_factor: float | Sequence[float] | None = None
    contrast_factor: float | Sequence[float] | None = None
    saturation_factor: float | Sequence[float] | None = None
    hue_factor: float | Sequence[float] | None = None
    seed: int | None = None
    data_format: str | None = None

    def check_fields(self) -> None:
        super().check_fields()
        self.steps()

    def steps(self) -> list[RandomImages]:
        """The layers that are asked for; they draw from what this layer draws from."""
        kinds: dict[str, Any] = {
            "brightness_factor": RandomBrightness,
            "contrast_factor": RandomContrast,
            "saturation_factor": RandomSaturation,
            "hue_factor": RandomHue,
        }
        asked = {what: getattr(self, what) for what in kinds}
        return [
            kinds[what](factor, self.value_range, name=what, dtype=self.dtype)
            for what, factor in asked.items()
            if factor is not None
        ]

    def changed(self, x: Array) -> Array:
        with drawing_from(Draws(self.fresh_key())):
            for step in self.steps():
                x = step.changed(x)
        return x
