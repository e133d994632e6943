"""Primitives on the bits of floats: signs, and the number next to one."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.errors import DTypeError
from wengert.ir.primitive import Primitive
from wengert.ir.types import TensorType
from wengert.loop.expr import Expr, Scalars
from wengert.loop.floats import Floats
from wengert.prims.families import FLOATS, pointwise
from wengert.prims.logic import where
from wengert.prims.movement import full_like
from wengert.prims.params import check_count, check_kind, check_same_dtype, check_same_shape


def _signbit_at(s: Scalars, x: Expr) -> Expr:
    f = Floats(s, x.dtype)
    return s.compare("lt", f.bits(x), f.whole(0))


# Whether the sign is minus: of -0.0 and of a NaN too.
signbit = pointwise("signbit", np.signbit, None, scalar=_signbit_at, kinds=FLOATS, out="bool")


def _copysign_at(s: Scalars, x: Expr, y: Expr) -> Expr:
    f = Floats(s, x.dtype)
    return f.with_sign(f.abs(x), y)


def _copysign_by_x(g: Any, out: Any, x: Any, y: Any) -> Any:
    return where(signbit(x), -g, g) * copysign(full_like(g, 1), y)


# |x| with the sign of y
copysign: Primitive = pointwise(
    "copysign", np.copysign, _copysign_by_x, None, scalar=_copysign_at, kinds=FLOATS
)


GRIDS = {"float16": (1 << 13, 2.0**-112), "bfloat16": (1 << 16, 1.0)}
"""Of a float of two bytes, kept as float32: how many bits it leaves at the end, when it is scaled so that its smallest
normal number is float32's."""


def _next_type(*types: TensorType, dtype: str) -> TensorType:
    check_count("nextafter", types, 2)
    check_same_shape("nextafter", types)
    check_same_dtype("nextafter", types)
    check_kind("nextafter", types[0], FLOATS)
    if dtype != types[0].dtype:
        raise DTypeError(f"nextafter: dtype must be that of the inputs; got {dtype!r} and {types[0]}.")
    return types[0]


def _next_at(s: Scalars, i: tuple[Expr, ...], x: Any, y: Any, *, dtype: str) -> Expr:
    """Away from 0 the bits of a number, as an integer, count up; towards it they count down."""
    x, y = x[i], y[i]
    f = Floats(s, x.dtype)
    unit, scale = GRIDS.get(dtype, (1, 1.0))
    size = f.abs(x)
    if dtype == "float16":
        size = f.at_most(size, 65536.0)  # what is beyond the largest number
    bits = f.bits(f.mul(size, scale))
    away = s.compare("lt", size, s.select(s.compare("lt", f.bits(x), f.whole(0)), s.unary("neg", y), y))
    there = s.select(away, s.add(bits, f.whole(unit)), s.sub(bits, f.whole(unit)))
    moved = f.with_sign(f.mul(s.bitcast(there, f.dtype), 1 / scale), x)
    least = f.mul(s.bitcast(f.whole(unit), f.dtype), 1 / scale)
    moved = f.choose(f.equal(x, 0.0), f.with_sign(least, y), moved)
    moved = f.choose(s.compare("eq", x, y), y, moved)
    nan = s.bitop("or", s.compare("ne", x, x), s.compare("ne", y, y))
    return f.choose(nan, np.nan, moved)


# The number of its dtype next to x on the way to y. It changes in steps: no derivative.
nextafter = Primitive(
    "nextafter",
    _next_type,
    lambda x, y, *, dtype: np.where(x == y, y, np.nextafter(x.astype(dtype), y.astype(dtype))),
    _next_at,
    jvp=lambda dots, out, x, y, *, dtype: None,
    vjp=lambda g, out, x, y, *, dtype: (None, None),
    pointwise=True,
)
