"""MobileNetV2: narrow blocks that widen inside, where a convolution sees one channel at a time."""

from collections.abc import Sequence
from typing import Any

import wengert as wg

BLOCKS = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
]
"""Table 2 of the paper: (widening, channels, how many, stride of the first)."""


def normalised(layer: wg.layers.Layer, activation: bool = True) -> list[wg.layers.Layer]:
    """The layer, normalisation, and min(max(x, 0), 6)."""
    after = [wg.layers.ReLU(6.0)] if activation else []
    return [layer, wg.layers.BatchNormalization(momentum=0.9, epsilon=1e-5), *after]


def pointwise(filters: int, activation: bool = True) -> list[wg.layers.Layer]:
    """A 1x1 convolution without bias, normalised."""
    return normalised(wg.layers.Conv2D(filters, 1, use_bias=False), activation)


class InvertedResidual(wg.layers.Layer):
    """x + narrow(depthwise(widen(x))); without x where the shapes differ.

    Args:
        filters: channels of the output.
        widening: how many times the channels of x there are inside.
        strides: of the 3x3 convolution.
    """

    filters: int
    widening: int = 6
    strides: int = 1

    def build(self, x: wg.TensorType) -> None:
        channels = int(x.shape[-1])
        self.body = wg.Sequential(
            [
                *(pointwise(self.widening * channels) if self.widening > 1 else []),
                wg.layers.ZeroPadding2D(1),
                *normalised(wg.layers.DepthwiseConv2D(3, self.strides, use_bias=False)),
                *pointwise(self.filters, activation=False),
            ]
        )
        self.adds = self.strides == 1 and channels == self.filters

    def call(self, x: Any, training: bool = False) -> Any:
        y = self.body(x, training=training)
        return x + y if self.adds else y


def mobilenet_v2(
    input_shape: Sequence[int] = (224, 224, 3), classes: int = 1000, *, dropout: float = 0.2
) -> wg.Sequential:
    """MobileNetV2: 17 inverted residual blocks; 3.5 million parameters.

    Args:
        input_shape: `(height, width, channels)`.
        classes: length of the output: one score (logit) a class.
        dropout: share of the features dropped before the scores, in [0, 1).

    Shapes:
        x [batch, height, width, channels]  ->  logits [batch, classes]

    Source:
        Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks", CVPR 2018.
    """
    stem = [wg.layers.ZeroPadding2D(1), *normalised(wg.layers.Conv2D(32, 3, strides=2, use_bias=False))]
    blocks = [
        InvertedResidual(filters, widening, strides if k == 0 else 1)
        for widening, filters, count, strides in BLOCKS
        for k in range(count)
    ]
    head = [
        *pointwise(1280),
        wg.layers.GlobalAveragePooling2D(),
        wg.layers.Dropout(dropout),
        wg.layers.Dense(classes),
    ]
    return wg.Sequential([wg.Input(input_shape), *stem, *blocks, *head])
