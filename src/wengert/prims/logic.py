"""Primitives on single elements that compare, choose, convert and combine bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.dtypes import TABLE, is_complex, is_float, is_inexact, is_integer, size_of
from wengert.base.errors import DTypeError
from wengert.ir.primitive import REGISTRY, Primitive
from wengert.ir.types import TensorType, type_of
from wengert.loop.expr import Expr, Scalars
from wengert.prims.families import ANY, BITS, FLOATS, INTEGERS, REALS, pointwise
from wengert.prims.movement import full_like
from wengert.prims.params import check_dtype, check_same_dtype, check_same_shape

# --- comparisons: false where a NaN takes part, except not_equal ----------------------------------

equal = pointwise(
    "equal", np.equal, None, None, scalar=lambda s, x, y: s.compare("eq", x, y), kinds=ANY, out="bool"
)
not_equal = pointwise(
    "not_equal", np.not_equal, None, None, scalar=lambda s, x, y: s.compare("ne", x, y), kinds=ANY, out="bool"
)
less = pointwise(
    "less", np.less, None, None, scalar=lambda s, x, y: s.compare("lt", x, y), kinds=REALS, out="bool"
)
less_equal = pointwise(
    "less_equal",
    np.less_equal,
    None,
    None,
    scalar=lambda s, x, y: s.compare("le", x, y),
    kinds=REALS,
    out="bool",
)
is_nan = pointwise(
    "is_nan", np.isnan, None, scalar=lambda s, x: s.compare("ne", x, x), kinds=FLOATS, out="bool"
)
is_finite = pointwise(
    "is_finite",
    np.isfinite,
    None,
    scalar=lambda s, x: s.compare("lt", s.unary("abs", x), s.const(float("inf"), x.dtype)),
    kinds=FLOATS,
    out="bool",
)

# --- bits: on bool these are the logical operations -----------------------------------------------

bitwise_and = pointwise(
    "bitwise_and", np.bitwise_and, None, None, scalar=lambda s, x, y: s.bitop("and", x, y), kinds=BITS
)
bitwise_or = pointwise(
    "bitwise_or", np.bitwise_or, None, None, scalar=lambda s, x, y: s.bitop("or", x, y), kinds=BITS
)
bitwise_xor = pointwise(
    "bitwise_xor", np.bitwise_xor, None, None, scalar=lambda s, x, y: s.bitop("xor", x, y), kinds=BITS
)
bitwise_not = pointwise("bitwise_not", np.invert, None, scalar=lambda s, x: s.invert(x), kinds=BITS)


def _in_width(s: Scalars, x: Expr, y: Expr) -> Expr:
    """Whether y is from 0 to the number of bits in x, less 1: other shifts are undefined in hardware."""
    below = s.compare("lt", y, s.const(8 * size_of(x.dtype), y.dtype))
    return s.bitop("and", s.compare("le", s.const(0, y.dtype), y), below)


def _shift_left(s: Scalars, x: Expr, y: Expr) -> Expr:
    fits, zero = _in_width(s, x, y), s.const(0, x.dtype)
    return s.select(fits, s.bitop("shl", x, s.select(fits, y, zero)), zero)


def _shift_right(s: Scalars, x: Expr, y: Expr) -> Expr:
    fits, zero = _in_width(s, x, y), s.const(0, x.dtype)
    far = s.select(s.compare("lt", x, zero), s.invert(zero), zero) if TABLE[x.dtype].kind == "i" else zero
    return s.select(fits, s.bitop("shr", x, s.select(fits, y, zero)), far)


# By as many places as there are bits, or more, or by a negative number: only copies of the sign are left.
shift_left = pointwise("shift_left", np.left_shift, None, None, scalar=_shift_left, kinds=INTEGERS)
shift_right = pointwise("shift_right", np.right_shift, None, None, scalar=_shift_right, kinds=INTEGERS)

# --- choice ---------------------------------------------------------------------------------------


def _where_type(condition: TensorType, x: TensorType, y: TensorType) -> TensorType:
    check_same_shape("where", (condition, x, y))
    check_same_dtype("where", (x, y))
    if condition.dtype != "bool":
        raise DTypeError(f"where: the condition must be bool; got {condition}. Compare first: x != 0.")
    return x


def _where_jvp(dots: Any, out: Any, condition: Any, x: Any, y: Any) -> Any:
    _, dx, dy = dots
    if dx is None and dy is None:
        return None
    zero = full_like(out, 0)
    return where(condition, zero if dx is None else dx, zero if dy is None else dy)


def _where_vjp(g: Any, out: Any, condition: Any, x: Any, y: Any) -> tuple[Any, ...]:
    zero = full_like(g, 0)
    return None, where(condition, g, zero), where(condition, zero, g)


where: Primitive = Primitive(
    "where",
    type_rule=_where_type,
    numpy_rule=np.where,
    lower=lambda s, i, condition, x, y: s.select(condition[i], x[i], y[i]),
    jvp=_where_jvp,
    vjp=_where_vjp,
    pointwise=True,
)

# --- conversion -----------------------------------------------------------------------------------


def _cast_type(x: TensorType, *, dtype: str) -> TensorType:
    check_dtype("cast", dtype)
    if is_complex(x.dtype) and not is_complex(dtype) and dtype != "bool":
        raise DTypeError(
            f"cast: a complex number must stay one; got {x} to {dtype}. Take a part first: wg.real(x) or wg.imag(x)."
        )
    return TensorType(x.shape, dtype)


def _cast_numpy(x: np.ndarray, *, dtype: str) -> np.ndarray:
    """A float outside of an integer's range is clamped and NaN becomes 0; integers wrap; to bool: x != 0."""
    if not (is_float(x.dtype.name) and is_integer(dtype)):
        return x.astype(dtype)
    info = np.iinfo(dtype)
    end = x.dtype.type(2.0 ** (info.bits - (info.min < 0)))  # info.max + 1, exactly
    inside = (x >= info.min) & (x < end)
    low, zero, high = np.array([info.min, 0, info.max], dtype)
    clamped = np.where(x >= end, high, np.where(x < info.min, low, zero))
    return np.where(inside, np.where(inside, x, 0).astype(dtype), clamped)


def _cast_vjp(g: Any, out: Any, x: Any, *, dtype: str) -> tuple[Any, ...]:
    source = type_of(x).dtype
    if not (is_inexact(source) and is_inexact(dtype)):
        return (None,)
    return (cast(g if is_complex(source) or not is_complex(dtype) else REGISTRY["real"](g), dtype=source),)


cast: Primitive = Primitive(
    "cast",
    type_rule=_cast_type,
    numpy_rule=_cast_numpy,
    lower=lambda s, i, x, *, dtype: s.cast(x[i], dtype),
    jvp=lambda dots, out, x, *, dtype: (
        cast(dots[0], dtype=dtype) if is_inexact(dtype) and dots[0] is not None else None
    ),
    vjp=_cast_vjp,
    pointwise=True,
)

stop_gradient = pointwise("stop_gradient", lambda x: x, None, scalar=lambda s, x: x)

# A value of its own, equal to x: where reverse mode is to stop, or an output is to be distinct.
identity = pointwise("identity", lambda x: x, lambda g, out, x: g, scalar=lambda s, x: x)
