"""Numbers out of text, a column at a time.

    whole_numbers(fields)         -> int64, the first field that is none
    real_numbers(fields, missing) -> float64, the first field that is none

A number of up to 18 digits is an integer over a power of ten (`../decimals.ll`). Where both are exact as float64
(up to 2^53 and 10^22) their quotient is the float64 nearest to the text, as IEEE division rounds once. More digits are
divided with the 64 bits of an x87 register, where there is one, and rounded again: which is right unless the first
rounding gave the middle between two float64. Those, and every other field, go through `float`.
Source: Clinger, "How to read floating point numbers accurately", PLDI 1990.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.data.native import native

Array = np.ndarray[Any, Any]

EXACT = 2**53
TEN = np.array([float(10**k) for k in range(23)])
WIDE_TEN = np.cumprod([1, *[10] * 27], dtype=np.longdouble)  # exact in 64 bits
HAS_WIDE = np.finfo(np.longdouble).nmant == 63
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
    values: Array = mantissas / TEN[np.minimum(decimals, len(TEN) - 1)]
    rest = np.flatnonzero((decimals < 0) | (decimals >= len(TEN)) | (np.abs(mantissas) > EXACT))
    if HAS_WIDE:
        rest = _wide(mantissas, decimals, values, rest)
    return values, _one_by_one(fields, rest, values, real)


def _wide(mantissas: Array, decimals: Array, values: Array, rest: Array) -> Array:
    """Fill in those of the rest that 64 bits decide; the others are given back."""
    fits = (decimals[rest] >= 0) & (decimals[rest] < len(WIDE_TEN))
    ks = rest[fits]
    quotients = mantissas[ks] / WIDE_TEN[decimals[ks]]
    values[ks] = quotients
    apart = np.abs(quotients - values[ks])
    spacing = np.spacing(np.abs(values[ks])).astype(np.longdouble)
    middle = (2 * apart == spacing) | (4 * apart == spacing)  # below a power of two the next is half as far
    return np.sort(np.concatenate([rest[~fits], ks[middle]]))


def _one_by_one(fields: Fields, ks: Array, values: Array, parse: Callable[[bytes], float]) -> int | None:
    """Fill in values by Python, up to the first that it cannot read either."""
    for k in ks:
        try:
            values[k] = parse(fields.at(k))
        except (ValueError, OverflowError):
            return int(k)
    return None
