"""Keras on TensorFlow: its own train_step as one tf.function. Variants: graph, xla (jit_compile)."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "tensorflow"  # read at import
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

from typing import Any

import keras
import tensorflow as tf

from workers.keras_model import LOSSES, model_of, optimizer
from workers.protocol import Trainer, serve
from workloads import Workload


def build(workload: Workload, variant: str, threads: int) -> Trainer:
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    model = model_of(workload)
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
