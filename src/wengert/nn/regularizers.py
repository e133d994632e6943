"""Regularizers, by Keras's names: what large weights (or outputs) add to the loss."""

from __future__ import annotations

import math

import numpy as np

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir.types import type_of
from wengert.nn.by_name import by_name, descriptions
from wengert.nn.config import Configured
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.linalg import matmul
from wengert.ops.operands import Array, known
from wengert.ops.shape import transpose
from wengert.ops.similarity_losses import unit


class Regularizer(Configured):
    """Base: `__call__(x)` is a scalar, added to the loss. Fields are factors, >= 0."""

    family = "regularizers"

    def check_fields(self) -> None:
        for name, value in self.config().items():
            if isinstance(value, int | float) and not (value >= 0 and math.isfinite(value)):
                raise ValueRangeError(
                    f"{type(self).__name__}: {name} must be a finite number >= 0; got {value!r}."
                )

    def __call__(self, x: Array) -> Array:
        raise NotImplementedError


class L1(Regularizer):
    """l1 * sum |x|: many elements become 0.

    Example:
        >>> import wengert as wg
        >>> L1(0.1)(wg.Tensor([1.0, -2.0])).item()
        0.30000001192092896
    """

    l1: float = 0.01

    def __call__(self, x: Array) -> Array:
        return m.multiply(reduce.sum(m.abs(x)), self.l1)


class L2(Regularizer):
    """l2 * sum x**2: all elements become smaller. Without a division by 2, as in Keras."""

    l2: float = 0.01

    def __call__(self, x: Array) -> Array:
        return m.multiply(reduce.sum(m.square(x)), self.l2)


class L1L2(Regularizer):
    """l1 * sum |x| + l2 * sum x**2"""

    l1: float = 0.0
    l2: float = 0.0

    def __call__(self, x: Array) -> Array:
        return m.add(L1(self.l1)(x), L2(self.l2)(x))


class OrthogonalRegularizer(Regularizer):
    """factor * mean |cos| of the angles between the rows (or columns) of a matrix: they keep different directions.

    Args:
        mode: "rows" or "columns".

    Raises:
        ShapeError: the weight is no matrix.
    """

    factor: float = 0.01
    mode: str = "rows"

    def check_fields(self) -> None:
        super().check_fields()
        if self.mode not in ("rows", "columns"):
            raise ValueRangeError(
                f'OrthogonalRegularizer: mode must be "rows" or "columns"; got {self.mode!r}.'
            )

    def __call__(self, x: Array) -> Array:
        if type_of(x).rank != 2:
            raise ShapeError(f"OrthogonalRegularizer: the weight must be a matrix; got {type_of(x)}.")
        rows = unit(x if self.mode == "rows" else transpose(x), 1)
        n = known("OrthogonalRegularizer", "the number of directions", type_of(rows).shape[0])
        others = 1 - np.eye(n, dtype=type_of(x).dtype)
        cosines = m.multiply(matmul(rows, transpose(rows)), others)
        return m.multiply(reduce.sum(m.abs(cosines)), self.factor / max(n * (n - 1), 1))


l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer

get = by_name(Regularizer, optional=True)
serialize, deserialize = descriptions(Regularizer)

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
    "deserialize",
]
