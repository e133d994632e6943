"""JAX: the whole step under one jit, state donated. Variants: NHWC, NCHW (images only)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from layers import Conv2D, Dense, Flatten, Layer, MaxPool
from workers.jax_blocks import block
from workers.protocol import Trainer, serve
from workloads import SGD, Adam, Workload

ACTIVATIONS: dict[str | None, Callable[[Any], Any]] = {
    "relu": jax.nn.relu,
    "tanh": jnp.tanh,
    None: lambda x: x,
}


def apply(layer: Layer, weights: Sequence[Any], x: Any, layout: str, training: bool) -> Any:
    """The layer's output for a batch `x` whose images lie as `layout` says."""
    match layer:
        case Dense(_, activation):
            return ACTIVATIONS[activation](x @ weights[0] + weights[1])
        case Conv2D(_, _, activation, same):
            y = lax.conv_general_dilated(
                x, weights[0], (1, 1), "SAME" if same else "VALID", dimension_numbers=(layout, "HWIO", layout)
            )
            bias = weights[1] if layout == "NHWC" else weights[1][:, None, None]
            return ACTIVATIONS[activation](y + bias)
        case MaxPool(size):
            window = (1, size, size, 1) if layout == "NHWC" else (1, 1, size, size)
            return lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")
        case Flatten():
            x = x if layout == "NHWC" else x.transpose(0, 2, 3, 1)
            return x.reshape(len(x), -1)
    found = block(layer, weights, x, layout, training)
    if found is None:
        raise NotImplementedError(f"workers.jax: {layer}")
    return found


def softmax_cross_entropy(logits: Any, y: Any) -> Any:
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), y[..., None], axis=-1))


def mean_squared_error(prediction: Any, y: Any) -> Any:
    return jnp.mean((prediction - y) ** 2)


LOSSES = {"softmax_cross_entropy": softmax_cross_entropy, "mean_squared_error": mean_squared_error}


def slots_of(rule: Adam | SGD, weights: Any) -> Any:
    """The optimizer's state before the first step: for Adam both moments and the steps made."""
    match rule:
        case SGD():
            return ()
        case Adam():
            return jax.tree.map(jnp.zeros_like, weights), jax.tree.map(jnp.zeros_like, weights), jnp.int32(0)


def update(rule: Adam | SGD, weights: Any, gradients: Any, slots: Any) -> tuple[Any, Any]:
    """New weights and optimizer slots after one step."""
    match rule:
        case SGD(rate):
            return jax.tree.map(lambda w, g: w - rate * g, weights, gradients), slots
        case Adam(rate, beta1, beta2, epsilon):
            m, v, t = slots[0], slots[1], slots[2] + 1
            scale = rate * jnp.sqrt(1 - beta2**t) / (1 - beta1**t)
            m = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, m, gradients)
            v = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, v, gradients)
            new = jax.tree.map(lambda w, m, v: w - scale * m / (jnp.sqrt(v) + epsilon), weights, m, v)
            return new, (m, v, t)


def build(workload: Workload, variant: str, threads: int) -> Trainer:
    del threads  # XLA's pool has one thread for each CPU that the coordinator left us
    x, y = workload.data()
    if variant == "NCHW":
        x = x.transpose(0, 3, 1, 2)
    flat = iter(jnp.asarray(w) for w in workload.initial_weights())
    weights = [[next(flat) for _ in layer.weights(shape)] for layer, shape in workload.inputs()]

    rule, versions = workload.optimizer, {"jax": jax.__version__}
    inputs, targets = jnp.asarray(x), jnp.asarray(y)

    def model(weights: Any, x: Any) -> Any:
        for layer, w in zip(workload.layers, weights, strict=True):
            x = apply(layer, w, x, variant, rule is not None)
        return x

    if rule is None:
        predict = jax.jit(model)
        return Trainer(
            lambda: predict(weights, inputs).block_until_ready(),
            lambda: float(LOSSES[workload.loss](predict(weights, inputs), targets)),
            versions,
        )

    def train(state: Any, x: Any, y: Any) -> tuple[Any, Any]:
        weights, slots = state
        loss, gradients = jax.value_and_grad(lambda w: LOSSES[workload.loss](model(w, x), y))(weights)
        return update(rule, weights, gradients, slots), loss

    compiled = jax.jit(train, donate_argnums=0)
    state: Any = (weights, slots_of(rule, weights))

    def step() -> Any:
        nonlocal state
        state, loss = compiled(state, inputs, targets)
        return loss.block_until_ready()

    return Trainer(step, lambda: float(step()), versions)


if __name__ == "__main__":
    serve(build)
