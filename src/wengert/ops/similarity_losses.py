"""Losses of directions: what belongs together should point the same way."""

from __future__ import annotations

import math

import numpy as np

from wengert.base.errors import ShapeError
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import activations, reduce
from wengert.ops import math as m
from wengert.ops.bits import logical_and, logical_not
from wengert.ops.indexing import class_numbers
from wengert.ops.losses import same_shape
from wengert.ops.operands import Array, floating
from wengert.ops.shape import expand_dims, squeeze, transpose

SMALLEST = 1e-12  # squared norm that a vector is divided by at least (Keras's value)


def cosine_similarity(y_true: Array, y_pred: Array, axis: int = -1) -> Array:
    """-cos of the angle between y_true and y_pred, vectors along an axis: -1 where they point the same way."""
    y_true, y_pred = same_shape("cosine_similarity", y_true, y_pred)
    return -reduce.sum(unit(y_true, axis) * unit(y_pred, axis), axis=axis)


def unit(x: Array, axis: int | tuple[int, ...] = -1) -> Array:
    """x / |x| along an axis; 0 stays 0."""
    return x / m.sqrt(m.maximum(reduce.sum(x * x, axis=axis, keepdims=True), SMALLEST))


def circle(
    y_true: Array,
    y_pred: Array,
    ref_labels: Array | None = None,
    ref_embeddings: Array | None = None,
    remove_diagonal: bool = True,
    gamma: float = 80.0,
    margin: float = 0.4,
) -> Array:
    """log(1 + sum(exp of close strangers) * sum(exp of distant relatives)), a sample.

    Args:
        y_true: class numbers, [n]. y_pred: unit vectors, [n, d].
        ref_labels, ref_embeddings: what they are compared with; by default one another.
        remove_diagonal: nothing is compared with itself.
        gamma: how sharp the loss is. margin: how near, and how far, is near or far enough.

    Source: Sun et al., "Circle loss", arXiv:2002.10857, equations 4 to 8.
    """
    y_pred = floating(y_pred)
    t = type_of(y_pred)
    labels = _labels_of(y_true)
    others = labels if ref_labels is None else _labels_of(ref_labels)
    vectors = y_pred if ref_embeddings is None else floating(ref_embeddings)
    if t.rank != 2 or type_of(labels).shape != t.shape[:1]:
        raise ShapeError(f"circle: needs a label [n] for each vector [n, d]; got {type_of(labels)} and {t}.")
    alike = m.equal(expand_dims(labels, 1), expand_dims(others, 0))
    strange = logical_not(alike)
    if remove_diagonal:
        alike = logical_and(alike, _off_diagonal(alike))
    distance = m.maximum(1 - operators.matmul(y_pred, transpose(vectors)), 0)
    near = (margin + distance) * (distance - margin) * gamma
    far = m.maximum(1 + margin - distance, 0) * (1 - margin - distance) * gamma
    sums = [reduce.logsumexp(m.where(*pair, -math.inf), axis=1) for pair in ((alike, near), (strange, far))]
    return activations.softplus(sums[0] + sums[1])


def _labels_of(x: Array) -> Array:
    labels = class_numbers(x)
    return squeeze(labels, -1) if type_of(labels).rank == 2 else labels


def _off_diagonal(pairs: Array) -> Array:
    """True but where a row meets itself."""
    rows, columns = type_of(pairs).shape
    ones = operators.broadcast_to(np.ones((), "int64"), (rows, columns), pairs)
    return m.not_equal(reduce.cumsum(ones, axis=0), reduce.cumsum(ones, axis=1))
