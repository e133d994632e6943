"""How arrays go together: correlation."""

from __future__ import annotations

from typing import Any

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.conv import conv
from wengert.ops.linalg import diagonal, matmul
from wengert.ops.operands import Array, floating, known
from wengert.ops.operands import array as operand
from wengert.ops.padding import pad
from wengert.ops.parts import conj
from wengert.ops.shape import expand_dims, flip, matrix_transpose, reshape

__all__ = ["corrcoef", "correlate"]


def corrcoef(x: Any) -> Array:
    """cov(i, j) / sqrt(cov(i, i) cov(j, j)) of the rows i and j, which are variables; columns are observations."""
    x = floating(x)
    t = type_of(x)
    if t.rank > 2:
        raise ShapeError(f"corrcoef: x must have one row a variable; got {t}.")
    x = reshape(x, (1, t.size)) if t.rank < 2 else x
    apart = m.subtract(x, reduce.mean(x, -1, keepdims=True))
    together = matmul(apart, conj(matrix_transpose(apart)))
    size = m.sqrt(diagonal(together))
    found = m.divide(m.divide(together, expand_dims(size, 0)), expand_dims(size, 1))
    return found if t.rank == 2 else reshape(found, ())


def correlate(x1: Any, x2: Any, mode: str = "valid") -> Array:
    """out[k] = sum over n of x1[n + k] * conj(x2[n]), of two vectors.

    Args:
        mode: `valid`: where they overlap completely; `full`: where they do at all; `same`: as many as the longer has.

    Example:
        >>> import wengert as wg
        >>> wg.ops.correlate([1.0, 2.0, 3.0], [0.0, 1.0]).tolist()
        [2.0, 3.0]
    """
    x1, x2 = operand(x1), operand(x2)
    t1, t2 = type_of(x1), type_of(x2)
    if t1.rank != 1 or t2.rank != 1:
        raise ShapeError(f"correlate: both must be vectors; got {t1} and {t2}.")
    if mode not in ("valid", "full", "same"):
        raise ValueRangeError(f"correlate: mode must be 'valid', 'full' or 'same'; got {mode!r}.")
    n, short = (known("correlate", "the length of a vector", t.shape[0]) for t in (t1, t2))
    if n < short:
        return flip(conj(correlate(x2, x1, mode)))
    before = {"valid": 0, "full": short - 1, "same": short // 2}[mode]
    after = {"valid": 0, "full": short - 1, "same": short - 1 - short // 2}[mode]
    x1 = pad(floating(x1), [(before, after)])
    kernel = conj(floating(x2))
    return reshape(conv(reshape(x1, (1, -1, 1)), reshape(kernel, (short, 1, 1))), (-1,))
