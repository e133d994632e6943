"""Attention: weighted means of a sequence, with weights that depend on what asks and what is there."""

from __future__ import annotations

import math
from typing import Any

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir.types import type_of
from wengert.nn.core import require_positive_int
from wengert.nn.layer import Layer
from wengert.nn.merge import Several
from wengert.nn.scores import causal, is_long, mixed_by, mixed_in_blocks, softmax_where, weights_of
from wengert.ops import math as m
from wengert.ops import random, reduce
from wengert.ops.linalg import matmul, tensordot
from wengert.ops.operands import Array, array
from wengert.ops.shape import expand_dims, swapaxes


class MultiHeadAttention(Layer):
    """``softmax(q k' / sqrt(key_dim)) v`` for several heads, each with its own projections, then their mix.

    Args:
        num_heads: > 0.
        key_dim: length of a head's queries and keys, > 0.
        value_dim: length of a head's values; None: as the keys.
        dropout: share of the weights dropped while training, in [0, 1).
        use_bias: whether the four projections add a bias.
        output_shape: length of the output's last axis; None: that of the query.
        seed: which stream of random numbers dropout uses; None takes a fresh one.

    Calling:
        ``layer(query, value, key=None, query_mask=, value_mask=, key_mask=, attention_mask=,
        return_attention_scores=False, training=False, use_causal_mask=False)``. Without key: the value.
        Masks are True where there is something to see: [batch, T], [batch, S], [batch, S], [batch, T, S].
        use_causal_mask: no step sees those after it.

    Numerics: where T is known and long, and neither dropout nor the scores are asked for, blocks of queries are done
        one after another; there are never scores for all of them, and the way back computes them again.

    Shapes:
        query [batch, T, in], value and key [batch, S, in']  ->  [batch, T, output_shape], and the scores
        [batch, num_heads, T, S];  kernels [in, num_heads, dim] for query, key and value, [num_heads,
        value_dim, output_shape] for the output, each with its bias

    Source: Vaswani et al., "Attention is all you need", NeurIPS 2017.

    Example:
        >>> import numpy as np
        >>> x = np.zeros((2, 5, 8), "float32")
        >>> MultiHeadAttention(num_heads=2, key_dim=4)(x, x, use_causal_mask=True).shape
        (2, 5, 8)
    """

    num_heads: int
    key_dim: int
    value_dim: int | None = None
    dropout: float = 0.0
    use_bias: bool = True
    output_shape: int | None = None
    kernel_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"
    seed: int | None = None
    supports_masking = True

    def check(self) -> None:
        require_positive_int("MultiHeadAttention", "num_heads", self.num_heads)
        require_positive_int("MultiHeadAttention", "key_dim", self.key_dim)
        for what in ("value_dim", "output_shape"):
            if getattr(self, what) is not None:
                require_positive_int("MultiHeadAttention", what, getattr(self, what))
        check_rate("MultiHeadAttention", self.dropout)

    def build(self, types: Any) -> None:
        query, value, key = types
        if {t.rank for t in types} != {3} or value.shape[1] != key.shape[1]:
            raise ShapeError(
                f"the inputs must be [batch, time, features], value and key equally long; got query: "
                f"{query}, value: {value}, key: {key}."
            )
        wide = self.value_dim or self.key_dim
        out = self.output_shape or query.shape[-1]
        self.projections = [
            *self._projection("query", (query.shape[-1], self.num_heads, self.key_dim), 2),
            *self._projection("key", (key.shape[-1], self.num_heads, self.key_dim), 2),
            *self._projection("value", (value.shape[-1], self.num_heads, wide), 2),
            *self._projection("attention_output", (self.num_heads, wide, out), 1),
        ]
        if self.dropout:
            self.seed_generator = random.SeedGenerator(self.seed, name=f"{self.name}/seed_generator")

    def _projection(self, name: str, shape: tuple[int, ...], axes: int) -> list[Any]:
        """A kernel and a bias for its last axes."""
        kernel = self.add_weight(shape, self.kernel_initializer, name=f"{name}/kernel")
        if not self.use_bias:
            return [kernel, None]
        return [kernel, self.add_weight(shape[-axes:], self.bias_initializer, name=f"{name}/bias")]

    def __call__(self, query: Any, value: Any, key: Any = None, **kwargs: Any) -> Any:  # type: ignore[override]
        """The output for a query and values; the first call makes the weights."""
        xs = [array(x) for x in (query, value, value if key is None else key)]
        with self.named():
            self.ensure_built([type_of(x) for x in xs])
            return self.call(*(self.autocast(x) for x in xs), **kwargs)

    def call(
        self,
        query: Any,
        value: Any,
        key: Any,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        # [batch, time, head, dim], each.
        q, k, v = (self._projected(x, n, 1) for n, x in enumerate((query, key, value)))
        q = m.multiply(q, 1 / math.sqrt(self.key_dim))
        masks = [
            None if query_mask is None else expand_dims(query_mask, 2),
            *(None if a is None else expand_dims(a, 1) for a in (value_mask, key_mask)),
            attention_mask,
        ]
        masks = [expand_dims(a, 1) for a in masks if a is not None]  # the same for all heads
        dropped = training and self.dropout
        if is_long(q) and not (dropped or return_attention_scores):
            mixed = mixed_in_blocks(q, k, v, masks, use_causal_mask)
        else:
            weights = weights_of(q, k, masks, use_causal_mask)
            seen = random.dropout(weights, self.dropout, self.seed_generator) if dropped else weights
            mixed = mixed_by(seen, v)
        kernel, bias = self.projections[6:]
        y = tensordot(mixed, kernel, ((1, 3), (0, 1)))
        y = y if bias is None else m.add(y, bias)
        return (y, weights) if return_attention_scores else y

    def _projected(self, x: Array, number: int, axes: int) -> Array:
        kernel, bias = self.projections[2 * number : 2 * number + 2]
        y = tensordot(x, kernel, axes)
        return y if bias is None else m.add(y, bias)


class Attention(Several):
    """``softmax(scores) @ value``, where the scores are ``query @ key'``, or sums of ``tanh(query + key)``.

    Args:
        use_scale: multiply the scores (score_mode "concat": the sums) by a learned number.
        score_mode: "dot" or "concat".
        dropout: share of the weights dropped while training, in [0, 1).
        seed: which stream of random numbers dropout uses; None takes a fresh one.

    Calling:
        ``layer([query, value, key=value], mask=[query_mask, value_mask], training=False,
        return_attention_scores=False, use_causal_mask=False)``; masks [batch, time] are True where there is
        something to see.

    Shapes:
        query [batch, T, dim], value and key [batch, S, dim]  ->  [batch, T, dim]

    Source: Luong et al., "Effective approaches to attention-based neural machine translation", EMNLP 2015.
    """

    use_scale: bool = False
    score_mode: str = "dot"
    dropout: float = 0.0
    seed: int | None = None
    most = 3

    def check(self) -> None:
        if self.score_mode not in ("dot", "concat"):
            raise ValueRangeError(
                f'Attention: score_mode must be "dot" or "concat"; got {self.score_mode!r}.'
            )
        check_rate("Attention", self.dropout)

    def build(self, types: Any) -> None:
        self.scale = self.add_weight((), "ones", name="scale") if self.use_scale else None
        concat = self.score_mode == "concat"
        self.weight = self.add_weight((), "ones", name="concat_score_weight") if concat else None
        if self.dropout:
            self.seed_generator = random.SeedGenerator(self.seed, name=f"{self.name}/seed_generator")

    def call(
        self,
        x: Any,
        mask: Any = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        query, value, key = (*x, x[1])[:3]
        query_mask, value_mask = (None, None) if mask is None else mask[:2]
        scores = self._scores(query, key)
        masks = [] if value_mask is None else [expand_dims(value_mask, 1)]
        weights = softmax_where(masks, scores, causal(scores) if use_causal_mask else None)
        dropped = training and self.dropout
        y = matmul(random.dropout(weights, self.dropout, self.seed_generator) if dropped else weights, value)
        if query_mask is not None:
            y = m.where(expand_dims(query_mask, 2), y, 0.0)
        return (y, weights) if return_attention_scores else y

    def _scores(self, query: Array, key: Array) -> Array:
        if self.score_mode == "dot":
            scores = matmul(query, swapaxes(key, 1, 2))
            return scores if self.scale is None else m.multiply(scores, self.scale)
        sums = m.add(expand_dims(query, 2), expand_dims(key, 1))
        sums = sums if self.scale is None else m.multiply(sums, self.scale)
        return m.multiply(reduce.sum(m.tanh(sums), -1), self.weight)


def check_rate(layer: str, rate: Any) -> None:
    """Raise ValueRangeError unless a share of dropout is in [0, 1)."""
    if not isinstance(rate, int | float) or not 0 <= rate < 1:
        raise ValueRangeError(f"{layer}: dropout must be in [0, 1); got {rate!r}.")
