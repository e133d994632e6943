"""Explicit padding: convolutions whose windows leave their input get an input with a border.

After it every convolution has a contraction form: no index is out of range, so one kernel computes them all.
The border is a `pad`, which a producer writes into its own buffer (`share_halo.py`).
"""

from __future__ import annotations

from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.pattern import rewrite, rule, var
from wengert.ir.types import Shape
from wengert.prims.convolution import conv, conv_input_grad, conv_kernel_grad
from wengert.prims.convolution_forms import Ints, Pairs
from wengert.prims.slicing import pad

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

    Zeros go between the elements of g (stride - 1) and around them, so that each element of the result
    meets all offsets of the kernel.
    """
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


def _bordered(x: Node, padding: Pairs) -> Node:
    low, high = (tuple(side) for side in zip(*padding, strict=True))
    none = (0,) * (len(low) + 2)
    return pad(x, low=(0, *low, 0), high=(0, *high, 0), interior=none, value=0)  # type: ignore[no-any-return]


def _none(padding: Pairs) -> Pairs:
    return ((0, 0),) * len(padding)
