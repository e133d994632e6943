"""Layers that give numbers, such as those of words, a place among vectors."""

from __future__ import annotations

from dataclasses import field
from typing import Any, ClassVar

from wengert.base.dtypes import dtype_name, is_float
from wengert.base.errors import ShapeError, ValueRangeError
from wengert.base.numbers import require_count
from wengert.ir.operators import cast
from wengert.ir.types import TensorType, type_of
from wengert.nn.layer import Layer
from wengert.ops import math as m
from wengert.ops.linalg import matmul
from wengert.ops.operands import Array, array
from wengert.ops.shape import broadcast_to, slice_axis, transpose
from wengert.prims.indexing import gather, iota


class Embedding(Layer):
    """A vector for each number: ``y = embeddings[x]``.

    Args:
        input_dim: how many numbers there are: x must be in 0..input_dim - 1.
        output_dim: length of the vectors, > 0.
        embeddings_initializer: name of an initializer, or ``(shape, dtype) -> array``.
        embeddings_regularizer, embeddings_constraint: as `kernel_regularizer`, `kernel_constraint` of `Dense`.
        mask_zero: 0 stands for "nothing here": `compute_mask` says where x is not 0, and `Sequential` hands
            it on to the layers behind. In a `call` of yours, do so: ``lstm(y, mask=embed.compute_mask(x))``.

    Shapes:
        x [batch, ...] of integers  ->  y [batch, ..., output_dim];  embeddings [input_dim, output_dim]

    Raises:
        IndexRangeError: a number is out of range, when the program runs.

    Example:
        >>> import numpy as np
        >>> Embedding(96, 8)(np.array([[3, 5, 7]])).shape
        (1, 3, 8)
    """

    input_dim: int
    output_dim: int
    embeddings_initializer: Any = "uniform"
    mask_zero: bool = field(default=False, kw_only=True)
    embeddings_regularizer: Any = field(default=None, kw_only=True)
    embeddings_constraint: Any = field(default=None, kw_only=True)
    by_place: ClassVar[tuple[Any, ...]] = (
        "input_dim",
        "output_dim",
        "embeddings_initializer",
        "embeddings_regularizer",
        "embeddings_constraint",
        "mask_zero",
    )

    def check_fields(self) -> None:
        require_count("Embedding", "input_dim", self.input_dim)
        require_count("Embedding", "output_dim", self.output_dim)

    def autocast(self, x: Array) -> Array:
        return x

    def build(self, x: TensorType) -> None:
        size = (self.input_dim, self.output_dim)
        self.embeddings = self.described_weight("embeddings", size)

    def call(self, x: Any) -> Any:
        return gather(self.embeddings, cast(x, "int32") if is_float(type_of(x).dtype) else x, axis=0)

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return m.not_equal(array(x), 0) if self.mask_zero else mask


class ReversibleEmbedding(Embedding):
    """An embedding that also goes back: ``layer(y, reverse=True)`` scores each number by its product with y.

    Args:
        input_dim, output_dim, embeddings_initializer, mask_zero, embeddings_regularizer, embeddings_constraint: as in
            `Embedding`.
        tie_weights: whether the way back has the same weights.
        reverse_dtype: to compute the way back in.
        logit_soft_cap: scores s become cap * tanh(s / cap), > 0.

    Shapes:
        x [batch, ...] of integers  ->  y [batch, ..., output_dim];  reverse: y [batch, ..., output_dim]  ->  scores
        [batch, ..., input_dim]

    Source: Press & Wolf, "Using the output embedding to improve language models", EACL 2017.
    """

    tie_weights: bool = field(default=True, kw_only=True)
    reverse_dtype: Any = field(default=None, kw_only=True)
    logit_soft_cap: float | None = field(default=None, kw_only=True)
    by_place: ClassVar[tuple[Any, ...]] = (
        "input_dim",
        "output_dim",
        "tie_weights",
        "embeddings_initializer",
        "embeddings_regularizer",
        "embeddings_constraint",
        "mask_zero",
        "reverse_dtype",
        "logit_soft_cap",
    )

    def check_fields(self) -> None:
        super().check_fields()
        if isinstance(self.logit_soft_cap, int | float) and not self.logit_soft_cap > 0:
            raise ValueRangeError(
                f"ReversibleEmbedding: logit_soft_cap must be positive; got {self.logit_soft_cap!r}."
            )

    def build(self, x: TensorType) -> None:
        super().build(x)
        self.reverse_embeddings = (
            None
            if self.tie_weights
            else self.add_weight(
                (self.output_dim, self.input_dim), self.embeddings_initializer, name="reverse_embeddings"
            )
        )

    def call(self, x: Any, reverse: bool = False) -> Any:
        if not reverse:
            return super().call(x)
        back = (
            transpose(self.embeddings) if self.reverse_embeddings is None else self.reverse_embeddings.value
        )
        if self.reverse_dtype is not None:
            x, back = cast(x, dtype_name(self.reverse_dtype)), cast(back, dtype_name(self.reverse_dtype))
        scores = matmul(x, back)
        if self.logit_soft_cap is None:
            return scores
        return m.multiply(m.tanh(m.divide(scores, self.logit_soft_cap)), self.logit_soft_cap)


class PositionEmbedding(Layer):
    """A learned vector for each position: ``y[b, t] = embeddings[t]``; add it to what is embedded there.

    Args:
        sequence_length: the longest sequence there may be, > 0.

    Shapes:
        x [batch, time, features]  ->  y [batch, time, features];  embeddings [sequence_length, features]

    Source: Gehring et al., "Convolutional sequence to sequence learning", ICML 2017.
    """

    sequence_length: int
    initializer: Any = "glorot_uniform"
    supports_masking = True

    def check_fields(self) -> None:
        require_count("PositionEmbedding", "sequence_length", self.sequence_length)

    def build(self, x: TensorType) -> None:
        if x.rank != 3:
            raise ShapeError(f"the input must be [batch, time, features]; got {x}.")
        size = (self.sequence_length, x.shape[-1])
        self.embeddings = self.add_weight(size, self.initializer, name="embeddings")

    def call(self, x: Any) -> Any:
        t = type_of(x)
        time = t.shape[1]
        if isinstance(time, int) and time > self.sequence_length:
            raise ShapeError(f"the input must not be longer than {self.sequence_length} steps; got {t}.")
        if isinstance(time, int):
            rows = slice_axis(self.embeddings, 0, 0, time)
        else:  # whether there are so many is seen when the program runs
            rows = gather(self.embeddings, iota(shape=(time,), axis=0, dtype="int32"), axis=0)
        return broadcast_to(rows, t.shape)
