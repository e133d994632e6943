"""Connectionist temporal classification: labels for a sequence that does not say where each begins."""

from __future__ import annotations

from wengert.base.errors import ShapeError
from wengert.ir import operators
from wengert.ir.dim import Dim
from wengert.ir.types import type_of
from wengert.ops import activations, reduce
from wengert.ops import math as m
from wengert.ops.bits import logical_and
from wengert.ops.control import scan
from wengert.ops.creation import zeros_like
from wengert.ops.indexing import class_numbers, take_along_axis
from wengert.ops.joining import stack
from wengert.ops.operands import Array, array, floating
from wengert.ops.padding import pad
from wengert.ops.shape import expand_dims, reshape, squeeze, transpose
from wengert.prims.indexing import iota

IMPOSSIBLE = -1e30  # the logarithm of 0; finite, so that sums of it have derivatives


def ctc(
    y_true: Array,
    y_pred: Array,
    label_lengths: Array | None = None,
    lengths: Array | None = None,
    blank: int = 0,
) -> Array:
    """-log of the probability of all ways to say the labels, blanks and repeats between them.

    Args:
        y_true: labels [batch, length]; without `label_lengths`, blanks at the end where a sequence has fewer.
        y_pred: scores [batch, time, classes].
        label_lengths: [batch]: how many labels there are.
        lengths: [batch]: how many steps there are.
        blank: the class that says nothing.

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
    if label_lengths is None:
        counts = reduce.sum(operators.cast(m.not_equal(labels, blank), "int64"), axis=1, keepdims=True)
    else:
        counts = _column(label_lengths)
        labels = m.where(_within(tl.shape[1], counts), labels, blank)
    path = _with_blanks(labels, blank)
    logs = activations.log_softmax(y_pred)
    wide = (*t.shape[:2], type_of(path).shape[1])
    said = take_along_axis(logs, operators.broadcast_to(expand_dims(path, 1), wide), axis=2)
    may_skip = logical_and(m.not_equal(path, blank), m.not_equal(path, _later(path, 2, blank)))

    def turn(alpha: Array, now: Array) -> tuple[Array, None]:
        said, runs = now
        skipped = m.where(may_skip, _later(alpha, 2, IMPOSSIBLE), IMPOSSIBLE)
        new = m.logaddexp(m.logaddexp(alpha, _later(alpha, 1, IMPOSSIBLE)), skipped) + said
        return (new if runs is None else m.where(runs, new, alpha)), None

    first = m.equal(reduce.cumsum(zeros_like(path) + 1, axis=1), 1)
    start = operators.cast(m.where(first, 0.0, IMPOSSIBLE), type_of(said).dtype)
    runs = None if lengths is None else expand_dims(transpose(_within(t.shape[1], _column(lengths))), -1)
    alpha, _ = scan(turn, start, (transpose(said, (1, 0, 2)), runs))
    end = counts * 2
    last = take_along_axis(alpha, end, axis=1)
    before = take_along_axis(alpha, m.maximum(end - 1, 0), axis=1)
    both = m.logaddexp(last, m.where(m.equal(end, 0), IMPOSSIBLE, before))
    return -squeeze(both, 1)


def _column(lengths: Array) -> Array:
    return expand_dims(operators.cast(array(lengths), "int64"), -1)


def _within(count: int | Dim, lengths: Array) -> Array:
    """Which of so many places are before each of the lengths [batch, 1]: [batch, count]"""
    return m.less(iota(shape=(1, count), axis=1, dtype="int64"), lengths)


def _with_blanks(labels: Array, blank: int) -> Array:
    """blank, label, blank, label, ..., blank"""
    n, length = type_of(labels).shape
    pairs = reshape(stack([zeros_like(labels) + blank, labels], axis=2), (n, 2 * length))
    return pad(pairs, ((0, 0), (0, 1)), constant_values=blank)


def _later(x: Array, steps: int, fill: float) -> Array:
    """x moved along its last axis; `fill` where nothing comes from."""
    return pad(x, ((0, 0), (steps, 0)), constant_values=fill)[:, : type_of(x).shape[1]]
