"""What Keras says: `python -m tests.beside_keras.in_keras answers.npz`, in a Python that has Keras and JAX."""

import os
import sys

import numpy as np

from tests.beside_keras import cases

os.environ["KERAS_BACKEND"] = "jax"


def optimizers(keras):
    for number, (kind, config) in enumerate(cases.OPTIMIZERS):
        start, grads = cases.start_and_gradients(number)
        optimizer = getattr(keras.optimizers, kind)(**config)
        variables = [keras.Variable(p) for p in start]
        for g in grads:
            optimizer.apply([keras.ops.convert_to_tensor(a) for a in g], variables)
        for k, v in enumerate(variables):
            yield f"optimizers/{number}/{k}", v


def schedules(keras):
    for number, (kind, config) in enumerate(cases.SCHEDULES):
        schedule = getattr(keras.optimizers.schedules, kind)(**config)
        yield f"schedules/{number}", [float(schedule(t)) for t in cases.TIMES]


def losses(keras):
    import jax

    for number, (kind, config, inputs) in enumerate(cases.LOSSES):
        rng = cases.draws("loss", number)
        y_true, y_pred = cases.labels_and_predictions(inputs, rng)
        loss = getattr(keras.losses, kind)(**config)
        yield f"losses/{number}/value", loss(y_true, y_pred)
        gradient = jax.grad(lambda p, f=loss, t=y_true: f(t, p).sum())(y_pred)
        yield f"losses/{number}/gradient", gradient
        each = keras.ops.shape(getattr(keras.losses, kind)(**{**config, "reduction": None})(y_true, y_pred))
        weight = rng.uniform(0.5, 2, tuple(each)[:1]).astype("float32")
        yield f"losses/{number}/weighted", loss(y_true, y_pred, weight)


def metrics(keras):
    for number, (kind, config, _) in enumerate(cases.METRICS):
        metric = getattr(keras.metrics, kind)(**config)
        for k, (given, weight) in enumerate(cases.batches(number)):
            metric.update_state(*given, **({} if weight is None else {"sample_weight": weight}))
            yield f"metrics/{number}/{k}", metric.result()


if __name__ == "__main__":
    import keras

    parts = (optimizers, schedules, losses, metrics)
    np.savez(sys.argv[1], **{name: np.asarray(x) for part in parts for name, x in part(keras)})
