"""Decompositions of matrices, by their array-API names: the last two axes are a matrix, the others a batch.

Compiled programs call LAPACK through NumPy. Where values are equal or zero, derivatives by vectors are what
docs/derivatives.md says.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from wengert.base.errors import ValueRangeError
from wengert.ir.dim import surely_at_least
from wengert.ir.types import type_of
from wengert.ops.joining import concatenate
from wengert.ops.operands import Array, floating
from wengert.ops.shape import slice_axis
from wengert.prims import decompositions as prims
from wengert.prims import eigenvalues, lapack
from wengert.prims.control import items_of
from wengert.prims.matrices import adjoint, check_matrices


class QRResult(NamedTuple):
    """x = Q @ R"""

    Q: Any
    R: Any


class EigResult(NamedTuple):
    """x @ eigenvectors = eigenvectors @ diag(eigenvalues)"""

    eigenvalues: Any
    eigenvectors: Any


class EighResult(NamedTuple):
    """x = eigenvectors @ diag(eigenvalues) @ eigenvectors^H"""

    eigenvalues: Any
    eigenvectors: Any


class SVDResult(NamedTuple):
    """x = U @ diag(S) @ Vh"""

    U: Any
    S: Any
    Vh: Any


def cholesky(x: Array, /, *, upper: bool = False) -> Array:
    """The lower triangular L with L @ L^H = x, or the upper triangular U with U^H @ U = x.

    Args:
        x: positive definite matrices; of others than Hermitian ones (x + x^H) / 2 is taken.

    Raises:
        ValueRangeError: a matrix is not positive definite.

    Example:
        >>> import wengert as wg
        >>> wg.linalg.cholesky(wg.Tensor([[4.0, 2.0], [2.0, 2.0]]))
        Tensor([[2., 0.],
                [1., 1.]], f32[2,2], cpu)
    """
    factor = lapack.cholesky(floating(x))
    return adjoint(factor) if upper else factor


def qr(x: Array, /, *, mode: str = "reduced") -> QRResult:
    """Q with orthonormal columns and R upper triangular: Q @ R = x.

    Args:
        mode: "reduced": Q has as many columns as the shorter side of x; "complete": Q is square.

    Raises:
        UsageError: a derivative is asked for of a complete decomposition of matrices with more rows than columns.
    """
    if mode not in ("reduced", "complete"):
        raise ValueRangeError(f"qr: mode must be 'reduced' or 'complete'; got {mode!r}.")
    x = floating(x)
    t = type_of(x)
    check_matrices("qr", t)
    m, n = t.shape[-2:]
    if m == n or not surely_at_least(n, m):
        return QRResult(*items_of(prims.qr(x, complete=mode == "complete" and m != n), 2))
    # The first columns decide on Q: the others are only turned.
    square, others = slice_axis(x, t.rank - 1, 0, m), slice_axis(x, t.rank - 1, m, n)
    q, r = items_of(prims.qr(square, complete=False), 2)
    return QRResult(q, concatenate([r, adjoint(q) @ others], axis=-1))


def eigh(x: Array, /) -> EighResult:
    """Eigenvalues in ascending order and orthonormal eigenvectors (columns) of Hermitian matrices.

    Of others (x + x^H) / 2 is taken.

    Raises:
        ValueRangeError: an element is NaN or infinite.
    """
    return EighResult(*items_of(prims.eigh(floating(x)), 2))


def eigvalsh(x: Array, /) -> Array:
    """Eigenvalues of Hermitian matrices in ascending order; of others (x + x^H) / 2 is taken.

    Raises:
        ValueRangeError: an element is NaN or infinite.
    """
    return prims.eigvalsh(floating(x))


def eig(x: Array, /) -> EigResult:
    """Eigenvalues, in no order, and eigenvectors (columns of length 1) of square matrices; complex numbers.

    Raises:
        ValueRangeError: an element is NaN or infinite.
    """
    return EigResult(*items_of(eigenvalues.eig(floating(x)), 2))


def eigvals(x: Array, /) -> Array:
    """Eigenvalues of square matrices, in no order; complex numbers.

    Raises:
        ValueRangeError: an element is NaN or infinite.
    """
    return eigenvalues.eigvals(floating(x))


def svd(x: Array, /, *, full_matrices: bool = True) -> SVDResult:
    """Orthonormal columns U and rows Vh, and singular values S in descending order: U @ diag(S) @ Vh = x.

    Args:
        full_matrices: U and Vh are square; else they have as many columns and rows as there are singular values.

    Raises:
        ValueRangeError: an element is NaN or infinite.
        UsageError: a derivative is asked for by vectors that no singular value goes with.

    Example:
        >>> import wengert as wg
        >>> wg.linalg.svd(wg.Tensor([[3.0, 0.0], [0.0, -2.0]])).S
        Tensor([3., 2.], f32[2], cpu)
    """
    return SVDResult(*items_of(prims.svd(floating(x), full=full_matrices), 3))


def svdvals(x: Array, /) -> Array:
    """Singular values in descending order.

    Raises:
        ValueRangeError: an element is NaN or infinite.
    """
    return prims.svdvals(floating(x))
