"""Where channels are: Keras's `data_format`. What follows computes with channels last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wengert.base.errors import ShapeError
from wengert.base.words import require_word
from wengert.ir.types import type_of
from wengert.ops.operands import Array
from wengert.ops.operands import array as operand
from wengert.ops.shape import expand_dims, moveaxis, squeeze

__all__: list[str] = []

FORMATS = ("channels_last", "channels_first")


def is_first(name: str, data_format: Any) -> bool:
    """Whether channels come before the spatial axes.

    Raises:
        ValueRangeError: there is no such format.
    """
    if data_format is not None:
        require_word(name, "data_format", data_format, FORMATS)
    return bool(data_format == "channels_first")


def with_channels_last(name: str, data_format: Any, f: Callable[[Array], Array], x: Any) -> Array:
    """f(x) of [batch, *spatial, channels], for an x whose channels are where `data_format` says."""
    x = operand(x)
    if not is_first(name, data_format):
        return f(x)
    return moveaxis(f(moveaxis(x, 1, -1)), -1, 1)


def of_images(name: str, data_format: Any, f: Callable[[Array], Array], x: Any, rank: int = 2) -> Array:
    """f(x) of a batch [batch, *spatial, channels], for one image or several; with `rank` spatial axes.

    Raises:
        ShapeError: x has another number of axes.
    """
    x = operand(x)
    t, axis = type_of(x), -1 - rank
    if t.rank not in (rank + 1, rank + 2):
        raise ShapeError(
            f"{name}: the input must have {rank + 1} axes, or {rank + 2} for a batch of such; got {t}."
        )
    first = is_first(name, data_format)
    x = moveaxis(x, axis, -1) if first else x
    y = f(x) if t.rank == rank + 2 else squeeze(f(expand_dims(x, 0)), 0)
    return moveaxis(y, -1, axis) if first else y
