"""Keras on TensorFlow: its own train_step as one tf.function. Variants: graph, xla (jit_compile)."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "tensorflow"  # read at import
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

from typing import Any

import keras
import tensorflow as tf

from layers import Conv2D, Dense, Flatten, Layer, MaxPool
from workers.keras_blocks import block
from workers.protocol import Trainer, serve
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
        raise NotImplementedError(f"workers.keras: {layer}")
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


def build(workload: Workload, variant: str, threads: int) -> Trainer:
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    dtype = "float32" if workload.symbols is None else "int32"
    model = keras.Sequential([keras.Input(workload.input, dtype=dtype), *map(layer_of, workload.layers)])
    for variable, start in zip(model.trainable_variables, workload.initial_weights(), strict=True):
        variable.assign(start)
    xla = variant == "xla"
    x, y = (tf.constant(a) for a in workload.data())
    versions, loss_of = {"keras": keras.__version__, "tensorflow": tf.__version__}, LOSSES[workload.loss]()
    if workload.optimizer is None:
        predict = tf.function(lambda x: model(x, training=False), jit_compile=xla)
        return Trainer(lambda: predict(x), lambda: float(loss_of(y, predict(x))), versions)
    model.compile(optimizer(workload.optimizer), loss_of, jit_compile=xla)
    compiled = tf.function(model.train_step, jit_compile=xla)

    def step() -> Any:
        if workload.entry == "train_on_batch":
            return model.train_on_batch(x, y)
        return compiled((x, y))["loss"]

    def loss() -> float:
        model.reset_metrics()  # Keras reports the mean since the last reset
        return float(step())

    model.optimizer.build(model.trainable_variables)
    return Trainer(step, loss, versions)


if __name__ == "__main__":
    serve(build)
