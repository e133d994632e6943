"""Writes tests/oracles/keras.json: what Keras computes, for tests that do not import it.

Run it with a Python that has Keras (any backend): KERAS_BACKEND=jax python tests/oracles/keras_values.py
"""

import json
from pathlib import Path

import keras
import numpy as np

RNG = np.random.default_rng(0)


def plain(x):
    """Arrays as nested lists, rounded to what float32 holds."""
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, list | tuple):
        return [plain(v) for v in x]
    if isinstance(x, str | int | float | bool) or x is None:
        return x
    a = np.asarray(x)
    return (
        a.tolist()
        if a.dtype.kind in "iub"
        else [float(f"{v:.9g}") for v in a.reshape(-1)]
        if a.ndim == 1
        else ([plain(r) for r in a] if a.ndim else float(f"{a:.9g}"))
    )


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


ACTIVATIONS = [
    "celu",
    "elu",
    "exponential",
    "gelu",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
]


def activations():
    x = np.concatenate([normal(2, 6) * 3, [[0, -0.0, 20, -20, 3, -3]]]).astype("float32")
    return {"x": x, "y": {n: keras.activations.get(n)(x) for n in ACTIVATIONS}}


def layers():
    cases = [
        ("Dense", {"units": 3, "activation": "relu"}, (4, 5)),
        ("Dense", {"units": 3, "use_bias": False}, (2, 3, 5)),
        ("Conv1D", {"filters": 3, "kernel_size": 3, "padding": "same", "dilation_rate": 2}, (2, 9, 2)),
        ("Conv2D", {"filters": 4, "kernel_size": 3, "activation": "relu"}, (2, 7, 6, 2)),
        ("Conv2D", {"filters": 4, "kernel_size": [3, 2], "strides": 2, "padding": "same"}, (2, 7, 6, 2)),
        ("Conv2D", {"filters": 4, "kernel_size": 3, "strides": [2, 1], "groups": 2}, (2, 8, 6, 4)),
        (
            "Conv2D",
            {"filters": 2, "kernel_size": 2, "padding": "same", "dilation_rate": [2, 3]},
            (1, 8, 9, 3),
        ),
        ("Conv3D", {"filters": 2, "kernel_size": 2, "padding": "same", "strides": 2}, (1, 4, 5, 3, 2)),
        ("MaxPooling1D", {"pool_size": 2}, (2, 7, 3)),
        ("MaxPooling2D", {}, (2, 7, 6, 3)),
        ("MaxPooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, (2, 7, 6, 3)),
        ("AveragePooling2D", {"pool_size": [2, 3]}, (2, 7, 6, 3)),
        ("AveragePooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, (2, 7, 6, 3)),
        ("AveragePooling3D", {"pool_size": 2, "strides": 1, "padding": "same"}, (1, 3, 4, 3, 2)),
        ("GlobalAveragePooling2D", {"keepdims": True}, (2, 4, 3, 5)),
        ("GlobalMaxPooling1D", {}, (2, 4, 3)),
        ("BatchNormalization", {}, (4, 3)),
        ("BatchNormalization", {"axis": 1, "momentum": 0.5, "epsilon": 0.1}, (3, 2, 4)),
        ("BatchNormalization", {"center": False, "scale": False}, (5, 2, 2, 3)),
        ("LayerNormalization", {}, (4, 6)),
        ("LayerNormalization", {"axis": [1, 2], "epsilon": 0.1}, (2, 3, 4)),
        ("Flatten", {}, (2, 3, 4)),
        ("Reshape", {"target_shape": [2, -1]}, (3, 4, 3)),
        ("ReLU", {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.2}, (3, 4)),
        ("LeakyReLU", {}, (3, 4)),
        ("ELU", {"alpha": 0.5}, (3, 4)),
        ("Softmax", {"axis": 1}, (2, 3, 4)),
    ]
    out = []
    for kind, config, shape in cases:
        layer = getattr(keras.layers, kind)(
            **{k: tuple(v) if isinstance(v, list) else v for k, v in config.items()}
        )
        x = normal(*shape)
        layer(x)
        weights = [
            np.abs(normal(*w.shape)) + 0.1 if "variance" in w.path else normal(*w.shape)
            for w in layer.weights
        ]
        layer.set_weights(weights)
        trains = kind == "BatchNormalization"
        with_training = {"training": True} if trains else {}
        case = {"class": kind, "config": config, "x": x, "weights": weights, "y": layer(x)}
        case["y_training"] = layer(x, **with_training)
        case["weights_after"] = layer.get_weights()
        out.append(case)
    return out


def losses():
    def simplex(*shape):
        e = np.exp(normal(*shape))
        return e / e.sum(-1, keepdims=True)

    labels = RNG.integers(0, 4, 5)
    weight = np.array([1, 0.5, 0, 2, 1], "float32")
    one_hot = np.eye(4, dtype="float32")[labels]
    bits = RNG.integers(0, 2, (5, 3)).astype("float32")
    cases = [
        ("MeanSquaredError", {}, normal(5, 3), normal(5, 3)),
        ("MeanAbsoluteError", {}, normal(5, 3), normal(5, 3)),
        ("Huber", {"delta": 0.7}, normal(5, 3), normal(5, 3)),
        ("LogCosh", {}, normal(5, 3), normal(5, 3)),
        ("Hinge", {}, bits * 2 - 1, normal(5, 3)),
        ("KLDivergence", {}, simplex(5, 4), simplex(5, 4)),
        ("SparseCategoricalCrossentropy", {}, labels, simplex(5, 4)),
        ("SparseCategoricalCrossentropy", {"from_logits": True}, labels, normal(5, 4) * 9),
        ("CategoricalCrossentropy", {}, one_hot, simplex(5, 4)),
        ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, one_hot, normal(5, 4)),
        ("BinaryCrossentropy", {}, bits, RNG.uniform(size=(5, 3)).astype("float32")),
        ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, bits, normal(5, 3) * 9),
    ]
    out = []
    for kind, config, y_true, y_pred in cases:
        for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight", None):
            loss = getattr(keras.losses, kind)(reduction=reduction, **config)
            out.append(
                {
                    "class": kind, "config": {**config, "reduction": reduction},
                    "y_true": y_true, "y_pred": y_pred, "sample_weight": weight,
                    "value": loss(y_true, y_pred), "weighted": loss(y_true, y_pred, weight),
                }
            )  # fmt: skip
    return out


def metrics():
    labels = RNG.integers(0, 4, (2, 5))
    pred = RNG.uniform(size=(2, 5, 4)).astype("float32")
    one_hot = np.eye(4, dtype="float32")[labels]
    bits = RNG.integers(0, 2, (2, 5, 3)).astype("float32")
    weight = np.abs(normal(2, 5))
    cases = [
        ("SparseCategoricalAccuracy", {}, labels, pred),
        ("CategoricalAccuracy", {}, one_hot, pred),
        ("BinaryAccuracy", {"threshold": 0.4}, bits, pred[..., :3]),
        ("SparseTopKCategoricalAccuracy", {"k": 2}, labels, pred),
        ("MeanSquaredError", {}, one_hot, pred),
        ("MeanAbsoluteError", {}, one_hot, pred),
        ("RootMeanSquaredError", {}, one_hot, pred),
        ("Accuracy", {}, labels[..., None], (labels + (pred[..., 0] > 0.5))[..., None]),
    ]
    out = []
    for kind, config, y_true, y_pred in cases:
        metric = getattr(keras.metrics, kind)(**config)
        after = []
        for k in range(2):
            metric.update_state(y_true[k], y_pred[k], weight[k] if k else None)
            after.append(float(metric.result()))
        case = {
            "class": kind,
            "config": config,
            "y_true": y_true,
            "y_pred": y_pred,
            "weight": weight[1],
            "results": after,
        }
        out.append(case)
    return out


def optimizers():
    configs = [
        ("SGD", {}),
        ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
        ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
        ("Adam", {}),
        ("Adam", {"learning_rate": 0.1, "beta_1": 0.8, "epsilon": 1e-3, "amsgrad": True}),
        ("Adam", {"learning_rate": 0.1, "clipnorm": 0.5}),
        ("Adam", {"learning_rate": 0.1, "clipvalue": 0.3}),
        ("SGD", {"learning_rate": 0.1, "global_clipnorm": 0.5}),
        ("AdamW", {"learning_rate": 0.1}),
        ("RMSprop", {}),
        ("RMSprop", {"learning_rate": 0.1, "momentum": 0.5, "centered": True}),
    ]
    out = []
    for kind, config in configs:
        start = [normal(3, 2), normal(2)]
        grads = [[normal(3, 2), normal(2)] for _ in range(4)]
        optimizer = getattr(keras.optimizers, kind)(**config)
        variables = [keras.Variable(p) for p in start]
        for g in grads:
            optimizer.apply([keras.ops.convert_to_tensor(a) for a in g], variables)
        out.append(
            {
                "class": kind,
                "config": config,
                "start": start,
                "grads": grads,
                "end": [v.numpy() for v in variables],
            }
        )
    return out


def schedules():
    steps = [0, 1, 5, 10, 25, 100]
    cases = [
        ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}),
        (
            "ExponentialDecay",
            {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5, "staircase": True},
        ),
        ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 50, "alpha": 0.1}),
        (
            "CosineDecay",
            {"initial_learning_rate": 0.0, "decay_steps": 50, "warmup_target": 0.2, "warmup_steps": 10},
        ),
        ("PiecewiseConstantDecay", {"boundaries": [5, 20], "values": [0.1, 0.05, 0.01]}),
    ]
    return [
        {"class": k, "config": c, "steps": steps,
         "rates": [float(getattr(keras.optimizers.schedules, k)(**c)(s)) for s in steps]}
        for k, c in cases
    ]  # fmt: skip


if __name__ == "__main__":
    found = {
        "keras": keras.__version__, "activations": activations(), "layers": layers(), "losses": losses(),
        "metrics": metrics(), "optimizers": optimizers(), "schedules": schedules(),
    }  # fmt: skip
    path = Path(__file__).with_name("keras.json")
    path.write_text(json.dumps(plain(found), separators=(",", ":")) + "\n")
    print(path, path.stat().st_size)
