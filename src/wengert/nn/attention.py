"""Attention with several heads: weighted means of a sequence, with weights by what asks and what is there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.base.numbers import require_count
from wengert.ir.types import TensorType, type_of
from wengert.nn.heads import Heads, masks_of_steps
from wengert.ops import activations
from wengert.ops import math as m
from wengert.ops.joining import repeat
from wengert.ops.linalg import tensordot
from wengert.ops.operands import Array, array
from wengert.ops.shape import moveaxis, reshape, swapaxes


class MultiHeadAttention(Heads):
    """``softmax(q k' / sqrt(key_dim)) v`` for several heads, each with its own projections, then their mix.

    Args:
        num_heads: > 0.
        key_dim: length of a head's queries and keys, > 0.
        value_dim: length of a head's values; None: as the keys.
        dropout: share of the weights dropped while training, in [0, 1).
        use_bias: whether the projections add a bias.
        output_shape: length, or lengths, of the output's last axes; None: that of the query.
        attention_axes: the axes over which to attend, one or several; None: all but the first and the last.
        sliding_window: steps see those less than so many places away only.
        use_gate: multiply what the heads give by sigmoids of a projection of the query.
        seed: which stream of random numbers dropout uses; None takes a fresh one.

    Calling, Numerics: as `Heads`.

    Shapes:
        query [batch, T, in], value and key [batch, S, in']  ->  [batch, T, output_shape], and the scores
        [batch, num_heads, T, S];  kernels [in, num_heads, dim] for query, key, gate and value, [num_heads,
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
    output_shape: int | Sequence[int] | None = None
    attention_axes: int | Sequence[int] | None = None
    sliding_window: int | None = None
    kernel_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"
    use_gate: bool = False
    seed: int | None = None

    def check_fields(self) -> None:
        super().check_fields()
        require_count("MultiHeadAttention", "num_heads", self.num_heads)
        require_count("MultiHeadAttention", "key_dim", self.key_dim)
        if self.value_dim is not None:
            require_count("MultiHeadAttention", "value_dim", self.value_dim)
        for n in _several(self.output_shape):
            require_count("MultiHeadAttention", "output_shape", n)

    def build(self, types: Any) -> None:
        query, value, key = types
        if len({t.rank for t in types}) > 1 or query.rank < 3 or value.shape[1:-1] != key.shape[1:-1]:
            raise ShapeError(
                f"the inputs must be [batch, time, features], value and key equally long; got query: "
                f"{query}, value: {value}, key: {key}."
            )
        self.axes = self._attention_axes(query)
        wide = self.value_dim or self.key_dim
        out = _several(self.output_shape) or (query.shape[-1],)
        heads = self.num_heads
        gate = {"gate": ((query.shape[-1], heads, wide), 2)} if self.use_gate else {}
        self.add_projections(
            query=((query.shape[-1], heads, self.key_dim), 2),
            key=((key.shape[-1], heads, self.key_dim), 2),
            **gate,
            value=((value.shape[-1], heads, wide), 2),
            attention_output=((heads, wide, *out), len(out)),
        )

    def _attention_axes(self, t: TensorType) -> tuple[int, ...]:
        if self.attention_axes is None:
            return tuple(range(1, t.rank - 1))
        axes = tuple(a % t.rank for a in _several(self.attention_axes))
        if len(set(axes)) < len(axes) or not set(axes) <= set(range(1, t.rank - 1)):
            raise ShapeError(
                f"attention_axes must be axes between the first and the last of {t}; got {self.attention_axes}."
            )
        return axes

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
        if type_of(query).rank > 3 and any(x is not None for x in (query_mask, value_mask, key_mask)):
            raise ShapeError(
                f"masks of steps need inputs [batch, time, features]; got query: {type_of(query)}. Give an "
                f"attention_mask."
            )
        q, k, v = (self.projected(n, x) for n, x in (("query", query), ("key", key), ("value", value)))
        shape, targets, sources = (type_of(x).shape for x in (q, q, k))
        masks = masks_of_steps(
            query_mask, value_mask, key_mask, self._flat_mask(attention_mask, targets, sources)
        )
        q, k, v = (self._sequences(x) for x in (q, k, v))
        mixed, weights = self.attend(q, k, v, masks, use_causal_mask, training, return_attention_scores)
        if len(shape) == 4 and not self.use_gate:
            kernel, bias = self.projections["attention_output"]
            y = tensordot(mixed, kernel, ((1, 3), (0, 1)))
            y = y if bias is None else m.add(y, bias)
        else:
            mixed = self._restored(moveaxis(mixed, 1, 2), shape)
            if self.use_gate:
                mixed = m.multiply(mixed, activations.sigmoid(self.projected("gate", query)))
            y = self.projected("attention_output", mixed, 2)
        return (y, self._scores(weights, targets, sources)) if return_attention_scores else y

    def _free(self, shape: Sequence[Any]) -> tuple[int, ...]:
        """The axes over which nobody attends: they are more batches."""
        return tuple(a for a in range(1, len(shape) - 2) if a not in self.axes)

    def _sequences(self, x: Array) -> Array:
        """[batch, ..., head, dim] as [batch * others, places attended to, head, dim]"""
        shape = type_of(x).shape
        if len(shape) == 4:
            return x
        order = (*self._free(shape), *self.axes)
        return reshape(
            moveaxis(x, order, tuple(range(1, len(shape) - 2))),
            (
                math.prod([shape[a] for a in (0, *self._free(shape))]),
                math.prod([shape[a] for a in self.axes]),
                *shape[-2:],
            ),
        )

    def _restored(self, y: Array, shape: Sequence[Any]) -> Array:
        """The inverse of `_sequences`, for queries that had this shape."""
        order = (*self._free(shape), *self.axes)
        y = reshape(y, (shape[0], *(shape[a] for a in order), *type_of(y).shape[-2:]))
        return moveaxis(y, tuple(range(1, len(shape) - 2)), order)

    def _scores(self, weights: Array, targets: Sequence[Any], sources: Sequence[Any]) -> Array:
        """Weights [batch * others, head, places, places] as [batch, others, head, axes attended to, twice]"""
        if len(targets) == 4:
            return weights
        free = [targets[a] for a in (0, *self._free(targets))]
        both = [shape[a] for shape in (targets, sources) for a in self.axes]
        return reshape(weights, (*free, type_of(weights).shape[1], *both))

    def _flat_mask(self, mask: Any, targets: Sequence[Any], sources: Sequence[Any]) -> Any:
        """A mask [batch, T axes, S axes] as [batch * others, T, S]"""
        if mask is None or len(targets) == 4:
            return mask
        free = math.prod([targets[a] for a in self._free(targets)])
        places = [math.prod([shape[a] for a in self.axes]) for shape in (targets, sources)]
        mask = reshape(mask, (type_of(array(mask)).shape[0], *places))
        return repeat(mask, free, axis=0) if type_of(mask).shape[0] != 1 else mask


class GroupQueryAttention(Heads):
    """As `MultiHeadAttention`, but several heads of the query share one head of key and value.

    Args:
        head_dim: length of a head's queries, keys and values, > 0.
        num_query_heads, num_key_value_heads: > 0; the second divides the first.
        dropout, use_bias, sliding_window, use_gate, seed: as in `MultiHeadAttention`.

    Calling, Numerics: as `Heads`.

    Shapes:
        query [batch, T, in], value and key [batch, S, in']  ->  [batch, T, in], and the scores [batch,
        num_query_heads, T, S];  kernels [in, heads, head_dim], [num_query_heads, head_dim, in] for the output

    Source: Ainslie et al., "GQA: training generalized multi-query transformer models from multi-head checkpoints",
        EMNLP 2023.

    Example:
        >>> import numpy as np
        >>> x = np.zeros((2, 5, 8), "float32")
        >>> GroupQueryAttention(head_dim=4, num_query_heads=6, num_key_value_heads=2)(x, x).shape
        (2, 5, 8)
    """

    head_dim: int
    num_query_heads: int
    num_key_value_heads: int
    dropout: float = 0.0
    use_bias: bool = True
    sliding_window: int | None = None
    kernel_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"
    use_gate: bool = False
    seed: int | None = None

    def check_fields(self) -> None:
        super().check_fields()
        for what in ("head_dim", "num_query_heads", "num_key_value_heads"):
            require_count("GroupQueryAttention", what, getattr(self, what))
        if self.num_query_heads % self.num_key_value_heads:
            raise ValueRangeError(
                f"GroupQueryAttention: num_key_value_heads must divide num_query_heads; got "
                f"{self.num_key_value_heads} and {self.num_query_heads}."
            )

    def build(self, types: Any) -> None:
        query, value, key = types
        if {t.rank for t in types} != {3} or value.shape[1] != key.shape[1]:
            raise ShapeError(
                f"the inputs must be [batch, time, features], value and key equally long; got query: "
                f"{query}, value: {value}, key: {key}."
            )
        into = (query.shape[-1], self.num_query_heads, self.head_dim)
        gate = {"gate": (into, 2)} if self.use_gate else {}
        self.add_projections(
            query=(into, 2),
            key=((key.shape[-1], self.num_key_value_heads, self.head_dim), 2),
            **gate,
            value=((value.shape[-1], self.num_key_value_heads, self.head_dim), 2),
            attention_output=((*into[1:], query.shape[-1]), 1),
        )

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
        masks = masks_of_steps(query_mask, value_mask, key_mask, attention_mask)
        shared = self.num_query_heads // self.num_key_value_heads
        q = self.projected("query", query)
        k, v = (repeat(self.projected(n, x), shared, axis=2) for n, x in (("key", key), ("value", value)))
        mixed, weights = self.attend(q, k, v, masks, use_causal_mask, training, return_attention_scores)
        mixed = swapaxes(mixed, 1, 2)
        if self.use_gate:
            mixed = m.multiply(mixed, activations.sigmoid(self.projected("gate", query)))
        y = self.projected("attention_output", mixed, 2)
        return (y, weights) if return_attention_scores else y


GroupedQueryAttention = GroupQueryAttention


def _several(value: Any) -> tuple[int, ...]:
    """One int, several or none as a tuple."""
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list | tuple) else (value,)
