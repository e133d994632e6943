"""Configurations of layers that are compared with Keras: one list for each kind of layer, in a file of its own."""

from tests.beside_keras.layer_cases import (
    attention,
    convolution,
    core,
    merging,
    normalization,
    pooling,
    preprocessing,
    recurrent,
)
from tests.beside_keras.layer_cases.case import named

CASES = named(
    [
        *core.CASES,
        *convolution.CASES,
        *pooling.CASES,
        *normalization.CASES,
        *merging.CASES,
        *recurrent.CASES,
        *attention.CASES,
        *preprocessing.CASES,
    ]
)
"""All, by name: `Conv2D-3` is the fourth of its class."""
