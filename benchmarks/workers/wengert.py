"""Wengert: the compiled training step of a Sequential model."""

from __future__ import annotations

from typing import Any

import numpy as np

import wengert as wg
from layers import (
    Conv2D,
    ConvNorm,
    Dense,
    Embedding,
    Flatten,
    GlobalAverage,
    HalvingPool,
    Layer,
    LayerNorm,
    MaxPool,
    Positions,
    Recurrent,
    Residual,
    Transformer,
)
from wengert.zoo.gpt import TransformerBlock
from wengert.zoo.resnet import ResidualBlock, convolution
from workers.protocol import Trainer, serve
from workloads import SGD, Adam, Workload


class AddPositions(wg.layers.Layer):
    """x + a vector for each position."""

    def build(self, x: wg.TensorType) -> None:
        self.position = wg.layers.PositionEmbedding(int(x.shape[1]))

    def call(self, x: Any) -> Any:
        return x + self.position(x)


def layer_of(layer: Layer) -> Any:
    match layer:
        case Dense(units, activation):
            return wg.layers.Dense(units, activation=activation)
        case Conv2D(filters, size, activation, same):
            padding = "same" if same else "valid"
            return wg.layers.Conv2D(filters, size, padding=padding, activation=activation)
        case MaxPool(size):
            return wg.layers.MaxPooling2D(size)
        case Flatten():
            return wg.layers.Flatten()
        case ConvNorm(filters, size, strides, activation):
            return wg.Sequential(convolution(filters, size, strides, activation))
        case Residual(filters, strides, bottleneck, project):
            return ResidualBlock(filters, strides, bottleneck, project)
        case HalvingPool():
            return wg.Sequential([wg.layers.ZeroPadding2D(1), wg.layers.MaxPooling2D(3, strides=2)])
        case GlobalAverage():
            return wg.layers.GlobalAveragePooling2D()
        case Embedding(symbols, units):
            return wg.layers.Embedding(symbols, units)
        case Positions():
            return AddPositions()
        case Recurrent(cell, units):
            kind = {"lstm": wg.layers.LSTM, "gru": wg.layers.GRU}[cell]
            return kind(units, return_sequences=True)
        case LayerNorm():
            return wg.layers.LayerNormalization(epsilon=1e-5)
        case Transformer(heads):
            return TransformerBlock(heads)
        case _:
            raise NotImplementedError(f"workers.wengert: {layer}")


def optimizer(rule: Adam | SGD) -> Any:
    match rule:
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
    dtype = "float32" if workload.symbols is None else "int32"
    model = wg.Sequential([wg.Input(workload.input, dtype=dtype), *map(layer_of, workload.layers)])
    for variable, start in zip(model.trainable_weights, workload.initial_weights(), strict=True):
        variable.assign(start)
    if workload.optimizer is not None:
        model.compile(optimizer=optimizer(workload.optimizer), loss=LOSSES[workload.loss]())
    return model


def build(workload: Workload, variant: str, threads: int) -> Trainer:
    wg.set_threads(threads)
    if variant == "mixed":
        wg.mixed_precision.set_global_policy("mixed_bfloat16")
    model, (x, y) = model_of(workload), workload.data()
    versions = {"wengert": wg.__version__}
    if workload.optimizer is None:
        predict, loss_of = wg.function(lambda x: model(x, training=False)), LOSSES[workload.loss]()
        return Trainer(
            lambda: predict(x),
            lambda: float(loss_of(y, predict(x))),
            versions,
            lambda: dict(predict.memory()),
        )
    y = y.astype(np.int64) if y.dtype.kind == "i" else y  # the type of labels that the compiled step declares
    call = model.train_on_batch if workload.entry == "train_on_batch" else model.train_step

    def step() -> Any:
        return call(x, y)

    def loss() -> float:
        model.reset_metrics()  # as in Keras, the loss is the mean since the last reset
        return float(np.ravel(step())[0])

    return Trainer(step, loss, versions, lambda: dict(model.memory(batch=workload.batch)))


if __name__ == "__main__":
    serve(build)
