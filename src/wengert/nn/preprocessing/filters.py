"""Images blurred and sharpened: each pixel together with those around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from wengert.base.errors import ValueRangeError
from wengert.nn.preprocessing.random_images import RandomImages
from wengert.ops import math as m
from wengert.ops import random
from wengert.ops.filters import bell, filtered
from wengert.ops.operands import Array


class RandomGaussianBlur(RandomImages):
    """Some images blurred, all alike: each pixel a mean of those around it, weighted by a bell curve.

    Args:
        factor: share of the images: f for 0..f, or between two numbers in 0..1.
        kernel_size: how many columns and rows count: an odd number, or two.
        sigma: standard deviation, in pixels: f for 0..f, or between two numbers in 0..1; one is drawn for rows, and one
            for columns.
        value_range: smallest and largest value of a pixel; what leaves it is cut off.
        seed: which stream of random numbers; None takes a fresh one.

    Example:
        >>> RandomGaussianBlur(kernel_size=5, seed=1)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    factor: float | Sequence[float] = 1.0
    kernel_size: Any = 3
    sigma: float | Sequence[float] = 1.0
    value_range: Sequence[float] = (0, 255)
    data_format: str | None = None
    seed: int | None = None
    spans: ClassVar = {"factor": (0.0, 1.0), "sigma": (0.0, 1.0)}

    def check_fields(self) -> None:
        super().check_fields()
        self.sizes()

    def sizes(self) -> tuple[int, int]:
        """How many columns and rows count.

        Raises:
            ValueRangeError: they are not odd.
        """
        pair = self.kernel_size if isinstance(self.kernel_size, list | tuple) else (self.kernel_size,) * 2
        if len(pair) != 2 or not all(isinstance(n, int) and n > 0 and n % 2 for n in pair):
            raise ValueRangeError(
                f"RandomGaussianBlur: kernel_size must be an odd number > 0, or two; got {self.kernel_size!r}."
            )
        return pair[0], pair[1]

    def changed(self, x: Array) -> Array:
        (columns, rows), (low, high) = self.sizes(), self.between("sigma")
        happens = self.happens(x)
        sigma = random.uniform((2,), low, high, self.compute_dtype, self.source) + 1e-6
        blurred = filtered(filtered(x, bell(columns, sigma[0]), 2), bell(rows, sigma[1]), 1)
        return m.clip(m.where(happens, blurred, x), *self.limits())


class RandomSharpness(RandomImages):
    """Each image between its blurred self and its opposite: ``x + (1 - 2 f) (blurred - x)``.

    Args:
        factor: f: between two numbers in 0..1, or 0..f; 0 blurs, 0.5 changes nothing, 1 sharpens.
        value_range: smallest and largest value of a pixel; what leaves it is cut off.
        seed: which stream of random numbers; None takes a fresh one.

    Example:
        >>> RandomSharpness(0.5, seed=1)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    factor: float | Sequence[float]
    value_range: Sequence[float] = (0, 255)
    data_format: str | None = None
    seed: int | None = None
    spans: ClassVar = {"factor": (0.0, 1.0)}

    def changed(self, x: Array) -> Array:
        share = 2.0 * self.drawn(x, *self.between("factor"))
        ones = np.ones(3, self.compute_dtype)
        around = filtered(filtered(x, ones, 1), ones, 2)
        blurred = around * (1 / 13) + x * (4 / 13)  # a middle of 5 / 13 among neighbours of 1 / 13
        return m.clip(x + (1.0 - share) * (blurred - x), *self.limits())
