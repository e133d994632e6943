"""Winograd: convolutions of 3 x 3 as products of transformed tiles, where that is less work.

    conv(x, k)  ->  winograd_output(dot(winograd_data(pad(x)), winograd_kernel(k)))

Tiles of 4 x 4 outputs take a quarter of the multiply-adds, those of 2 x 2 less than half; but what the maps write
and read again, and their own additions, take time too. `choose_tile` weighs them. A kernel in tiles of 4 is four
times as large, whatever the batch: tiles that only pay for many images are not for programs that may see few.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import Any

from wengert.base import config
from wengert.base.dtypes import size_of
from wengert.ir.dim import Dim
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.pattern import rewrite, rule, var
from wengert.ir.types import Shape, TensorType
from wengert.loop.affine import GUESS
from wengert.prims.contraction import dot
from wengert.prims.convolution import conv, conv_input_grad
from wengert.prims.convolution_forms import Ints, Pairs
from wengert.prims.slicing import has_border, pad, slice
from wengert.prims.winograd import POINTS, WINDOW, winograd_data, winograd_kernel, winograd_output

# Costs in multiply-adds of the micro-kernel, which does 32 in a cycle of a core with vectors of 64 bytes.
FAR = 16  # an element written or read
NEAR, CACHE = 8, 2**20  # one of a value that takes at most so many bytes
MADE, PACKED = 2, 3  # how often one is written or read, its line being read before: made and used; packed
STEPS = 40_000  # two launches more
WORTH = 0.9  # the share of the direct convolution's cost from which on it is left as it is
FEW = 16  # images that tiles must not be slower for where the batch is unknown

X, K, G, SHAPE = var("x"), var("k"), var("g"), var("shape")
PARAMS = {name: var(name) for name in ("strides", "padding", "dilation", "groups")}


def winograd(graph: Graph) -> Graph:
    """The graph with such convolutions, and input gradients of such convolutions, done in tiles."""
    return rewrite(graph, (tile_conv, tile_input_grad)) if config.winograd() else graph


@rule(conv(X, K, **PARAMS))
def tile_conv(x: Node, k: Node, strides: Ints, padding: Pairs, dilation: Ints, groups: int) -> Node | None:
    """conv(x, k)  ->  its tiles, for a window of 3 x 3"""
    params: dict[str, Any] = {"strides": strides, "padding": padding, "dilation": dilation, "groups": groups}
    return _in_tiles(x, k, tiles_of("conv", x.type, k.type, border=_border(x), **params))


@rule(conv_input_grad(G, K, in_shape=SHAPE, **PARAMS))
def tile_input_grad(
    g: Node, k: Node, shape: Shape, strides: Ints, padding: Pairs, dilation: Ints, groups: int
) -> Node | None:
    """conv_input_grad(g, k)  ->  the tiles of conv(g, k turned round), for a window of 3 x 3"""
    del shape  # follows from the others: the strides are 1
    params: dict[str, Any] = {"strides": strides, "padding": padding, "dilation": dilation, "groups": groups}
    return _in_tiles(g, k, tiles_of("conv_input_grad", g.type, k.type, **params))


@dataclass(frozen=True)
class Tiles:
    """How a convolution is done in tiles: their size, the border of the input, the shape of the result.

    flip: with the kernel turned round, as an input gradient is. The border's end may be wider than the padding, so
    that tiles are whole; the result is then cut to its shape.
    """

    tile: int
    flip: bool
    low: Ints
    high: Ints
    shape: Shape


def tiles_of(
    name: str,
    x: TensorType,
    k: TensorType,
    *,
    strides: Ints,
    padding: Pairs,
    dilation: Ints,
    groups: int,
    border: Pairs = ((0, 0), (0, 0)),
    **_: Any,
) -> Tiles | None:
    """How a convolution, or an input gradient, of these types is done in tiles; None if it is not.

    Args:
        x: of the first input: of an input gradient, g.
        border: rows and columns of zeros that x has on its sides.
    """
    reach, flip = WINDOW - 1, name == "conv_input_grad"
    if (
        k.shape[:-2] != (WINDOW, WINDOW)
        or x.dtype != "float32"
        or any(n != 1 for n in (*strides, *dilation, groups))
    ):
        return None
    channels, filters = map(operator.index, k.shape[-2:])
    if flip:
        channels, filters = filters, channels
        padding = tuple((reach - lo, reach - hi) for lo, hi in padding)
    spatial = [n for n in x.shape[1:-1] if not isinstance(n, Dim)]
    if len(spatial) < 2 or any(n < 0 for p in padding for n in p):
        return None
    out = tuple(n + sum(p) - reach for n, p in zip(spatial, padding, strict=True))
    zeros = [(lo + p, hi + q) for (lo, hi), (p, q) in zip(padding, border, strict=True)]
    missing = tuple(sum(min(WINDOW, i) for n in p for i in range(1, n + 1)) for p in zeros)
    tile = choose_tile(x.shape[0], out, channels, filters, missing, flip)
    if tile is None:
        return None
    high = tuple(hi + -n % tile for n, (_, hi) in zip(out, padding, strict=True))
    low = tuple(lo for lo, _ in padding)
    return Tiles(tile, flip, (0, *low, 0), (0, *high, 0), (x.shape[0], *out, filters))


def choose_tile(
    batch: int | Dim, out: Ints, channels: int, filters: int, missing: Ints = (0, 0), flip: bool = False
) -> int | None:
    """The cheapest tile for a result of `out` rows and columns, None for none: a direct convolution.

    Args:
        channels: that are summed over. filters: channels of the result.
        missing: how many terms of all rows, and of all columns, lie in the border: a direct convolution takes none.
        flip: with the kernel turned round: a product with it packs it, which one with the kernel as it is need not.
    """
    weights = channels * filters
    usual, few = (GUESS, FEW) if isinstance(batch, Dim) else (batch, batch)
    met = math.prod(max(0, WINDOW * n - m) for n, m in zip(out, missing, strict=True))

    def direct(images: int) -> int:
        return weights * (images * met + WINDOW**2 * FAR)

    def tiled(tile: int, images: int) -> int:
        products = (tile + WINDOW - 1) ** 2
        tiles = images * math.prod(-(-n // tile) for n in out)
        moved = sum(
            (2 * products + tile**2) * tiles * n * _access(products * tiles * n) for n in (channels, filters)
        )
        touched = (WINDOW**2 + products * (MADE + PACKED * flip)) * weights * _access(products * weights)
        return products * tiles * weights + moved + touched + STEPS

    paying = [tile for tile in POINTS if tiled(tile, few) <= direct(few)]
    paying = [tile for tile in paying if tiled(tile, usual) < WORTH * direct(usual)]
    return min(paying, key=lambda tile: tiled(tile, usual), default=None)


def _access(elements: int) -> int:
    """What it costs to write or read an element of a value of so many."""
    return NEAR if elements * size_of("float32") <= CACHE else FAR


def _border(x: Node) -> Pairs:
    """Rows and columns of zeros on the sides of x."""
    if not has_border(x):
        return ((0, 0), (0, 0))
    low, high = (x.kwargs[side][1:-1] for side in ("low", "high"))
    return tuple(
        (n, m) if isinstance(n, int) and isinstance(m, int) else (0, 0)
        for n, m in zip(low, high, strict=True)
    )


def _in_tiles(x: Node, k: Node, how: Tiles | None) -> Node | None:
    if how is None:
        return None
    none, one = (0,) * x.type.rank, (1,) * x.type.rank
    if any((*how.low, *how.high)):
        x = pad(x, low=how.low, high=how.high, interior=none, value=0)
    kernel, contract = winograd_kernel(k, tile=how.tile, flip=how.flip), ((4,), (2 if how.flip else 1,))
    products = dot(winograd_data(x, tile=how.tile), kernel, contract=contract, batch=((0,), (0,)))
    result: Node = winograd_output(products, tile=how.tile)
    whole = result.shape == how.shape
    return result if whole else slice(result, start=none, stop=how.shape, step=one)
