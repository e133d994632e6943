"""Linear algebra: products of matrices and tensors here, and the namespace `wg.linalg`."""

from __future__ import annotations

from collections.abc import Sequence

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir import operators
from wengert.ir.dim import Dim
from wengert.ir.types import type_of
from wengert.ops import reduce
from wengert.ops.decompositions import (
    EighResult,
    EigResult,
    QRResult,
    SVDResult,
    cholesky,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    qr,
    svd,
    svdvals,
)
from wengert.ops.joining import roll
from wengert.ops.norms import cond, matrix_norm, vector_norm
from wengert.ops.operands import Array, array, floating, normalize_axis
from wengert.ops.parts import conj
from wengert.ops.reduce import norm
from wengert.ops.shape import expand_dims, matrix_transpose, reshape, swapaxes
from wengert.ops.systems import (
    LstsqResult,
    SlogdetResult,
    det,
    inv,
    lstsq,
    matrix_rank,
    pinv,
    slogdet,
    solve,
    solve_triangular,
)
from wengert.prims import contraction, exponential, matrices
from wengert.prims.slicing import slice as slice_

__all__ = [
    "EigResult",
    "EighResult",
    "LstsqResult",
    "QRResult",
    "SVDResult",
    "SlogdetResult",
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "expm",
    "inv",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensordot",
    "trace",
    "vecdot",
    "vector_norm",
]


def matmul(x: Array, y: Array) -> Array:
    """x @ y: a product of matrices over the last two axes; leading axes are a batch and broadcast.

    Products of 8-bit integers are summed in int32, which wraps around.

    Raises:
        ShapeError: the last axis of x is not as long as the second-last of y.
    """
    return operators.matmul(array(x), array(y))


def tensordot(x: Array, y: Array, axes: int | tuple[Sequence[int], Sequence[int]] = 2) -> Array:
    """The sum of products over paired axes: so many last of x with first of y, or (axes of x, axes of y)."""
    x, y = array(x), array(y)
    tx, ty = type_of(x), type_of(y)
    if isinstance(axes, int):
        if not 0 <= axes <= min(tx.rank, ty.rank):
            raise ShapeError(
                f"tensordot: axes must be in 0..{min(tx.rank, ty.rank)} for {tx} and {ty}; got {axes}."
            )
        left, right = list(range(tx.rank - axes, tx.rank)), list(range(axes))
    else:
        left = [normalize_axis("tensordot", a, tx) for a in axes[0]]
        right = [normalize_axis("tensordot", a, ty) for a in axes[1]]
    if [tx.shape[a] for a in left] != [ty.shape[b] for b in right]:
        raise ShapeError(
            f"tensordot: paired axes must be of equal length; got axes {left} of {tx} and {right} of {ty}."
        )
    x, y = operators.factors(x, y)
    return contraction.dot(x, y, contract=(tuple(left), tuple(right)), batch=((), ()))


def outer(x: Array, y: Array) -> Array:
    """out[i, j] = x[i] * y[j], of two vectors."""
    x, y = array(x), array(y)
    if type_of(x).rank != 1 or type_of(y).rank != 1:
        raise ShapeError(f"outer: both must be vectors; got {type_of(x)} and {type_of(y)}.")
    x, y = operators.common(expand_dims(x, 1), expand_dims(y, 0))
    return x * y


def vecdot(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """sum(conj(x1) * x2) along one axis; the others are a batch and broadcast.

    Raises:
        ShapeError: the axes are not equally long.
    """
    x1, x2 = array(x1), array(x2)
    t1, t2 = type_of(x1), type_of(x2)
    a1, a2 = normalize_axis("vecdot", axis, t1), normalize_axis("vecdot", axis, t2)
    if t1.shape[a1] != t2.shape[a2]:
        raise ShapeError(f"vecdot: both must be equally long along axis {axis}; got {t1} and {t2}.")
    x1, x2 = operators.common(swapaxes(conj(x1), a1, -1), swapaxes(x2, a2, -1))
    out = operators.matmul(expand_dims(x1, -2), expand_dims(x2, -1))
    return reshape(out, type_of(x1).shape[:-1])


def cross(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """The cross product of vectors of three along one axis; the others are a batch and broadcast.

    Raises:
        ShapeError: an axis is not 3 long.
    """
    x1, x2 = array(x1), array(x2)
    for t in (type_of(x1), type_of(x2)):
        at = normalize_axis("cross", axis, t)
        if t.shape[at] != 3:
            raise ShapeError(
                f"cross: both must be 3 long along axis {axis}; got {type_of(x1)} and {type_of(x2)}."
            )
    x1, x2 = operators.common(x1, x2)
    at = normalize_axis("cross", axis, type_of(x1))
    return roll(x1, -1, at) * roll(x2, -2, at) - roll(x1, -2, at) * roll(x2, -1, at)


def diagonal(x: Array, /, *, offset: int = 0) -> Array:
    """x[..., i, i + offset], for all i there are: the last two axes become one.

    Raises:
        ShapeError: the lengths of the matrices are symbolic, and they are not square or the offset is not 0.
    """
    x = array(x)
    t = type_of(x)
    if t.rank < 2:
        raise ShapeError(f"diagonal: the operand must be a matrix or a batch of them; got {t}.")
    if isinstance(offset, bool) or not isinstance(offset, int):
        raise ValueRangeError(f"diagonal: offset must be an int; got {offset!r}.")
    m, n = t.shape[-2:]
    if isinstance(m, Dim) or isinstance(n, Dim):
        if m != n or offset != 0:
            raise ShapeError(
                f"diagonal: of symbolic lengths it must be the main one of squares; got {t}, {offset}."
            )
        return matrices.diagonal(x)
    length = max(0, min(m, n - offset) if offset >= 0 else min(m + offset, n))
    first = offset if offset >= 0 else -offset * n
    rank, batch = t.rank - 1, t.shape[:-2]
    start, stop = (first, first + (length - 1) * (n + 1) + 1) if length else (0, 0)
    return slice_(
        reshape(x, (*batch, m * n)),
        start=(*[0] * (rank - 1), start),
        stop=(*batch, stop),
        step=(*[1] * (rank - 1), n + 1),
    )


def trace(x: Array, /, *, offset: int = 0, dtype: object = None) -> Array:
    """The sum of x[..., i, i + offset] over all i there are.

    Args:
        dtype: what is added up; by default x's, and int64 of smaller integers.
    """
    return reduce.sum(diagonal(x, offset=offset), axis=-1, dtype=dtype)


def expm(x: Array, /) -> Array:
    """exp(x) = 1 + x + x @ x / 2 + ..., of square matrices; computed in float64.

    Example:
        >>> import wengert as wg
        >>> wg.linalg.expm(wg.Tensor([[0.0, 1.0], [0.0, 0.0]]))
        Tensor([[1., 1.],
                [0., 1.]], f32[2,2], cpu)
    """
    return exponential.expm(floating(x))


def matrix_power(x: Array, n: int, /) -> Array:
    """x @ x @ ... of n factors; unit matrices for 0, and of the inverses for negative n.

    Raises:
        ValueRangeError: n is no int; it is negative and a matrix is singular.
    """
    x = floating(x)
    matrices.check_square("matrix_power", type_of(x))
    if isinstance(n, bool) or not isinstance(n, int):
        raise ValueRangeError(f"matrix_power: n must be an int; got {n!r}.")
    if n == 0:
        return matrices.identity_like(x)
    square, found = (inv(x) if n < 0 else x), None
    for k in range(abs(n).bit_length()):
        if k:
            square = square @ square
        if abs(n) >> k & 1:
            found = square if found is None else found @ square
    return found
