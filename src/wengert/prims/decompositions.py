"""Decompositions of matrices, by LAPACK: QR, eigenvalues and -vectors of Hermitian ones, singular values and vectors.

Where eigenvalues or singular values are equal, vectors are not determined, and a derivative by them says nothing about
turns among their like: such terms, which would divide by 0, are 0. Whatever does not depend on how the vectors are
chosen keeps its true derivative, but for terms that equal values share.

Source: M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation", 2008;
M. Seeger et al., "Auto-differentiating linear algebra", 2017, arXiv:1710.08717; Z.-Q. Wan & S.-X. Zhang,
"Automatic differentiation for complex valued SVD", 2019, arXiv:1909.02659, of complex ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.base.dtypes import is_complex, parts_of
from wengert.base.errors import ShapeError, UsageError
from wengert.ir.dim import Dim, surely_at_least
from wengert.ir.primitive import Primitive
from wengert.ir.types import TensorType, type_of
from wengert.prims.control import items_of
from wengert.prims.families import total
from wengert.prims.lapack import half, hermitian_numpy, solve
from wengert.prims.matrices import (
    adjoint,
    check_matrices,
    check_square,
    columns,
    conj,
    diagonal,
    diagonal_matrix,
    hermitian,
    of_finite,
    on_diagonal,
    rates,
    real,
    reciprocal,
    same_params,
    turned,
    upper,
)
from wengert.prims.params import check_flag

Length = int | Dim


def shorter(name: str, x: TensorType) -> Length:
    """The shorter of the last two axes.

    Raises:
        ShapeError: which one that is depends on symbolic lengths.
    """
    m, n = x.shape[-2:]
    if surely_at_least(m, n):
        return n
    if surely_at_least(n, m):
        return m
    raise ShapeError(
        f"{name}: which of the last two axes is shorter must be known; got {x}. Name one of them."
    )


def real_dtype(dtype: str) -> str:
    """The dtype of an absolute value."""
    return parts_of(dtype) if is_complex(dtype) else dtype


# --- QR -------------------------------------------------------------------------------------------


def _qr_type(x: TensorType, *, complete: bool) -> tuple[TensorType, TensorType]:
    check_matrices("qr", x)
    check_flag("qr", "complete", complete)
    batch, (m, n) = x.shape[:-2], x.shape[-2:]
    k = m if complete else shorter("qr", x)
    return TensorType((*batch, m, k), x.dtype), TensorType((*batch, k, n), x.dtype)


def _require_tall(out: Any) -> None:
    q, r = out.type
    if q.shape[-1] != r.shape[-1]:
        raise UsageError(
            f"qr: has a derivative where R is square; got Q: {q}, R: {r}. Use mode='reduced', which takes wide "
            f"matrices in two parts."
        )


def _divided(x: Any, r: Any) -> Any:
    """x r^-1"""
    return turned(solve(turned(r), turned(x)))


def _qr_jvp(dots: Any, out: Any, x: Any, *, complete: bool) -> Any:
    if dots[0] is None:
        return None
    _require_tall(out)
    q, r = items_of(out, 2)
    dx = _divided(dots[0], r)
    inside = adjoint(q) @ dx
    inside = adjoint(half(inside + adjoint(inside)))
    return dx - q @ inside, inside @ r


def _qr_vjp(g: Any, out: Any, x: Any, *, complete: bool) -> tuple[Any, ...]:
    _require_tall(out)
    q, r = items_of(out, 2)
    dq, dr = (None if part is None else conj(part) for part in g)
    terms = [None if dr is None else dr @ adjoint(r), None if dq is None else -(adjoint(q) @ dq)]
    inside = upper(total(terms))
    inside = inside + adjoint(inside)
    inside = inside - on_diagonal(inside) * 0.5
    found = total([q @ inside, dq])
    return (conj(_divided(found, adjoint(r))),)


# (Q, R) with Q R = x: the columns of Q orthonormal, R upper triangular
qr: Primitive = Primitive(
    "qr",
    _qr_type,
    lambda x, *, complete: tuple(np.linalg.qr(x, mode="complete" if complete else "reduced")),
    jvp=_qr_jvp,
    vjp=_qr_vjp,
    lead=same_params,
)

# --- eigenvalues ----------------------------------------------------------------------------------


def _eigvalsh_type(x: TensorType) -> TensorType:
    check_square("eigvalsh", x)
    return TensorType(x.shape[:-1], real_dtype(x.dtype))


def _eigh_type(x: TensorType) -> tuple[TensorType, TensorType]:
    check_square("eigh", x)
    return TensorType(x.shape[:-1], real_dtype(x.dtype)), x


def _eigh_jvp(dots: Any, out: Any, x: Any) -> Any:
    if dots[0] is None:
        return None
    w, v = items_of(out, 2)
    inside = adjoint(v) @ hermitian(dots[0]) @ v
    return real(diagonal(inside)), v @ (inside * rates(w))


def _eigh_vjp(g: Any, out: Any, x: Any) -> tuple[Any, ...]:
    w, v = items_of(out, 2)
    dw, dv = g
    inside = total(
        [
            None if dw is None else diagonal_matrix(dw),
            None if dv is None else rates(w) * (adjoint(v) @ conj(dv)),
        ]
    )
    return (conj(hermitian(v @ inside @ adjoint(v))),)


# (eigenvalues in ascending order, orthonormal eigenvectors as columns) of (x + x^H) / 2
eigh: Primitive = Primitive(
    "eigh",
    _eigh_type,
    of_finite("eigh", lambda x: tuple(np.linalg.eigh(hermitian_numpy(x)))),
    jvp=_eigh_jvp,
    vjp=_eigh_vjp,
    lead=same_params,
)
# the eigenvalues alone
eigvalsh: Primitive = Primitive(
    "eigvalsh",
    _eigvalsh_type,
    of_finite("eigvalsh", lambda x: np.linalg.eigvalsh(hermitian_numpy(x))),
    jvp=lambda dots, out, x: None if dots[0] is None else _eigh_jvp(dots, eigh(x), x)[0],
    vjp=lambda g, out, x: _eigh_vjp((g, None), eigh(x), x),
    lead=same_params,
)

# --- singular values ------------------------------------------------------------------------------


def _svdvals_type(x: TensorType) -> TensorType:
    check_matrices("svdvals", x)
    return TensorType((*x.shape[:-2], shorter("svdvals", x)), real_dtype(x.dtype))


def _svd_type(x: TensorType, *, full: bool) -> tuple[TensorType, TensorType, TensorType]:
    check_matrices("svd", x)
    check_flag("svd", "full", full)
    batch, (m, n), k = x.shape[:-2], x.shape[-2:], shorter("svd", x)
    left, right = (m, n) if full else (k, k)
    return (
        TensorType((*batch, m, left), x.dtype),
        TensorType((*batch, k), real_dtype(x.dtype)),
        TensorType((*batch, right, n), x.dtype),
    )


def _require_thin(out: Any) -> None:
    u, s, vh = out.type
    if u.shape[-1] != s.shape[-1] or vh.shape[-2] != s.shape[-1]:
        raise UsageError(
            f"svd: vectors beyond the singular values have no derivative; got U: {u}, S: {s}, Vh: {vh}. "
            f"Use full_matrices=False, or svdvals."
        )


def _square_rates(s: Any) -> Any:
    """1 / (s[j]**2 - s[i]**2), 0 where they are equal: without a square that overflows."""
    wide = columns(s, type_of(s).shape[-1])
    return rates(s) * reciprocal(wide + turned(wide))


def _turn(x: Any, s: Any) -> Any:
    """Of complex numbers the imaginary diagonal over s: how far both vectors of a pair are turned together."""
    if not is_complex(type_of(x).dtype):
        return None
    return on_diagonal(x - adjoint(x)) * 0.5 * columns(reciprocal(s), type_of(s).shape[-1])


def _svd_jvp(dots: Any, out: Any, x: Any, *, full: bool) -> Any:
    if dots[0] is None:
        return None
    _require_thin(out)
    u, s, vh = items_of(out, 3)
    dx, k = dots[0], type_of(s).shape[-1]
    v, right = adjoint(vh), columns(s, k)
    inside = adjoint(u) @ dx @ v
    left = adjoint(inside)
    apart = _square_rates(s)
    du = u @ total([apart * (inside * right + turned(right) * left), _turn(inside, s)])
    dv = v @ (apart * (turned(right) * inside + left * right))
    m, n = type_of(x).shape[-2:]
    if m != k:
        beside = dx @ v
        du = du + (beside - u @ inside) * columns(reciprocal(s), m)
    if n != k:
        beside = adjoint(dx) @ u
        dv = dv + (beside - v @ left) * columns(reciprocal(s), n)
    return du, real(diagonal(inside)), adjoint(dv)


def _skew(x: Any) -> Any:
    return x - adjoint(x)


def _svd_vjp(g: Any, out: Any, x: Any, *, full: bool) -> tuple[Any, ...]:
    _require_thin(out)
    u, s, vh = items_of(out, 3)
    k, (m, n) = type_of(s).shape[-1], type_of(x).shape[-2:]
    du, dv = None if g[0] is None else conj(g[0]), None if g[2] is None else turned(g[2])
    right, terms = columns(s, k), [None if g[1] is None else diagonal_matrix(g[1])]
    if du is not None:
        inside = adjoint(u) @ du
        terms += [_square_rates(s) * _skew(inside) * right, _turn(inside, s)]
    if dv is not None:
        terms.append(turned(right) * (_square_rates(s) * _skew(vh @ dv)))
    found = total(terms)
    found = u @ found @ vh
    if du is not None and m != k:
        found = found + ((du - u @ (adjoint(u) @ du)) * columns(reciprocal(s), m)) @ vh
    if dv is not None and n != k:
        beside = adjoint(dv - adjoint(vh) @ (vh @ dv))
        found = found + u @ (turned(columns(reciprocal(s), n)) * beside)
    return (conj(found),)


def svdvals_vjp(g: Any, x: Any) -> Any:
    """The cotangent of x by that of its singular values."""
    return _svd_vjp((None, g, None), svd(x, full=False), x, full=False)[0]


def _svdvals_jvp(dots: Any, out: Any, x: Any) -> Any:
    if dots[0] is None:
        return None
    u, _, vh = items_of(svd(x, full=False), 3)
    return real(diagonal(adjoint(u) @ dots[0] @ adjoint(vh)))


# (U, S, Vh) with U diag(S) Vh = x: orthonormal columns and rows, S not negative and in descending order
svd: Primitive = Primitive(
    "svd",
    _svd_type,
    of_finite("svd", lambda x, *, full: tuple(np.linalg.svd(x, full_matrices=full))),
    jvp=_svd_jvp,
    vjp=_svd_vjp,
    lead=same_params,
)
# the singular values alone
svdvals: Primitive = Primitive(
    "svdvals",
    _svdvals_type,
    of_finite("svdvals", lambda x: np.linalg.svd(x, compute_uv=False)),
    jvp=_svdvals_jvp,
    vjp=lambda g, out, x: (svdvals_vjp(g, x),),
    lead=same_params,
)
