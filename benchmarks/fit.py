"""Python's share of a step of `fit`: a step's time, with metrics and a progress bar on, less its native call's.

    python benchmarks/fit.py            # some 20 seconds; prints a table

The native call is timed within the same steps, by a clock around it, so that both see the same caches and the same
other processes. What is left is everything else of an epoch: choosing the rows of shuffled batches, which are copied
together within the call; checks; the way into the call and out of it; metrics, callbacks, the bar. The median of
rounds; what else the machine does lengthens both.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import statistics
import time
from typing import Any

import numpy as np

import wengert as wg
from wengert import zoo


class Terminal(io.StringIO):
    """Takes a bar for nobody to see."""

    def isatty(self) -> bool:
        return True


class Clock:
    """A program's native call, with a clock around it."""

    def __init__(self, launch: Any) -> None:
        self.launch, self.seconds = launch, 0.0

    def __call__(self, header: int) -> Any:
        begun = time.perf_counter()
        found = self.launch(header)
        self.seconds += time.perf_counter() - begun
        return found


class Epochs(wg.callbacks.Callback):
    """How long the epoch took."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.begun = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seconds = time.perf_counter() - self.begun


def mlp() -> tuple[Any, tuple[int, ...]]:
    layers = [wg.layers.Dense(64, activation="relu"), wg.layers.Dense(10, activation="softmax")]
    return wg.Sequential([wg.Input((32,)), *layers]), (32,)


def lenet() -> tuple[Any, tuple[int, ...]]:
    return zoo.lenet((28, 28, 1), 10), (28, 28, 1)


def measure(make: Any, batch: int, steps: int, rounds: int) -> tuple[float, float]:
    """(microseconds of a step of `fit`, of those in the native call)."""
    model, shape = make()
    logits = make is lenet
    model.compile("adam", wg.losses.SparseCategoricalCrossentropy(from_logits=logits), metrics=["accuracy"])
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(batch * steps, *shape)).astype("f"), rng.integers(0, 10, batch * steps)
    model.fit(x[: 5 * batch], y[: 5 * batch], batch_size=batch, verbose=0)
    program = model.train_step._only.executable.program  # type: ignore[union-attr]
    clock = program._launch = Clock(program._launch)
    epochs = Epochs()
    found = []
    for _ in range(rounds):
        clock.seconds = 0.0
        with contextlib.redirect_stdout(Terminal()):
            model.fit(x, y, batch_size=batch, verbose=1, callbacks=[epochs])
        found.append((epochs.seconds / steps * 1e6, clock.seconds / steps * 1e6))
    middle = statistics.median_low([whole - native for whole, native in found])
    return next(f for f in found if f[0] - f[1] == middle)


def main() -> None:
    parser = argparse.ArgumentParser(description="Python's share of a step of fit.")
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(f"{'model':8} {'batch':>5} {'step':>10} {'native call':>12} {'all else':>10}")
    for make, batch, steps in ((mlp, 32, 4000), (mlp, 128, 4000), (lenet, 32, 500), (lenet, 128, 200)):
        whole, native = measure(make, batch, steps, rounds)
        print(f"{make.__name__:8} {batch:5} {whole:7.1f} us {native:9.1f} us {whole - native:7.1f} us")


if __name__ == "__main__":
    main()
