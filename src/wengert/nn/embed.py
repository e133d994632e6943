"""Layers that give numbers, such as those of words, a place among vectors."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from wengert.base.dtypes import is_float
from wengert.base.errors import ShapeError
from wengert.ir.operators import cast
from wengert.ir.types import TensorType, type_of
from wengert.nn.core import require_positive_int
from wengert.nn.layer import Layer
from wengert.ops import math as m
from wengert.ops.operands import Array, array
from wengert.ops.shape import broadcast_to, slice_axis
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

    def check(self) -> None:
        require_positive_int("Embedding", "input_dim", self.input_dim)
        require_positive_int("Embedding", "output_dim", self.output_dim)

    def autocast(self, x: Array) -> Array:
        return x

    def build(self, x: TensorType) -> None:
        size = (self.input_dim, self.output_dim)
        self.embeddings = self.described_weight("embeddings", size)

    def call(self, x: Any) -> Any:
        return gather(self.embeddings, cast(x, "int32") if is_float(type_of(x).dtype) else x, axis=0)

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return m.not_equal(array(x), 0) if self.mask_zero else mask


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

    def check(self) -> None:
        require_positive_int("PositionEmbedding", "sequence_length", self.sequence_length)

    def build(self, x: TensorType) -> None:
        if x.rank != 3:
            raise ShapeError(f"the input must be [batch, time, features]; got {x}.")
        size = (self.sequence_length, x.shape[-1])
        self.embeddings = self.add_weight(size, self.initializer, name="embeddings")  # type: ignore[arg-type]

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
