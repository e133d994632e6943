"""Attention without projections: means of a sequence, weighted by how well each place fits a query."""

from __future__ import annotations

from typing import Any

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.nn.merge import Several
from wengert.ops import math as m
from wengert.ops import random, reduce
from wengert.ops.attention import causal, softmax_where
from wengert.ops.linalg import matmul
from wengert.ops.operands import Array
from wengert.ops.shape import expand_dims, swapaxes


class Scored(Several):
    """Base of attention without projections: ``softmax(scores) @ value``.

    Calling:
        ``layer([query, value, key=value], mask=[query_mask, value_mask], training=False,
        return_attention_scores=False, use_causal_mask=False)``; masks [batch, time] are True where there is
        something to see.

    Shapes:
        query [batch, T, dim], value and key [batch, S, dim]  ->  [batch, T, dim]
    """

    most = 3

    def check_fields(self: Any) -> None:
        self.require_in("[0, 1)", "dropout")

    def build(self: Any, types: Any) -> None:
        if {t.rank for t in types} != {3}:
            raise ShapeError(
                f"the inputs must be [batch, time, dim]; got {', '.join(map(str, types))}. Add an axis: x[None]."
            )
        if self.dropout:
            self.seed_generator = random.SeedGenerator(self.seed, name=f"{self.name}/seed_generator")

    def scores(self, query: Array, key: Array) -> Array:
        """How well each query fits each key: [batch, T, S]"""
        raise NotImplementedError

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return None if mask is None else mask[0]

    def call(
        self: Any,
        x: Any,
        mask: Any = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        query, value, key = (*x, x[1])[:3]
        query_mask, value_mask = (None, None) if mask is None else mask[:2]
        scores = self.scores(query, key)
        masks = [] if value_mask is None else [expand_dims(value_mask, 1)]
        weights = softmax_where(masks, scores, causal(scores) if use_causal_mask else None)
        if training and self.dropout:
            weights = random.dropout(weights, self.dropout, self.seed_generator)
        y = matmul(weights, value)
        if query_mask is not None:
            y = m.where(expand_dims(query_mask, 2), y, 0.0)
        return (y, weights) if return_attention_scores else y


class Attention(Scored):
    """``softmax(scores) @ value``, where the scores are ``query @ key'``, or sums of ``tanh(query + key)``.

    Args:
        use_scale: multiply the scores (score_mode "concat": the sums) by a learned number.
        score_mode: "dot" or "concat".
        dropout: share of the weights dropped while training, in [0, 1).
        seed: which stream of random numbers dropout uses; None takes a fresh one.

    Calling, Shapes: as `Scored`.

    Source: Luong et al., "Effective approaches to attention-based neural machine translation", EMNLP 2015.

    Example:
        >>> import numpy as np
        >>> query, value = np.zeros((2, 5, 8), "float32"), np.zeros((2, 7, 8), "float32")
        >>> Attention()([query, value]).shape
        (2, 5, 8)
    """

    use_scale: bool = False
    score_mode: str = "dot"
    dropout: float = 0.0
    seed: int | None = None

    def check_fields(self) -> None:
        super().check_fields()
        if self.score_mode not in ("dot", "concat"):
            raise ValueRangeError(
                f'Attention: score_mode must be "dot" or "concat"; got {self.score_mode!r}.'
            )

    def build(self, types: Any) -> None:
        super().build(types)
        self.scale = self.add_weight((), "ones", name="scale") if self.use_scale else None
        concat = self.score_mode == "concat"
        self.weight = self.add_weight((), "ones", name="concat_score_weight") if concat else None

    def scores(self, query: Array, key: Array) -> Array:
        if self.score_mode == "dot":
            scores = matmul(query, swapaxes(key, 1, 2))
            return scores if self.scale is None else m.multiply(scores, self.scale)
        sums = m.add(expand_dims(query, 2), expand_dims(key, 1))
        sums = sums if self.scale is None else m.multiply(sums, self.scale)
        return m.multiply(reduce.sum(m.tanh(sums), -1), self.weight)


class AdditiveAttention(Scored):
    """``softmax(scores) @ value`` with ``scores = sum_d scale_d tanh(query_d + key_d)``.

    Args:
        use_scale: whether `scale` is learned; else it is 1.
        dropout, seed: as in `Attention`.

    Calling, Shapes: as `Scored`; scale [dim].

    Source: Bahdanau et al., "Neural machine translation by jointly learning to align and translate", ICLR 2015.

    Example:
        >>> import numpy as np
        >>> query, value = np.zeros((2, 5, 8), "float32"), np.zeros((2, 7, 8), "float32")
        >>> AdditiveAttention()([query, value]).shape
        (2, 5, 8)
    """

    use_scale: bool = True
    dropout: float = 0.0
    seed: int | None = None

    def build(self, types: Any) -> None:
        super().build(types)
        dim = types[0].shape[-1]
        self.scale = self.add_weight((dim,), "glorot_uniform", name="scale") if self.use_scale else None

    def scores(self, query: Array, key: Array) -> Array:
        fit = m.tanh(m.add(expand_dims(query, 2), expand_dims(key, 1)))
        return reduce.sum(fit if self.scale is None else m.multiply(fit, self.scale), -1)
