"""Connectionist temporal classification: labels for a sequence that does not say where each begins."""

from __future__ import annotations

from wengert.base.errors import ShapeError
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import activations, reduce
from wengert.ops import math as m
from wengert.ops.bits import logical_and
from wengert.ops.control import scan
from wengert.ops.creation import zeros_like
from wengert.ops.indexing import class_numbers, take_along_axis
from wengert.ops.joining import stack
from wengert.ops.operands import Array, floating
from wengert.ops.padding import pad
from wengert.ops.shape import expand_dims, reshape, squeeze, transpose

IMPOSSIBLE = -1e30  # the logarithm of 0; finite, so that sums of it have derivatives


def ctc(y_true: Array, y_pred: Array) -> Array:
    """-log of the probability of all ways to say the labels, blanks (class 0) and repeats between them.

    Args:
        y_true: labels [batch, length], from 1; 0 at the end where a sequence has fewer.
        y_pred: scores [batch, time, classes].

    Raises:
        ShapeError: the shapes do not fit.
        IndexRangeError: a label is no class, when the program runs.

    Source: Graves et al., "Connectionist temporal classification", ICML 2006, equations 5 to 8, on logarithms.
    """
    y_pred, labels = floating(y_pred), class_numbers(y_true)
    t, tl = type_of(y_pred), type_of(labels)
    if t.rank != 3 or tl.rank != 2 or t.shape[0] != tl.shape[0]:
        raise ShapeError(
            f"ctc: needs labels [batch, length] and scores [batch, time, classes]; got {tl}, {t}."
        )
    path = _with_blanks(labels)
    logs = activations.log_softmax(y_pred)
    wide = (*t.shape[:2], type_of(path).shape[1])
    said = take_along_axis(logs, operators.broadcast_to(expand_dims(path, 1), wide), axis=2)
    may_skip = logical_and(m.not_equal(path, 0), m.not_equal(path, _later(path, 2, 0)))

    def turn(alpha: Array, now: Array) -> tuple[Array, None]:
        skipped = m.where(may_skip, _later(alpha, 2, IMPOSSIBLE), IMPOSSIBLE)
        return m.logaddexp(m.logaddexp(alpha, _later(alpha, 1, IMPOSSIBLE)), skipped) + now, None

    first = m.equal(reduce.cumsum(zeros_like(path) + 1, axis=1), 1)
    start = operators.cast(m.where(first, 0.0, IMPOSSIBLE), type_of(said).dtype)
    alpha, _ = scan(turn, start, transpose(said, (1, 0, 2)))
    end = reduce.sum(operators.cast(m.not_equal(labels, 0), "int64"), axis=1, keepdims=True) * 2
    last = take_along_axis(alpha, end, axis=1)
    before = take_along_axis(alpha, m.maximum(end - 1, 0), axis=1)
    both = m.logaddexp(last, m.where(m.equal(end, 0), IMPOSSIBLE, before))
    return -squeeze(both, 1)


def _with_blanks(labels: Array) -> Array:
    """blank, label, blank, label, ..., blank"""
    n, length = type_of(labels).shape
    pairs = reshape(stack([zeros_like(labels), labels], axis=2), (n, 2 * length))
    return pad(pairs, ((0, 0), (0, 1)))


def _later(x: Array, steps: int, fill: float) -> Array:
    """x moved along its last axis; `fill` where nothing comes from."""
    return pad(x, ((0, 0), (steps, 0)), constant_values=fill)[:, : type_of(x).shape[1]]
