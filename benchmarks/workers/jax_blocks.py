"""The larger layers of workloads in JAX: residual blocks, recurrences as scans, transformers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from layers import (
    ConvNorm,
    Embedding,
    GlobalAverage,
    HalvingPool,
    Layer,
    LayerNorm,
    Positions,
    Recurrent,
    Residual,
    Transformer,
)


def block(layer: Layer, weights: Sequence[Any], x: Any, layout: str, training: bool) -> Any:
    """The layer's output; None for layers that are none of these."""
    match layer:
        case ConvNorm():
            return conv_norm(layer, weights, x, layout, training)
        case Residual():
            return residual(layer, weights, x, layout, training)
        case HalvingPool():
            around, window, steps = [(0, 0)] * 4, [1] * 4, [1] * 4
            for axis in (layout.index("H"), layout.index("W")):
                around[axis], window[axis], steps[axis] = (1, 1), 3, 2
            return lax.reduce_window(x, -jnp.inf, lax.max, window, steps, around)
        case GlobalAverage():
            return x.mean((1, 2) if layout == "NHWC" else (2, 3))
        case Embedding():
            return weights[0][x]
        case Positions():
            return x + weights[0]
        case Recurrent("lstm"):
            return lstm(weights, x)
        case Recurrent("gru"):
            return gru(weights, x)
        case LayerNorm():
            return norm(weights, x)
        case Transformer(heads):
            return transformer(heads, weights, x)
    return None


def conv_norm(layer: ConvNorm, weights: Sequence[Any], x: Any, layout: str, training: bool) -> Any:
    """Where nothing is learned, the statistics are as at the start: mean 0 and variance 1."""
    kernel, gamma, beta = weights
    around = (layer.size // 2,) * 2
    y = lax.conv_general_dilated(
        x, kernel, (layer.strides,) * 2, (around, around), dimension_numbers=(layout, "HWIO", layout)
    )
    axes = (0, 1, 2) if layout == "NHWC" else (0, 2, 3)
    along = (-1,) if layout == "NHWC" else (-1, 1, 1)
    off, variance = y, jnp.float32(1)
    if training:
        off = y - y.mean(axes, keepdims=True)
        variance = (off * off).mean(axes, keepdims=True)
    y = off * lax.rsqrt(variance + 1e-5) * gamma.reshape(along) + beta.reshape(along)
    return jax.nn.relu(y) if layer.activation else y


def residual(layer: Residual, weights: Sequence[Any], x: Any, layout: str, training: bool) -> Any:
    y, flow = x, iter(weights)
    for part in layer.body:
        y = conv_norm(part, [next(flow) for _ in range(3)], y, layout, training)
    channels = layout.index("C")
    beside = layer.shortcut((0, 0, x.shape[channels]))
    missing = layer.out - x.shape[channels]
    if beside:
        x = conv_norm(beside, list(flow), x, layout, training)
    elif missing:
        step = slice(None, None, layer.strides)
        x = x[:, step, step] if layout == "NHWC" else x[:, :, step, step]
        widths = [(0, 0)] * 4
        widths[channels] = (missing // 2, missing - missing // 2)
        x = jnp.pad(x, widths)
    return jax.nn.relu(x + y)


def lstm(weights: Sequence[Any], x: Any) -> Any:
    kernel, recurrent, bias = weights

    def step(carry: Any, row: Any) -> Any:
        h, c = carry
        i, f, g, o = jnp.split(row + h @ recurrent, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    zero = jnp.zeros((x.shape[0], recurrent.shape[0]))
    return lax.scan(step, (zero, zero), x.swapaxes(0, 1) @ kernel + bias)[1].swapaxes(0, 1)


def gru(weights: Sequence[Any], x: Any) -> Any:
    kernel, recurrent, bias = weights

    def step(h: Any, row: Any) -> Any:
        x_z, x_r, x_h = jnp.split(row, 3, axis=-1)
        h_z, h_r, h_h = jnp.split(h @ recurrent + bias[1], 3, axis=-1)
        z, r = jax.nn.sigmoid(x_z + h_z), jax.nn.sigmoid(x_r + h_r)
        h = z * h + (1 - z) * jnp.tanh(x_h + r * h_h)
        return h, h

    zero = jnp.zeros((x.shape[0], recurrent.shape[0]))
    return lax.scan(step, zero, x.swapaxes(0, 1) @ kernel + bias[0])[1].swapaxes(0, 1)


def norm(weights: Sequence[Any], x: Any) -> Any:
    gamma, beta = weights
    off = x - x.mean(-1, keepdims=True)
    return off * lax.rsqrt((off * off).mean(-1, keepdims=True) + 1e-5) * gamma + beta


def transformer(heads: int, weights: Sequence[Any], x: Any) -> Any:
    seen = norm(weights[:2], x)
    pairs = zip(weights[2:8:2], weights[3:8:2], strict=True)
    q, k, v = (jnp.einsum("btd,dhe->bthe", seen, w) + b for w, b in pairs)
    y = jax.nn.dot_product_attention(q, k, v, is_causal=True)
    x = x + jnp.einsum("bthe,hed->btd", y, weights[8]) + weights[9]
    inner, inner_bias, outer, outer_bias = weights[12:]
    seen = jax.nn.gelu(norm(weights[10:12], x) @ inner + inner_bias, approximate=False)
    return x + seen @ outer + outer_bias
