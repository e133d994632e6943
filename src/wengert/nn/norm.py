"""Normalisation layers."""

from __future__ import annotations

import math
from dataclasses import field
from typing import Any

import numpy as np

from wengert.base.errors import ShapeError, ValueRangeError
from wengert.base.settings import epsilon
from wengert.ir.operators import cast
from wengert.ir.types import TensorType, type_of
from wengert.nn.described import WithScale
from wengert.nn.layer import Layer
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.normalization import standardized
from wengert.ops.operands import Array, normalize_axes, normalize_axis
from wengert.ops.shape import broadcast_to, expand_dims, reshape, squeeze


class BatchNormalization(WithScale):
    """``y = gamma * (x - mean) / sqrt(var + epsilon) + beta``, for each channel.

    While training, mean and variance are those of the batch, and the moving ones follow them:
    ``moving = momentum * moving + (1 - momentum) * batch``. In use they are the moving ones.

    Args:
        axis: the channels.
        momentum: in [0, 1].
        epsilon: added to the variance, > 0.
        center, scale: whether there is a `beta`, a `gamma`.
        renorm: while training, too, a moving mean and deviation count (others than those of use): what is normalised by
            the batch becomes r * y + d, which is what they would have given, as far as the limits let it.
        renorm_clipping: the limits: {"rmin": ..., "rmax": ..., "dmax": ...}; one left out is none.
        renorm_momentum: of those other moving numbers, in [0, 1].

    Source: Ioffe & Szegedy, "Batch normalization", ICML 2015; Ioffe, "Batch renormalization", NeurIPS 2017.
    """

    axis: int = -1
    momentum: float = 0.99
    epsilon: float = 0.001
    center: bool = True
    scale: bool = True
    beta_initializer: Any = "zeros"
    gamma_initializer: Any = "ones"
    moving_mean_initializer: Any = "zeros"
    moving_variance_initializer: Any = "ones"
    renorm: bool = field(default=False, kw_only=True)
    renorm_clipping: Any = field(default=None, kw_only=True)
    renorm_momentum: float = field(default=0.99, kw_only=True)
    supports_masking = True
    wide = True

    def check_fields(self) -> None:
        self.require_in("[0, 1]", "momentum", "renorm_momentum")
        require_epsilon(self, self.epsilon)
        self.renorm_clipping = require_limits(self.renorm_clipping)

    def build(self, x: TensorType) -> None:
        channels = x.shape[normalize_axis("BatchNormalization", self.axis, x)]
        if not isinstance(channels, int):
            raise ShapeError(f"the number of channels (axis {self.axis}) must be known; got {x}.")
        shape = (channels,)
        self.make_scale(shape)
        self.moving_mean = self.add_weight(
            shape, self.moving_mean_initializer, trainable=False, name="moving_mean"
        )
        self.moving_variance = self.add_weight(
            shape, self.moving_variance_initializer, trainable=False, name="moving_variance"
        )
        if self.renorm:
            first = np.sqrt(self.moving_variance.numpy())
            mean = self.moving_mean.numpy()
            self.moving_stddev, self.renorm_mean, self.renorm_stddev = (
                self.add_weight(shape, lambda *_, v=value: v, trainable=False, name=name)
                for name, value in (("moving_stddev", first), ("renorm_mean", mean), ("renorm_stddev", first))
            )

    def call(self, x: Any, training: bool = False, mask: Any = None) -> Any:
        t = type_of(x)
        axis = normalize_axis("BatchNormalization", self.axis, t)
        mean, variance, shift = self.moving_mean.value, self.moving_variance.value, None
        if training and self.trainable:
            others = tuple(a for a in range(t.rank) if a != axis)
            if mask is None:
                mean, variance = reduce.mean(x, others), reduce.var(x, others)
            else:
                mean, variance = _moments_of_shown(x, others, mask)
            self._follow(self.moving_mean, mean, self.momentum)
            if self.renorm:
                ratio, shift = self._corrections(mean, variance)
            else:
                self._follow(self.moving_variance, variance, self.momentum)
        factor = m.rsqrt(m.add(variance, self.epsilon))
        if shift is not None:
            factor = m.multiply(factor, ratio)
        if self.gamma is not None:
            factor = m.multiply(factor, self.gamma)
            shift = None if shift is None else m.multiply(shift, self.gamma)
        along = tuple(n if a == axis else 1 for a, n in enumerate(t.shape))
        y = m.multiply(m.subtract(x, reshape(mean, along)), reshape(factor, along))
        for term in (shift, self.beta):
            y = y if term is None else m.add(y, reshape(term, along))
        return y

    def _corrections(self, mean: Array, variance: Array) -> tuple[Array, Array]:
        """r and d, for the batch's mean and variance, which the moving numbers then follow."""
        deviation = m.stop_gradient(m.sqrt(m.add(variance, self.epsilon)))
        known = m.maximum(self.renorm_stddev.value, math.sqrt(self.epsilon))
        ratio = m.divide(deviation, known)
        shift = m.divide(m.subtract(m.stop_gradient(mean), self.renorm_mean.value), known)
        limits = dict(self.renorm_clipping)
        if "rmin" in limits:
            ratio = m.maximum(ratio, limits["rmin"])
        if "rmax" in limits:
            ratio = m.minimum(ratio, limits["rmax"])
        if "dmax" in limits:
            shift = m.clip(shift, -limits["dmax"], limits["dmax"])
        self._follow(self.renorm_mean, mean, self.renorm_momentum)
        self._follow(self.renorm_stddev, deviation, self.renorm_momentum)
        self._follow(self.moving_stddev, deviation, self.momentum)
        square = m.subtract(m.square(self.moving_stddev.value), self.epsilon)
        self.moving_variance.assign(m.maximum(square, 0))
        return ratio, shift

    @staticmethod
    def _follow(moving: Any, batch: Any, momentum: float) -> None:
        batch = m.stop_gradient(batch)
        moving.assign(m.add(m.multiply(moving, momentum), m.multiply(batch, 1 - momentum)))


def require_limits(clipping: Any) -> tuple[tuple[str, float], ...]:
    """The limits of batch renormalisation as pairs, which JSON can hold.

    Raises:
        ValueRangeError: there is another one, or they cannot be kept.
    """
    try:
        limits = {str(k): float(v) for k, v in dict(clipping or {}).items() if v is not None}
    except (TypeError, ValueError):
        limits = {"": 0.0}
    sensible = limits.get("rmin", 0) <= limits.get("rmax", math.inf) and limits.get("dmax", 0) >= 0
    if set(limits) - {"rmin", "rmax", "dmax"} or not sensible:
        raise ValueRangeError(
            f"BatchNormalization: renorm_clipping must have numbers rmin <= rmax and dmax >= 0, or some of them; got "
            f"{clipping!r}."
        )
    return tuple(sorted(limits.items()))


def _moments_of_shown(x: Array, axes: tuple[int, ...], mask: Array) -> tuple[Array, Array]:
    """Mean and variance along axes, of what the mask, which lacks the last axis, shows.

    Raises:
        ShapeError: the mask does not fit.
    """
    t, of = type_of(x), type_of(mask)
    if of.shape != t.shape[:-1]:
        raise ShapeError(
            f"the mask must have the shape of the input without its last axis; got {of} for {t}."
        )
    shown = cast(expand_dims(mask, -1), t.dtype)
    count = reduce.sum(broadcast_to(shown, t.shape), axes, keepdims=True)
    mean = m.divide(reduce.sum(m.multiply(x, shown), axes, keepdims=True), m.add(count, epsilon()))
    squares = m.multiply(m.square(m.subtract(x, mean)), shown)
    variance = m.divide(reduce.sum(squares, axes, keepdims=True), m.add(count, epsilon()))
    return squeeze(mean, axes), squeeze(variance, axes)


class LayerNormalization(WithScale):
    """``y = gamma * (x - mean) / sqrt(var + epsilon) + beta``, with mean and variance of each sample.

    Args:
        axis: the axis (or axes) over which they are taken.
        epsilon: added to the variance, > 0.
        center, scale: whether there is a `beta`, a `gamma`.

    Source: Ba, Kiros, Hinton, "Layer normalization", arXiv:1607.06450.
    """

    axis: Any = -1
    epsilon: float = 0.001
    center: bool = True
    scale: bool = True
    beta_initializer: Any = "zeros"
    gamma_initializer: Any = "ones"
    supports_masking = True
    wide = True

    def check_fields(self) -> None:
        require_epsilon(self, self.epsilon)

    def build(self, x: TensorType) -> None:
        shape = tuple(x.shape[a] for a in normalize_axes("LayerNormalization", self.axis, x))
        self.make_scale(shape)

    def call(self, x: Any) -> Any:
        t = type_of(x)
        axes = normalize_axes("LayerNormalization", self.axis, t)
        along = tuple(n if a in axes else 1 for a, n in enumerate(t.shape))
        return self.scaled(standardized(x, axes, self.epsilon), along)


def require_epsilon(layer: Layer, epsilon: Any) -> None:
    """Raise ValueRangeError unless epsilon is a positive number."""
    if not isinstance(epsilon, int | float) or isinstance(epsilon, bool) or not epsilon > 0:
        raise ValueRangeError(f"{type(layer).__name__}: epsilon must be positive; got {epsilon!r}.")
