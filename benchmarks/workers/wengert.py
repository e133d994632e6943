"""Wengert: the compiled training step of a Sequential model."""

from __future__ import annotations

from typing import Any

import numpy as np

import wengert as wg
from workers.protocol import Trainer, serve
from workloads import SGD, Adam, Conv2D, Dense, Flatten, Layer, MaxPool, Workload


def layer_of(layer: Layer) -> Any:
    match layer:
        case Dense(units, activation):
            return wg.layers.Dense(units, activation=activation)
        case Conv2D(filters, size, activation):
            return wg.layers.Conv2D(filters, size, activation=activation)
        case MaxPool(size):
            return wg.layers.MaxPooling2D(size)
        case Flatten():
            return wg.layers.Flatten()
        case _:
            raise NotImplementedError(f"workers.wengert: {layer}")


def optimizer(workload: Workload) -> Any:
    match workload.optimizer:
        case Adam(rate, beta1, beta2, epsilon):
            return wg.optimizers.Adam(rate, beta1, beta2, epsilon)
        case SGD(rate):
            return wg.optimizers.SGD(rate)


LOSSES = {
    "softmax_cross_entropy": lambda: wg.losses.SparseCategoricalCrossentropy(from_logits=True),
    "mean_squared_error": wg.losses.MeanSquaredError,
}


def model_of(workload: Workload) -> Any:
    """The model, with the workload's initial weights, ready to train."""
    model = wg.Sequential([wg.Input(workload.input), *map(layer_of, workload.layers)])
    model.set_weights(workload.initial_weights())
    model.compile(optimizer=optimizer(workload), loss=LOSSES[workload.loss]())
    return model


def build(workload: Workload, variant: str, threads: int) -> Trainer:
    del variant  # there is one way
    wg.set_threads(threads)
    model, (x, y) = model_of(workload), workload.data()
    y = y.astype(np.int64) if y.dtype.kind == "i" else y  # the type of labels that the compiled step declares
    call = model.train_on_batch if workload.entry == "train_on_batch" else model.train_step

    def step() -> Any:
        return call(x, y)

    def loss() -> float:
        model.reset_metrics()  # as in Keras, the loss is the mean since the last reset
        return float(np.ravel(step())[0])

    return Trainer(step, loss, {"wengert": wg.__version__})


if __name__ == "__main__":
    serve(build)
