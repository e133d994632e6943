"""Normalisation, attention and losses of sequences, of arguments as Keras has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wengert.base import settings
from wengert.base.dtypes import promote
from wengert.base.errors import ShapeError, UsageError
from wengert.base.words import require_word
from wengert.ir import operators
from wengert.ir.types import type_of
from wengert.ops import activations, attention, ctc, image_quality, normalization, reduce
from wengert.ops import ctc_decode as _decode
from wengert.ops import math as m
from wengert.ops.operands import Array, Axis, floating, normalize_axes, normalize_axis, one_dtype
from wengert.ops.operands import array as operand
from wengert.ops.shape import expand_dims, moveaxis, reshape

__all__ = [
    "batch_normalization",
    "ctc_decode",
    "ctc_loss",
    "dot_product_attention",
    "layer_normalization",
    "log_softmax",
    "psnr",
    "rms_normalization",
    "softmax",
]


# --- normalisation --------------------------------------------------------------------------------


def batch_normalization(
    x: Any, mean: Any, variance: Any, axis: int, offset: Any = None, scale: Any = None, epsilon: float = 1e-3
) -> Array:
    """scale * (x - mean) / sqrt(variance + epsilon) + offset, with vectors along one axis of x.

    Example:
        >>> import wengert as wg
        >>> batch_normalization(wg.Tensor([[1.0, 6.0]]), [0.0, 2.0], [1.0, 4.0], -1, epsilon=0.0).numpy()
        array([[1., 2.]], dtype=float32)
    """
    x = floating(x)
    t = type_of(x)
    at = normalize_axis("batch_normalization", axis, t)
    along = tuple(n if a == at else 1 for a, n in enumerate(t.shape))

    def laid(v: Any) -> Array:
        return reshape(operand(v), along)

    factor = m.rsqrt(m.add(laid(variance), epsilon))
    factor = factor if scale is None else m.multiply(factor, laid(scale))
    y = m.multiply(m.subtract(x, laid(mean)), factor)
    return y if offset is None else m.add(y, laid(offset))


def layer_normalization(
    x: Any, gamma: Any = None, beta: Any = None, axis: int | Sequence[int] = -1, epsilon: float | None = None,
    *, rms_scaling: bool = False,
) -> Array:  # fmt: skip
    """gamma * (x - mean) / sqrt(var + epsilon) + beta, with mean and variance of each sample along `axis`.

    rms_scaling: gamma * x / sqrt(var + epsilon) instead, which Keras advises against, too: see `rms_normalization`.
    """
    x = floating(x)
    t = type_of(x)
    axes = normalize_axes("layer_normalization", axis, t)
    wide, epsilon = _wide(x), settings.epsilon() if epsilon is None else epsilon
    if rms_scaling:
        y, beta = m.multiply(wide, m.rsqrt(reduce.var(wide, axes, keepdims=True) + epsilon)), None
    else:
        y = normalization.standardized(wide, axes, epsilon)
    y = y if gamma is None else m.multiply(y, _laid(gamma, axes, y))
    y = y if beta is None else m.add(y, _laid(beta, axes, y))
    return operators.cast(y, t.dtype)


def rms_normalization(
    x: Any, scale: Any = None, axis: int | Sequence[int] = -1, epsilon: float | None = None
) -> Array:
    """scale * x / sqrt(mean(x^2) + epsilon), with the mean along `axis`."""
    x = floating(x)
    x = x if type_of(x).rank else reshape(x, (1,))
    t = type_of(x)
    axes = normalize_axes("rms_normalization", axis, t)
    y = normalization.of_unit_size(_wide(x), axes, settings.epsilon() if epsilon is None else epsilon)
    return operators.cast(y if scale is None else m.multiply(y, operand(scale)), t.dtype)


def _wide(x: Array) -> Array:
    """x in float32 at least: sums of narrower numbers lose too much."""
    return operators.cast(x, promote(type_of(x).dtype, "float32"))


def _laid(v: Any, axes: tuple[int, ...], x: Array) -> Array:
    """A weight of the normalised axes beside x."""
    v, t = operand(v), type_of(x)
    if type_of(v).rank == t.rank or axes == (t.rank - 1,):
        return v
    return reshape(v, tuple(n if a in axes else 1 for a, n in enumerate(t.shape)))


# --- softmax --------------------------------------------------------------------------------------


def softmax(x: Any, axis: Axis = -1) -> Array:
    """exp(x) / sum(exp(x)), the sum along an axis, along several, or of all (None)."""
    return activations.softmax(x, axis) if isinstance(axis, int) else m.exp(log_softmax(x, axis))


def log_softmax(x: Any, axis: Axis = -1) -> Array:
    """x - log(sum(exp(x))), the sum along an axis, along several, or of all (None)."""
    if isinstance(axis, int):
        return activations.log_softmax(x, axis)
    return m.subtract(floating(x), reduce.logsumexp(x, axis=axis, keepdims=True))


# --- attention ------------------------------------------------------------------------------------


def dot_product_attention(
    query: Any, key: Any, value: Any, bias: Any = None, mask: Any = None, scale: float | None = None,
    is_causal: bool = False, flash_attention: bool | None = None, attn_logits_soft_cap: float | None = None,
) -> Array:  # fmt: skip
    """softmax(scale query key' + bias) value for each head; long sequences go block by block.

    Args:
        bias: added to the scores; mask: True where there is something to see. Both broadcast to [batch, heads, T, S].
        scale: None: 1 / sqrt(dim).
        is_causal: no query sees keys after it.
        flash_attention: makes no difference: what is best is chosen by the length.

    Shapes:
        query [batch, T, heads, dim], key and value [batch, S, groups, dim]  ->  [batch, T, heads, dim]
    """
    if attn_logits_soft_cap is not None:
        raise UsageError(
            f"dot_product_attention: attn_logits_soft_cap must be None, as in Keras but on TPUs; got "
            f"{attn_logits_soft_cap}."
        )
    q, k, v = one_dtype(*map(floating, (query, key, value)))
    masks = [] if mask is None else [_of_scores("mask", m.not_equal(operand(mask), 0))]
    added = None if bias is None else operators.cast(_of_scores("bias", operand(bias)), type_of(q).dtype)
    return attention.attention(q, k, v, masks, bias=added, scale=scale, is_causal=is_causal)


def _of_scores(what: str, x: Array) -> Array:
    """x with four axes, as scores have them: [batch, heads, T, S]."""
    t = type_of(x)
    if not 1 <= t.rank <= 4:
        raise ShapeError(f"dot_product_attention: {what} must broadcast to [batch, heads, T, S]; got {t}.")
    while type_of(x).rank < 4:
        x = expand_dims(x, 0)
    return x


# --- connectionist temporal classification --------------------------------------------------------


def ctc_loss(target: Any, output: Any, target_length: Any, output_length: Any, mask_index: int = 0) -> Array:
    """-log of the probability of all ways to say labels [batch, length], for scores [batch, time, classes].

    Args:
        target_length, output_length: [batch]: how many labels and steps there are.
        mask_index: the class that says nothing.
    """
    return ctc.ctc(target, output, target_length, output_length, mask_index)


def ctc_decode(
    inputs: Any, sequence_lengths: Any, strategy: str = "greedy", beam_width: int = 100, top_paths: int = 1,
    merge_repeated: bool = True, mask_index: int | None = 0,
) -> tuple[Array, Array]:  # fmt: skip
    """The labels that scores make most probable, -1 behind the last.

    Args:
        inputs: scores [batch, time, classes].
        sequence_lengths: [batch]: how many steps there are.
        strategy: "greedy": the best class of each step; "beam_search": the best of all sequences, as far as a search
            with `beam_width` beginnings finds them.
        merge_repeated: of "greedy": whether repeats without a blank between them are one.
        mask_index: the class that says nothing; None: the last.

    Shapes:
        labels [1, batch, time] and minus the sum of their scores [batch, 1]; [top_paths, batch, time] and logarithms of
        probabilities [batch, top_paths] of "beam_search"

    Example:
        >>> import wengert as wg
        >>> scores = wg.ops.one_hot(wg.Tensor([[1, 1, 0, 2]]), 3)
        >>> ctc_decode(scores, wg.Tensor([4]))[0].numpy()
        array([[[ 1,  2, -1, -1]]], dtype=int32)
    """
    require_word("ctc_decode", "strategy", strategy, ("greedy", "beam_search"))
    x = floating(inputs)
    blank = int(type_of(x).shape[-1]) - 1 if mask_index is None else mask_index
    if strategy == "greedy":
        labels, scores = _decode.greedy_labels(x, sequence_lengths, blank, merge_repeated)
        return expand_dims(labels, 0), expand_dims(scores, -1)
    labels, scores = _decode.likely_labels(x, sequence_lengths, blank, beam_width, top_paths)
    return moveaxis(labels, 1, 0), scores


def psnr(x1: Any, x2: Any, max_val: float) -> Array:
    """Peak signal-to-noise ratio in decibels: 20 log10(max_val) - 10 log10(mean((x1 - x2)^2))"""
    return image_quality.psnr(x1, x2, max_val)
