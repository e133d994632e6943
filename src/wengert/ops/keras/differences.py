"""Differences and sums along an axis: derivatives and integrals of samples, powers of points."""

from __future__ import annotations

from typing import Any

from wengert.base.errors import ShapeError
from wengert.ir.types import type_of
from wengert.ops import joining, reduce
from wengert.ops import math as m
from wengert.ops.creation import ones_like
from wengert.ops.operands import Array, floating, known, normalize_axis
from wengert.ops.operands import array as operand
from wengert.ops.shape import moveaxis, slice_axis

__all__ = ["diff", "trapezoid", "vander"]


def diff(a: Any, n: int = 1, axis: int = -1) -> Array:
    """a[k + 1] - a[k] along an axis, n times over."""
    return joining.diff(a, axis, n)


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Array:
    """sum of (y[k] + y[k + 1]) / 2 * (x[k + 1] - x[k]) along an axis: the integral by the trapezoidal rule.

    Args:
        x: where y is known: of its shape, or [n]; None: points that are dx apart.

    Example:
        >>> import wengert as wg
        >>> wg.ops.trapezoid([0.0, 1.0, 4.0], dx=2.0).item()
        6.0
    """
    y = moveaxis(floating(y), axis, -1)
    if x is not None:
        x = operand(x)
        dx = joining.diff(x if type_of(x).rank == 1 else moveaxis(x, axis, -1))
    n = type_of(y).shape[-1]
    at = normalize_axis("trapezoid", -1, type_of(y))
    both = m.add(slice_axis(y, at, 1, n), slice_axis(y, at, 0, n - 1))
    return reduce.sum(m.multiply(m.multiply(both, dx), 0.5), axis=-1)


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Array:
    """[..., x**2, x, 1]: N powers of each element, as columns; from 1 on if `increasing`."""
    x = operand(x)
    t = type_of(x)
    if t.rank != 1:
        raise ShapeError(f"vander: x must be a vector; got {t}.")
    powers = [ones_like(x)]
    for _ in range(1, known("vander", "the length of x", t.shape[0]) if N is None else N):
        powers.append(m.multiply(powers[-1], x))
    columns = joining.stack(powers if increasing else powers[::-1], axis=-1)
    return columns if N != 0 else slice_axis(columns, 1, 0, 0)
