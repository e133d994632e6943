"""Primitives on the bits of floats: signs, and the number next to one."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.ir.primitive import Primitive
from wengert.loop.expr import Expr, Scalars
from wengert.loop.floats import Floats
from wengert.prims.families import FLOATS, pointwise
from wengert.prims.logic import where
from wengert.prims.movement import full_like


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
