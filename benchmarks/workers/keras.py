"""Keras on TensorFlow: its own train_step as one tf.function. Variants: graph, xla (jit_compile)."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "tensorflow"  # read at import
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

from typing import Any

import keras
import tensorflow as tf

from workers.protocol import Trainer, serve
from workloads import SGD, Adam, Conv2D, Dense, Flatten, Layer, MaxPool, Workload


def layer_of(layer: Layer) -> Any:
    match layer:
        case Dense(units, activation):
            return keras.layers.Dense(units, activation=activation)
        case Conv2D(filters, size, activation):
            return keras.layers.Conv2D(filters, size, activation=activation)
        case MaxPool(size):
            return keras.layers.MaxPooling2D(size)
        case Flatten():
            return keras.layers.Flatten()
        case _:
            raise NotImplementedError(f"workers.keras: {layer}")


def optimizer(workload: Workload) -> Any:
    match workload.optimizer:
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
    model = keras.Sequential([keras.Input(workload.input), *map(layer_of, workload.layers)])
    model.set_weights(workload.initial_weights())
    xla = variant == "xla"
    model.compile(optimizer(workload), LOSSES[workload.loss](), jit_compile=xla)
    x, y = (tf.constant(a) for a in workload.data())
    compiled = tf.function(model.train_step, jit_compile=xla)

    def step() -> Any:
        if workload.entry == "train_on_batch":
            return model.train_on_batch(x, y)
        return compiled((x, y))["loss"]

    def loss() -> float:
        model.reset_metrics()  # Keras reports the mean since the last reset
        return float(step())

    model.optimizer.build(model.trainable_variables)
    return Trainer(step, loss, {"keras": keras.__version__, "tensorflow": tf.__version__})


if __name__ == "__main__":
    serve(build)
