"""How alike two images are."""

from __future__ import annotations

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.filters import bell, filtered
from wengert.ops.operands import Array, floating


def psnr(x: Array, y: Array, max_val: float) -> Array:
    """Peak signal-to-noise ratio in decibels, ``20 log10(max_val) - 10 log10(mean((x - y)^2))``; inf for equal ones.

    Raises:
        ShapeError: the shapes differ.
    """
    x, y = floating(x), floating(y)
    _require_alike("psnr", x, y)
    return 20.0 * m.log10(floating(max_val)) - 10.0 * m.log10(reduce.mean(m.square(m.subtract(x, y))))


def ssim(
    x: Array,
    y: Array,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Array:
    """Structural similarity in -1..1 of each pair of images; 1 where they are equal.

    ``(2 mx my + c1) (2 cov + c2) / ((mx^2 + my^2 + c1) (vx + vy + c2))`` of the means, variances and the covariance
    of pixels around each place, weighted by a bell curve; then the mean over places and channels.

    Args:
        max_val: the largest value that a pixel may have.
        filter_size, filter_sigma: how many pixels count along each axis, and the deviation of the bell.
        k1, k2: roots of c1 and c2, of max_val: they keep the quotient from 0 / 0.

    Shapes:
        x, y [batch, h, w, channels]  ->  [batch]

    Source: Wang et al., "Image quality assessment: from error visibility to structural similarity", 2004.
    """
    x, y = floating(x), floating(y)
    _require_alike("ssim", x, y)
    t = type_of(x)
    if t.rank != 4:
        raise ShapeError(f"ssim: images must be [batch, h, w, channels]; got {t}.")
    if any(isinstance(n, int) and n < filter_size for n in t.shape[1:3]):
        raise ValueRangeError(
            f"ssim: filter_size must be at most the sides of the images; got {filter_size} for {t}."
        )
    weights = bell(filter_size, filter_sigma).astype(t.dtype)

    def around(x: Array) -> Array:
        return filtered(filtered(x, weights, 1, padded=False), weights, 2, padded=False)

    mx, my = around(x), around(y)
    xx, yy, xy = mx * mx, my * my, mx * my
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    above = (2.0 * xy + c1) * (2.0 * (around(x * y) - xy) + c2)
    below = (xx + yy + c1) * ((around(x * x) - xx) + (around(y * y) - yy) + c2)
    return reduce.mean(above / below, (1, 2, 3))


def _require_alike(name: str, x: Array, y: Array) -> None:
    if type_of(x).shape != type_of(y).shape:
        raise ShapeError(f"{name}: both must have the same shape; got {type_of(x)} and {type_of(y)}.")
