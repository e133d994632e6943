"""Sequences of different lengths as one array: for `wg.utils` and `wg.preprocessing.sequence`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wengert.base.errors import ShapeError
from wengert.base.words import require_word

__all__ = ["pad_sequences"]

Array = np.ndarray[Any, Any]


def pad_sequences(
    sequences: Sequence[Sequence[Any]],
    maxlen: int | None = None,
    dtype: str = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0,
) -> Array:
    """Sequences of different lengths as one array.

    Args:
        maxlen: its length; None: that of the longest.
        padding: `pre`: what is short is filled up in front; `post`: behind.
        truncating: `pre`: what is long loses its beginning; `post`: its end.
        value: what is filled in.

    Example:
        >>> import wengert as wg
        >>> wg.utils.pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2)
        array([[0, 1],
               [2, 3],
               [5, 6]], dtype=int32)
    """
    require_word("pad_sequences", "padding", padding, ("pre", "post"))
    require_word("pad_sequences", "truncating", truncating, ("pre", "post"))
    rows = [np.asarray(s) for s in sequences]
    length = max((len(r) for r in rows), default=0) if maxlen is None else maxlen
    inner = next((r.shape[1:] for r in rows if len(r)), ())
    found = np.full((len(rows), length, *inner), value, dtype=dtype)
    for out, row in zip(found, rows, strict=True):
        kept = row[max(len(row) - length, 0) :] if truncating == "pre" else row[:length]
        if kept.shape[1:] != inner and len(kept):
            raise ShapeError(f"pad_sequences: elements must have one shape, {inner}; got {kept.shape[1:]}.")
        if len(kept):
            out[slice(length - len(kept), None) if padding == "pre" else slice(len(kept))] = kept
    return found
