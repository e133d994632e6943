"""Winograd: convolutions of 3 x 3 as products of transformed tiles, where that is less work.

    conv(x, k)  ->  winograd_output(dot(winograd_data(pad(x)), winograd_kernel(k)))

Tiles of 4 x 4 outputs take a quarter of the multiply-adds, those of 2 x 2 less than half; but what the maps write
and read again, and their own additions, take time too. `choose_tile` weighs them.
"""

from __future__ import annotations

import math

from wengert.base import config
from wengert.ir.dim import Dim
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.pattern import rewrite, rule, var
from wengert.ir.types import Shape
from wengert.loop.affine import GUESS
from wengert.prims.contraction import dot
from wengert.prims.convolution import conv, conv_input_grad
from wengert.prims.convolution_forms import Ints, Pairs
from wengert.prims.slicing import pad, slice
from wengert.prims.winograd import POINTS, WINDOW, winograd_data, winograd_kernel, winograd_output

# Costs in multiply-adds of the micro-kernel, which does 32 in a cycle of a core with vectors of 64 bytes.
MOVED = 16  # an element of the data or of the result, written or read
KERNEL = 16  # an element of the kernel, the same
STEPS = 40_000  # two launches more
WORTH = 0.9  # the share of the direct convolution's cost from which on it is left as it is

X, K, G, SHAPE = var("x"), var("k"), var("g"), var("shape")
PARAMS = {name: var(name) for name in ("strides", "padding", "dilation", "groups")}


def winograd(graph: Graph) -> Graph:
    """The graph with such convolutions, and input gradients of such convolutions, done in tiles."""
    return rewrite(graph, (tile_conv, tile_input_grad)) if config.winograd() else graph


@rule(conv(X, K, **PARAMS))
def tile_conv(x: Node, k: Node, strides: Ints, padding: Pairs, dilation: Ints, groups: int) -> Node | None:
    """conv(x, k)  ->  its tiles, for a window of 3 x 3"""
    if not is_plain(k.shape, x.dtype, strides, dilation, groups):
        return None
    return _tiled(x, k, padding, flip=False)


@rule(conv_input_grad(G, K, in_shape=SHAPE, **PARAMS))
def tile_input_grad(
    g: Node, k: Node, shape: Shape, strides: Ints, padding: Pairs, dilation: Ints, groups: int
) -> Node | None:
    """conv_input_grad(g, k)  ->  the tiles of conv(g, k turned round), for a window of 3 x 3"""
    if not is_plain(k.shape, g.dtype, strides, dilation, groups):
        return None
    return _tiled(g, k, turned(padding), flip=True)


def is_plain(kernel: Shape, dtype: str, strides: Ints, dilation: Ints, groups: int) -> bool:
    """Whether a convolution is of the kind that tiles are for."""
    steps = (*strides, *dilation, groups)
    return kernel[:-2] == (WINDOW, WINDOW) and dtype == "float32" and all(n == 1 for n in steps)


def turned(padding: Pairs) -> Pairs:
    """The padding of the convolution that is the input gradient of one with `padding`."""
    reach = WINDOW - 1
    return tuple((reach - lo, reach - hi) for lo, hi in padding)


def choose_tile(x: Shape, padding: Pairs, channels: int, filters: int) -> int | None:
    """The cheapest tile for an input of this shape, None for none: a direct convolution.

    Args:
        channels: that are summed over. filters: channels of the result.
    """
    spatial = [n if isinstance(n, Dim) else n + sum(p) for n, p in zip(x[1:-1], padding, strict=True)]
    if any(isinstance(n, Dim) or n < WINDOW for n in spatial) or any(n < 0 for p in padding for n in p):
        return None
    batch = GUESS if isinstance(x[0], Dim) else x[0]
    out = [int(n) - WINDOW + 1 for n in spatial]
    best: int | None = None
    least = WORTH * WINDOW**2 * channels * filters * (batch * math.prod(out) + KERNEL)
    for tile in POINTS:
        products = (tile + WINDOW - 1) ** 2
        tiles = batch * math.prod(-(-n // tile) for n in out)
        moved = tiles * (products * 2 + tile**2) * (channels + filters) * MOVED
        kernel = (WINDOW**2 + 2 * products) * channels * filters * KERNEL
        cost = products * tiles * channels * filters + moved + kernel + STEPS
        if cost < least:
            best, least = tile, cost
    return best


def _tiled(x: Node, k: Node, padding: Pairs, flip: bool) -> Node | None:
    channels, filters = k.shape[-2:]
    if flip:
        channels, filters = filters, channels
    tile = choose_tile(x.shape, padding, channels, filters)
    if tile is None:
        return None
    out = [n + sum(p) - WINDOW + 1 for n, p in zip(x.shape[1:-1], padding, strict=True)]
    beyond = [-n % tile for n in out]
    low, high = (0, *(lo for lo, _ in padding), 0), (0, *(p[1] + b for p, b in zip(padding, beyond, strict=True)), 0)
    if any((*low, *high)):
        x = pad(x, low=low, high=high, interior=(0,) * 4, value=0)
    u = winograd_kernel(k, tile=tile, flip=flip)
    contract = ((4,), (2 if flip else 1,))
    products = dot(winograd_data(x, tile=tile), u, contract=contract, batch=((0,), (0,)))
    result: Node = winograd_output(products, tile=tile)
    if any(beyond):
        shape = (x.shape[0], *out, filters)
        result = slice(result, start=(0,) * 4, stop=shape, step=(1,) * 4)
    return result
