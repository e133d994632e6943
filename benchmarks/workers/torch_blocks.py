"""The larger layers of workloads as PyTorch modules: residual blocks, recurrences, transformers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

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
    Shape,
    Transformer,
)
from workloads import Array


def block(layer: Layer, x: Shape, weights: Sequence[Array]) -> nn.Module | None:
    """The module of a layer, with its weights; None for layers that are none of these."""
    flow = iter(weights)
    match layer:
        case ConvNorm():
            return conv_norm(layer, x, flow)
        case Residual():
            return ResidualBlock(layer, x, flow)
        case HalvingPool():
            return nn.MaxPool2d(3, 2, 1)
        case GlobalAverage():
            return Mean()
        case Embedding():
            return Vectors(next(flow))
        case Positions():
            return Added(next(flow))
        case Recurrent():
            return Recurrence(layer, x, flow)
        case LayerNorm():
            return norm(x[-1], flow)
        case Transformer():
            return TransformerBlock(layer, x, flow)
    return None


def put(parameter: torch.Tensor, value: Array) -> None:
    """Let a parameter hold a value."""
    with torch.no_grad():
        parameter.copy_(torch.from_numpy(np.ascontiguousarray(value)))


def conv_norm(layer: ConvNorm, x: Shape, flow: Iterator[Array]) -> nn.Sequential:
    conv = nn.Conv2d(x[2], layer.filters, layer.size, layer.strides, layer.size // 2, bias=False)
    normal = nn.BatchNorm2d(layer.filters)
    put(conv.weight, next(flow).transpose(3, 2, 0, 1))
    put(normal.weight, next(flow))
    put(normal.bias, next(flow))
    return nn.Sequential(conv, normal, *([nn.ReLU(inplace=True)] if layer.activation else []))


class ResidualBlock(nn.Module):
    """A residual block; its body and its shortcut are of convolutions with their normalisations."""

    def __init__(self, layer: Residual, x: Shape, flow: Iterator[Array]) -> None:
        super().__init__()
        made = [conv_norm(part, shape, flow) for part, shape in layer.inputs(x)]
        self.body = nn.Sequential(*made[: len(layer.body)])
        self.shortcut = made[-1] if layer.shortcut(x) else None
        self.strides, self.missing = layer.strides, layer.out - x[2]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.body(x)
        if self.shortcut is not None:
            x = self.shortcut(x)
        elif self.missing:
            half = self.missing // 2
            x = functional.pad(
                x[:, :, :: self.strides, :: self.strides], (0, 0, 0, 0, half, self.missing - half)
            )
        return functional.relu(x + y, inplace=True)


class Mean(nn.Module):
    """The mean of each channel."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean((2, 3))


class Vectors(nn.Module):
    """A vector for each symbol."""

    def __init__(self, value: Array) -> None:
        super().__init__()
        self.table = nn.Embedding(*value.shape)
        put(self.table.weight, value)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.table(x)
        return y


class Added(nn.Module):
    """x + a weight of its shape."""

    def __init__(self, value: Array) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.from_numpy(value))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.value


class Recurrence(nn.Module):
    """PyTorch's own LSTM or GRU; its gates of the GRU are r, z, h where Keras's are z, r, h.

    The LSTM of PyTorch has two biases that are added. One stays 0, so that there is one to learn, as elsewhere.
    """

    def __init__(self, layer: Recurrent, x: Shape, flow: Iterator[Array]) -> None:
        super().__init__()
        kernel, recurrent, bias = flow
        kind = {"lstm": nn.LSTM, "gru": nn.GRU}[layer.cell]
        self.layer = kind(x[1], layer.units, batch_first=True)
        n = layer.units
        order = range(4) if layer.cell == "lstm" else (1, 0, 2)

        def gates(w: Array) -> Array:
            return np.concatenate([w[..., k * n : (k + 1) * n] for k in order], -1).T

        first, second = (bias, 0 * bias) if layer.cell == "lstm" else bias
        own: Any = self.layer
        put(own.weight_ih_l0, gates(kernel))
        put(own.weight_hh_l0, gates(recurrent))
        put(own.bias_ih_l0, gates(first))
        put(own.bias_hh_l0, gates(second))
        own.bias_hh_l0.requires_grad_(layer.cell == "gru")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.layer(x)[0]
        return y


def norm(width: int, flow: Iterator[Array]) -> nn.LayerNorm:
    made = nn.LayerNorm(width, eps=1e-5)
    put(made.weight, next(flow))
    put(made.bias, next(flow))
    return made


class TransformerBlock(nn.Module):
    """Attention and two dense layers, each after a normalisation and beside x."""

    def __init__(self, layer: Transformer, x: Shape, flow: Iterator[Array]) -> None:
        super().__init__()
        self.heads, width = layer.heads, x[1]
        self.norm1 = norm(width, flow)
        self.projections = nn.ModuleList(linear(width, width, flow) for _ in range(3))
        self.mix = linear(width, width, flow)
        self.norm2 = norm(width, flow)
        self.inner, self.outer = linear(width, 4 * width, flow), linear(4 * width, width, flow)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seen = self.norm1(x)
        q, k, v = (p(seen).unflatten(2, (self.heads, -1)).transpose(1, 2) for p in self.projections)
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.mix(y.transpose(1, 2).flatten(2))
        return x + self.outer(functional.gelu(self.inner(self.norm2(x))))


def linear(inside: int, out: int, flow: Iterator[Array]) -> nn.Linear:
    """Heads and their features are one axis here."""
    made = nn.Linear(inside, out)
    put(made.weight, next(flow).reshape(inside, out).T)
    put(made.bias, next(flow).reshape(out))
    return made
