"""Elements picked and replaced by position."""

from __future__ import annotations

import builtins
from typing import Any

from wengert.ir.types import type_of
from wengert.ops import indexing as _indexing
from wengert.ops import sorting as _sorting
from wengert.ops.at import At
from wengert.ops.creation import zeros
from wengert.ops.indexing import take_along_axis
from wengert.ops.keras.basics import cast
from wengert.ops.keras.reductions import sum
from wengert.ops.keras.shapes import unstack
from wengert.ops.math import greater, less
from wengert.ops.operands import Array
from wengert.ops.operands import array as operand
from wengert.ops.shape import expand_dims

__all__ = [
    "get_item",
    "in_top_k",
    "scatter",
    "scatter_update",
    "searchsorted",
    "slice",
    "slice_update",
    "top_k",
]


def get_item(x: Any, key: Any) -> Array:
    """x[key]"""
    return _indexing.getitem(x, key)


def slice(inputs: Any, start_indices: Any, shape: Any) -> Array:
    """The block of a shape that begins at an index."""
    return inputs[
        tuple(builtins.slice(int(a), int(a) + n) for a, n in zip(start_indices, shape, strict=True))
    ]


def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Array:
    """inputs with a block in place of what is there."""
    lengths = type_of(updates).shape
    key = tuple(builtins.slice(int(a), int(a) + n) for a, n in zip(start_indices, lengths, strict=True))
    return At(operand(inputs))[key].set(updates)


def _places(indices: Any) -> tuple[Array, ...]:
    """Arrays of indices, one an axis, from one whose last axis they are."""
    return tuple(unstack(operand(indices), axis=-1))


def scatter_update(inputs: Any, indices: Any, updates: Any) -> Array:
    """inputs with updates in place of the elements at indices."""
    return At(operand(inputs))[_places(indices)].set(updates)


def scatter(indices: Any, values: Any, shape: Any) -> Array:
    """Zeros to which values are added at indices."""
    return At(zeros(shape, dtype=type_of(values).dtype))[_places(indices)].add(values)


def searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> Array:
    """Where values would stand in a sorted sequence."""
    return _sorting.searchsorted(operand(sorted_sequence), operand(values), side=side)


def top_k(x: Any, k: int, sorted: bool = True) -> Any:
    """The k largest elements of the last axis, and where they are."""
    return _sorting.top_k(operand(x), k)


def in_top_k(targets: Any, predictions: Any, k: int) -> Array:
    """Whether the score of each target is among the k largest of its row."""
    of_target = take_along_axis(predictions, expand_dims(targets, -1), -1)
    return less(sum(cast(greater(predictions, of_target), "int32"), -1), k)
