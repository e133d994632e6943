"""Arrays made from nothing, by their array-API names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert.base.dtypes import dtype_name
from wengert.base.errors import DTypeError, ShapeError, UsageError, ValueRangeError
from wengert.ir import operators
from wengert.ir.dim import Dim
from wengert.ir.operators import common
from wengert.ir.types import Shape, TensorType, type_of
from wengert.ops import math as m
from wengert.ops.joining import stack
from wengert.ops.operands import Array, array
from wengert.ops.shape import Lengths, reshape, shape_tuple
from wengert.prims import indexing, logic
from wengert.runtime.device import require_device
from wengert.runtime.exchange import as_numpy
from wengert.runtime.tensor import Tensor


def asarray(obj: Any, /, dtype: object = None, *, device: object = None, copy: bool | None = None) -> Any:
    """A tensor of a list, a number or an array of any library. Python floats become float32; arrays keep their dtype.

    Args:
        obj: numbers in lists of equal length, or what has `__array__`, `__dlpack__` or the buffer protocol: arrays
            of NumPy, PyTorch and JAX, columns of pandas and Polars.
        copy: False: share the memory of an array; its owner must not write to it any more. None and True copy what
            another library could write to.

    Raises:
        ValueRangeError: `copy` is False, and the values must be converted or are no array's.
    """
    require_device("asarray", device)
    name = None if dtype is None else dtype_name(dtype)
    if hasattr(obj, "interpret"):
        x = obj if name is None else operators.cast(obj, name)
        if copy is False and x is not obj:
            raise ValueRangeError(f"asarray: {type_of(obj)} must be copied to become {name}; got copy=False.")
        return logic.identity(x) if copy else x
    if copy is False:
        return _shared(obj, name)
    if isinstance(obj, list | tuple) and _holds_tensors(obj):
        return asarray(_stacked(obj), name)
    return Tensor(as_numpy(obj), name)


def _holds_tensors(rows: Sequence[Any]) -> bool:
    kinds = set(map(type, rows))  # few, however long the lists are
    if any(hasattr(kind, "interpret") for kind in kinds):
        return True
    deeper = any(issubclass(kind, list | tuple) for kind in kinds)
    return deeper and any(_holds_tensors(x) for x in rows if isinstance(x, list | tuple))


def _stacked(obj: Any) -> Any:
    """Nested lists with tensors in them, put together as a step that has a derivative and can be recorded."""
    if not isinstance(obj, list | tuple):
        return obj
    rows = [_stacked(x) for x in obj]
    shapes = {type_of(x).shape for x in rows}
    if len(shapes) > 1:
        raise ShapeError(
            f"asarray: nested lists must have one length at each depth; got "
            f"{' and '.join(sorted(map(operators.show_shape, shapes)))}."
        )
    return stack(common(*rows))


def _shared(obj: Any, dtype: str | None) -> Tensor:
    found = as_numpy(obj)
    if isinstance(found, np.ndarray):
        t = type_of(found)
        if dtype in (None, t.dtype):
            return Tensor.wrap(found, t)
    raise ValueRangeError(
        f"asarray: {type(obj).__name__} must be copied to become a tensor{f' of {dtype}' if dtype else ''}; "
        f"got copy=False. Leave copy out."
    )


def from_dlpack(x: Any, /, *, device: object = None, copy: bool | None = None) -> Tensor:
    """A tensor that shares the memory of an array of another library, which must not write to it any more.

    Args:
        copy: True: memory of its own.

    Raises:
        DTypeError: Wengert does not have its dtype.
        UsageError: it has no `__dlpack__`, or lies on another device than the processor.
    """
    require_device("from_dlpack", device)
    if isinstance(x, Tensor) and not copy:
        return x
    if not hasattr(x, "__dlpack__"):
        raise UsageError(f"from_dlpack: the array must have __dlpack__; got {type(x).__name__}. Use asarray.")
    try:
        found = np.from_dlpack(x)
    except (BufferError, RuntimeError, ValueError) as e:
        raise UsageError(
            f"from_dlpack: the array must lie in the processor's memory and be free of gradients; got "
            f"{type(x).__name__}: {e}"
        ) from None
    return Tensor(found) if copy else Tensor.wrap(found, type_of(found))


def full(shape: Lengths, fill_value: Any, dtype: object = None, *, device: object = None) -> Any:
    """A shape filled with one value."""
    return _filled("full", shape, fill_value, dtype, device)


def zeros(shape: Lengths, dtype: object = None, *, device: object = None) -> Any:
    """A shape filled with 0, in float32 by default."""
    return _filled("zeros", shape, np.zeros((), dtype_name(dtype or "float32")), None, device)


def ones(shape: Lengths, dtype: object = None, *, device: object = None) -> Any:
    """A shape filled with 1, in float32 by default."""
    return _filled("ones", shape, np.ones((), dtype_name(dtype or "float32")), None, device)


def empty(shape: Lengths, dtype: object = None, *, device: object = None) -> Any:
    """A shape for values to come: here 0, because a tensor cannot be written to."""
    return _filled("empty", shape, np.zeros((), dtype_name(dtype or "float32")), None, device)


def _filled(name: str, shape: Lengths, fill_value: Any, dtype: object, device: object) -> Any:
    require_device(name, device)
    value = array(fill_value)
    t = type_of(value)
    if t.shape:
        raise ShapeError(f"{name}: the value must be one number; got {t}. Use broadcast_to.")
    if dtype is not None:
        value = operators.cast(value, dtype_name(dtype))
    lengths = _lengths(name, shape)
    if hasattr(value, "interpret") or any(isinstance(n, Dim) for n in lengths):
        return operators.broadcast_to(value, lengths)
    filled = TensorType(lengths, value.dtype.name)
    try:
        return Tensor.wrap(np.full(lengths, value, value.dtype), filled)
    except (MemoryError, ValueError):
        raise MemoryError(
            f"{name}: the result must fit into memory; it takes {filled.nbytes:,} bytes for {filled}."
        ) from None


def _lengths(name: str, shape: Lengths) -> Shape:
    """A shape whose lengths are not negative."""
    lengths = shape_tuple(name, shape)
    if any(not isinstance(n, Dim) and n < 0 for n in lengths):
        raise ShapeError(f"{name}: a length must not be negative; got {operators.show_shape(lengths)}.")
    return lengths


def full_like(x: Array, /, fill_value: Any, dtype: object = None, *, device: object = None) -> Any:
    """The shape and dtype of x, filled with one value."""
    t = type_of(array(x))
    return full(t.shape, fill_value, dtype or t.dtype, device=device)


def zeros_like(x: Array, /, dtype: object = None, *, device: object = None) -> Any:
    """The shape and dtype of x, filled with 0."""
    return full_like(x, 0, dtype, device=device)


def ones_like(x: Array, /, dtype: object = None, *, device: object = None) -> Any:
    """The shape and dtype of x, filled with 1."""
    return full_like(x, 1, dtype, device=device)


def empty_like(x: Array, /, dtype: object = None, *, device: object = None) -> Any:
    """The shape and dtype of x, for values to come: here 0, because a tensor cannot be written to."""
    return zeros_like(x, dtype, device=device)


def arange(
    start: float | Dim,
    /,
    stop: float | Dim | None = None,
    step: float = 1,
    dtype: object = None,
    *,
    device: object = None,
) -> Any:
    """start, start + step, ... below stop (above, if step < 0); 0, 1, ... below `start` when it stands alone.

    Symbolic lengths may stand for whole numbers: `arange(x.shape[0])`.

    Raises:
        ValueRangeError: the step is 0.
    """
    require_device("arange", device)
    first, end = (0, start) if stop is None else (start, stop)
    if step == 0:
        raise ValueRangeError("arange: the step must not be 0; got 0.")
    name = dtype_name(dtype) if dtype is not None else _natural(first, end, step)
    if isinstance(first, Dim) or isinstance(end, Dim):
        return _symbolic_range(first, end, step, name)
    return Tensor(np.arange(first, end, step), name)


def _symbolic_range(first: Any, end: Any, step: Any, dtype: str) -> Any:
    if not all(isinstance(n, int | Dim) for n in (first, end)) or not isinstance(step, int):
        raise DTypeError(f"arange: beside a symbolic length, use ints; got {first}, {end}, step {step}.")
    length = _up(end - first, step) if step > 0 else _up(first - end, -step)
    place = indexing.iota(shape=(length,), axis=0, dtype=dtype)
    return place * step + first


def _up(length: Any, step: int) -> Any:
    """length / step, rounded up."""
    return (length + step - 1) // step


def _natural(*numbers: object) -> str:
    return "float32" if any(isinstance(n, float | np.floating) for n in numbers) else "int64"


def linspace(
    start: float | complex,
    stop: float | complex,
    /,
    num: int,
    *,
    dtype: object = None,
    device: object = None,
    endpoint: bool = True,
) -> Any:
    """`num` evenly spaced numbers from start to stop; `stop` itself is left out unless `endpoint`."""
    require_device("linspace", device)
    (count,) = _lengths("linspace", num)
    natural = "complex64" if any(isinstance(n, complex) for n in (start, stop)) else "float32"
    return Tensor(np.linspace(start, stop, count, endpoint=endpoint), dtype_name(dtype or natural))


def eye(
    n_rows: int | Dim,
    n_cols: int | Dim | None = None,
    /,
    k: int = 0,
    dtype: object = None,
    *,
    device: object = None,
) -> Any:
    """1 on the k-th diagonal, 0 elsewhere."""
    require_device("eye", device)
    rows, cols = _lengths("eye", (n_rows, n_rows if n_cols is None else n_cols))
    on = m.equal(m.add(reshape(arange(rows), (rows, 1)), k), arange(cols))
    return operators.cast(on, dtype_name(dtype or "float32"))


def tril(x: Array, /, k: int = 0) -> Array:
    """x with 0 above the k-th diagonal of its last two axes."""
    return _triangle("tril", x, k, lower=True)


def triu(x: Array, /, k: int = 0) -> Array:
    """x with 0 below the k-th diagonal of its last two axes."""
    return _triangle("triu", x, k, lower=False)


def _triangle(name: str, x: Array, k: int, *, lower: bool) -> Array:
    x = array(x)
    t = type_of(x)
    if t.rank < 2:
        raise ShapeError(f"{name}: x must have two axes or more; got {t}.")
    rows, cols = t.shape[-2:]
    row, col = m.add(reshape(arange(rows), (rows, 1)), k), arange(cols)
    kept = m.less_equal(col, row) if lower else m.less_equal(row, col)
    return m.where(kept, x, np.zeros((), t.dtype))
