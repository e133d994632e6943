"""VGG: 3x3 convolutions, twice as many filters after each pooling."""

from collections.abc import Sequence
from typing import Any

import wengert as wg

STAGES = {
    "vgg11": [[64], [128], [256, 256], [512, 512], [512, 512]],
    "vgg16": [[64, 64], [128, 128], [256] * 3, [512] * 3, [512] * 3],
}


def _vgg(
    stages: Sequence[Sequence[int]], input_shape: Sequence[int], classes: int, units: int, dropout: float
) -> wg.Sequential:
    layers: list[Any] = [wg.Input(input_shape)]
    for widths in stages:
        layers += [wg.layers.Conv2D(n, 3, padding="same", activation="relu") for n in widths]
        layers.append(wg.layers.MaxPooling2D(2))
    layers.append(wg.layers.Flatten())
    for _ in range(2):
        layers += [wg.layers.Dense(units, activation="relu"), wg.layers.Dropout(dropout)]
    return wg.Sequential([*layers, wg.layers.Dense(classes)])


def vgg11(
    input_shape: Sequence[int] = (224, 224, 3),
    classes: int = 1000,
    *,
    units: int = 4096,
    dropout: float = 0.5,
) -> wg.Sequential:
    """VGG-11: 8 convolutions and 3 dense layers; 132.9 million parameters. Arguments and source as `vgg16`."""
    return _vgg(STAGES["vgg11"], input_shape, classes, units, dropout)


def vgg16(
    input_shape: Sequence[int] = (224, 224, 3),
    classes: int = 1000,
    *,
    units: int = 4096,
    dropout: float = 0.5,
) -> wg.Sequential:
    """VGG-16: 13 convolutions and 3 dense layers; 138.4 million parameters.

    Args:
        input_shape: `(height, width, channels)`, at least 32 x 32.
        classes: length of the output: one score (logit) a class.
        units: length of the two hidden dense layers.
        dropout: share of their values dropped while training, in [0, 1).

    Shapes:
        x [batch, height, width, channels]  ->  logits [batch, classes]

    Source:
        Simonyan & Zisserman, "Very deep convolutional networks for large-scale image recognition", 2015.
    """
    return _vgg(STAGES["vgg16"], input_shape, classes, units, dropout)
