"""What users give to `fit`, `evaluate` and `predict`, checked once, before anything is computed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wengert.base.dtypes import TABLE, dtype_name, is_complex, is_float, is_integer
from wengert.base.errors import DTypeError, NotFiniteError, ShapeError, ValueRangeError
from wengert.ir.dim import Dim
from wengert.ir.operators import show_shape
from wengert.ir.types import TensorType

Array = np.ndarray[Any, Any]
_CHUNK = 1 << 20  # elements checked at a time, so that checking needs no memory of the size of the data
_SMALL = 10_000  # elements: the dot product of longer vectors may wake threads of the BLAS


def as_rows(call: str, what: str, value: Any) -> Array:
    """The data as an array with one row a sample; nothing is copied if it is one.

    Raises:
        DTypeError: it does not hold numbers, or some are masked. ShapeError: it has no rows. ValueRangeError:
            no row at all.
    """
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    elif hasattr(value, "numpy") and not isinstance(value, np.ndarray):
        value = value.numpy()
    try:
        rows = np.asarray(value)
    except ValueError:
        rows = np.empty(0, object)
    masked = type(value) is not np.ndarray and isinstance(value, np.ma.MaskedArray)  # np.ma is slow to import
    if masked and value.mask.any():
        raise DTypeError(
            f"{call}: {what} must have a value everywhere; got {int(value.mask.sum())} that are masked. Fill "
            f"them, or drop the rows."
        )
    if rows.dtype.name not in TABLE and rows.dtype.kind not in "fiu":
        raise DTypeError(
            f"{call}: {what} must be an array of numbers, with rows of one length; got {describe(value)}."
        )
    if rows.ndim == 0:
        raise ShapeError(f"{call}: {what} must have one row a sample; got the single value {value!r}.")
    if rows.shape[0] == 0:
        raise ValueRangeError(f"{call}: {what} must have at least one row; got shape {rows.shape}.")
    return rows


def describe(value: Any) -> str:
    """A value's kind, and as much of it as fits into a message."""
    text = " ".join(repr(value).split())
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"


def require_finite(call: str, what: str, rows: Array, dtype: str = "float64") -> None:
    """Raise NotFiniteError, naming the first place, if a value is NaN or infinite, or would be in `dtype`."""
    if rows.dtype.kind != "f":
        return
    step = max(1, _CHUNK // max(1, rows[0].size))
    for start in range(0, len(rows), step):
        chunk = rows[start : start + step]
        finite = _finite(chunk, dtype)
        if not finite.all():
            first = np.argwhere(~finite)[0]
            place = ", ".join(map(str, (int(first[0]) + start, *map(int, first[1:]))))
            value = chunk[tuple(first)]
            raise NotFiniteError(
                f"{call}: {what} must be finite{f' in {dtype}' if np.isfinite(value) else ''}; got {value} at "
                f"{what}[{place}]. Clean the data first: np.isfinite({what}) shows where."
            )


def surely_finite(values: Array) -> bool:
    """Whether no value is NaN or infinite, in less than a microsecond for a small batch.

    An infinite value makes the sum of squares infinite, too, and nothing takes that back. Where squares of finite
    values overflow, it is False as well: `require_finite` knows.
    """
    if values.dtype.kind != "f":
        return True
    return bool(math.isfinite(np.vdot(values, values)) if values.size < _SMALL else np.isfinite(values).all())


def _finite(values: Array, dtype: str) -> Array:
    if np.can_cast(values.dtype, dtype) or not is_float(dtype):
        return np.asarray(np.isfinite(values))
    with np.errstate(over="ignore"):
        return np.asarray(np.isfinite(values.astype(dtype)))


def require_equal_rows(call: str, **columns: Array | None) -> None:
    """Raise ShapeError unless all have as many rows."""
    lengths = {k: len(c) for k, c in columns.items() if c is not None}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{k}: {n}" for k, n in lengths.items())
        raise ShapeError(f"{call}: {' and '.join(lengths)} must have the same number of rows; got {found}.")


def fit_type(call: str, what: str, rows: Array, want: TensorType) -> Array:
    """The rows in a shape that fits the type: an axis of length 1 at the end may come or go.

    Raises:
        ShapeError: they do not fit. DTypeError, ValueRangeError: their values do not.
    """
    if rows.dtype.kind == "c" and not is_complex(want.dtype):
        raise DTypeError(f"{call}: {what} must be real, {want}; got {rows.dtype}. Take {what}.real, or abs.")
    if is_integer(want.dtype) and not np.can_cast(rows.dtype, want.dtype):
        _require_integers(call, what, rows, want.dtype)
    shape = want.shape[1:]
    if rows.ndim == want.rank + 1 and rows.shape[-1] == 1 and matches(rows.shape[1:-1], shape):
        return rows[..., 0]
    if rows.ndim == want.rank - 1 and shape and shape[-1] == 1 and matches(rows.shape[1:], shape[:-1]):
        return rows[..., None]
    if not matches(rows.shape[1:], shape):
        raise ShapeError(f"{call}: {what} must be {want}; got {_type_text(rows)}.{_hint(what, rows, shape)}")
    return rows


def matches(got: tuple[int, ...], want: tuple[int | Dim, ...]) -> bool:
    """Whether lengths are those wanted, where they are known."""
    return len(got) == len(want) and all(isinstance(w, Dim) or g == w for g, w in zip(got, want, strict=True))


def _type_text(rows: Array) -> str:
    name = rows.dtype.name
    return f"{TABLE[name].short if name in TABLE else name}{show_shape(rows.shape)}"


def _hint(what: str, rows: Array, want: tuple[int | Dim, ...]) -> str:
    """What the user may have forgotten."""
    sizes = [n for n in want if not isinstance(n, Dim)]
    if len(sizes) == len(want) and rows.ndim >= 1 and rows[0].size == np.prod(sizes, dtype=int):
        return f" Reshape it: {what}.reshape({', '.join(map(str, (-1, *want)))})."
    if rows.shape == tuple(want):
        return f" One sample must be a batch of one: {what}[None]."
    if rows.shape == tuple(want[:-1]) and want[-1] == 1:
        return f" One sample must be a batch of one, with a channel: {what}[None, ..., None]."
    if not want and rows.ndim == 2:
        return f" Where labels are one-hot, take the loss for that, or {what}.argmax(-1)."
    if len(want) == 1 and rows.ndim == 1:
        return f" Where labels are classes, take the sparse loss, or wg.one_hot({what}, {want[0]})."
    return ""


def _require_integers(call: str, what: str, rows: Array, dtype: str) -> None:
    least, most = np.iinfo(dtype).min, np.iinfo(dtype).max
    fits = (rows >= least) & (rows <= most)
    if rows.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            fits &= rows == np.floor(rows)
    if not fits.all():
        first = np.argwhere(~fits)[0]
        raise ValueRangeError(
            f"{call}: {what} must be whole numbers in {dtype} ({least}..{most}); got {rows[tuple(first)]} at "
            f"row {first[0]}."
        )


def row_type(rows: Array, *, float_dtype: str = "float32", label: bool = False) -> TensorType:
    """The type of a batch of such rows, of symbolic length. label: integers and bool as int64."""
    kind = rows.dtype.kind
    if kind == "f":
        dtype = float_dtype
    elif label:
        dtype = "int64"
    else:
        dtype = dtype_name(rows.dtype) if rows.dtype.name in TABLE else "int64"
    return TensorType((Dim.named("batch"), *rows.shape[1:]), dtype)
