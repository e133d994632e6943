"""Fit a network with two layers to a curve, with Variables and a loop of your own. No model, no optimizer.

The step is written twice: with a tape, which runs it operation by operation, and with `wg.function`, which
records it once and compiles it, gradients and updates included, to one native call.
"""

import time

import numpy as np

import wengert as wg

RATE = 0.02

rng = np.random.default_rng(0)
x = rng.uniform(-3, 3, (256, 1)).astype("float32")
y = np.sin(x)

weights = [
    wg.Variable(rng.normal(0, 1, (1, 32)), dtype="float32", name="w1"),
    wg.Variable(np.zeros(32, "float32"), name="b1"),
    wg.Variable(rng.normal(0, 0.2, (32, 1)), dtype="float32", name="w2"),
    wg.Variable(np.zeros(1, "float32"), name="b2"),
]


def loss_of(x, y):
    w1, b1, w2, b2 = weights
    return wg.mean(wg.square(wg.tanh(x @ w1 + b1) @ w2 + b2 - y))


def eager_step(x, y):
    with wg.GradientTape() as tape:
        loss = loss_of(x, y)
    for w, g in zip(weights, tape.gradient(loss, weights), strict=True):
        w.assign_sub(RATE * g)
    return loss


@wg.function(signature=("f32[batch,1]", "f32[batch,1]"))
def compiled_step(x, y):
    return eager_step(x, y)  # the same Python; it runs once, to be recorded


def run(step, count):
    start = time.perf_counter()
    for _ in range(count):
        loss = step(x, y)
    microseconds = (time.perf_counter() - start) / count * 1e6
    print(
        f"{step.__name__:14} loss {float(loss):.5f} after {count:5} more steps, {microseconds:6.0f} us each"
    )


def main():
    run(eager_step, 100)
    compiled_step(x, y)  # records and compiles
    run(compiled_step, 4000)
    compiled_step(x[:100], y[:100])  # another batch size is the same program
    print(f"programs compiled: {compiled_step.compiles}")


if __name__ == "__main__":
    main()
