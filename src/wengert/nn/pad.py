"""Zeros around images."""

from __future__ import annotations

from typing import Any

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir.types import type_of
from wengert.nn.conv import check_layout
from wengert.nn.layer import Layer
from wengert.ops.padding import pad


class ZeroPadding2D(Layer):
    """Rows and columns of zeros around each image.

    Args:
        padding: how many: one int; one for rows and one for columns; or (top, bottom), (left, right).
        data_format: "channels_last" only.

    Shapes:
        x [batch, height, width, channels]  ->  y [batch, top + height + bottom, left + width + right, channels]
    """

    padding: Any = (1, 1)
    data_format: str | None = None

    def check(self) -> None:
        check_layout("ZeroPadding2D", "valid", self.data_format)
        self._widths()

    def _widths(self) -> list[tuple[int, int]]:
        sides = (self.padding,) * 2 if isinstance(self.padding, int) else tuple(self.padding)
        widths = [tuple(s) if isinstance(s, list | tuple) else (s, s) for s in sides]
        counts = [n for w in widths for n in w]
        if [len(w) for w in widths] != [2, 2] or not all(isinstance(n, int) and n >= 0 for n in counts):
            raise ValueRangeError(
                f"ZeroPadding2D: padding must be an int >= 0, 2 of them or 2 pairs; got {self.padding!r}."
            )
        return [(w[0], w[1]) for w in widths]

    def call(self, x: Any) -> Any:
        if type_of(x).rank != 4:
            raise ShapeError(f"the input must be [batch, height, width, channels]; got {type_of(x)}.")
        return pad(x, [(0, 0), *self._widths(), (0, 0)])
