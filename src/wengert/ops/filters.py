"""Images filtered: each pixel together with those around it."""

from __future__ import annotations

import numpy as np

from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.operands import Array
from wengert.ops.padding import pad
from wengert.ops.shape import slice_axis


def filtered(x: Array, weights: Array, axis: int, *, padded: bool = True) -> Array:
    """out[i] = sum_k weights[k] x[i + k - (n - 1) // 2] along an axis, with zeros outside of it.

    padded: False: only where all n elements are inside, `out[i] = sum_k weights[k] x[i + k]`, n - 1 fewer.
    """
    n, length = int(type_of(weights).shape[0]), type_of(x).shape[axis]
    if padded:
        around = [((n - 1) // 2, n // 2) if a == axis else (0, 0) for a in range(type_of(x).rank)]
        x = pad(x, around)
    else:
        length = length - n + 1
    out = None
    for k in range(n):
        part = slice_axis(x, axis, k, k + length) * weights[k]
        out = part if out is None else out + part
    return out


def bell(n: int, sigma: Array) -> Array:
    """exp(-k^2 / 2 sigma^2) at n places around 0, divided by their sum."""
    k = np.arange(n, dtype="float32") - (n - 1) / 2
    weights = m.exp(-0.5 * m.square(k / sigma))
    return weights / reduce.sum(weights)


def short_bell(n: int, sigma: Array) -> Array:
    """exp(-k^2 / 2 sigma^2) where |k| <= 3 sigma of n places around 0, divided by their sum."""
    k = np.arange(n, dtype="float32") - n // 2
    near = m.abs(k) <= m.floor(m.floor(6.0 * sigma) / 2.0)
    weights = m.where(near, m.exp(-0.5 * m.square(k / sigma)), 0.0)
    return weights / reduce.sum(weights)


def slope(x: Array, along: int, across: int) -> Array:
    """How fast an image grows along one axis, smoothed across another (Sobel), with zeros outside."""
    dtype = type_of(x).dtype
    difference, smooth = (np.array(w, dtype) for w in ((-1.0, 0.0, 1.0), (1.0, 2.0, 1.0)))
    return filtered(filtered(x, difference, along), smooth, across)
