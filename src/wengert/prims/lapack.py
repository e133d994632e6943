"""Functions of matrices that LAPACK computes: systems of equations, determinants, Cholesky's factor, pseudoinverses.

Derivatives are those of M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", 2008; of the pseudoinverse G. Golub & V. Pereyra, SIAM J. Numer. Anal. 10(2), 1973. A cotangent g
stands for dz -> Re(g dz) (`prims/parts.py`): so it is the conjugate of what papers write.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from wengert.base.dtypes import is_complex, parts_of
from wengert.base.errors import ShapeError
from wengert.ir.primitive import Primitive
from wengert.ir.types import TensorType, type_of
from wengert.prims import parts
from wengert.prims.control import items_of
from wengert.prims.families import FLOATS, total
from wengert.prims.matrices import (
    adjoint,
    check_matrices,
    check_square,
    conj,
    guarded,
    hermitian,
    inner,
    lower,
    of_finite,
    on_diagonal,
    same_params,
    spread_over,
    turned,
)
from wengert.prims.movement import full_like
from wengert.prims.params import check_kind, check_same_dtype

# --- solve ----------------------------------------------------------------------------------------


def _solve_type(a: TensorType, b: TensorType) -> TensorType:
    check_square("solve", a)
    check_matrices("solve", b)
    check_same_dtype("solve", (a, b))
    if a.shape[:-1] != b.shape[:-1]:
        raise ShapeError(
            f"solve: there must be a right-hand side for each matrix, as long as its rows; got {a}, {b}."
        )
    return b


def _solve_jvp(dots: Any, x: Any, a: Any, b: Any) -> Any:
    da, db = dots
    right = total([db, None if da is None else -(da @ x)])
    return None if right is None else solve(a, right)


def _solve_vjp(g: Any, x: Any, a: Any, b: Any) -> tuple[Any, ...]:
    @functools.cache
    def by_b() -> Any:
        return solve(turned(a), g)

    return lambda: -(by_b() @ turned(x)), by_b


# x of a x = b, by the LU decomposition of a
solve: Primitive = Primitive(
    "solve",
    _solve_type,
    guarded(
        "solve", "matrices must be invertible", "a singular one", np.linalg.solve, hint=" Use pinv or lstsq."
    ),
    jvp=_solve_jvp,
    vjp=_solve_vjp,
    lead=same_params,
)


def _inv_type(x: TensorType) -> TensorType:
    check_square("inv", x)
    return x


def _inv_vjp(g: Any, out: Any, x: Any) -> tuple[Any, ...]:
    back = turned(out)
    return (-(back @ g @ back),)


# x^-1
inv: Primitive = Primitive(
    "inv",
    _inv_type,
    guarded("inv", "matrices must be invertible", "a singular one", np.linalg.inv, hint=" Use pinv."),
    jvp=lambda dots, out, x: None if dots[0] is None else -(out @ dots[0] @ out),
    vjp=_inv_vjp,
    lead=same_params,
)


# --- determinants ---------------------------------------------------------------------------------


def _det_type(x: TensorType) -> TensorType:
    check_square("det", x)
    return TensorType(x.shape[:-2], x.dtype)


# the determinant, of singular matrices too
det: Primitive = Primitive(
    "det",
    _det_type,
    np.linalg.det,
    jvp=lambda dots, out, x: None if dots[0] is None else inner(cofactor(x), dots[0]),
    vjp=lambda g, out, x: (lambda: spread_over(g, x) * cofactor(x),),
    lead=same_params,
)


def _cofactor_type(x: TensorType) -> TensorType:
    check_square("cofactor", x)
    return x


def _cofactor_numpy(x: np.ndarray) -> np.ndarray:
    """Of U diag(s) V^H: det(U V^H) conj(U diag(products of the other s) V^H), which divides by nothing."""
    if not np.isfinite(x).all():
        return np.full_like(x, np.nan)
    u, s, vh = np.linalg.svd(x)
    others = np.ones_like(s)
    for k in range(s.shape[-1]):
        others[..., k] = np.prod(np.delete(s, k, axis=-1), axis=-1)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return np.asarray(sign[..., None, None] * np.conj((u * others[..., None, :]) @ vh))


def _cofactor_jvp(dots: Any, out: Any, x: Any) -> Any:
    if dots[0] is None:
        return None
    back = turned(inv(x))
    return spread_over(inner(out, dots[0]), x) * back - back @ turned(dots[0]) @ out


def _cofactor_vjp(g: Any, out: Any, x: Any) -> tuple[Any, ...]:
    back = turned(inv(x))
    return (spread_over(inner(g, back), x) * out - out @ turned(g) @ back,)


# det(x) x^-T where x is invertible: the derivatives of the determinant by the elements
cofactor: Primitive = Primitive(
    "cofactor", _cofactor_type, _cofactor_numpy, jvp=_cofactor_jvp, vjp=_cofactor_vjp, lead=same_params
)


def _slogdet_type(x: TensorType) -> tuple[TensorType, TensorType]:
    check_square("slogdet", x)
    size = parts_of(x.dtype) if is_complex(x.dtype) else x.dtype
    return TensorType(x.shape[:-2], x.dtype), TensorType(x.shape[:-2], size)


def _slogdet_jvp(dots: Any, out: Any, x: Any) -> Any:
    if dots[0] is None:
        return None
    (sign,) = items_of(out, 1)
    rate = inner(turned(inv(x)), dots[0])
    if not is_complex(type_of(x).dtype):
        return None, rate
    turn = parts.imag(rate)
    return sign * parts.join(full_like(turn, 0), turn), parts.real(rate)


def _slogdet_vjp(g: Any, out: Any, x: Any) -> tuple[Any, ...]:
    (sign,) = items_of(out, 1)
    rate = g[1]
    if is_complex(type_of(x).dtype):
        turn = None if g[0] is None else parts.imag(g[0] * sign)
        size = full_like(turn, 0) if rate is None else rate
        rate = parts.join(size, full_like(size, 0) if turn is None else turn)
    return (None if rate is None else lambda: spread_over(rate, x) * turned(inv(x)),)


# (det / |det|, log |det|); (0, -inf) of singular matrices
slogdet: Primitive = Primitive(
    "slogdet",
    _slogdet_type,
    lambda x: tuple(np.linalg.slogdet(x)),
    jvp=_slogdet_jvp,
    vjp=_slogdet_vjp,
    lead=same_params,
)

# --- Cholesky -------------------------------------------------------------------------------------


def _cholesky_type(x: TensorType) -> TensorType:
    check_square("cholesky", x)
    return x


def half(x: Any) -> Any:
    """The lower triangle, with half of the diagonal."""
    return lower(x) - on_diagonal(x) * 0.5


def _cholesky_jvp(dots: Any, out: Any, x: Any) -> Any:
    if dots[0] is None:
        return None
    inside = solve(out, adjoint(solve(out, hermitian(dots[0]))))
    return out @ half(inside)


def _cholesky_vjp(g: Any, out: Any, x: Any) -> tuple[Any, ...]:
    inside = half(adjoint(out) @ conj(g))
    back = adjoint(out)
    return (conj(hermitian(adjoint(solve(back, adjoint(solve(back, inside)))))),)


def hermitian_numpy(x: np.ndarray) -> np.ndarray:
    """(x + x^H) / 2"""
    return np.asarray((x + np.conj(np.swapaxes(x, -1, -2))) / 2)


# lower triangular L with L L^H = (x + x^H) / 2
cholesky: Primitive = Primitive(
    "cholesky",
    _cholesky_type,
    guarded(
        "cholesky",
        "matrices must be positive definite",
        "one that is not",
        lambda x: np.linalg.cholesky(hermitian_numpy(x)),
    ),
    jvp=_cholesky_jvp,
    vjp=_cholesky_vjp,
    lead=same_params,
)

# --- the pseudoinverse ------------------------------------------------------------------------------


def _pinv_type(x: TensorType, rtol: TensorType) -> TensorType:
    check_matrices("pinv", x)
    check_kind("pinv", rtol, FLOATS, "the dtype of rtol")
    if rtol.shape != x.shape[:-2]:
        raise ShapeError(f"pinv: there must be one rtol for each matrix; got {rtol} for {x}.")
    return TensorType((*x.shape[:-2], x.shape[-1], x.shape[-2]), x.dtype)


def _pinv_jvp(dots: Any, p: Any, x: Any, rtol: Any) -> Any:
    dx = dots[0]
    if dx is None:
        return None
    back, turn = adjoint(p), adjoint(dx)
    first = p @ (back @ turn)
    second = (turn @ back) @ p
    return first - first @ x @ p + second - p @ (x @ second) - p @ dx @ p


def _pinv_vjp(g: Any, p: Any, x: Any, rtol: Any) -> tuple[Any, ...]:
    back, given = adjoint(p), adjoint(conj(g))
    first = given @ p @ back
    second = back @ p @ given
    found = first - x @ (p @ first) + second - second @ p @ x - back @ conj(g) @ back
    return conj(found), None


# the matrix that solves least squares; singular values up to rtol times the largest are taken for 0
pinv: Primitive = Primitive(
    "pinv",
    _pinv_type,
    of_finite("pinv", lambda x, rtol: np.linalg.pinv(x, rcond=rtol)),
    jvp=_pinv_jvp,
    vjp=_pinv_vjp,
    lead=same_params,
)
