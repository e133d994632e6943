"""Draws that take a factorisation: correlated normal numbers, random rotations."""

from __future__ import annotations

from wengert.base.errors import ShapeError
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops.decompositions import cholesky, qr
from wengert.ops.linalg import diagonal
from wengert.ops.operands import Array, floating
from wengert.ops.rejection import standard_normal
from wengert.ops.shape import Lengths, expand_dims, matrix_transpose, reshape, shape_tuple
from wengert.ops.streams import Seed, computed_in, float_name, source_of


def multivariate_normal(
    shape: Lengths | None, mean: Array, cov: Array, dtype: object = "float32", seed: Seed = None
) -> Array:
    """Normal vectors with a mean and a covariance: mean + L z, where L is the Cholesky factor of cov.

    Args:
        shape: of the draws, without the last axis; None: that of mean and cov, broadcast.
        mean: [..., n].
        cov: [..., n, n], positive definite.

    Raises:
        ShapeError: they do not fit one another.
        ValueRangeError: cov is not positive definite.
    """
    name = float_name(dtype)
    mean, cov = (operators.cast(floating(x), computed_in(name)) for x in (mean, cov))
    tm, tc = type_of(mean), type_of(cov)
    if tm.rank < 1 or tc.rank < 2 or tc.shape[-2:] != (tm.shape[-1],) * 2:
        raise ShapeError(
            f"multivariate_normal: mean must be [..., n] and cov [..., n, n]; got mean: {tm}, cov: {tc}."
        )
    batch = operators.broadcast_shapes(tm.shape[:-1], tc.shape[:-2])
    lengths = batch if shape is None else shape_tuple("multivariate_normal", shape)
    if operators.broadcast_shapes(batch, lengths) != lengths:
        raise ShapeError(
            f"multivariate_normal: mean and cov must broadcast to the shape {operators.show_shape(lengths)}; got "
            f"mean: {tm}, cov: {tc}."
        )
    z = standard_normal(source_of(seed), (*lengths, tm.shape[-1]), computed_in(name))
    if tc.rank == 2:  # one product of matrices
        return operators.cast(operators.matmul(z, matrix_transpose(cholesky(cov))) + mean, name)
    moved = operators.matmul(cholesky(cov), expand_dims(z, -1))
    return operators.cast(reshape(moved, type_of(z).shape) + mean, name)


def orthogonal(shape: Lengths, dtype: object = "float32", seed: Seed = None) -> Array:
    """Matrices whose rows (or columns, if there are fewer of those) are orthonormal, all rotations equally likely.

    Args:
        shape: [..., rows, columns].

    Source: F. Mezzadri, "How to generate random matrices from the classical compact groups", Notices AMS 54, 2007.
    """
    name = float_name(dtype)
    lengths = shape_tuple("orthogonal", shape)
    if len(lengths) < 2:
        raise ShapeError(
            f"orthogonal: shape must have two axes at least; got {operators.show_shape(lengths)}."
        )
    *batch, rows, columns = lengths
    wide = isinstance(rows, int) and isinstance(columns, int) and rows < columns
    tall = (*batch, columns, rows) if wide else lengths
    q, r = qr(standard_normal(source_of(seed), tall, computed_in(name)))
    # The signs of r's diagonal are LAPACK's choice; with them taken out q is distributed evenly.
    signs = m.where(m.less(diagonal(r), 0), -1.0, 1.0)
    q = q * expand_dims(operators.cast(signs, type_of(q).dtype), -2)
    return operators.cast(matrix_transpose(q) if wide else q, name)
