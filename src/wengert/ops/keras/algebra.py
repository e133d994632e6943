"""Products, norms and equations of vectors and matrices."""

from __future__ import annotations

import string
from collections.abc import Iterable
from typing import Any

from wengert.base.errors import ShapeError
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import decompositions, norms, reduce, systems
from wengert.ops import einsum as sums
from wengert.ops import math as m
from wengert.ops.creation import eye
from wengert.ops.joining import stack
from wengert.ops.keras.basics import ndim
from wengert.ops.linalg import tensordot
from wengert.ops.operands import Array, floating
from wengert.ops.operands import array as operand
from wengert.ops.padding import pad
from wengert.ops.parts import conj
from wengert.ops.shape import expand_dims, matrix_transpose, moveaxis, reshape

__all__ = [
    "cdist", "cholesky_inverse", "cross", "dot", "einsum", "inner", "kron", "logdet", "lstsq", "matrix_rank", "norm",
    "outer", "pinv", "slogdet", "solve_triangular", "svd", "vdot",
]  # fmt: skip


def dot(x1: Any, x2: Any) -> Array:
    """The product of matrices or vectors; of the last axis of x1 and the last but one of x2."""
    x1, x2 = operand(x1), operand(x2)
    if ndim(x1) == 0 or ndim(x2) == 0:
        return m.multiply(x1, x2)
    return tensordot(x1, x2, axes=((-1,), (-1 if ndim(x2) == 1 else -2,)))


def inner(x1: Any, x2: Any) -> Array:
    """sum over i of x1[..., i] * x2[..., i], for each of x1's rows and of x2's."""
    x1, x2 = operand(x1), operand(x2)
    if ndim(x1) == 0 or ndim(x2) == 0:
        return m.multiply(x1, x2)
    return tensordot(x1, x2, axes=((-1,), (-1,)))


def vdot(x1: Any, x2: Any) -> Array:
    """sum(conj(x1) * x2) over all elements, in a row."""
    return dot(conj(reshape(x1, (-1,))), reshape(x2, (-1,)))


def outer(x1: Any, x2: Any) -> Array:
    """out[i, j] = x1[i] * x2[j], of all elements, in a row."""
    return m.multiply(reshape(x1, (-1, 1)), reshape(x2, (1, -1)))


def kron(x1: Any, x2: Any) -> Array:
    """out[i * n + k, ...] = x1[i, ...] * x2[k, ...]: blocks of x2, one for each element of x1.

    Example:
        >>> import wengert as wg
        >>> wg.ops.kron([1, 10], [[1, 2]]).tolist()
        [[1, 2, 10, 20]]
    """
    x1, x2 = operand(x1), operand(x2)
    rank = max(ndim(x1), ndim(x2))
    s1, s2 = ((1,) * (rank - ndim(x)) + tuple(type_of(x).shape) for x in (x1, x2))
    apart = m.multiply(
        reshape(x1, tuple(n for k in s1 for n in (k, 1))), reshape(x2, tuple(n for k in s2 for n in (1, k)))
    )
    return reshape(apart, tuple(a * b for a, b in zip(s1, s2, strict=True)))


def cross(
    x1: Any, x2: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Array:
    """The cross product of vectors of three, or two, along an axis; of two and two its third component alone.

    Args:
        axisa, axisb, axisc: the axes of the vectors in x1, x2 and the result; `axis` is all three.
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    x1, x2 = moveaxis(operand(x1), axisa, -1), moveaxis(operand(x2), axisb, -1)
    lengths = type_of(x1).shape[-1], type_of(x2).shape[-1]
    if not {*lengths} <= {2, 3}:
        raise ShapeError(
            f"cross: vectors must be 2 or 3 long; got {lengths[0]} and {lengths[1]} in {type_of(x1)} and {type_of(x2)}."
        )
    a1, a2, a3 = _three(x1)
    b1, b2, b3 = _three(x2)
    third = m.subtract(m.multiply(a1, b2), m.multiply(a2, b1))
    if lengths == (2, 2):
        return third
    first = m.subtract(m.multiply(a2, b3), m.multiply(a3, b2))
    second = m.subtract(m.multiply(a3, b1), m.multiply(a1, b3))
    return stack([first, second, third], axis=axisc)


def _three(x: Array) -> tuple[Array, Array, Array]:
    x = x if type_of(x).shape[-1] == 3 else pad(x, [(0, 0)] * (ndim(x) - 1) + [(0, 1)])
    return x[..., 0], x[..., 1], x[..., 2]


def einsum(subscripts: Any, *operands: Any, **kwargs: Any) -> Array:
    """The sum of products named by letters, as `wg.einsum`; or by numbers: `einsum(x, [0, 1], y, [1, 2], [0, 2])`.

    Args:
        kwargs: `optimize` changes nothing: the order of products is a good one anyway.
    """
    if isinstance(subscripts, str):
        return sums.einsum(subscripts, *operands)
    given = [subscripts, *operands]
    axes = [_letters(names) for names in given[1::2]]
    odd = len(given) % 2  # then the last are the axes of the result
    letters = ",".join(axes) + ("->" + _letters(given[-1]) if odd else "")
    return sums.einsum(letters, *given[: len(axes) * 2 : 2])


def _letters(axes: Iterable[Any]) -> str:
    return "".join("..." if a is Ellipsis else string.ascii_letters[a] for a in axes)


def cdist(x: Any, y: Any) -> Array:
    """out[..., i, k] = the distance of x[..., i, :] and y[..., k, :]; its derivative where they are equal is 0."""
    apart = m.subtract(expand_dims(floating(x), -2), expand_dims(floating(y), -3))
    return reduce.norm(apart, -1)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    """The norm of vectors, or of matrices where two axes are named, or x has two and an `ord` is given."""
    x = floating(x)
    if ord is not None and axis is None and ndim(x) == 2:
        axis = (0, 1)
    if isinstance(axis, tuple | list) and len(axis) == 2:
        found = norms.matrix_norm(moveaxis(x, tuple(axis), (-2, -1)), ord=ord or "fro")
        for a in sorted(a % ndim(x) for a in axis) if keepdims else ():
            found = expand_dims(found, a)
        return found
    return norms.vector_norm(x, axis=axis, keepdims=keepdims, ord=2 if ord is None else ord)


def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """U, S and Vh with U @ diag(S) @ Vh = x; or S alone."""
    if not compute_uv:
        return decompositions.svdvals(operand(x))
    return tuple(decompositions.svd(operand(x), full_matrices=full_matrices))


def slogdet(x: Any) -> tuple[Array, Array]:
    """The determinants as (sign, logarithm of the absolute value)."""
    return tuple(systems.slogdet(x))


def logdet(x: Any) -> Array:
    """The logarithms of the determinants of positive definite matrices."""
    return systems.slogdet(x).logabsdet


def solve_triangular(a: Any, b: Any, lower: bool = False) -> Array:
    """The x of triangle(a) @ x = b, for the upper triangle of a, or the lower."""
    return systems.solve_triangular(a, b, lower=lower)


def cholesky_inverse(x: Any, upper: bool = False) -> Array:
    """(L @ L^T)^-1 = L^-T @ L^-1, of the factors L = x, or U = x with U^T @ U."""
    x = floating(x)
    unit = operators.broadcast_to(eye(type_of(x).shape[-1], dtype=type_of(x).dtype), type_of(x).shape, x)
    inverse = systems.solve_triangular(x, unit, lower=not upper)
    return inverse @ matrix_transpose(inverse) if upper else matrix_transpose(inverse) @ inverse


def lstsq(a: Any, b: Any, rcond: Any = None) -> Array:
    """The smallest of all x for which sum |a @ x - b|**2 is least.

    Args:
        rcond: singular values up to rcond times the largest are taken for 0.
    """
    return systems.lstsq(a, b, rtol=rcond).solution


def pinv(x: Any, rcond: Any = None) -> Array:
    """The pseudoinverses. rcond: singular values up to rcond times the largest are taken for 0."""
    return systems.pinv(x, rtol=rcond)


def matrix_rank(x: Any, tol: Any = None) -> Array:
    """How many singular values are above tol, or by default above their largest times max(M, N) * epsilon."""
    if tol is None:
        return systems.matrix_rank(x)
    return reduce.sum(operators.cast(m.greater(decompositions.svdvals(operand(x)), tol), "int64"), -1)
