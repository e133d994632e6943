"""Models of workloads in Keras, on whatever backend it has been told to use."""

from __future__ import annotations

from typing import Any

import keras

from layers import Conv2D, Dense, Flatten, Layer, MaxPool
from workers.keras_blocks import block
from workloads import SGD, Adam, Workload


def layer_of(layer: Layer) -> Any:
    match layer:
        case Dense(units, activation):
            return keras.layers.Dense(units, activation=activation)
        case Conv2D(filters, size, activation, same):
            padding = "same" if same else "valid"
            return keras.layers.Conv2D(filters, size, padding=padding, activation=activation)
        case MaxPool(size):
            return keras.layers.MaxPooling2D(size)
        case Flatten():
            return keras.layers.Flatten()
    found = block(layer)
    if found is None:
        raise NotImplementedError(f"workers.keras_model: {layer}")
    return found


def optimizer(rule: Adam | SGD) -> Any:
    match rule:
        case Adam(rate, beta1, beta2, epsilon):
            return keras.optimizers.Adam(rate, beta_1=beta1, beta_2=beta2, epsilon=epsilon)
        case SGD(rate):
            return keras.optimizers.SGD(rate)


LOSSES = {
    "softmax_cross_entropy": lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    "mean_squared_error": keras.losses.MeanSquaredError,
}


def model_of(workload: Workload) -> Any:
    """The model, with the workload's initial weights."""
    dtype = "float32" if workload.symbols is None else "int32"
    model = keras.Sequential([keras.Input(workload.input, dtype=dtype), *map(layer_of, workload.layers)])
    for variable, start in zip(model.trainable_variables, workload.initial_weights(), strict=True):
        variable.assign(start)
    return model
