"""Normalisation of each sample by itself: in groups of channels, by its size, to unit length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.ir.types import TensorType, type_of
from wengert.nn.described import WithScale
from wengert.nn.layer import Layer
from wengert.nn.norm import require_epsilon
from wengert.ops import math as m
from wengert.ops.normalization import of_unit_size, standardized
from wengert.ops.operands import normalize_axes, normalize_axis
from wengert.ops.shape import reshape
from wengert.ops.similarity_losses import unit


class GroupNormalization(WithScale):
    """``y = gamma * (x - mean) / sqrt(var + epsilon) + beta``, with mean and variance of each group of channels of
    each sample.

    Args:
        groups: how many; -1: one for each channel (instance normalisation). 1 takes all of a sample.
        axis: the channels.
        epsilon: added to the variance, > 0.
        center, scale: whether there is a `beta`, a `gamma`, one for each channel.

    Example:
        >>> import numpy as np
        >>> GroupNormalization(groups=2)(np.ones((1, 4, 4, 6), "float32")).shape
        (1, 4, 4, 6)

    Source: Wu & He, "Group normalization", ECCV 2018.
    """

    groups: int = 32
    axis: int = -1
    epsilon: float = 0.001
    center: bool = True
    scale: bool = True
    beta_initializer: Any = "zeros"
    gamma_initializer: Any = "ones"
    supports_masking = True
    wide = True

    def check_fields(self) -> None:
        require_epsilon(self, self.epsilon)
        if not isinstance(self.groups, int) or (self.groups < 1 and self.groups != -1):  # type: ignore[redundant-expr]
            raise ValueRangeError(
                f"GroupNormalization: groups must be a positive int, or -1; got {self.groups!r}."
            )

    def build(self, x: TensorType) -> None:
        axis = normalize_axis("GroupNormalization", self.axis, x)
        channels = x.shape[axis]
        if axis == 0 or not isinstance(channels, int) or channels % self._count(channels):
            raise ShapeError(
                f"the channels, axis {self.axis}, must be known and divide into {self.groups} groups; got {x}."
            )
        self.make_scale((channels,))

    def _count(self, channels: int) -> int:
        return channels if self.groups == -1 else self.groups

    def call(self, x: Any) -> Any:
        t = type_of(x)
        axis = normalize_axis("GroupNormalization", self.axis, t)
        channels: Any = t.shape[axis]
        groups = self._count(channels)
        apart = (*t.shape[:axis], groups, channels // groups, *t.shape[axis + 1 :])
        others = tuple(a for a in range(1, len(apart)) if a != axis)
        y = reshape(standardized(reshape(x, apart), others, self.epsilon), t.shape)
        along = tuple(n if a == axis else 1 for a, n in enumerate(t.shape))
        return self.scaled(y, along)


class RMSNormalization(Layer):
    """``y = scale * x / sqrt(mean(x**2) + epsilon)``, with the mean along an axis (or several) of each sample.

    Args:
        axis: one or several.
        epsilon: added to the mean square, > 0.

    Source: Zhang & Sennrich, "Root mean square layer normalization", NeurIPS 2019.
    """

    axis: int | Sequence[int] = -1
    epsilon: float = 1e-6
    supports_masking = True
    wide = True

    def check_fields(self) -> None:
        require_epsilon(self, self.epsilon)

    def build(self, x: TensorType) -> None:
        axes = normalize_axes("RMSNormalization", self.axis, x)
        self.scale = self.add_weight([x.shape[a] for a in axes], "ones", name="scale")

    def call(self, x: Any) -> Any:
        t = type_of(x)
        axes = normalize_axes("RMSNormalization", self.axis, t)
        along = tuple(n if a in axes else 1 for a, n in enumerate(t.shape))
        return m.multiply(of_unit_size(x, axes, self.epsilon), reshape(self.scale, along))


class UnitNormalization(Layer):
    """x / |x|, vectors along an axis (or several); 0 stays 0."""

    axis: int | Sequence[int] = -1
    supports_masking = True
    wide = True

    def call(self, x: Any) -> Any:
        return unit(x, normalize_axes("UnitNormalization", self.axis, type_of(x)))
