"""The bits of numbers, read as numbers of another dtype."""

from __future__ import annotations

import numpy as np

from wengert.base.dtypes import HALVES, size_of
from wengert.base.errors import DTypeError, ShapeError
from wengert.ir.dim import Dim
from wengert.ir.primitive import Primitive
from wengert.ir.types import TensorType
from wengert.prims.params import check_count, check_dtype


def _bitcast_type(*types: TensorType, dtype: str) -> TensorType:
    check_count("bitcast", types, 1)
    check_dtype("bitcast", dtype)
    (x,) = types
    if {"bool", *HALVES} & {x.dtype, dtype}:  # which are not kept as they are while a program runs
        raise DTypeError(
            f"bitcast: bits must be those of integers or of floats of 4 bytes or more; got {x} and {dtype}."
        )
    old, new = size_of(x.dtype), size_of(dtype)
    if old == new:
        return TensorType(x.shape, dtype)
    last = x.shape[-1] if x.shape else 0
    if not x.shape or (new > old and (isinstance(last, Dim) or last % (new // old))):
        raise ShapeError(
            f"bitcast: the last axis must hold whole numbers of {dtype}, {new} bytes each; got {x}."
        )
    return TensorType((*x.shape[:-1], last * old // new), dtype)


def _bitcast_numpy(x: np.ndarray, *, dtype: str) -> np.ndarray:
    return np.ascontiguousarray(x).reshape(x.shape).view(dtype)


# The same bytes in another dtype; where its numbers are wider or narrower, the last axis gets shorter or longer.
bitcast = Primitive(
    "bitcast",
    _bitcast_type,
    _bitcast_numpy,
    jvp=lambda dots, out, x, *, dtype: None,
    vjp=lambda g, out, x, *, dtype: (None,),
    lead=lambda size, *, dtype: {"dtype": dtype},
)
