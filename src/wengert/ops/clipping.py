"""Gradient health: how large gradients are, and three ways of making them smaller. On trees of arrays."""

from __future__ import annotations

from typing import Any

from wengert.base.tree import flatten, unflatten
from wengert.ir import operators
from wengert.ir.boundary import boundary
from wengert.ir.types import type_of
from wengert.ops import math as m
from wengert.ops import reduce
from wengert.ops.operands import Array, floating, normalize_axis
from wengert.prims.families import total


@boundary
def gradient_norms(gradients: Any, axis: int | None = None) -> Any:
    """For each array of a tree its norm, sqrt(sum g*g): which layers learn, and which hardly do.

    Args:
        axis: keep this axis. Of the gradient by a recurrent layer's input, [batch, time, features], axis=1
            gives a norm for each time step: where it vanishes towards the first, the layer forgets.

    Example:
        >>> import wengert as wg
        >>> gradient_norms({"kernel": wg.Tensor([[3.0], [4.0]])})["kernel"].item()
        5.0
    """
    leaves, structure = flatten(gradients)
    return unflatten(structure, [_norm(g, axis) for g in leaves])


def _norm(g: Array, axis: int | None) -> Array:
    g = floating(g)
    t = type_of(g)
    kept = () if axis is None else (normalize_axis("gradient_norms", axis, t),)
    return reduce.norm(g, tuple(a for a in range(t.rank) if a not in kept))


@boundary
def global_norm(gradients: Any) -> Array:
    """The norm of all arrays of a tree together, in float32.

    Example:
        >>> import wengert as wg
        >>> global_norm([wg.Tensor([3.0]), wg.Tensor([[4.0]])]).item()
        5.0
    """
    squares = [operators.cast(reduce.sum(m.square(floating(g))), "float32") for g in flatten(gradients)[0]]
    return reduce.safe_sqrt(total(squares))


@boundary
def clip_by_value(gradients: Any, limit: Any) -> Any:
    """Each element cut to [-limit, limit]. This changes the direction.

    Example:
        >>> import wengert as wg
        >>> clip_by_value(wg.Tensor([3.0, -0.5]), 1.0).numpy()
        array([ 1. , -0.5], dtype=float32)
    """
    leaves, structure = flatten(gradients)
    return unflatten(structure, [m.clip(g, m.negative(limit), limit) for g in leaves])


@boundary
def clip_by_norm(gradients: Any, limit: Any) -> Any:
    """Each array scaled down to the norm `limit`, if its own is larger.

    Example:
        >>> import wengert as wg
        >>> clip_by_norm([wg.Tensor([3.0, 4.0]), wg.Tensor([0.5])], 1.0)[0].numpy()
        array([0.6, 0.8], dtype=float32)
    """
    leaves, structure = flatten(gradients)
    return unflatten(structure, [_shrunk(g, _norm(g, None), limit) for g in leaves])


@boundary
def clip_by_global_norm(gradients: Any, limit: Any) -> Any:
    """All arrays scaled down by one factor, if their norm together is above `limit`: the direction stays.

    Example:
        >>> import wengert as wg
        >>> clip_by_global_norm([wg.Tensor([3.0]), wg.Tensor([4.0])], 1.0)[1].item()
        0.800000011920929

    Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", ICML 2013.
    """
    leaves, structure = flatten(gradients)
    norm = global_norm(leaves)
    return unflatten(structure, [_shrunk(g, norm, limit) for g in leaves])


def _shrunk(g: Array, norm: Array, limit: Any) -> Array:
    """g times limit / norm, or 1 where that is smaller."""
    return m.multiply(g, m.divide(limit, m.maximum(norm, limit)))
