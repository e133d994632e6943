"""Elements picked by position: `x[...]`, take, take_along_axis, one_hot."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.dtypes import dtype_name
from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir import operators
from wengert.ir.boundary import boundary
from wengert.ir.types import TensorType, type_of
from wengert.ir.watch import WATCH
from wengert.ops.keys import in_one_axis, parse, take_part
from wengert.ops.operands import Array, array, normalize_axis, require_integer
from wengert.ops.shape import reshape
from wengert.prims import indexing, logic
from wengert.runtime.tensor import Tensor


@boundary
def getitem(x: Array, key: Any) -> Array:
    """`x[key]`, of ints, slices, None, `...`, arrays of integers and masks, by NumPy's rules.

    Raises:
        IndexRangeError: an index is outside of its axis, or there are more indices than axes.
        DTypeError: an index of another kind.
        UsageError: a mask is not known before the program runs.

    Example:
        >>> import wengert as wg
        >>> x = wg.reshape(wg.arange(12), (3, 4))
        >>> x[::-2, 1].numpy()
        array([9, 1])
        >>> x[[0, 2], [1, -1]].numpy()
        array([ 1, 11])
        >>> x[x > 8].numpy()
        array([ 9, 10, 11])
    """
    found = _at_once(x, key)
    if found is not None:
        return found
    x = array(x)
    part, arrays = parse(key, type_of(x))
    y = take_part(x, part)
    if arrays is None:
        return y
    y, flat, axis = in_one_axis(y, arrays)
    return indexing.gather(y, flat, axis=axis)


def _at_once(x: Array, key: Any) -> Tensor | None:
    """`x[key]` by NumPy, of a tensor that nobody watches; None where it is to be done, or refused, step by step."""
    if x.__class__ is not Tensor or x.tracked or WATCH.who:
        return None
    entries = key if isinstance(key, tuple) else (key,)
    if any(getattr(k, "level", 0) > 1 for k in entries):
        return None
    try:
        value = np.asarray(x.value[tuple([k.value if k.__class__ is Tensor else k for k in entries])])
    except (IndexError, TypeError, ValueError):
        return None
    return Tensor.wrap(value, TensorType(value.shape, x.type.dtype))


def take(x: Array, indices: Array, axis: int | None = None) -> Array:
    """The elements at `indices` of one axis, whose place the axes of `indices` take.

    Negative indices count from the end.

    Raises:
        IndexRangeError: an index is outside of the axis, when the program runs.
    """
    x, indices = array(x), require_integer("take", "indices", indices)
    if axis is None:
        x, axis = reshape(x, (type_of(x).size,)), 0
    at = normalize_axis("take", axis, type_of(x))
    return indexing.gather(x, _from_the_front("take", indices, at, type_of(x)), axis=at)


def _from_the_front(name: str, indices: Array, axis: int, t: TensorType) -> Array:
    """Indices of an axis of `t` with those below 0 counted from the end."""
    return indexing.wrap_index(indices, size=t.shape[axis], axis=axis, name=name, wrap=True)


def take_along_axis(x: Array, indices: Array, axis: int = -1) -> Array:
    """out[..., i, ...] = x[..., indices[..., i, ...], ...]: along one axis, at every place of the others.

    Raises:
        ShapeError: the other axes differ.
    """
    x, indices = array(x), require_integer("take_along_axis", "indices", indices)
    t, ti = type_of(x), type_of(indices)
    at = normalize_axis("take_along_axis", axis, t)
    if ti.rank != t.rank or any(
        m != n for a, (m, n) in enumerate(zip(ti.shape, t.shape, strict=True)) if a != at
    ):
        raise ShapeError(
            f"take_along_axis: all axes but axis {axis} must be equal; got x: {t}, indices: {ti}."
        )
    return indexing.take_along_axis(x, _from_the_front("take_along_axis", indices, at, t), axis=at)


def one_hot(x: Array, num_classes: int, axis: int = -1, dtype: object = "float32") -> Array:
    """1 at the class of each element along a new axis, 0 elsewhere; no 1 for a class out of range."""
    x = require_integer("one_hot", "classes", x)
    if not isinstance(num_classes, int | np.integer) or num_classes < 0:  # type: ignore[redundant-expr]
        raise ValueRangeError(f"one_hot: num_classes must be an int >= 0; got {num_classes!r}.")
    t = type_of(x)
    at = normalize_axis("one_hot", axis, t, extra=1)
    classes = np.arange(num_classes, dtype=t.dtype).reshape([-1 if a == at else 1 for a in range(t.rank + 1)])
    apart = reshape(x, (*t.shape[:at], 1, *t.shape[at:]))
    hit = logic.equal(*operators.common(apart, classes))
    return operators.cast(hit, dtype_name(dtype))


def class_numbers(labels: Array) -> Array:
    """Labels as integers: floats that come from a file of numbers are converted."""
    labels = array(labels)
    return labels if type_of(labels).dtype in ("int32", "int64") else operators.cast(labels, "int64")
