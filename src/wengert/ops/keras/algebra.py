"""Products, norms and decompositions of matrices."""

from __future__ import annotations

from typing import Any

from wengert.ops import decompositions as _decompositions
from wengert.ops import norms as _norms
from wengert.ops.keras.basics import ndim
from wengert.ops.linalg import tensordot
from wengert.ops.math import multiply
from wengert.ops.operands import Array
from wengert.ops.operands import array as operand
from wengert.ops.shape import moveaxis

__all__ = ["dot", "norm", "svd"]


def dot(x1: Any, x2: Any) -> Array:
    """The product of matrices or vectors; of the last axis of x1 and the last but one of x2."""
    if ndim(x1) == 0 or ndim(x2) == 0:
        return multiply(x1, x2)
    return tensordot(x1, x2, axes=((-1,), (-1 if ndim(x2) == 1 else -2,)))


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    """The norm of vectors, or of matrices where two axes are named."""
    if isinstance(axis, tuple | list) and len(axis) == 2:
        return _norms.matrix_norm(moveaxis(x, tuple(axis), (-2, -1)), keepdims=keepdims, ord=ord or "fro")
    return _norms.vector_norm(operand(x), axis=axis, keepdims=keepdims, ord=2 if ord is None else ord)


def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """U, S and Vh with U @ diag(S) @ Vh = x; or S alone."""
    if not compute_uv:
        return _decompositions.svdvals(operand(x))
    return tuple(_decompositions.svd(operand(x), full_matrices=full_matrices))
