"""Images turned, moved, zoomed and sheared: affine maps of the plane, with interpolation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from wengert.base.words import require_word
from wengert.ir.operators import cast
from wengert.nn.preprocessing.random_images import RandomImages
from wengert.ops import math as m
from wengert.ops.image_sizes import sides
from wengert.ops.operands import Array
from wengert.ops.sampling import FILLS, INTERPOLATIONS, grid, sampled

Affine = tuple[Any, Any, Any, Any, Any, Any]  # a, b, c, d, e, f: x' = a x + b y + c, y' = d x + e y + f


class Warp(RandomImages):
    """Base of layers that take the pixels of an image from other places of it.

    Args:
        fill_mode: what is outside of an image: "reflect" (dcba|abcd|dcba), "wrap" (abcd|abcd|abcd), "nearest"
            (aaaa|abcd|dddd) or "constant" (`fill_value`).
        interpolation: "bilinear" or "nearest".
        seed: which stream of random numbers; None takes a fresh one.
    """

    fills: ClassVar[tuple[str, ...]] = tuple(f for f in FILLS if f != "mirror")

    def check_fields(self: Any) -> None:
        super().check_fields()
        require_word(type(self).__name__, "interpolation", self.interpolation, INTERPOLATIONS)
        if hasattr(self, "fill_mode"):
            require_word(type(self).__name__, "fill_mode", self.fill_mode, self.fills)

    def places(self, x: Array) -> tuple[Array, Array]:
        """Row and column that each pixel comes from: [batch, h, w, 1] both."""
        raise NotImplementedError

    def warped(self: Any, x: Array, interpolation: str) -> Array:
        """The pixels from these places."""
        fill_mode = getattr(self, "fill_mode", "constant")
        return cast(sampled(x, self.places(x), interpolation, fill_mode, self.fill_value), self.compute_dtype)

    def changed(self: Any, x: Array) -> Array:
        return self.warped(x, self.interpolation)

    def moved(self, x: Array) -> Array:
        return self.warped(x, "nearest")


class AffineWarp(Warp):
    """Base of random affine maps of images."""

    def map(self, x: Array) -> Affine:
        """Where pixels come from."""
        raise NotImplementedError

    def places(self, x: Array) -> tuple[Array, Array]:
        a, b, c, d, e, f = self.map(x)
        row, column = grid(*sides(x))
        return d * column + e * row + f, a * column + b * row + c


class RandomRotation(AffineWarp):
    """Images turned about their middle.

    Args:
        factor: of a full turn: between two shares in -1..1, or -f..f; positive turns go against the clock.
        fill_mode, interpolation, fill_value, seed: as in `Warp`.

    Example:
        >>> import numpy as np
        >>> RandomRotation(0.1)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    factor: float | Sequence[float]
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    seed: int | None = None
    fill_value: float = 0.0
    data_format: str | None = None

    spans: ClassVar = {"factor": (-1.0, 1.0)}

    def map(self, x: Array) -> Affine:
        low, high = self.between("factor")
        angle = m.multiply(self.drawn(x, 360 * low, 360 * high), math.pi / 180)
        cos, sin = m.cos(angle), m.sin(angle)
        cy, cx = (0.5 * (n - 1) for n in sides(x))
        minus = m.negative(sin)
        right = m.subtract(cx, m.add(m.multiply(cos, cx), m.multiply(minus, cy)))
        down = m.subtract(cy, m.add(m.multiply(sin, cx), m.multiply(cos, cy)))
        return cos, minus, right, sin, cos, down


class RandomTranslation(AffineWarp):
    """Images moved.

    Args:
        height_factor: of the height: between two shares in -1..1, or -f..f; positive moves go down.
        width_factor: of the width; positive moves go right.
        fill_mode, interpolation, fill_value, seed: as in `Warp`.

    Example:
        >>> import numpy as np
        >>> RandomTranslation(0.1, 0.1)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    height_factor: float | Sequence[float]
    width_factor: float | Sequence[float]
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    seed: int | None = None
    fill_value: float = 0.0
    data_format: str | None = None

    spans: ClassVar = {"height_factor": (-1.0, 1.0), "width_factor": (-1.0, 1.0)}

    def map(self, x: Array) -> Affine:
        down, right = (
            m.multiply(self.drawn(x, *between), -float(n))
            for between, n in zip(map(self.between, self.spans), sides(x), strict=True)
        )
        return 1.0, 0.0, right, 0.0, 1.0, down


class RandomZoom(AffineWarp):
    """Images larger or smaller about their middle.

    Args:
        height_factor: between two shares in -1..1, or -f..f: how much more of the height is seen; -0.2 zooms in.
        width_factor: the same for the width; None: as the height, of each image.
        fill_mode, interpolation, fill_value, seed: as in `Warp`.

    Example:
        >>> import numpy as np
        >>> RandomZoom(0.2)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    height_factor: float | Sequence[float]
    width_factor: float | Sequence[float] | None = None
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    seed: int | None = None
    fill_value: float = 0.0
    data_format: str | None = None

    spans: ClassVar = {"height_factor": (-1.0, 1.0), "width_factor": (-1.0, 1.0)}

    def between(self, what: str) -> tuple[float, float]:
        return super().between("height_factor" if getattr(self, what) is None else what)

    def map(self, x: Array) -> Affine:
        (low, high), (h, w) = self.between("height_factor"), sides(x)
        tall = wide = self.drawn(x, 1 + low, 1 + high)
        if self.width_factor is not None:
            low, high = self.between("width_factor")
            wide = self.drawn(x, 1 + low, 1 + high)
        down, right = (m.multiply(m.subtract(1.0, z), 0.5 * (n - 1)) for z, n in ((tall, h), (wide, w)))
        return wide, 0.0, right, 0.0, tall, down


class RandomShear(AffineWarp):
    """Images slanted, to either side.

    Args:
        x_factor, y_factor: between two numbers in 0..1, or 0..f: by how many columns a row, rows a column.
        fill_mode, interpolation, fill_value, seed: as in `Warp`.

    Example:
        >>> import numpy as np
        >>> RandomShear(0.2, 0.2)(np.zeros((5, 32, 32, 3), "uint8")).shape
        (5, 32, 32, 3)
    """

    x_factor: float | Sequence[float] = 0.0
    y_factor: float | Sequence[float] = 0.0
    interpolation: str = "bilinear"
    fill_mode: str = "reflect"
    fill_value: float = 0.0
    data_format: str | None = None
    seed: int | None = None

    spans: ClassVar = {"x_factor": (0.0, 1.0), "y_factor": (0.0, 1.0)}

    def between(self, what: str) -> tuple[float, float]:
        low, high = super().between(what)
        return (low if isinstance(getattr(self, what), list | tuple) else -high), high

    def map(self, x: Array) -> Affine:
        side = m.where(m.greater(self.drawn(x), 0.5), -1.0, 1.0)
        across, along = (
            m.multiply(self.drawn(x, *between), side) for between in map(self.between, self.spans)
        )
        return 1.0, across, 0.0, along, 1.0, 0.0
