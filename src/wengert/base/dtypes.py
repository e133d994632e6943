"""Dtypes by name, with the facts about each that the other floors need.

A dtype is its NumPy name (`"float32"`). Adding one is one row here, its NumPy scalar type, and its storage
type in `compiler/emit`.

float16 and bfloat16 are ways to store: 2 bytes, bfloat16's the upper half of a float32. What is computed with them
is computed in float32, `computed(dtype)`, and rounded to nearest, ties to even, where a step's result is handed on.
NumPy has bfloat16 from the package ml_dtypes, which is imported when one is first asked for.
"""

import builtins
import functools
import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengert.base.errors import DTypeError, MissingExtraError
from wengert.base.words import did_you_mean


@dataclass(frozen=True)
class DType:
    """One row: the short name in types (`f32[3]`), bytes of one element, and its kind."""

    name: str
    short: str
    size: int
    kind: str  # "c" complex, "f" float, "i" signed, "u" unsigned, "b" bool


TABLE = {
    d.name: d
    for d in (
        DType("bool", "b1", 1, "b"),
        DType("int8", "i8", 1, "i"),
        DType("int16", "i16", 2, "i"),
        DType("int32", "i32", 4, "i"),
        DType("int64", "i64", 8, "i"),
        DType("uint8", "u8", 1, "u"),
        DType("uint16", "u16", 2, "u"),
        DType("uint32", "u32", 4, "u"),
        DType("uint64", "u64", 8, "u"),
        DType("bfloat16", "bf16", 2, "f"),
        DType("float16", "f16", 2, "f"),
        DType("float32", "f32", 4, "f"),
        DType("float64", "f64", 8, "f"),
        DType("complex64", "c64", 8, "c"),
        DType("complex128", "c128", 16, "c"),
    )
}
# A dtype is its name.
bool = "bool"
int8, int16, int32, int64 = "int8", "int16", "int32", "int64"
uint8, uint16, uint32, uint64 = "uint8", "uint16", "uint32", "uint64"
bfloat16, float16, float32, float64 = "bfloat16", "float16", "float32", "float64"
complex64, complex128 = "complex64", "complex128"

SHORT = {d.short: d.name for d in TABLE.values()}
PYTHON = {
    "float64": "float32",
    "complex128": "complex64",
}  # what NumPy makes of Python's numbers, and what we do
HALVES = ("float16", "bfloat16")  # stored in half of what they are computed in


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
        raise DTypeError(
            f"dtype: must be one of {', '.join(TABLE)}; got {name}.{did_you_mean(dtype, TABLE)} "
            f"Convert with astype first."
        )
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
    return import_ml_dtypes().finfo(dtype) if dtype == "bfloat16" else np.finfo(dtype)


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
    return "float32" if dtype in HALVES else dtype


def summed(dtype: str) -> str:
    """The dtype that products of values of this one are summed in, by dot and conv: of 8-bit integers int32."""
    return "int32" if is_byte(dtype) else computed(dtype)


def size_of(dtype: str) -> int:
    """Bytes of one element."""
    return TABLE[dtype].size


def is_float(dtype: str) -> builtins.bool:
    """Whether values of the dtype are floating-point numbers."""
    return TABLE[dtype].kind == "f"


def is_complex(dtype: str) -> builtins.bool:
    """Whether values of the dtype are complex numbers."""
    return TABLE[dtype].kind == "c"


def is_inexact(dtype: str) -> builtins.bool:
    """Whether values of the dtype are floating-point or complex numbers: those that have derivatives."""
    return TABLE[dtype].kind in "fc"


def is_integer(dtype: str) -> builtins.bool:
    """Whether values of the dtype are integers (bool is not)."""
    return TABLE[dtype].kind in "iu"


def is_byte(dtype: str) -> builtins.bool:
    """Whether values of the dtype are 8-bit integers."""
    return dtype in ("int8", "uint8")


def parts_of(dtype: str) -> str:
    """The dtype of the real and the imaginary part of a complex dtype."""
    return "float32" if dtype == "complex64" else "float64"


def complex_of(dtype: str) -> str:
    """The complex dtype whose parts hold values of this one: complex64, or complex128 for 64-bit floats."""
    return "complex128" if dtype in ("float64", "complex128") else "complex64"


def promote(a: str, b: str) -> str:
    """The dtype both can be converted to with the least loss; of mixed kinds, complex wins over float over integer.

    Differs from NumPy in one point, as the array API standard allows: int32 with float32 is float32,
    because doubling the width behind the user's back halves the speed.

    Raises:
        DTypeError: no integer holds both uint64 and a signed integer.
    """
    if a == b:
        return a
    if is_inexact(a) != is_inexact(b):
        return a if is_inexact(a) else b
    if "bfloat16" in (a, b):  # NumPy alone knows nothing of it
        wide = "float32" if "float16" in (a, b) else None
        return wide or (b if a == "bfloat16" else a)
    name = np.promote_types(a, b).name
    if is_float(name) and not is_inexact(a):
        raise DTypeError(
            f"promote: no integer dtype holds both; got {a} and {b}. Convert one with astype first."
        )
    return str(name)
