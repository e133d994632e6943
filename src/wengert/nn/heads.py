"""What attention with several heads is made of: projections, masks, weighted means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from wengert.base.numbers import require_count
from wengert.ir.types import type_of
from wengert.nn.described import WithKernel
from wengert.ops import math as m
from wengert.ops import random
from wengert.ops.attention import is_long, mixed_by, mixed_in_blocks, near, weights_of
from wengert.ops.linalg import tensordot
from wengert.ops.operands import Array, array
from wengert.ops.shape import expand_dims
from wengert.runtime.variable import reading_as


class Heads(WithKernel):
    """Base of attention with several heads, each with projections of its own, and a mix of them.

    Args:
        kernel_regularizer, bias_regularizer: what all projections' weights add to the loss.
        kernel_constraint, bias_constraint: what they are kept to.

    Calling:
        ``layer(query, value, key=None, query_mask=None, value_mask=None, key_mask=None, attention_mask=None,
        return_attention_scores=False, training=False, use_causal_mask=False)``. Without key: the value.
        Masks are True where there is something to see: [batch, T], [batch, S], [batch, S], [batch, T, S].
        use_causal_mask: no step sees those after it.

    Numerics: where T is known and long, and neither dropout nor the scores are asked for, blocks of queries are done
        one after another; there are never scores for all of them, and the way back computes them again.
    """

    supports_masking = True

    def check_fields(self: Any) -> None:
        kind = type(self).__name__
        if self.sliding_window is not None:
            require_count(kind, "sliding_window", self.sliding_window)
        self.require_in("[0, 1)", "dropout")

    def add_projections(self: Any, **shapes: tuple[tuple[int, ...], int]) -> None:
        """A kernel for each name, and a bias for so many of its last axes; the stream of dropout."""
        self.projections = {name: self._projection(name, *shape) for name, shape in shapes.items()}
        if self.dropout:
            self.seed_generator = random.SeedGenerator(self.seed, name=f"{self.name}/seed_generator")

    def _projection(self: Any, name: str, shape: tuple[int, ...], axes: int) -> list[Any]:
        kernel = self.described_weight("kernel", shape, f"{name}/kernel")
        bias = self.described_weight("bias", shape[-axes:], f"{name}/bias") if self.use_bias else None
        return [kernel, bias]

    def projected(self: Any, name: str, x: Array, axes: int = 1) -> Array:
        """The last axes of x times a kernel, plus its bias."""
        kernel, bias = self.projections[name]
        y = tensordot(x, kernel, axes)
        return y if bias is None else m.add(y, bias)

    def __call__(self, query: Any, value: Any, key: Any = None, **kwargs: Any) -> Any:  # type: ignore[override]
        """The output for a query and values; the first call makes the weights."""
        xs = [array(x) for x in (query, value, value if key is None else key)]
        with self.named(), self.called():
            self.ensure_built([type_of(x) for x in xs])
            with reading_as(self.compute_dtype if self.narrow else None):
                return self.penalised(self.call(*(self.autocast(x) for x in xs), **kwargs))

    def attend(
        self: Any,
        q: Array,
        k: Array,
        v: Array,
        masks: Sequence[Array],
        is_causal: bool,
        training: bool,
        scores: bool,
    ) -> tuple[Array, Any]:
        """Means of values [batch, S, head, dim] for queries and keys [batch, time, head, dim], as [batch, head, T,
        dim], and the weights [batch, head, T, S] if they are asked for. masks: [batch, 1, T or 1, S or 1].
        """
        q = m.multiply(q, 1 / math.sqrt(int(type_of(q).shape[-1])))
        if self.sliding_window is not None:
            masks = [*masks, near(q, k, self.sliding_window)]
        dropped = training and self.dropout
        if is_long(q) and not (dropped or scores):
            return mixed_in_blocks(q, k, v, masks, is_causal), None
        weights = weights_of(q, k, masks, is_causal)
        seen = random.dropout(weights, self.dropout, self.seed_generator) if dropped else weights
        return mixed_by(seen, v), weights


def masks_of_steps(query: Any, value: Any, key: Any, pairs: Any) -> list[Array]:
    """Masks [batch, T], [batch, S], [batch, S] and [batch, T, S], as far as there are any, each [batch, 1, T, S]."""
    masks = [
        None if query is None else expand_dims(query, 2),
        *(None if a is None else expand_dims(a, 1) for a in (value, key)),
        pairs,
    ]
    return [expand_dims(m.not_equal(a, 0), 1) for a in masks if a is not None]
