"""Policies of augmentation: changes picked at random from a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from wengert.base.errors import ValueRangeError
from wengert.base.numbers import require_count
from wengert.base.words import require_word
from wengert.ir.operators import cast
from wengert.nn.preprocessing.colours import (
    AutoContrast,
    RandomBrightness,
    RandomContrast,
    RandomPosterization,
    Solarization,
)
from wengert.nn.preprocessing.filters import RandomSharpness
from wengert.nn.preprocessing.histograms import Equalization
from wengert.nn.preprocessing.hues import RandomColorDegeneration
from wengert.nn.preprocessing.images import Images
from wengert.nn.preprocessing.random_images import RandomImages, drawing_from
from wengert.nn.preprocessing.warps import RandomRotation, RandomShear, RandomTranslation
from wengert.ops import math as m
from wengert.ops import random
from wengert.ops.control import switch
from wengert.ops.keys import known_value
from wengert.ops.operands import Array
from wengert.ops.sampling import INTERPOLATIONS
from wengert.ops.streams import Draws


class Policy(RandomImages):
    """Base of layers that apply others, picked at random, each as far as `factor` says."""

    spans: ClassVar = {"factor": (0.0, 1.0)}

    def check_fields(self: Any) -> None:
        super().check_fields()
        require_word(type(self).__name__, "interpolation", self.interpolation, INTERPOLATIONS)

    def steps(self: Any) -> list[Images]:
        """The layers to pick from: those that move pixels, then those that change them."""
        between, pixels = self.between("factor"), {"value_range": self.value_range}
        moving = {"interpolation": self.interpolation}
        bits = max(1, int(8 * between[1]))
        made: list[tuple[Any, dict[str, Any]]] = [
            (RandomShear, {"x_factor": between, "y_factor": between, **moving}),
            (RandomTranslation, {"height_factor": between, "width_factor": between, **moving}),
            (RandomRotation, {"factor": between, **moving}),
            (RandomPosterization, {"factor": bits, **pixels}),
            (Solarization, {"addition_factor": between, "threshold_factor": between, **pixels}),
            (AutoContrast, pixels),
            (Equalization, pixels),
            (RandomBrightness, {"factor": between, **pixels}),
            (RandomColorDegeneration, {"factor": between, **pixels}),
            (RandomContrast, {"factor": between, **pixels}),
            (RandomSharpness, {"factor": between, **pixels}),
        ]
        return [kind(name=kind.__name__, dtype=self.dtype, **fields) for kind, fields in made]

    def picked(self, x: Array, ways: Sequence[Callable[[Array], Array]]) -> Array:
        """One of the ways to change x, drawn for the whole batch; only that one is computed."""
        at = random.randint((), 0, len(ways), seed=self.source)
        key = self.fresh_key()

        def drawing(way: Callable[[Array], Array]) -> Callable[[Array, Array], Array]:
            def drawn(x: Array, key: Array) -> Array:
                with drawing_from(Draws(key)):
                    return way(x)

            return drawn

        number = known_value(at)
        if number is not None:
            return drawing(ways[int(number)])(x, key)
        return switch(at, [drawing(way) for way in ways], x, key)


class RandAugment(Policy):
    """A few of eleven changes, picked at random, one after the other; the same ones for the whole batch.

    They are shear, translation, rotation, posterization, solarization, contrast at its most, equalization, brightness,
    degeneration of colours, contrast, and sharpness, each with draws of its own for each image.

    Args:
        value_range: smallest and largest value of a pixel.
        num_ops: how many.
        factor: how far each may go: f for 0..f, or between two numbers in 0..1.
        interpolation: "bilinear" or "nearest", where pixels move.
        seed: which stream of random numbers; None takes a fresh one.

    Source: Cubuk et al., "RandAugment: practical automated data augmentation with a reduced search space", 2020.

    Example:
        >>> RandAugment(seed=1)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    value_range: Sequence[float] = (0, 255)
    num_ops: int = 2
    factor: float | Sequence[float] = 0.5
    interpolation: str = "bilinear"
    seed: int | None = None
    data_format: str | None = None

    def check_fields(self) -> None:
        super().check_fields()
        require_count("RandAugment", "num_ops", self.num_ops)

    def changed(self, x: Array) -> Array:
        for _ in range(self.num_ops):
            x = self.picked(x, [step.changed for step in self.steps()])
        return x

    def moved(self, x: Array) -> Array:
        for _ in range(self.num_ops):
            x = self.picked(x, [step.moved for step in self.steps()])
        return x


class AugMix(Policy):
    """``w x + (1 - w) (v1 x1 + ... + vn xn)``, where each of x1, ..., xn has gone through a chain of random changes.

    w is drawn from beta(alpha, alpha), v1, ..., vn from a Dirichlet distribution. The changes are those of
    `RandAugment`, or none; weights and chains are the same for the whole batch.

    Args:
        value_range: smallest and largest value of a pixel; what leaves it is cut off.
        num_chains: n.
        chain_depth: how many changes in each.
        factor: how far each may go: f for 0..f, or between two numbers in 0..1.
        alpha: > 0; the larger, the more even the weights.
        all_ops: False leaves out the changes of brightness, colours, contrast and sharpness.
        interpolation: "bilinear" or "nearest", where pixels move.
        seed: which stream of random numbers; None takes a fresh one.

    Source: Hendrycks et al., "AugMix: a simple data processing method to improve robustness and uncertainty",
    ICLR 2020.

    Example:
        >>> AugMix(seed=1)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    value_range: Sequence[float] = (0, 255)
    num_chains: int = 3
    chain_depth: int = 3
    factor: float | Sequence[float] = 0.3
    alpha: float = 1.0
    all_ops: bool = True
    interpolation: str = "bilinear"
    seed: int | None = None
    data_format: str | None = None
    entries: ClassVar = ("images", "labels")

    def check_fields(self) -> None:
        super().check_fields()
        require_count("AugMix", "num_chains", self.num_chains)
        require_count("AugMix", "chain_depth", self.chain_depth)
        if not self.alpha > 0:
            raise ValueRangeError(f"AugMix: alpha must be > 0; got {self.alpha}.")

    def changed(self, x: Array) -> Array:
        steps = self.steps() if self.all_ops else self.steps()[:FIRST]
        ways = [*(step.changed for step in steps), same]
        shares = random.dirichlet((), np.full(self.num_chains, self.alpha, "float32"), seed=self.source)
        kept = random.beta((), self.alpha, self.alpha, seed=self.source)
        mixed: Any = 0.0
        for k in range(self.num_chains):
            y = x
            for _ in range(self.chain_depth):
                y = self.picked(y, ways)
            mixed = mixed + cast(shares[k], self.compute_dtype) * y
        kept = cast(kept, self.compute_dtype)
        return m.clip(kept * x + (1.0 - kept) * mixed, *self.limits())


FIRST = 7
"""How many of the changes `AugMix` makes without `all_ops`."""


def same(x: Array) -> Array:
    """x"""
    return x
