"""Convolutions of a batch of inputs with a batch of kernels, each with its own: as one convolution.

Inputs alone join their batch axes. Kernels of their own are groups: [N, *, C] with C = size * channels, so
that example e sees channels, and fills filters, of its own group only.
"""

from __future__ import annotations

from typing import Any

from wengert.ir.dim import Dim
from wengert.ir.primitive import Primitive
from wengert.ir.types import Shape, type_of
from wengert.prims.movement import lead, move_axis, reshape

Length = int | Dim


def batch_conv(
    prim: Primitive, size: Length, moved: Any, x: Any, kernel: Any, *, groups: int, **params: Any
) -> Any:
    """A batch of `conv`, or of `conv_input_grad`: x [size, N, *, C] with kernel [size, *, C/groups, O]."""
    shape = params.get("in_shape")
    if not moved[1]:
        n = type_of(x).shape[1]
        if shape is not None:
            params["in_shape"] = (size * n, *shape[1:])
        return _apart(prim(_join(x, 0, 1), kernel, groups=groups, **params), 0, size, n)
    if isinstance(size, Dim) or not size:
        return NotImplemented  # the number of groups must be known, and one at least
    channels = type_of(kernel).shape[-1]
    if shape is not None:
        channels = shape[-1]
        params["in_shape"] = (*shape[:-1], size * channels)
    x = _into_channels(x if moved[0] else lead(x, size))
    return _from_channels(prim(x, _into_channels(kernel), groups=size * groups, **params), size, channels)


def batch_kernel_grad(
    prim: Primitive,
    size: Length,
    moved: Any,
    x: Any,
    g: Any,
    *,
    kernel_shape: Shape,
    groups: int,
    **params: Any,
) -> Any:
    """A batch of `conv_kernel_grad`: x [size, N, *, C] with g [size, N, *, O]."""
    if isinstance(size, Dim) or not size:
        return NotImplemented
    *rest, o = kernel_shape
    x, g = (_into_channels(v if m else lead(v, size)) for v, m in ((x, moved[0]), (g, moved[1])))
    out = prim(x, g, kernel_shape=(*rest, size * o), groups=size * groups, **params)
    return _from_channels(out, size, o)


def _into_channels(x: Any) -> Any:
    """[size, ..., c] -> [..., size * c]"""
    last = type_of(x).rank - 1
    return _join(move_axis(x, 0, last - 1), last - 1, last)


def _from_channels(x: Any, size: Length, channels: Length) -> Any:
    """[..., size * c] -> [size, ..., c]"""
    last = type_of(x).rank - 1
    return move_axis(_apart(x, last, size, channels), last, 0)


def _join(x: Any, axis: int, following: int) -> Any:
    """Two neighbouring axes as one."""
    shape = type_of(x).shape
    return reshape(x, shape=(*shape[:axis], shape[axis] * shape[following], *shape[following + 1 :]))


def _apart(x: Any, axis: int, size: Length, rest: Length) -> Any:
    """One axis as two."""
    shape = type_of(x).shape
    return reshape(x, shape=(*shape[:axis], size, rest, *shape[axis + 1 :]))
