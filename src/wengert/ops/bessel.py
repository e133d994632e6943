"""Bessel functions."""

from __future__ import annotations

import math

from wengert.ops import math as m
from wengert.ops.operands import Array, floating
from wengert.ops.polynomials import horner

SERIES = tuple(1.0 / math.factorial(k) ** 2 for k in range(26))
"""i0(x) for x in 0..8, in powers of x**2 / 4; all terms are positive, so nothing cancels."""
LARGE = (
    0.40217650944500805, 0.003360551983667862, 0.0001362160743919305, 1.114303379093204e-05,
    1.4838475658279249e-06, 2.9735985885673923e-07, 8.872219737904054e-08, 3.9325843345529525e-08,
    2.1548377974791598e-08, 7.554691881248808e-09, -6.747657956107524e-09, -1.340891754008974e-08,
    -5.404771567579958e-09, 7.552583062123384e-09, 7.4304646503254255e-09, -3.505966530879332e-09,
    -5.95356943826489e-09, 1.5200816953924232e-09, 3.6379546359011143e-09, -5.715843864202709e-10,
    -1.6189806836246817e-09, 1.5279202694981569e-10, 4.577087631643623e-10, -2.0260604287413626e-11,
    -6.067631570603006e-11,
)  # fmt: skip
"""exp(-x) * sqrt(x) * i0(x) for x above 8, in powers of 16 / x - 1."""


def i0(x: Array, /) -> Array:
    """The modified Bessel function of the first kind and order 0: 1/pi * integral of exp(x cos t) for t in 0..pi.

    Source: for large x S. L. Moshier, "Cephes mathematical function library", i0.c, as powers.
    """
    size = m.abs(floating(x))
    small = m.less_equal(size, 8.0)
    near, far = m.where(small, size, 8.0), m.where(small, 8.0, size)
    scaled = horner(LARGE, 16.0 / far - 1.0) * m.rsqrt(far)
    half = m.exp(far * 0.5)  # whose square may be too large where i0 is not
    return m.where(small, horner(SERIES, near * near * 0.25), half * scaled * half)
