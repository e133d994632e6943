"""Dtypes and what is known about them, by their array-API names.

A dtype is its name: `x.dtype == wg.float32 == "float32"`. Of mixed kinds, complex wins over float over integer over
bool, and the width is that of the dtype that wins; a Python number beside an array takes the array's dtype, or, where
its kind is a wider one, float32 or complex64 (complex128 beside float64).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base import dtypes
from wengert.base.dtypes import (
    TABLE,
    dtype_name,
    is_complex,
    is_float,
    is_integer,
    parts_of,
    promote,
    size_of,
)
from wengert.base.errors import DTypeError, UsageError
from wengert.ir import operators
from wengert.ir.operators import WEAK, common_dtype
from wengert.ir.types import type_of
from wengert.ops.operands import Array, array
from wengert.prims.logic import identity
from wengert.runtime.device import require_device

KINDS = {
    "bool": "b", "signed integer": "i", "unsigned integer": "u", "integral": "iu",
    "real floating": "f", "complex floating": "c", "numeric": "iufc",
}  # fmt: skip


def astype(x: Array, dtype: object, /, *, copy: bool = True, device: str | None = None) -> Array:
    """x in another dtype. A float becomes an integer without its fraction, clamped; NaN becomes 0; integers wrap.

    Args:
        copy: False: x itself may be returned if it has the dtype. Tensors do not change, so a copy shares their memory.
        device: where the result is to be: "cpu", or None for where x is.

    Raises:
        DTypeError: x is complex and the dtype is real. Take wg.real(x) or wg.imag(x) first.
    """
    require_device("astype", device)
    x, name = array(x), dtype_name(dtype)
    if type_of(x).dtype == name:
        return identity(x) if copy else x
    return operators.cast(x, name)


def can_cast(from_: object, to: object, /) -> bool:
    """Whether promotion leads from a dtype, or from an array's, to the dtype `to`.

    Example:
        >>> can_cast("int8", "int16"), can_cast("int16", "int8")
        (True, False)
    """
    source, target = _dtype_of(from_), dtype_name(to)
    try:
        return promote(source, target) == target
    except DTypeError:  # no dtype holds both
        return False


def result_type(*arrays_and_dtypes: object) -> str:
    """The dtype that arrays, dtypes and Python numbers become together.

    Raises:
        UsageError: there are neither arrays nor dtypes among them.
        DTypeError: no integer dtype holds uint64 and a signed integer.

    Example:
        >>> result_type("int8", "uint8"), result_type("int8", 300), result_type("int8", 1.5)
        ('int16', 'int8', 'float32')
    """
    given = [x if isinstance(x, WEAK) else _dtype_of(x) for x in arrays_and_dtypes]
    if not any(isinstance(x, str) for x in given):
        raise UsageError(
            f"result_type: one argument at least must be an array or a dtype; got {arrays_and_dtypes}."
        )
    return common_dtype(given)


def isdtype(dtype: object, kind: object) -> bool:
    """Whether a dtype is of a kind: another dtype, "bool", "signed integer", "unsigned integer", "integral",
    "real floating" (float16 and bfloat16 too), "complex floating", "numeric"; or of one in a tuple of these.

    Raises:
        UsageError: there is no such kind.

    Example:
        >>> isdtype("float32", ("real floating", "bool"))
        True
    """
    if isinstance(kind, tuple):
        return any(isdtype(dtype, one) for one in kind)
    name = dtype_name(dtype)
    if isinstance(kind, str) and kind in KINDS:
        return TABLE[name].kind in KINDS[kind]
    try:
        return name == dtype_name(kind)
    except DTypeError:
        raise UsageError(
            f"isdtype: kind must be a dtype or one of {', '.join(KINDS)}; got {kind!r}."
        ) from None


@dataclass(frozen=True)
class FInfo:
    """What a floating-point dtype can hold.

    bits: of one number. eps: from 1 to the next number. min, max: its range. smallest_normal: positive, with all bits.
    """

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: str


@dataclass(frozen=True)
class IInfo:
    """What an integer dtype can hold. bits: of one number. min, max: its range."""

    bits: int
    max: int
    min: int
    dtype: str


def finfo(type: object, /) -> FInfo:
    """What a floating-point dtype, or an array's, can hold; of a complex one, each part.

    Raises:
        DTypeError: it is not one.

    Example:
        >>> finfo("float16").max
        65504.0
    """
    name = _dtype_of(type)
    name = parts_of(name) if is_complex(name) else name
    if not is_float(name):
        raise DTypeError(f"finfo: the dtype must be floating-point or complex; got {name}. See iinfo.")
    found: Any = dtypes.finfo(name)
    eps, most, least, normal = map(float, (found.eps, found.max, found.min, found.smallest_normal))
    return FInfo(8 * size_of(name), eps, most, least, normal, name)


def iinfo(type: object, /) -> IInfo:
    """What an integer dtype, or an array's, can hold.

    Raises:
        DTypeError: it is not one.

    Example:
        >>> iinfo("int8").min
        -128
    """
    name = _dtype_of(type)
    if not is_integer(name):
        raise DTypeError(f"iinfo: the dtype must be an integer's; got {name}. See finfo.")
    found = np.iinfo(name)
    return IInfo(found.bits, int(found.max), int(found.min), name)


def _dtype_of(x: object) -> str:
    """A dtype, or that of an array."""
    if hasattr(x, "interpret") or hasattr(x, "assign") or isinstance(x, np.ndarray | np.generic):
        return type_of(x).dtype
    return dtype_name(x)
