"""The multi-layer perceptron: dense layers one after the other."""

from collections.abc import Sequence

import wengert as wg


def mlp(
    input_shape: Sequence[int] = (28, 28, 1),
    classes: int = 10,
    *,
    units: Sequence[int] = (512, 512),
    dropout: float = 0.0,
) -> wg.Sequential:
    """Flatten, then dense layers of `units` with rectifiers; one score (logit) a class at the end.

    Args:
        input_shape: shape of one example, of any rank.
        classes: length of the output.
        units: lengths of the hidden layers.
        dropout: share of each hidden layer's values dropped, in [0, 1).

    Shapes:
        x [batch, *input_shape]  ->  logits [batch, classes]
    """
    layers = [wg.Input(input_shape), wg.layers.Flatten()]
    for n in units:
        layers += [wg.layers.Dense(n, activation="relu"), wg.layers.Dropout(dropout)]
    return wg.Sequential([*layers, wg.layers.Dense(classes)])
