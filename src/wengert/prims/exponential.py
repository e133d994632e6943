"""The exponential of matrices.

Source: N. J. Higham, "The scaling and squaring method for the matrix exponential revisited", SIAM J. Matrix Anal. Appl.
26(4), 2005; the derivative as a block of a larger exponential: R. Mathias, SIAM J. Matrix Anal. Appl. 17(3), 1996.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.ir.primitive import Primitive
from wengert.ir.types import TensorType, type_of
from wengert.prims.matrices import check_square, same_params, turned
from wengert.prims.movement import full_like
from wengert.prims.slicing import concatenate
from wengert.prims.slicing import slice as slice_

# Of the Pade approximant of degree 13, and the norm up to which it is exact in float64.
PADE = (
    64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
    670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
)  # fmt: skip
LARGEST_NORM = 5.371920351148152


def _expm_type(x: TensorType) -> TensorType:
    check_square("expm", x)
    return x


def _expm_numpy(x: np.ndarray) -> np.ndarray:
    """In float64 or complex128; NaN where an element is not finite."""
    x = x.astype(np.promote_types(x.dtype, np.float64))
    norm = np.max(np.sum(np.abs(x), axis=-2), axis=-1, initial=0)
    finite = np.isfinite(norm)
    squarings = np.ceil(np.log2(np.where(finite & (norm > LARGEST_NORM), norm / LARGEST_NORM, 1))).astype(int)
    a = np.where(finite[..., None, None], x, 0) / np.exp2(squarings)[..., None, None]
    power = [np.eye(x.shape[-1]), a @ a]
    power += [power[1] @ power[1], power[1] @ power[1] @ power[1]]  # a**0, a**2, a**4, a**6

    def polynomial(first: int) -> np.ndarray:
        low = sum(PADE[first + 2 * k] * power[k] for k in range(4))
        high = sum(PADE[first + 6 + 2 * k] * power[k] for k in range(1, 4))
        return np.asarray(low + power[3] @ high)

    odd, even = a @ polynomial(1), polynomial(0)
    y = np.linalg.solve(even - odd, even + odd)
    for k in range(squarings.max(initial=0)):
        y = np.where((squarings > k)[..., None, None], y @ y, y)
    return np.where(finite[..., None, None], y, np.nan)


def _beside(a: Any, e: Any) -> Any:
    """The upper right block of exp([[a, e], [0, a]]): how exp(a) changes along e."""
    t = type_of(a)
    n, last = t.shape[-1], t.rank - 1
    above = concatenate(a, e, axis=last)
    below = concatenate(full_like(a, 0), a, axis=last)
    whole = expm(concatenate(above, below, axis=last - 1))
    batch, zeros = t.shape[:-2], (0,) * (last - 1)
    return slice_(whole, start=(*zeros, 0, n), stop=(*batch, n, n * 2), step=(1,) * t.rank)


# sum of x**k / k!
expm: Primitive = Primitive(
    "expm",
    _expm_type,
    _expm_numpy,
    jvp=lambda dots, out, x: None if dots[0] is None else _beside(x, dots[0]),
    vjp=lambda g, out, x: (lambda: _beside(turned(x), g),),
    lead=same_params,
)
