"""Quick: which steps give by their ufunc alone what they give by the whole way.

The whole way of `x + y` finds a common dtype and shape, checks both, runs the reference rule with NumPy's warnings
off, and looks who wants to know of it. The answers are the same for arguments of the same kinds, so that each
primitive keeps them, in `seen`: kinds -> type of the result where the ufunc, given the arguments as they are, gives
the very same; else False. The kind of a tensor is its type, of anything else its class.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.dtypes import TABLE, computed
from wengert.ir.primitive import Primitive
from wengert.ir.types import TensorType

Kinds = tuple[Any, ...]
_MOST = 1024  # kinds of arguments that a primitive remembers


def remember(prim: Primitive, kinds: Kinds, out: Any) -> None:
    """Keep that the whole way gives `out` for arguments of these kinds."""
    if len(prim.seen) >= _MOST:
        prim.seen.clear()
    prim.seen[kinds] = out if prim.pointwise and _is_ufunc_alone(prim.numpy_rule, kinds, out) else False


def _is_ufunc_alone(rule: Any, kinds: Kinds, out: Any) -> bool:
    """Whether the rule computes in the arguments' one dtype, to which it takes numbers and casts nothing."""
    dtypes = {k.dtype for k in kinds if isinstance(k, TensorType)}
    if not isinstance(rule, np.ufunc) or len(dtypes) != 1:
        return False
    (dtype,) = dtypes
    if computed(dtype) != dtype or not all(_is_weak(k, dtype, out.dtype) for k in kinds):
        return False
    try:
        found = rule.resolve_dtypes((np.dtype(dtype),) * rule.nin + (None,))
    except TypeError:
        return False
    return found == (np.dtype(dtype),) * rule.nin + (np.dtype(out.dtype),)


def _is_weak(kind: Any, dtype: str, out: str) -> bool:
    """Whether NumPy takes an argument of the kind for one of the dtype.

    It does not where integers are compared, with numbers that may be too large for the dtype.
    """
    if isinstance(kind, TensorType):
        return True
    if TABLE[dtype].kind in "fc":
        return kind in (int, float) or kind is complex and TABLE[dtype].kind == "c"
    return kind is int and TABLE[dtype].kind in "iu" and out == dtype
