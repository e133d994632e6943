"""LeNet: two convolutions, poolings, dense layers; as it was in 1998, and as it is taught today."""

from collections.abc import Sequence

import wengert as wg


def lenet(
    input_shape: Sequence[int] = (28, 28, 1), classes: int = 10, *, dropout: float = 0.0
) -> wg.Sequential:
    """A small convolutional network for small images; 1.2 million parameters for 28 x 28.

    Args:
        input_shape: `(height, width, channels)`.
        classes: length of the output: one score (logit) a class.
        dropout: share of the features dropped before each dense layer, in [0, 1).

    Shapes:
        x [batch, height, width, channels]  ->  logits [batch, classes]

    Source:
        LeCun et al., "Gradient-based learning applied to document recognition", 1998, with the widths,
        rectifiers and max-pooling of today.
    """
    return wg.Sequential(
        [
            wg.Input(input_shape),
            wg.layers.Conv2D(32, 3, activation="relu"),
            wg.layers.Conv2D(64, 3, activation="relu"),
            wg.layers.MaxPooling2D(2),
            wg.layers.Flatten(),
            wg.layers.Dropout(dropout),
            wg.layers.Dense(128, activation="relu"),
            wg.layers.Dropout(dropout),
            wg.layers.Dense(classes),
        ]
    )


def lenet5(input_shape: Sequence[int] = (32, 32, 1), classes: int = 10) -> wg.Sequential:
    """LeNet-5 with tanh and mean-pooling; 61,706 parameters for 32 x 32.

    Args:
        input_shape: `(height, width, channels)`.
        classes: length of the output: one score (logit) a class.

    Shapes:
        x [batch, height, width, channels]  ->  logits [batch, classes]

    Source:
        LeCun et al., "Gradient-based learning applied to document recognition", 1998, figure 2. Its second
        convolution sees all six channels here, poolings have no weights, and the last layer is linear.
    """
    return wg.Sequential(
        [
            wg.Input(input_shape),
            wg.layers.Conv2D(6, 5, activation="tanh"),
            wg.layers.AveragePooling2D(2),
            wg.layers.Conv2D(16, 5, activation="tanh"),
            wg.layers.AveragePooling2D(2),
            wg.layers.Flatten(),
            wg.layers.Dense(120, activation="tanh"),
            wg.layers.Dense(84, activation="tanh"),
            wg.layers.Dense(classes),
        ]
    )
