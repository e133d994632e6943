"""What derivatives cost, compiled, in units of what they are the derivative of. Prints a table; one thread.

Times are of CPU used, so that other work on the machine counts as little as possible.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import wengert as wg
from wengert.zoo.lenet import lenet

INPUTS, OUTPUTS, BATCH = 1_000_000, 100_000, 32


def wave(x: Any) -> Any:
    return wg.sum(wg.sin(x) * wg.exp(-x * x))


def distance(x: Any) -> Any:
    return wg.sum(wg.square(x - 1.0)) / 2.0


def softplus(x: Any) -> Any:
    return wg.mean(wg.log1p(wg.exp(x)))


def relu(x: Any) -> Any:
    return wg.sum(wg.activations.relu(x))


TIMES = np.linspace(0, 1, OUTPUTS, dtype="float32")


def oscillator(a: Any) -> Any:
    return wg.sin(a * TIMES) * wg.exp(-a * TIMES)


def powers(a: Any) -> Any:
    return a * TIMES + a * a * TIMES * TIMES


def seconds(calls: list[Callable[[], Any]], rounds: int) -> list[float]:
    """The median time of each call; the calls take turns, so that all see the same machine."""
    for call in calls:
        call()
    found = np.empty((rounds, len(calls)))
    for row in found:
        for k, call in enumerate(calls):
            start = time.process_time()
            call()
            row[k] = time.process_time() - start
    return list(np.median(found, axis=0))


def reverse(rounds: int) -> None:
    x = np.random.default_rng(0).standard_normal(INPUTS).astype("float32")
    for f in (wave, distance, softplus, relu):
        forward, backward = wg.function(f), wg.function(wg.value_and_grad(f))
        show(
            f"gradient of {f.__name__}, 10^6 inputs",
            seconds([partial(forward, x), partial(backward, x)], rounds),
            4,
        )


def forward(rounds: int) -> None:
    a = np.float32(0.7)
    for f in (oscillator, powers):
        plain, pushed = wg.function(f), wg.function(lambda a, f=f: wg.jvp(f, (a,), (1.0,)))
        show(
            f"tangent of {f.__name__}, 10^5 outputs",
            seconds([partial(plain, a), partial(pushed, a)], rounds),
            4,
        )


def hessian_vector(rounds: int) -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((BATCH, 28, 28, 1)).astype("float32")
    labels = rng.integers(0, 10, BATCH)
    model = lenet()
    model(x)
    cross_entropy = wg.losses.SparseCategoricalCrossentropy(from_logits=True)
    weights = model.trainable_variables
    tangents = [wg.Tensor(rng.standard_normal(w.shape).astype("float32")) for w in weights]

    def loss(*_: Any) -> Any:
        return cross_entropy(labels, model(x))

    gradient = wg.function(lambda: wg.grad(loss, argnums=range(len(weights)))(*weights))
    product = wg.function(lambda vs: wg.hvp(loss, weights, vs))
    times = seconds([gradient, lambda: product(tangents)], rounds)
    show(f"Hessian-vector product of LeNet, batch {BATCH}", times, 5)


def show(what: str, times: list[float], bound: float) -> None:
    """One row: the base, its derivative, how many times as long, and what is promised."""
    base, derivative = times
    ratio = derivative / base
    verdict = "holds" if ratio <= bound else "MISSED"
    print(f"{what:44} {base * 1e3:9.3f} ms {derivative * 1e3:9.3f} ms {ratio:6.2f}x  <= {bound}x {verdict}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20, help="timed calls of each function")
    rounds = parser.parse_args().rounds
    wg.set_threads(1)
    for part in (reverse, forward, hessian_vector):
        part(rounds)
