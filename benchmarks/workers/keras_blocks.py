"""The larger layers of workloads in Keras: residual blocks, recurrences, transformers."""

from __future__ import annotations

from typing import Any

import keras

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


def block(layer: Layer) -> Any:
    """The layer of Keras; None for layers that are none of these."""
    match layer:
        case ConvNorm():
            return conv_norm(layer)
        case Residual():
            return ResidualBlock(layer)
        case HalvingPool():
            return keras.Sequential([keras.layers.ZeroPadding2D(1), keras.layers.MaxPooling2D(3, 2)])
        case GlobalAverage():
            return keras.layers.GlobalAveragePooling2D()
        case Embedding(symbols, units):
            return keras.layers.Embedding(symbols, units)
        case Positions():
            return Added()
        case Recurrent(cell, units):
            kind = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell]
            return kind(units, return_sequences=True)
        case LayerNorm():
            return keras.layers.LayerNormalization(epsilon=1e-5)
        case Transformer(heads):
            return TransformerBlock(heads)
    return None


def conv_norm(layer: ConvNorm) -> Any:
    around = layer.size // 2
    same = layer.strides == 1
    return keras.Sequential(
        [
            *([] if same else [keras.layers.ZeroPadding2D(around)]),
            keras.layers.Conv2D(
                layer.filters, layer.size, layer.strides, padding="same" if same else "valid", use_bias=False
            ),
            keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5),
            keras.layers.Activation(layer.activation or "linear"),
        ]
    )


class ResidualBlock(keras.layers.Layer):
    """A residual block; its body and its shortcut are of convolutions with their normalisations."""

    def __init__(self, layer: Residual) -> None:
        super().__init__()
        self.layer = layer
        self.body = [conv_norm(part) for part in layer.body]

    def build(self, shape: Any) -> None:
        x = tuple(shape[1:])
        for part, (_, inner) in zip(self.body, self.layer.inputs(x), strict=False):
            part.build((shape[0], *inner))
        beside = self.layer.shortcut(x)
        self.shortcut = conv_norm(beside) if beside else None
        if self.shortcut is not None:
            self.shortcut.build(shape)
        self.missing = self.layer.out - shape[-1]

    def call(self, x: Any, training: bool = False) -> Any:
        y = x
        for part in self.body:
            y = part(y, training=training)
        if self.shortcut is not None:
            x = self.shortcut(x, training=training)
        elif self.missing:
            half, step = self.missing // 2, self.layer.strides
            x = keras.ops.pad(x[:, ::step, ::step], [(0, 0), (0, 0), (0, 0), (half, self.missing - half)])
        return keras.ops.relu(x + y)


class Added(keras.layers.Layer):
    """x + a weight of its shape."""

    def build(self, shape: Any) -> None:
        self.value = self.add_weight(shape=shape[1:])

    def call(self, x: Any) -> Any:
        return x + self.value


class TransformerBlock(keras.layers.Layer):
    """Attention and two dense layers, each after a normalisation and beside x."""

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.heads = heads

    def build(self, shape: Any) -> None:
        width = shape[-1]
        self.norm1 = keras.layers.LayerNormalization(epsilon=1e-5)
        self.attention = keras.layers.MultiHeadAttention(self.heads, width // self.heads)
        self.norm2 = keras.layers.LayerNormalization(epsilon=1e-5)
        self.inner = keras.layers.Dense(4 * width, activation="gelu")
        self.outer = keras.layers.Dense(width)
        self.norm1.build(shape)
        self.attention.build(shape, shape)
        self.norm2.build(shape)
        self.inner.build(shape)
        self.outer.build((*shape[:-1], 4 * width))

    def call(self, x: Any) -> Any:
        seen = self.norm1(x)
        x = x + self.attention(seen, seen, use_causal_mask=True)
        return x + self.outer(self.inner(self.norm2(x)))
