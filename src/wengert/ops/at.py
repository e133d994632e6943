"""`x.at[key].set(v)` and its kin: a new array that differs from x at `x[key]`; and `variable[key] = v`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base.dtypes import TABLE, is_inexact
from wengert.base.errors import DTypeError, ShapeError, UsageError
from wengert.ir import operators
from wengert.ir.boundary import boundary
from wengert.ir.primitive import Primitive
from wengert.ir.types import Shape, TensorType, type_of
from wengert.ops import math as m
from wengert.ops.indexing import getitem
from wengert.ops.keys import Arrays, Part, in_one_axis, order_of, parse, take_part
from wengert.ops.operands import Array, array
from wengert.ops.shape import reshape, transpose
from wengert.prims import arithmetic, indexing, logic, movement, scatter, slicing
from wengert.prims.movement import full_like, inverse

KINDS = "bifc"  # each can be converted to those behind it without changing what kind of number it is


class At:
    """`x.at`: asked for a key, it gives what can be done to `x[key]`."""

    def __init__(self, x: Array) -> None:
        self._x = x

    def __getitem__(self, key: Any) -> Updates:
        return Updates(self._x, key)

    def __repr__(self) -> str:
        return f"<at of {type_of(self._x)}>"


@dataclass(frozen=True, repr=False, eq=False)
class Updates:
    """`x.at[key]`: each method gives a new array, in which only `x[key]` has changed.

    The key is whatever `x[key]` takes. Values broadcast to the shape of `x[key]`, and must be convertible to the
    dtype of x without becoming another kind of number. Where a key names an element more than once, `add`,
    `subtract`, `multiply`, `divide`, `min` and `max` take all values; `set` takes the last one, in row-major
    order of `x[key]`. The order does not depend on the number of threads. All are differentiable in x and v.

    Example:
        >>> import wengert as wg
        >>> wg.zeros(4).at[[1, 3, 1]].add([1.0, 2.0, 3.0]).numpy()
        array([0., 4., 0., 2.], dtype=float32)
        >>> wg.ones((2, 3)).at[:, 1:].set(5.0).numpy()
        array([[1., 5., 5.],
               [1., 5., 5.]], dtype=float32)
    """

    x: Array
    key: Any

    def get(self) -> Array:
        """`x[key]`"""
        return getitem(self.x, self.key)

    @boundary
    def set(self, values: Array) -> Array:
        """x with `values` in place of `x[key]`."""
        return _update("set", self.x, self.key, values, lambda y, v: v, scatter.scatter_set)

    @boundary
    def add(self, values: Array) -> Array:
        """x with `values` added to `x[key]`."""
        return _update("add", self.x, self.key, values, arithmetic.add, indexing.scatter_add)

    @boundary
    def subtract(self, values: Array) -> Array:
        """x with `values` subtracted from `x[key]`."""
        values = _convertible("subtract", values, type_of(array(self.x)))
        return self.add(m.negative(values))

    @boundary
    def multiply(self, values: Array) -> Array:
        """x with `x[key]` multiplied by `values`."""
        return _update("multiply", self.x, self.key, values, arithmetic.mul, scatter.scatter_mul)

    @boundary
    def divide(self, values: Array) -> Array:
        """x with `x[key]` divided by `values`; of several for one element by their product."""
        t = type_of(array(self.x))
        if not is_inexact(t.dtype):
            raise DTypeError(f"divide: x must be floating-point; got {t}. Convert with astype first.")
        return _update("divide", self.x, self.key, values, arithmetic.div, _scatter_div)

    @boundary
    def min(self, values: Array) -> Array:
        """x with the smaller of `x[key]` and `values`."""
        return _update("min", self.x, self.key, values, arithmetic.minimum, scatter.scatter_min)

    @boundary
    def max(self, values: Array) -> Array:
        """x with the larger of `x[key]` and `values`."""
        return _update("max", self.x, self.key, values, arithmetic.maximum, scatter.scatter_max)


def _scatter_div(x: Array, indices: Array, values: Array, *, axis: int) -> Array:
    return arithmetic.div(x, scatter.scatter_mul(full_like(x, 1), indices, values, axis=axis))


def _update(
    name: str,
    x: Array,
    key: Any,
    values: Array,
    join: Callable[[Array, Array], Array],
    scattered: Primitive | Callable[..., Array],
) -> Array:
    """x with each of `values` joined to its element of `x[key]`, all at once or, by arrays, one by one."""
    x = array(x)
    t = type_of(x)
    values = _convertible(name, values, t)
    part, arrays = parse(key, t, name)
    y = take_part(x, part)
    if arrays is None:
        return _put(x, part, join(y, _spread(name, values, part.shape, t)))
    line, flat, axis = in_one_axis(y, arrays)
    shape = type_of(line).shape
    values = _spread(name, values, (*shape[:axis], *arrays.shape, *shape[axis + 1 :]), t)
    line = scattered(line, flat, values, axis=axis)
    return _put(x, part, _apart(line, arrays, part.shape))


def _apart(line: Array, arrays: Arrays, shape: Shape) -> Array:
    """What `in_one_axis` has made of an array of this shape, undone."""
    order = order_of(len(shape), arrays)
    return transpose(reshape(line, tuple(shape[a] for a in order)), inverse(tuple(order)))


def _put(x: Array, part: Part, new: Array) -> Array:
    """x with `new` in place of a regular part of it."""
    t = type_of(x)
    if part.whole:
        return new
    lengths = [(q - p + d - 1) // d for p, q, d in zip(part.start, part.stop, part.step, strict=True)]
    new = reshape(new, tuple(lengths))
    if part.reverse:
        new = movement.reverse(new, axes=part.reverse)
    ends = [
        p + ((k - 1) * d + 1 if k != 0 else 0) for p, k, d in zip(part.start, lengths, part.step, strict=True)
    ]
    around = {
        "low": part.start,
        "high": tuple(n - e for n, e in zip(t.shape, ends, strict=True)),
        "interior": tuple(d - 1 for d in part.step),
    }
    there = full_like(new, True, TensorType(tuple(lengths), "bool"))
    return logic.where(slicing.pad(there, **around, value=False), slicing.pad(new, **around, value=0), x)


def _spread(name: str, values: Array, shape: Shape, t: TensorType) -> Array:
    """Values, one for each element of `x[key]`."""
    given = type_of(values).shape
    try:
        fits = operators.broadcast_shapes(given, shape) == shape
    except ShapeError:
        fits = False
    if not fits:
        raise ShapeError(
            f"{name}: values must broadcast to the shape of x[key], {operators.show_shape(shape)}; got "
            f"{type_of(values)} for {t}."
        )
    return operators.broadcast_to(values, shape)


def _convertible(name: str, values: Array, t: TensorType) -> Array:
    """Values in the dtype of x, if they are still the same kind of number there."""
    weak = isinstance(values, bool | int | float | complex)
    values = np.asarray(values) if weak else array(values)
    given, held = (KINDS.index(TABLE[d].kind.replace("u", "i")) for d in (type_of(values).dtype, t.dtype))
    if given > held:
        raise DTypeError(
            f"{name}: values must be of a kind that x can hold; got {type_of(values)} for {t}. Convert one of "
            f"them with astype."
        )
    if weak and TABLE[t.dtype].kind in "iu":
        slicing.check_number(name, values.item(), t)
    return operators.cast(values, t.dtype)


@boundary
def set_item(x: Array, key: Any, values: Array) -> None:
    """`variable[key] = values`; nothing else can be written to."""
    if not hasattr(x, "assign"):
        raise UsageError(
            f"x[...] = v: a tensor must not change; got {type_of(x)}. Write x = x.at[...].set(v), or keep it in a "
            f"wg.Variable."
        )
    x.assign(Updates(x.kept, key).set(values))
