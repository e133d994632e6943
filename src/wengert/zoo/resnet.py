"""ResNet: blocks whose input is added to their output."""

from collections.abc import Sequence
from typing import Any

import wengert as wg


def convolution(
    filters: int, size: int, strides: int = 1, activation: str | None = "relu"
) -> list[wg.layers.Layer]:
    """Convolution with the same padding on both sides and no bias, normalisation, activation."""
    around = [wg.layers.ZeroPadding2D(size // 2)] if size > 1 else []
    return [
        *around,
        wg.layers.Conv2D(filters, size, strides=strides, use_bias=False, kernel_initializer="he_normal"),
        wg.layers.BatchNormalization(momentum=0.9, epsilon=1e-5),
        wg.layers.Activation(activation or "linear"),
    ]


class ResidualBlock(wg.layers.Layer):
    """relu(shortcut(x) + convolutions(x)).

    Args:
        filters: of the convolutions; a bottleneck gives 4 times as many.
        strides: of the first 3x3 convolution.
        bottleneck: 1x1, 3x3 and 1x1 convolutions instead of two of 3x3.
        project: where shapes differ, the shortcut is a 1x1 convolution; else every second pixel, with zeros for the
            channels that are missing.
    """

    filters: int
    strides: int = 1
    bottleneck: bool = False
    project: bool = True

    def build(self, x: wg.TensorType) -> None:
        out = 4 * self.filters if self.bottleneck else self.filters
        self.missing = out - int(x.shape[-1])
        if self.bottleneck:
            body = [
                *convolution(self.filters, 1),
                *convolution(self.filters, 3, self.strides),
                *convolution(out, 1, activation=None),
            ]
        else:
            body = [
                *convolution(self.filters, 3, self.strides),
                *convolution(out, 3, activation=None),
            ]
        self.body = wg.Sequential(body)
        differs = self.strides > 1 or self.missing
        self.shortcut = (
            wg.Sequential(convolution(out, 1, self.strides, None)) if differs and self.project else None
        )

    def call(self, x: Any, training: bool = False) -> Any:
        y = self.body(x, training=training)
        if self.shortcut is not None:
            x = self.shortcut(x, training=training)
        elif self.strides > 1 or self.missing:
            half = self.missing // 2
            x = x[:, :: self.strides, :: self.strides]
            x = wg.pad(x, [(0, 0), (0, 0), (0, 0), (half, self.missing - half)])
        return wg.activations.relu(x + y)


def _resnet(
    input_shape: Sequence[int],
    classes: int,
    stem: list[wg.layers.Layer],
    stages: Sequence[tuple[int, int]],
    **block: Any,
) -> wg.Sequential:
    """stages: (blocks, filters); the first block of each but the first has a stride of 2."""
    layers = [wg.Input(input_shape), *stem]
    for number, (count, filters) in enumerate(stages):
        for k in range(count):
            layers.append(ResidualBlock(filters, 2 if number and not k else 1, **block))
    return wg.Sequential([*layers, wg.layers.GlobalAveragePooling2D(), wg.layers.Dense(classes)])


def resnet20(input_shape: Sequence[int] = (32, 32, 3), classes: int = 10) -> wg.Sequential:
    """ResNet-20 for small images: 9 blocks of two 3x3 convolutions; 270 thousand parameters.

    Shapes:
        x [batch, height, width, channels]  ->  logits [batch, classes]

    Source:
        He et al., "Deep residual learning for image recognition", CVPR 2016, section 4.2.
    """
    return _resnet(input_shape, classes, convolution(16, 3), [(3, 16), (3, 32), (3, 64)], project=False)


def resnet56(input_shape: Sequence[int] = (32, 32, 3), classes: int = 10) -> wg.Sequential:
    """ResNet-56 for small images: 27 blocks; 850 thousand parameters. Shapes and source as `resnet20`."""
    return _resnet(input_shape, classes, convolution(16, 3), [(9, 16), (9, 32), (9, 64)], project=False)


def resnet18(input_shape: Sequence[int] = (224, 224, 3), classes: int = 1000) -> wg.Sequential:
    """ResNet-18: 8 blocks of two 3x3 convolutions; 11.7 million parameters. Shapes and source as `resnet50`."""
    return _resnet(input_shape, classes, _stem(), [(2, 64), (2, 128), (2, 256), (2, 512)])


def resnet34(input_shape: Sequence[int] = (224, 224, 3), classes: int = 1000) -> wg.Sequential:
    """ResNet-34: 16 blocks of two 3x3 convolutions; 21.8 million parameters. Shapes and source as `resnet50`."""
    return _resnet(input_shape, classes, _stem(), [(3, 64), (4, 128), (6, 256), (3, 512)])


def resnet50(input_shape: Sequence[int] = (224, 224, 3), classes: int = 1000) -> wg.Sequential:
    """ResNet-50: 16 bottlenecks, with the stride in the 3x3 convolution; 25.6 million parameters.

    Shapes:
        x [batch, height, width, channels]  ->  logits [batch, classes]

    Source:
        He et al., "Deep residual learning for image recognition", CVPR 2016, table 1.
    """
    stages = [(3, 64), (4, 128), (6, 256), (3, 512)]
    return _resnet(input_shape, classes, _stem(), stages, bottleneck=True)


def _stem() -> list[wg.layers.Layer]:
    """7x7 convolution and pooling, both of stride 2; the zeros around are less than no rectified value."""
    return [*convolution(64, 7, 2), wg.layers.ZeroPadding2D(1), wg.layers.MaxPooling2D(3, strides=2)]
