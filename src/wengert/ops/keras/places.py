"""Elements picked and replaced by position."""

from __future__ import annotations

import builtins
import math
from typing import Any

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import indexing, reduce, sorting
from wengert.ops import math as m
from wengert.ops.at import At
from wengert.ops.bits import logical_and
from wengert.ops.creation import zeros
from wengert.ops.joining import unstack
from wengert.ops.operands import Array, require_integer
from wengert.ops.operands import array as operand
from wengert.ops.sets import nonzero
from wengert.ops.shape import expand_dims, reshape

__all__ = [
    "argpartition", "get_item", "in_top_k", "scatter", "scatter_update", "slice", "slice_update", "take_along_axis",
    "top_k", "unravel_index", "where",
]  # fmt: skip


def get_item(x: Any, key: Any) -> Array:
    """x[key]"""
    return indexing.getitem(x, key)


def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """x1 where the condition holds (or is not 0), x2 elsewhere; without them, the places where it holds."""
    condition = operand(condition)
    if x1 is None and x2 is None:
        return nonzero(condition)
    holds = condition if type_of(condition).dtype == "bool" else m.not_equal(condition, 0)
    return m.where(holds, x1, x2)


def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Array:
    """out[..., i, ...] = x[..., indices[..., i, ...], ...]; of all elements in a row where no axis is named."""
    if axis is None:
        return indexing.take_along_axis(reshape(x, (-1,)), reshape(indices, (-1,)), 0)
    return indexing.take_along_axis(x, indices, axis)


def slice(inputs: Any, start_indices: Any, shape: Any) -> Array:
    """The block of a shape that begins at an index."""
    return operand(inputs)[_block(start_indices, shape)]


def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Array:
    """inputs with a block in place of what is there."""
    updates = operand(updates)
    return At(operand(inputs))[_block(start_indices, type_of(updates).shape)].set(updates)


def _block(start: Any, shape: Any) -> tuple[Any, ...]:
    return tuple(builtins.slice(int(a), int(a) + n) for a, n in zip(start, shape, strict=True))


def scatter(indices: Any, values: Any, shape: Any) -> Array:
    """Zeros to which values are added at indices."""
    values = operand(values)
    return At(zeros(shape, dtype=type_of(values).dtype))[_places(indices)].add(values)


def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None = None) -> Array:
    """inputs with updates in place of the elements at indices [n, k], the last of several for one.

    Args:
        reduction: `add`, `mul`, `max` or `min`: joined to what is there instead.

    Example:
        >>> import wengert as wg
        >>> wg.ops.scatter_update([1, 1, 1], [[0], [0], [2]], [5, 6, 7], reduction="add").tolist()
        [12, 1, 8]
    """
    at = At(operand(inputs))[_places(indices)]
    joined = {None: at.set, "add": at.add, "mul": at.multiply, "max": at.max, "min": at.min}
    kind = reduction if reduction is None else reduction.lower()
    if kind not in joined:
        raise ValueRangeError(
            f"scatter_update: reduction must be None, 'add', 'mul', 'max' or 'min'; got {reduction!r}."
        )
    return joined[kind](updates)


def _places(indices: Any) -> tuple[Array, ...]:
    """Arrays of indices, one an axis, from one whose last axis they are."""
    return unstack(operand(indices), axis=-1)


def unravel_index(indices: Any, shape: Any) -> tuple[Array, ...]:
    """The place along each axis of a shape, of places among all its elements in a row."""
    rest = require_integer("unravel_index", "indices", indices)
    found = []
    for n in reversed(shape):
        found.append(m.remainder(rest, n))
        rest = m.floor_divide(rest, n)
    return tuple(reversed(found))


def argpartition(x: Any, kth: int, axis: int | None = -1) -> Array:
    """An order of places by which none before the kth is of a larger element, and none after it of a smaller one."""
    x = operand(x)
    if axis is None:
        x, axis = reshape(x, (-1,)), 0
    n = type_of(x).shape[axis]
    if isinstance(n, int) and not -n <= kth < n:
        raise ShapeError(
            f"argpartition: kth must be in {-n}..{n - 1} for axis {axis} of {type_of(x)}; got {kth}."
        )
    return sorting.argsort(x, axis)


def top_k(x: Any, k: int, sorted: bool = True) -> Any:
    """The k largest elements of the last axis, and where they are."""
    return sorting.top_k(operand(x), k)


def in_top_k(targets: Any, predictions: Any, k: int) -> Array:
    """Whether the score of each target is among the k largest of its row; a target that is no class is not."""
    predictions, targets = operand(predictions), operand(targets)
    classes = type_of(predictions).shape[-1]
    known = logical_and(m.greater_equal(targets, 0), m.less(targets, classes))
    at = expand_dims(m.where(known, targets, 0), -1)
    of_target = indexing.take_along_axis(predictions, at, -1)
    of_target = m.where(m.isnan(of_target), -math.inf, of_target)
    larger = operators.cast(m.greater(predictions, of_target), "int32")
    return logical_and(known, m.less(reduce.sum(larger, -1), k))
