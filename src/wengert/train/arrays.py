"""What users give to `fit`, `evaluate` and `predict`, checked once, before anything is computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.dtypes import TABLE, dtype_name, is_integer
from wengert.base.errors import DTypeError, NotFiniteError, ShapeError, ValueRangeError
from wengert.ir.dim import Dim
from wengert.ir.operators import show_shape
from wengert.ir.types import TensorType

Array = np.ndarray[Any, Any]
_CHUNK = 1 << 20  # elements checked at a time, so that checking needs no memory of the size of the data


def as_rows(call: str, what: str, value: Any) -> Array:
    """The data as an array with one row a sample; nothing is copied if it is one.

    Raises:
        DTypeError: it does not hold numbers. ShapeError: it has no rows. ValueRangeError: no row at all.
    """
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    elif hasattr(value, "numpy") and not isinstance(value, np.ndarray):
        value = value.numpy()
    try:
        rows = np.asarray(value)
    except ValueError:
        rows = np.empty(0, object)
    if rows.dtype.name not in TABLE and rows.dtype.kind not in "fiu":
        raise DTypeError(
            f"{call}: {what} must be an array of numbers, with rows of one length; got {_describe(value)}."
        )
    if rows.ndim == 0:
        raise ShapeError(f"{call}: {what} must have one row a sample; got the single value {value!r}.")
    if rows.shape[0] == 0:
        raise ValueRangeError(f"{call}: {what} must have at least one row; got shape {rows.shape}.")
    return rows


def _describe(value: Any) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"


def require_finite(call: str, what: str, rows: Array) -> None:
    """Raise NotFiniteError, naming the first place, if a value is NaN or infinite."""
    if rows.dtype.kind != "f":
        return
    step = max(1, _CHUNK // max(1, rows[0].size))
    for start in range(0, len(rows), step):
        chunk = rows[start : start + step]
        finite = np.isfinite(chunk)
        if not finite.all():
            first = np.argwhere(~finite)[0]
            place = ", ".join(map(str, (int(first[0]) + start, *map(int, first[1:]))))
            raise NotFiniteError(
                f"{call}: {what} must be finite; got {chunk[tuple(first)]} at {what}[{place}]. "
                f"Clean the data first: np.isfinite({what}) shows where."
            )


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
    if is_integer(want.dtype) and rows.dtype.kind == "f":
        _require_whole(call, what, rows)
    shape = want.shape[1:]
    if rows.ndim == want.rank + 1 and rows.shape[-1] == 1 and _matches(rows.shape[1:-1], shape):
        return rows[..., 0]
    if rows.ndim == want.rank - 1 and shape and shape[-1] == 1 and _matches(rows.shape[1:], shape[:-1]):
        return rows[..., None]
    if not _matches(rows.shape[1:], shape):
        raise ShapeError(f"{call}: {what} must be {want}; got {_type_text(rows)}.{_hint(what, rows, shape)}")
    return rows


def _matches(got: tuple[int, ...], want: tuple[int | Dim, ...]) -> bool:
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


def _require_whole(call: str, what: str, rows: Array) -> None:
    with np.errstate(invalid="ignore"):
        whole = rows == np.floor(rows)
    if not whole.all():
        first = np.argwhere(~whole)[0]
        raise ValueRangeError(
            f"{call}: {what} must be whole numbers (classes); got {rows[tuple(first)]} at row {first[0]}."
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
