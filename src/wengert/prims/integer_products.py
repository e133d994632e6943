"""Sums of products of 8-bit integers, as dot and conv make them: in int32, which wraps around at 2^31.

Both operands may be int8 or uint8, and they need not be alike: data of networks is often without a sign, weights have
one. 2^15 terms of -128 * -128 are below 2^31 in magnitude, so sums of fewer never wrap.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from wengert.base.dtypes import is_byte, summed
from wengert.ir.primitive import Rule
from wengert.ir.types import TensorType
from wengert.loop.expr import Expr, Scalars
from wengert.prims.params import check_kind, check_same_dtype


def product_dtype(name: str, x: TensorType, y: TensorType, kinds: frozenset[str]) -> str:
    """The dtype of sums of products: int32 of 8-bit integers, else that of both. Raises DTypeError."""
    if is_byte(x.dtype) and is_byte(y.dtype):
        return summed(x.dtype)
    check_kind(name, x, kinds)
    check_same_dtype(name, (x, y))
    return x.dtype


def exact(rule: Rule) -> Rule:
    """A NumPy rule, given 8-bit integers as float64, in which sums of up to 2^37 products are exact."""

    @functools.wraps(rule)
    def of_any(x: np.ndarray, y: np.ndarray, **params: Any) -> np.ndarray:
        if not is_byte(x.dtype.name):
            return rule(x, y, **params)  # type: ignore[no-any-return]
        total = rule(x.astype(np.float64), y.astype(np.float64), **params)
        return total.astype(np.int64).astype(np.int32)  # type: ignore[no-any-return]

    return of_any


def factor(s: Scalars, x: Expr) -> Expr:
    """An element in the dtype that its products are summed in."""
    return s.cast(x, summed(x.dtype))
