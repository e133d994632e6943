"""What a network trained with CTC says: the labels that its scores make most probable."""

from __future__ import annotations

from typing import Any

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.base.numbers import require_count
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import activations, reduce
from wengert.ops import math as m
from wengert.ops.bits import logical_and, logical_not, logical_or
from wengert.ops.control import scan
from wengert.ops.ctc import IMPOSSIBLE
from wengert.ops.indexing import one_hot, take_along_axis
from wengert.ops.joining import concatenate
from wengert.ops.linalg import matmul
from wengert.ops.operands import Array, array, floating, known
from wengert.ops.padding import pad
from wengert.ops.shape import broadcast_to, expand_dims, reshape, transpose
from wengert.ops.sorting import argsort, top_k
from wengert.prims.indexing import iota

NONE = -1
"""Behind the last label."""


def greedy_labels(
    scores: Array, lengths: Array, blank: int = 0, merge_repeated: bool = True
) -> tuple[Array, Array]:
    """The most probable class of each step, without blanks, and without repeats where they are merged.

    Shapes:
        scores [batch, time, classes], lengths [batch]  ->  labels [batch, time], -1 behind the last, and minus the sum
        of their scores, [batch]
    """
    scores, lengths = _checked("greedy_labels", scores, lengths, blank)
    time = type_of(scores).shape[1]
    there = m.less(iota(shape=(1, time), axis=1, dtype="int64"), expand_dims(lengths, -1))
    best = m.where(there, operators.cast(reduce.argmax(scores, axis=-1), "int32"), blank)
    total = reduce.sum(m.where(there, reduce.max(scores, axis=-1), 0.0), axis=1)
    said = m.not_equal(best, blank)
    if merge_repeated:
        before = pad(best, ((0, 0), (1, 0)), constant_values=NONE)[:, :time]
        said = logical_and(said, m.not_equal(best, before))
    labels = m.where(said, best, NONE)
    return take_along_axis(labels, argsort(m.where(said, 0, 1), axis=1), axis=1), -total


def likely_labels(
    scores: Array, lengths: Array, blank: int = 0, beam_width: int = 100, top_paths: int = 1
) -> tuple[Array, Array]:
    """The most probable sequences of labels, by a search that keeps `beam_width` beginnings at each step.

    Shapes:
        scores [batch, time, classes], lengths [batch]  ->  labels [batch, top_paths, time], -1 behind the last, and
        the logarithms of their probabilities [batch, top_paths], -inf where there are not so many

    Source: Hannun et al., "First-pass large vocabulary continuous speech recognition using bi-directional recurrent
    DNNs", arXiv:1408.2873, algorithm 1, without a language model, on logarithms.
    """
    scores, lengths = _checked("likely_labels", scores, lengths, blank)
    width = require_count("likely_labels", "beam_width", beam_width)
    if require_count("likely_labels", "top_paths", top_paths) > width:
        raise ValueRangeError(
            f"likely_labels: top_paths must be at most beam_width, {width}; got {top_paths}."
        )
    logs = activations.log_softmax(scores)
    batch, time, _ = type_of(logs).shape
    time = known("likely_labels", "the number of steps", time)

    def beam(first: Any, rest: Any, shape: tuple[Any, ...], dtype: str) -> Array:
        """A first beginning, and others."""
        at = iota(shape=shape, axis=1, dtype="int32")
        return operators.cast(m.where(m.equal(at, 0), first, rest), dtype)

    dtype = type_of(logs).dtype
    start = (
        beam(NONE, NONE, (batch, width, time), "int32"),
        beam(0, 0, (batch, width), "int32"),
        beam(IMPOSSIBLE, IMPOSSIBLE, (batch, width), dtype),
        beam(0.0, IMPOSSIBLE, (batch, width), dtype),
    )
    steps = iota(shape=(time,), axis=0, dtype="int64")

    def turn(state: Any, now: Any) -> tuple[Any, None]:
        step, x = now
        runs = m.less(step, lengths)
        new = _extended(state, x, blank, width)
        return tuple(_where(runs, a, b) for a, b in zip(new, state, strict=True)), None

    (paths, _, said, silent), _ = scan(turn, start, (steps, transpose(logs, (1, 0, 2))))
    total = m.logaddexp(said, silent)
    found = top_k(total, top_paths)
    some = m.greater(found.values, 0.5 * IMPOSSIBLE)
    chosen = _rows(paths, operators.cast(found.indices, "int64"))
    return m.where(expand_dims(some, -1), chosen, NONE), m.where(some, found.values, -float("inf"))


def _extended(state: Any, x: Array, blank: int, width: int) -> tuple[Array, ...]:
    """The best beginnings after one more step of log probabilities [batch, classes].

    state: labels [batch, width, time], how many [batch, width], and the logarithms of the probabilities that the last
    step said the last of them, or the blank.
    """
    paths, counts, said, silent = state
    batch, _, time = type_of(paths).shape
    classes = type_of(x).shape[1]
    both = m.logaddexp(said, silent)
    place = iota(shape=(1, 1, time), axis=2, dtype="int32")
    # The last label of each, and its probability now; of an empty one that of the blank, which counts for nothing.
    last = reduce.sum(m.where(m.equal(place, expand_dims(counts - 1, -1)), paths, 0), axis=2)
    last = m.where(m.equal(counts, 0), blank, last)
    now = take_along_axis(x, operators.cast(last, "int64"), axis=1)
    again = m.where(m.equal(counts, 0), IMPOSSIBLE, said + now)
    # Every beginning with every class behind it.
    each = iota(shape=(1, 1, classes), axis=2, dtype="int32")
    from_both = m.not_equal(each, expand_dims(last, -1))  # a repeat is a label of its own after a blank only
    longer = m.where(from_both, expand_dims(both, -1), expand_dims(silent, -1)) + expand_dims(x, 1)
    longer = m.where(m.equal(each, blank), IMPOSSIBLE, longer)
    # Where beginning j is beginning i with a class behind it, both ways to come there count as one.
    cut = m.where(m.less(place, expand_dims(counts - 1, -1)), paths, NONE)  # without the last label
    same = reduce.all(m.equal(expand_dims(cut, 2), expand_dims(paths, 1)), axis=3)  # [batch, j, i]
    nonempty = m.greater(expand_dims(counts, -1), 0)
    alive = m.greater(both, 0.5 * IMPOSSIBLE)
    follows = logical_and(
        logical_and(same, nonempty), logical_and(expand_dims(alive, 1), expand_dims(alive, 2))
    )
    to_last = take_along_axis(  # [batch, j, i]: beginning i with the last label of j behind it
        transpose(longer, (0, 2, 1)),
        broadcast_to(expand_dims(operators.cast(last, "int64"), -1), (batch, width, width)),
        axis=1,
    )
    again = m.logaddexp(again, reduce.max(m.where(follows, to_last, IMPOSSIBLE), axis=2))
    hits = matmul(operators.cast(transpose(follows, (0, 2, 1)), "float32"), one_hot(last, int(classes)))
    taken = m.greater(hits, 0.5)
    longer = m.where(logical_or(taken, logical_not(expand_dims(alive, -1))), IMPOSSIBLE, longer)
    # The best of what stays as it is and what is longer.
    stays = both + x[:, blank : blank + 1]
    stays = m.where(alive, stays, IMPOSSIBLE)
    flat = reshape(longer, (batch, width * int(classes)))
    said = concatenate([m.where(alive, again, IMPOSSIBLE), flat], axis=1)
    silent = concatenate([stays, flat * 0.0 + IMPOSSIBLE], axis=1)
    best = operators.cast(top_k(m.logaddexp(said, silent), width).indices, "int64")
    grown = m.greater_equal(best, width)
    parent = m.where(grown, m.floor_divide(best - width, classes), best)
    label = operators.cast(m.remainder(best - width, classes), "int32")
    old, length = _rows(paths, parent), take_along_axis(counts, parent, axis=1)
    behind = logical_and(expand_dims(grown, -1), m.equal(place, expand_dims(length, -1)))
    return (
        m.where(behind, expand_dims(label, -1), old),
        length + operators.cast(grown, "int32"),
        take_along_axis(said, best, axis=1),
        take_along_axis(silent, best, axis=1),
    )


def _rows(x: Array, at: Array) -> Array:
    """x[b, at[b, k]] of [batch, rows, n]"""
    batch, count = type_of(at).shape
    shape = (batch, count, type_of(x).shape[2])
    return take_along_axis(x, broadcast_to(expand_dims(at, -1), shape), axis=1)


def _where(runs: Array, x: Array, y: Array) -> Array:
    """x for the samples that still run, y for the others."""
    return m.where(reshape(runs, (*type_of(runs).shape, *(1,) * (type_of(x).rank - 1))), x, y)


def _checked(name: str, scores: Array, lengths: Array, blank: int) -> tuple[Array, Array]:
    scores, lengths = floating(scores), operators.cast(array(lengths), "int64")
    t, tl = type_of(scores), type_of(lengths)
    if t.rank != 3 or tl.rank != 1 or t.shape[0] != tl.shape[0]:
        raise ShapeError(f"{name}: needs scores [batch, time, classes] and lengths [batch]; got {t}, {tl}.")
    if not 0 <= blank < known(name, "the number of classes", t.shape[2]):
        raise ValueRangeError(f"{name}: the blank must be a class in 0..{t.shape[2] - 1}; got {blank}.")
    return scores, lengths
