"""Eigenvalues and -vectors of any square matrices, by LAPACK: complex numbers, in no order.

Where eigenvalues are equal, terms of derivatives that would divide by their difference are 0 (`decompositions.py`).

Source: M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation", 2008;
that vectors have length 1: C. Boeddeker et al., "On the computation of complex-valued gradients with application to
statistically optimum beamforming", 2017, arXiv:1701.00392.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.dtypes import complex_of, is_complex
from wengert.ir.operators import cast
from wengert.ir.primitive import Primitive
from wengert.ir.types import TensorType, type_of
from wengert.prims.control import items_of
from wengert.prims.families import total
from wengert.prims.lapack import solve
from wengert.prims.matrices import (
    adjoint,
    check_square,
    columns,
    conj,
    diagonal,
    diagonal_matrix,
    of_finite,
    rates,
    real,
    same_params,
)


def _eig_type(x: TensorType) -> tuple[TensorType, TensorType]:
    check_square("eig", x)
    dtype = complex_of(x.dtype)
    return TensorType(x.shape[:-1], dtype), TensorType(x.shape, dtype)


def _eigvals_type(x: TensorType) -> TensorType:
    check_square("eigvals", x)
    return TensorType(x.shape[:-1], complex_of(x.dtype))


def _complex(x: np.ndarray) -> np.ndarray:
    """NumPy gives real numbers where all are."""
    return x.astype(np.result_type(x.dtype, np.complex64))


def _eig_jvp(dots: Any, out: Any, x: Any) -> Any:
    if dots[0] is None:
        return None
    w, v = items_of(out, 2)
    inside = solve(v, cast(dots[0], type_of(v).dtype) @ v)
    turn = v @ (inside * rates(w))
    longer = real(diagonal(adjoint(v) @ turn))
    return diagonal(inside), turn - v * columns(longer, type_of(w).shape[-1])


def _eig_vjp(g: Any, out: Any, x: Any) -> tuple[Any, ...]:
    w, v = items_of(out, 2)
    dw, dv = (None if part is None else conj(part) for part in g)
    terms = [None if dw is None else diagonal_matrix(dw)]
    if dv is not None:
        inside, back = adjoint(v) @ dv, adjoint(v)
        longer = columns(real(diagonal(inside)), type_of(w).shape[-1])
        terms.append(conj(rates(w)) * (inside - (back @ v) * longer))
    found = conj(solve(adjoint(v), total(terms) @ adjoint(v)))
    if not is_complex(type_of(x).dtype):
        found = cast(real(found), type_of(x).dtype)
    return (found,)


# (eigenvalues, eigenvectors of length 1 as columns)
eig: Primitive = Primitive(
    "eig",
    _eig_type,
    of_finite("eig", lambda x: tuple(map(_complex, np.linalg.eig(x)))),
    jvp=_eig_jvp,
    vjp=_eig_vjp,
    lead=same_params,
)
# the eigenvalues alone
eigvals: Primitive = Primitive(
    "eigvals",
    _eigvals_type,
    of_finite("eigvals", lambda x: _complex(np.linalg.eigvals(x))),
    jvp=lambda dots, out, x: None if dots[0] is None else _eig_jvp(dots, eig(x), x)[0],
    vjp=lambda g, out, x: _eig_vjp((g, None), eig(x), x),
    lead=same_params,
)
