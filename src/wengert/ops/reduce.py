"""Functions that fold axes away, by their array-API names."""

from __future__ import annotations

import builtins
import math

from wengert.base.dtypes import TABLE, computed, dtype_name
from wengert.base.errors import ShapeError
from wengert.ir import operators
from wengert.ir.primitive import Primitive
from wengert.ir.types import Shape, type_of
from wengert.ops import math as m
from wengert.ops.operands import Array, Axis, array, floating, normalize_axes, normalize_axis
from wengert.ops.shape import reshape
from wengert.prims import logic, movement, running, slicing
from wengert.prims import reduction as p
from wengert.prims.movement import count as count

WIDE = {"b": "int64", "i": "int64", "u": "uint64"}
"""What bool and integers are added up in, by kind."""


def _reduce(prim: Primitive, name: str, x: Array, axis: Axis, keepdims: bool) -> Array:
    t = type_of(x)
    axes = normalize_axes(name, axis, t)
    out = prim(x, axes=axes) if axes else _of_nothing(prim, x)
    return reshape(out, _kept(t.shape, axes)) if keepdims else out


def _of_nothing(prim: Primitive, x: Array) -> Array:
    """A reduction over no axes is the identity; primitives want an axis, so they get one of length 1."""
    t = type_of(x)
    return prim(reshape(x, (*t.shape, 1)), axes=(t.rank,))


def _kept(shape: Shape, axes: tuple[int, ...]) -> Shape:
    return tuple(1 if a in axes else n for a, n in enumerate(shape))


def _addable(x: Array, dtype: object) -> Array:
    """x in `dtype`; by default bool and integers are added in 64 bits (the array API's rule)."""
    x = array(x)
    if dtype is not None:
        return operators.cast(x, dtype_name(dtype))
    return operators.cast(x, WIDE.get(TABLE[type_of(x).dtype].kind, type_of(x).dtype))


def sum(x: Array, /, axis: Axis = None, *, dtype: object = None, keepdims: bool = False) -> Array:
    """The sum over axes (all by default)."""
    return _reduce(movement.reduce_sum, "sum", _addable(x, dtype), axis, keepdims)


def prod(x: Array, /, axis: Axis = None, *, dtype: object = None, keepdims: bool = False) -> Array:
    """The product over axes (all by default)."""
    return _reduce(p.reduce_prod, "prod", _addable(x, dtype), axis, keepdims)


def mean(x: Array, /, axis: Axis = None, *, dtype: object = None, keepdims: bool = False) -> Array:
    """sum(x) / n; of float16 and bfloat16 rounded once."""
    x = floating(x) if dtype is None else operators.cast(array(x), dtype_name(dtype))
    kept = type_of(x).dtype
    x = operators.cast(x, computed(kept))
    t = type_of(x)
    axes = normalize_axes("mean", axis, t)
    n = count(tuple(t.shape[a] for a in axes))
    # Divided before the axes come back: however it is asked for, the mean is one step that all share.
    out = operators.cast(
        m.divide(sum(x, axes), n if isinstance(n, int) else operators.cast(n, t.dtype)), kept
    )
    return reshape(out, _kept(t.shape, axes)) if keepdims else out


def var(x: Array, /, axis: Axis = None, *, correction: float = 0.0, keepdims: bool = False) -> Array:
    """sum((x - mean(x))**2) / (n - correction)

    Numerics: the mean is subtracted first, so nothing cancels.
    """
    x = floating(x)
    out = _reduce(p.reduce_var, "var", x, axis, keepdims)
    if correction == 0:
        return out
    t = type_of(x)
    n = count(tuple(t.shape[a] for a in normalize_axes("var", axis, t)))
    n = n if isinstance(n, int) else operators.cast(n, t.dtype)
    # As NumPy has it: of too few elements infinite, or NaN where they do not differ.
    rest = builtins.max(n - correction, 0) if isinstance(n, int) else m.maximum(n - correction, 0.0)
    return m.divide(out * n, rest)


def std(x: Array, /, axis: Axis = None, *, correction: float = 0.0, keepdims: bool = False) -> Array:
    """sqrt(var(x)); its derivative where all elements are equal is 0."""
    return safe_sqrt(var(x, axis, correction=correction, keepdims=keepdims))


def safe_sqrt(x: Array) -> Array:
    """sqrt(x) with derivative 0 at x = 0, where the true one is infinite and would turn into NaN."""
    x = floating(x)
    return m.where(m.equal(x, 0), 0, m.sqrt(x))


def max(x: Array, /, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """The largest element over axes (all by default); NaN if there is one."""
    return _reduce(p.reduce_max, "max", array(x), axis, keepdims)


def min(x: Array, /, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """The smallest element over axes (all by default); NaN if there is one."""
    return _reduce(p.reduce_min, "min", array(x), axis, keepdims)


def any(x: Array, /, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """Whether an element over axes is not zero."""
    return _reduce(p.reduce_any, "any", _truth(x), axis, keepdims)


def all(x: Array, /, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """Whether no element over axes is zero."""
    return _reduce(p.reduce_all, "all", _truth(x), axis, keepdims)


def _truth(x: Array) -> Array:
    x = array(x)
    return x if type_of(x).dtype == "bool" else m.not_equal(x, 0)


def count_nonzero(x: Array, /, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """How many elements are not zero, as int64."""
    return sum(_truth(x), axis, keepdims=keepdims)


def argmax(x: Array, /, axis: int | None = None, *, keepdims: bool = False) -> Array:
    """Index of the (first) largest element along an axis; of all elements in a row if there is none."""
    return _arg(p.argmax, "argmax", x, axis, keepdims)


def argmin(x: Array, /, axis: int | None = None, *, keepdims: bool = False) -> Array:
    """Index of the (first) smallest element along an axis; of all elements in a row if there is none."""
    return _arg(p.argmin, "argmin", x, axis, keepdims)


def _arg(prim: Primitive, name: str, x: Array, axis: int | None, keepdims: bool) -> Array:
    x = array(x)
    t = type_of(x)
    if axis is None:
        out = prim(reshape(x, (t.size,)), axis=0)
        return reshape(out, (1,) * t.rank) if keepdims else out
    at = normalize_axis(name, axis, t)
    out = prim(x, axis=at)
    return reshape(out, _kept(t.shape, (at,))) if keepdims else out


def cumulative_sum(
    x: Array, /, axis: int | None = None, *, dtype: object = None, include_initial: bool = False
) -> Array:
    """Sums of all elements up to each one, along an axis; include_initial: with the sum of none, 0, in front.

    Raises:
        ShapeError: x has several axes and none is named.
    """
    x, at = _running("cumulative_sum", x, axis, dtype)
    return _with_initial(running.cumsum(x, axis=at, reverse=False), at, 0, include_initial)


cumsum = cumulative_sum


def cumulative_prod(
    x: Array, /, axis: int | None = None, *, dtype: object = None, include_initial: bool = False
) -> Array:
    """Products of all elements up to each one, along an axis; include_initial: with that of none, 1, in front.

    Raises:
        ShapeError: x has several axes and none is named.
    """
    x, at = _running("cumulative_prod", x, axis, dtype)
    return _with_initial(running.cumprod(x, axis=at), at, 1, include_initial)


cumprod = cumulative_prod


def _running(name: str, x: Array, axis: int | None, dtype: object) -> tuple[Array, int]:
    x = _addable(x, dtype)
    t = type_of(x)
    if axis is None and t.rank != 1:
        raise ShapeError(f"{name}: an axis must be named unless x has exactly one; got {t}.")
    return x, normalize_axis(name, 0 if axis is None else axis, t)


def _with_initial(x: Array, at: int, initial: int, wanted: bool) -> Array:
    if not wanted:
        return x
    rank = type_of(x).rank
    low = tuple(int(a == at) for a in range(rank))
    return slicing.pad(x, low=low, high=(0,) * rank, interior=(0,) * rank, value=initial)


def peak(x: Array, axes: tuple[int, ...]) -> Array:
    """The maximum along axes that stay, for no derivative to flow through; 0 of nothing."""
    empty = 0 in [type_of(x).shape[a] for a in axes]
    return logic.stop_gradient((sum if empty else max)(x, axes, keepdims=True))


def logsumexp(x: Array, /, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """log(sum(exp(x))); -inf of nothing.

    Numerics: the maximum is subtracted first, so no exp overflows. It cancels, so no derivative flows
    through it.
    """
    x = floating(x)
    axes = normalize_axes("logsumexp", axis, type_of(x))
    top = peak(x, axes)
    top = m.where(m.isfinite(top), top, 0.0)  # all -inf: the sum is 0, not NaN
    out = m.log(sum(m.exp(m.subtract(x, top)), axes, keepdims=True)) + top
    return (
        out if keepdims else reshape(out, tuple(n for a, n in enumerate(type_of(x).shape) if a not in axes))
    )


def norm(x: Array, axis: Axis = None, keepdims: bool = False, ord: float = 2) -> Array:
    """The length of vectors: (sum |x|**ord) ** (1/ord). Its derivative at 0 is 0."""
    x = floating(x)
    if ord == 2:
        return safe_sqrt(sum(m.square(x), axis, keepdims=keepdims))
    if ord == 1:
        return sum(m.abs(x), axis, keepdims=keepdims)
    if ord == math.inf:
        return max(m.abs(x), axis, keepdims=keepdims)
    total = sum(m.pow(m.abs(x), float(ord)), axis, keepdims=keepdims)
    return m.where(m.equal(total, 0), 0, m.pow(total, 1.0 / ord))
