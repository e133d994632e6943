"""Numbers out of text, a column at a time.

    whole_numbers(fields)         -> int64, the first field that is none
    real_numbers(fields, missing) -> float64, the first field that is none

A number of up to 18 digits is an integer over a power of ten (`../decimals.ll`). Where both are exact as float64
(up to 2^53 and 10^18) their quotient is the float64 nearest to the text, as IEEE division rounds once; every other
field goes through `float`. Source: Clinger, "How to read floating point numbers accurately", PLDI 1990.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.data.native import native

Array = np.ndarray[Any, Any]

EXACT = 2**53
TEN = 10.0 ** np.arange(19)
LONGEST = 1000  # characters of a number
NUMBER = frozenset(b"0123456789+-.eE")
WORDS = frozenset((b"nan", b"inf", b"+inf", b"-inf", b"infinity", b"+infinity", b"-infinity"))


@dataclass(frozen=True)
class Fields:
    """One field a row: `text[starts[k]:ends[k]]`."""

    text: bytes
    starts: Array
    ends: Array

    def __len__(self) -> int:
        return len(self.starts)

    def at(self, k: int) -> bytes:
        """Field `k`, without spaces around it."""
        return self.text[self.starts[k] : self.ends[k]].strip(b" \t")

    def decimals(self) -> tuple[Array, Array]:
        """Whole numbers m and counts d of decimals, int64, such that the fields are m / 10^d; d is -1 elsewhere."""
        n, stride = len(self), self.starts.strides[0] // 8
        mantissas, decimals = np.empty((2, n), np.int64)
        spans = (self.text, self.starts.ctypes.data, self.ends.ctypes.data, stride, n)
        native("decimals")(*spans, mantissas.ctypes.data, decimals.ctypes.data)
        return mantissas, decimals


def whole_numbers(fields: Fields) -> tuple[Array, int | None]:
    """int64 values, and the first field that is no whole number of int64; None: all are."""
    values, decimals = fields.decimals()
    return values, _one_by_one(fields, np.flatnonzero(decimals), values, _whole)


def _whole(text: bytes) -> int:
    if len(text) > LONGEST or not text.lstrip(b"+-").isdigit():
        raise ValueError
    return int(text)


def real_numbers(fields: Fields, missing: frozenset[bytes] = frozenset()) -> tuple[Array, int | None]:
    """float64 values, NaN where missing, and the first field that is no number; None: all are."""

    def real(text: bytes) -> float:
        if text in missing:
            return np.nan
        if len(text) > LONGEST or not (NUMBER.issuperset(text) or text.lower() in WORDS):
            raise ValueError
        return float(text)

    mantissas, decimals = fields.decimals()
    values: Array = mantissas / TEN[decimals]
    inexact = (decimals < 0) | (mantissas > EXACT) | (mantissas < -EXACT)
    return values, _one_by_one(fields, np.flatnonzero(inexact), values, real)


def _one_by_one(fields: Fields, ks: Array, values: Array, parse: Callable[[bytes], float]) -> int | None:
    """Fill in values by Python, up to the first that it cannot read either."""
    for k in ks:
        try:
            values[k] = parse(fields.at(k))
        except (ValueError, OverflowError):
            return int(k)
    return None
