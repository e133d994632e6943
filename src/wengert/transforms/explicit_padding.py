"""Explicit padding: convolutions whose windows leave their input get an input with a border.

After it every convolution has a contraction form: no index is out of range, so one kernel computes them all.
The border is a `pad`, which a producer writes into its own buffer (`share_halo.py`).
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from dataclasses import dataclass
from typing import Any

from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.pattern import rewrite, rule, var
from wengert.ir.types import Shape
from wengert.prims.convolution import conv, conv_input_grad, conv_kernel_grad
from wengert.prims.convolution_forms import Ints, Pairs
from wengert.prims.slicing import pad, slice

MOST_PHASES = 9  # of a strided gradient: each is a kernel of its own

X, K, G, SHAPE = var("x"), var("k"), var("g"), var("shape")
PARAMS = {name: var(name) for name in ("strides", "padding", "dilation", "groups")}


def explicit_padding(graph: Graph) -> Graph:
    """The graph with all padding of convolutions made explicit."""
    return rewrite(graph, (pad_conv, pad_kernel_grad, pad_input_grad))


@rule(conv(X, K, **PARAMS))
def pad_conv(x: Node, k: Node, strides: Ints, padding: Pairs, dilation: Ints, groups: int) -> Node | None:
    """conv(x, k) with padding  ->  conv(pad(x), k) without"""
    if not any(map(any, padding)):
        return None
    wide, none = _bordered(x, padding), _none(padding)
    return conv(wide, k, strides=strides, padding=none, dilation=dilation, groups=groups)  # type: ignore[no-any-return]


@rule(conv_kernel_grad(X, G, kernel_shape=SHAPE, **PARAMS))
def pad_kernel_grad(
    x: Node, g: Node, shape: Shape, strides: Ints, padding: Pairs, dilation: Ints, groups: int
) -> Node | None:
    """conv_kernel_grad(x, g) with padding  ->  conv_kernel_grad(pad(x), g) without"""
    if not any(map(any, padding)):
        return None
    return conv_kernel_grad(  # type: ignore[no-any-return]
        _bordered(x, padding),
        g,
        kernel_shape=shape,
        strides=strides,
        padding=_none(padding),
        dilation=dilation,
        groups=groups,
    )


@rule(conv_input_grad(G, K, in_shape=SHAPE, **PARAMS))
def pad_input_grad(
    g: Node, k: Node, shape: Shape, strides: Ints, padding: Pairs, dilation: Ints, groups: int
) -> Node | None:
    """conv_input_grad(g, k) with strides  ->  conv_input_grad(pad(g), k) with stride 1, of the full overlap

    Strides are taken apart into phases. Where that would be too many, zeros go between the elements of g
    (stride - 1), as they go around them, so that each element of the result meets all offsets of the kernel.
    """
    known = all(isinstance(n, int) for n in (*shape[1:-1], *g.shape[1:-1]))
    if known and 1 < math.prod(strides) <= MOST_PHASES and all(d == 1 for d in dilation):
        parts = _phases(g, k, shape, strides, padding, groups)
        if parts:
            return functools.reduce(operator.add, parts)
    reach = tuple((n - 1) * d for n, d in zip(k.shape[:-2], dilation, strict=True))
    full = tuple((r, r) for r in reach)
    if padding == full and all(s == 1 for s in strides):
        return None
    low = [r - lo for r, (lo, _) in zip(reach, padding, strict=True)]
    core = [(n - 1) * s + 1 if n != 0 else 0 for n, s in zip(g.shape[1:-1], strides, strict=True)]
    high = [n + r - p - m for n, r, p, m in zip(shape[1:-1], reach, low, core, strict=True)]
    between = tuple(s - 1 for s in strides)
    wide = pad(g, low=(0, *low, 0), high=(0, *high, 0), interior=(0, *between, 0), value=0)
    one = (1,) * len(strides)
    return conv_input_grad(  # type: ignore[no-any-return]
        wide, k, in_shape=shape, strides=one, padding=full, dilation=dilation, groups=groups
    )


def _phases(g: Node, k: Node, shape: Shape, strides: Ints, padding: Pairs, groups: int) -> list[Node]:
    """What adds up to the gradient: each phase spread to the places that it is of, zeros between them.

    Place p meets only offsets a of the kernel with a = p + low (mod stride). So the places of one remainder see
    a kernel of their own, of which each element meets an element of g: no product with 0 is taken.
    """
    axes = [
        [Phase.of(r, s, low, n, m, out) for r in range(min(s, m))]
        for s, (low, _), n, m, out in zip(
            strides, padding, shape[1:-1], k.shape[:-2], g.shape[1:-1], strict=True
        )
    ]
    met = [phases for phases in itertools.product(*axes) if all(p.count > 0 for p in phases)]
    return [_phase(g, k, shape, strides, phases, groups) for phases in met]


@dataclass(frozen=True)
class Phase:
    """Along one axis: the places that are `remainder` modulo the stride, with the kernel's offsets they meet.

    count: how many of them meet an element of g; first: the first of them; padding: of their own convolution.
    """

    remainder: int
    count: int
    first: int
    padding: tuple[int, int]

    @staticmethod
    def of(r: int, stride: int, low: int, length: Any, window: Any, out: Any) -> Phase:
        start = -((r - low) // stride)  # the first t with t * stride + r >= low
        first = start * stride + r - low
        # Places from there on that an element of g meets.
        reach = out + len(range(r, window, stride)) - 1 - start
        count = min(-((first - length) // stride), reach)
        return Phase(r, count, first, (start, reach - count))


def _phase(g: Node, k: Node, shape: Shape, strides: Ints, phases: tuple[Phase, ...], groups: int) -> Node:
    """One phase, spread."""
    window = k.shape[:-2]
    starts = (*(p.remainder for p in phases), 0, 0)
    own = slice(k, start=starts, stop=(*window, *k.shape[-2:]), step=(*strides, 1, 1))
    one = (1,) * len(strides)
    part = conv_input_grad(
        g,
        own,
        in_shape=(shape[0], *(p.count for p in phases), shape[-1]),
        strides=one,
        padding=tuple(p.padding for p in phases),
        dilation=one,
        groups=groups,
    )
    ends = zip(shape[1:-1], phases, strides, strict=True)
    high = (n - 1 - p.first - (p.count - 1) * s for n, p, s in ends)
    low = (0, *(p.first for p in phases), 0)
    between = (0, *(s - 1 for s in strides), 0)
    return pad(part, low=low, high=(0, *high, 0), interior=between, value=0)  # type: ignore[no-any-return]


def _bordered(x: Node, padding: Pairs) -> Node:
    low, high = (tuple(side) for side in zip(*padding, strict=True))
    none = (0,) * (len(low) + 2)
    return pad(x, low=(0, *low, 0), high=(0, *high, 0), interior=none, value=0)  # type: ignore[no-any-return]


def _none(padding: Pairs) -> Pairs:
    return ((0, 0),) * len(padding)
