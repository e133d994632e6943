"""Keras on JAX: its own `train_on_batch`, compiled as a whole (`jit_compile`)."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "jax"  # read at import

from typing import Any

import jax
import keras

from workers.keras_model import LOSSES, model_of, optimizer
from workers.protocol import Trainer, serve
from workloads import Workload


def build(workload: Workload, variant: str, threads: int) -> Trainer:
    del variant, threads  # there is one way; XLA's pool has one thread for each CPU that is left to us
    model, (x, y) = model_of(workload), workload.data()
    if workload.optimizer is None:
        raise NotImplementedError("workers.keras_jax: only training steps")
    model.compile(optimizer(workload.optimizer), LOSSES[workload.loss](), jit_compile=True)

    def step() -> Any:
        return model.train_on_batch(x, y)

    def loss() -> float:
        model.reset_metrics()  # Keras reports the mean since the last reset
        return float(step())

    return Trainer(step, loss, {"keras": keras.__version__, "jax": jax.__version__})


if __name__ == "__main__":
    serve(build)
