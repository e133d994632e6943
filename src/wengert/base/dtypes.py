"""Dtypes by name, with the facts about each that the other floors need.

A dtype is its NumPy name (`"float32"`). Adding one is one row here, its NumPy scalar type, and its storage
type in `compiler/emit`.

bfloat16 is a way to store: 2 bytes, the upper half of a float32. What is computed with it is computed in
float32, `computed(dtype)`, and rounded to nearest, ties to even, where a step's result is handed on. NumPy
has it from the package ml_dtypes, which is imported when a bfloat16 is first asked for.
"""

import functools
import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base.errors import DTypeError, MissingExtraError


@dataclass(frozen=True)
class DType:
    """One row: the short name in types (`f32[3]`), bytes of one element, and its kind."""

    name: str
    short: str
    size: int
    kind: str  # "f" float, "i" signed, "u" unsigned, "b" bool


TABLE = {
    d.name: d
    for d in (
        DType("bool", "b1", 1, "b"),
        DType("int8", "i8", 1, "i"),
        DType("uint8", "u8", 1, "u"),
        DType("uint32", "u32", 4, "u"),
        DType("int32", "i32", 4, "i"),
        DType("int64", "i64", 8, "i"),
        DType("bfloat16", "bf16", 2, "f"),
        DType("float32", "f32", 4, "f"),
        DType("float64", "f64", 8, "f"),
    )
}
SHORT = {d.short: d.name for d in TABLE.values()}


def dtype_name(dtype: object) -> str:
    """The name of a dtype given as a name, a NumPy dtype or a NumPy scalar type.

    Raises:
        DTypeError: Wengert has no such dtype.
    """
    if isinstance(dtype, str) and dtype in TABLE:
        return available(dtype)
    try:
        name = "None" if dtype is None else np.dtype(dtype).name  # type: ignore[call-overload]
    except TypeError:
        name = repr(dtype)
    if name not in TABLE:
        raise DTypeError(f"dtype: must be one of {', '.join(TABLE)}; got {name}. Convert with astype first.")
    return str(name)


def available(dtype: str) -> str:
    """The dtype, which NumPy knows from now on.

    Raises:
        MissingExtraError: it needs a package that is not installed.
    """
    if dtype == "bfloat16":
        import_ml_dtypes()
    return dtype


def finfo(dtype: str) -> Any:
    """`np.finfo` of a float's name."""
    return np.finfo(dtype) if computed(dtype) == dtype else import_ml_dtypes().finfo(dtype)


@functools.cache
def import_ml_dtypes() -> Any:
    """The package, by whose import NumPy knows bfloat16."""
    try:
        return importlib.import_module("ml_dtypes")
    except ImportError:
        raise MissingExtraError(
            "bfloat16: NumPy must know it from the package ml_dtypes; it is not installed. "
            "pip install 'wengert[bfloat16]'"
        ) from None


def computed(dtype: str) -> str:
    """The dtype that values of this one are computed in."""
    return "float32" if dtype == "bfloat16" else dtype


def summed(dtype: str) -> str:
    """The dtype that products of values of this one are summed in, by dot and conv: of 8-bit integers int32."""
    return "int32" if is_byte(dtype) else computed(dtype)


def size_of(dtype: str) -> int:
    """Bytes of one element."""
    return TABLE[dtype].size


def is_float(dtype: str) -> bool:
    """Whether values of the dtype are floating-point numbers."""
    return TABLE[dtype].kind == "f"


def is_integer(dtype: str) -> bool:
    """Whether values of the dtype are integers (bool is not)."""
    return TABLE[dtype].kind in "iu"


def is_byte(dtype: str) -> bool:
    """Whether values of the dtype are 8-bit integers."""
    return dtype in ("int8", "uint8")


def promote(a: str, b: str) -> str:
    """The dtype both can be converted to with the least loss; an integer with a float takes the float's.

    Differs from NumPy in one point, as the array API standard allows: int32 with float32 is float32,
    because doubling the width behind the user's back halves the speed.
    """
    if a == b:
        return a
    if is_float(a) != is_float(b):
        return a if is_float(a) else b
    if "bfloat16" in (a, b):  # beside another float
        return b if a == "bfloat16" else a
    name = np.promote_types(a, b).name
    return "int32" if name == "int16" else dtype_name(name)  # int8 with uint8; there is no int16 here
