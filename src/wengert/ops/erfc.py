"""erfc: what `erf` leaves of 1, exact where that is small."""

from __future__ import annotations

import math

from wengert.ops import math as m
from wengert.ops.operands import Array, floating
from wengert.ops.polynomials import ratio

MIDDLE = (
    (557.535335369399327526, 1027.55188689515710272, 934.52852717195760754, 526.445194995477358631,
     196.520832956077098242, 48.6371970985681366614, 7.46321056442269912687, 0.564189564831068821977,
     2.46196981473530512524e-10),
    (557.535340817727675546, 1656.66309194161350182, 2246.33760818710981792, 1823.90916687909736289,
     975.708501743205489753, 354.937778887819891062, 86.7072140885989742329, 13.2281951154744992508, 1.0),
)  # fmt: skip
END = (
    (2.97886665372100240670, 7.40974269950448939160, 6.16021097993053585195, 5.01905042251180477414,
     1.27536670759978104416, 0.564189583547755073984),
    (3.36907645100081516050, 9.60896809063285878198, 17.0814450747565897222, 12.0489539808096656605,
     9.39603524938001434673, 2.26052863220117276590, 1.0),
)  # fmt: skip
"""exp(x * x) * erfc(x) for x in 1..8 and above: coefficients over coefficients, from the constant one on."""


def erfc(x: Array, /) -> Array:
    """1 - erf(x)

    Numerics: of relative error near the dtype's epsilon (times x * x), where 1 - erf(x) has no digits left.

    Source: S. L. Moshier, "Cephes mathematical function library", ndtr.c.
    """
    x = floating(x)
    size = m.abs(x)
    near = m.less(size, 1.0)
    far = m.where(near, 1.0, size)
    last = m.greater(far, 8.0)
    scaled = m.where(
        last, ratio(END, m.where(last, far, 9.0)), ratio(MIDDLE, m.where(last, 8.0, far))
    )  # each where it holds: elsewhere its powers overflow
    tail = m.exp(-far * far) * scaled
    tail = m.where(m.equal(far, math.inf), 0.0, tail)
    return m.where(near, 1.0 - m.erf(x), m.where(m.less(x, 0.0), 2.0 - tail, tail))
