"""Zeros around signals, images and volumes, and parts cut off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir.types import type_of
from wengert.nn.spatial import Spatial
from wengert.ops.operands import Array
from wengert.ops.padding import pad
from wengert.ops.shape import slice_axis

Widths = int | Sequence[int] | Sequence[Sequence[int]]


class Bordered(Spatial):
    """Base of layers that are told how much of each side of each spatial axis."""

    def widths(self, what: str, value: Any) -> list[tuple[int, int]]:
        """(before, after) of each axis, from one int, one for each axis, or a pair for each axis.

        Raises:
            ValueRangeError: it is none of these.
        """
        if self.rank == 1 and isinstance(value, Sequence) and all(isinstance(n, int) for n in value):
            value = (value,)
        sides = value if isinstance(value, Sequence) else (value,) * self.rank
        pairs = [tuple(s) if isinstance(s, Sequence) else (s, s) for s in sides]
        counts = [n for p in pairs for n in p]
        fit = [len(p) for p in pairs] == [2] * self.rank
        if not fit or not all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in counts):
            several = "" if self.rank == 1 else f", {self.rank} of them"
            pair = "a pair" if self.rank == 1 else f"{self.rank} pairs"
            raise ValueRangeError(
                f"{type(self).__name__}: {what} must be an int >= 0{several} or {pair}; got {value!r}."
            )
        return [(p[0], p[1]) for p in pairs]


class ZeroPadding(Bordered):
    """Zeros around each sample. Use ZeroPadding1D, ZeroPadding2D or ZeroPadding3D.

    Args:
        padding: how many: one int; one for each spatial axis; or (before, after) for each. Of one axis: an int or
            (before, after).
        data_format: "channels_last" (also where it is None) or "channels_first".

    Shapes:
        x [batch, *spatial, channels]  ->  y [batch, *(before + spatial + after), channels]
    """

    padding: Widths = 1
    data_format: str | None = None

    def check_fields(self) -> None:
        self.check_format()
        self.widths("padding", self.padding)

    def apply(self, x: Array) -> Array:
        return pad(x, [(0, 0), *self.widths("padding", self.padding), (0, 0)])


class Cropping(Bordered):
    """Each sample without its borders. Use Cropping1D, Cropping2D or Cropping3D.

    Args:
        cropping: how many: one int; one for each spatial axis; or (before, after) for each. Of one axis: an int or
            (before, after).
        data_format: "channels_last" (also where it is None) or "channels_first".

    Shapes:
        x [batch, *spatial, channels]  ->  y [batch, *(spatial - before - after), channels]

    Raises:
        ShapeError: nothing would be left.
    """

    cropping: Widths = 1
    data_format: str | None = None

    def check_fields(self) -> None:
        self.check_format()
        self.widths("cropping", self.cropping)

    def apply(self, x: Array) -> Array:
        t = type_of(x)
        for axis, (before, after) in enumerate(self.widths("cropping", self.cropping), 1):
            length = t.shape[axis]
            if isinstance(length, int) and length <= before + after:
                raise ShapeError(
                    f"something must be left of {t} along spatial axis {axis}; got cropping {before} + {after}."
                )
            x = slice_axis(x, axis, before, length - after)
        return x


class ZeroPadding1D(ZeroPadding):
    """Zeros before and after each sequence; see `ZeroPadding`."""

    rank = 1


class ZeroPadding2D(ZeroPadding):
    """Rows and columns of zeros around each image; see `ZeroPadding`."""

    rank = 2


class ZeroPadding3D(ZeroPadding):
    """Zeros around each volume; see `ZeroPadding`."""

    rank = 3


class Cropping1D(Cropping):
    """Each sequence without its first and last steps; see `Cropping`."""

    rank = 1


class Cropping2D(Cropping):
    """Each image without its borders; see `Cropping`."""

    cropping: Widths = 0
    rank = 2


class Cropping3D(Cropping):
    """Each volume without its borders; see `Cropping`."""

    rank = 3
