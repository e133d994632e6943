"""Sizes of vectors and matrices, by their array-API names."""

from __future__ import annotations

import math

from wengert.base.errors import ValueRangeError
from wengert.ir.operators import cast
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.decompositions import svdvals
from wengert.ops.operands import Array, Axis, floating
from wengert.ops.shape import expand_dims
from wengert.ops.systems import inv
from wengert.prims.matrices import check_matrices, check_square

Ord = int | float | str


def vector_norm(x: Array, /, *, axis: Axis = None, keepdims: bool = False, ord: float = 2) -> Array:
    """(sum |x|**ord) ** (1/ord) over axes, all by default; inf and -inf: the largest and smallest |x|.

    0 counts what is not 0. The derivative at 0 is 0.

    Example:
        >>> import wengert as wg
        >>> wg.linalg.vector_norm(wg.Tensor([3.0, -4.0])).item()
        5.0
    """
    if not _is_number(ord):
        raise ValueRangeError(f"vector_norm: ord must be a number, inf or -inf; got {ord!r}.")
    size = m.abs(floating(x))
    if ord == 0:
        found = reduce.count_nonzero(size, axis=axis, keepdims=keepdims)
        return cast(found, type_of(size).dtype)
    if ord == -math.inf:
        return reduce.min(size, axis=axis, keepdims=keepdims)
    if ord < 0:  # a zero makes the sum infinite and the norm 0
        total = reduce.sum(m.pow(size, float(ord)), axis=axis, keepdims=keepdims)
        return m.pow(total, 1.0 / ord)
    return reduce.norm(size, axis, keepdims, ord)


def _is_number(x: object) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool) and not math.isnan(x)


def matrix_norm(x: Array, /, *, keepdims: bool = False, ord: Ord | None = "fro") -> Array:
    """A norm of each matrix.

    Args:
        ord: "fro": sqrt(sum |x|**2). "nuc": the sum of the singular values; 2 and -2: the largest and smallest.
            1 and -1: the largest and smallest column sum of |x|; inf and -inf: row sum.

    Raises:
        ValueRangeError: ord is none of these.
    """
    x = floating(x)
    check_matrices("matrix_norm", type_of(x))
    if isinstance(ord, bool):
        raise _refused(ord)
    if ord in ("fro", None):
        return vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord in (1, -1, math.inf, -math.inf):
        across = ord in (1, -1)
        sums = reduce.sum(m.abs(x), axis=-2 if across else -1)
        found = (reduce.max if ord > 0 else reduce.min)(sums, axis=-1)
    elif ord in (2, -2, "nuc"):
        pick = {2: reduce.max, -2: reduce.min, "nuc": reduce.sum}[ord]
        found = pick(svdvals(x), axis=-1)
    else:
        raise _refused(ord)
    return expand_dims(expand_dims(found, -1), -1) if keepdims else found


def _refused(ord: object) -> ValueRangeError:
    return ValueRangeError(f"matrix_norm: ord must be 'fro', 'nuc', 1, -1, 2, -2, inf or -inf; got {ord!r}.")


def cond(x: Array, /, *, ord: Ord | None = None) -> Array:
    """How much errors may grow in `solve`: the largest over the smallest singular value, or norm(x) * norm(x^-1).

    Args:
        ord: that of the norm; None and 2: by singular values, of matrices that need not be square.
    """
    x = floating(x)
    check_matrices("cond", type_of(x))
    if ord in (None, 2, -2):
        s = svdvals(x)
        large, small = reduce.max(s, axis=-1), reduce.min(s, axis=-1)
        return m.divide(small, large) if ord == -2 else m.divide(large, small)
    check_square("cond", type_of(x))
    return matrix_norm(x, ord=ord) * matrix_norm(inv(x), ord=ord)
