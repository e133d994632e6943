"""Arrays made from nothing: numbers evenly spaced in some scale, triangles, windows of signals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from wengert.base.dtypes import dtype_name
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import creation
from wengert.ops import math as m
from wengert.ops.operands import Array, floating, weak
from wengert.ops.shape import moveaxis, reshape
from wengert.runtime.tensor import Tensor

__all__ = [
    "arange", "bartlett", "blackman", "geomspace", "hamming", "hanning", "identity", "kaiser", "linspace", "logspace",
    "tri",
]  # fmt: skip


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Array:
    """start, start + step, ... before stop; from 0 where only one is given. Integers are int32."""
    step = 1 if step is None else step
    whole = all(isinstance(n, int | np.integer) for n in (start, stop, step) if n is not None)
    return creation.arange(
        start, stop, step, dtype=("int32" if whole else "float32") if dtype is None else dtype
    )


def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None,
    axis: int = 0,
) -> Any:  # fmt: skip
    """num numbers from start to stop, evenly: arrays of them along `axis` where the ends are arrays.

    Args:
        endpoint: whether `stop` is the last.
        retstep: give (numbers, the step between them).

    Example:
        >>> import wengert as wg
        >>> wg.ops.linspace(0, 1, 3).tolist()
        [0.0, 0.5, 1.0]
    """
    name = dtype_name(dtype or "float32")
    if _are_numbers(start, stop):
        found, step = np.linspace(start, stop, num, endpoint=endpoint, retstep=True)
        return (Tensor(found, name), Tensor(step, name)) if retstep else Tensor(found, name)
    start, stop = map(floating, operators.common(weak(start), weak(stop)))
    gaps = num - 1 if endpoint else num
    share = np.arange(num) / gaps if gaps else np.zeros(num)
    share = reshape(np.asarray(share, type_of(start).dtype), (num, *(1 for _ in type_of(start).shape)))
    found = operators.cast(m.add(m.multiply(start, 1 - share), m.multiply(stop, share)), name)
    found = moveaxis(found, 0, axis)
    return (found, m.divide(m.subtract(stop, start), float(gaps or np.nan))) if retstep else found


def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10,
    dtype: Any = None,
    axis: int = 0,
) -> Array:
    """base ** x, for num numbers x from start to stop, evenly."""
    name = dtype_name(dtype or "float32")
    if _are_numbers(start, stop, base):
        return Tensor(np.logspace(start, stop, num, endpoint=endpoint, base=base), name)
    return operators.cast(m.pow(base, linspace(start, stop, num, endpoint, axis=axis)), name)


def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Array:
    """num numbers from start to stop, each the one before it times one factor. Arrays must be positive."""
    name = dtype_name(dtype or "float32")
    if _are_numbers(start, stop):
        return Tensor(np.geomspace(start, stop, num, endpoint=endpoint), name)
    return operators.cast(m.exp(linspace(m.log(start), m.log(stop), num, endpoint, axis=axis)), name)


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(x, int | float | complex | np.generic) for x in values)


def identity(n: int, dtype: Any = None) -> Array:
    """The identity matrix."""
    return creation.eye(n, dtype=dtype)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Array:
    """1 on and below the k-th diagonal of N rows and M columns, 0 elsewhere."""
    return creation.tril(creation.ones((N, N if M is None else M), dtype), k)


def bartlett(x: Any) -> Array:
    """A triangle of so many points, 0 at both ends."""
    return _window(np.bartlett, x)


def blackman(x: Any) -> Array:
    """0.42 - 0.5 cos(2 pi k / (n - 1)) + 0.08 cos(4 pi k / (n - 1)) at n points."""
    return _window(np.blackman, x)


def hamming(x: Any) -> Array:
    """0.54 - 0.46 cos(2 pi k / (n - 1)) at n points."""
    return _window(np.hamming, x)


def hanning(x: Any) -> Array:
    """0.5 - 0.5 cos(2 pi k / (n - 1)) at n points."""
    return _window(np.hanning, x)


def kaiser(x: Any, beta: Any) -> Array:
    """i0(beta sqrt(1 - (2 k / (n - 1) - 1)**2)) / i0(beta) at n points."""
    return _window(np.kaiser, x, float(np.asarray(beta)))


def _window(of: Callable[..., Any], points: Any, *arguments: float) -> Array:
    return Tensor(of(int(np.asarray(points)), *arguments), "float32")
