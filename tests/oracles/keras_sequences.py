"""Writes tests/oracles/keras_sequences.json: outputs and gradients of Keras's layers over sequences.

Run it with a Python that has Keras and JAX: KERAS_BACKEND=jax python tests/oracles/keras_sequences.py
"""

import json
from pathlib import Path

import jax
import keras
import numpy as np
from keras_values import normal, plain

MASK = np.array([[True, True, False, True, False], [False, True, True, True, True]])
SEQUENCE, STATE = (2, 5, 3), (2, 4)
LSTM = {"class": "layers.LSTM", "config": {"units": 4, "return_sequences": True}}
GRU = {"class": "layers.GRU", "config": {"units": 4}}
STATES = {"class": "layers.GRU", "config": {"units": 4, "return_state": True}}


def recurrent():
    """(class, config, shapes of inputs, keyword arguments of the call)"""
    both = {"return_sequences": True, "return_state": True}
    for kind in ("SimpleRNN", "LSTM", "GRU"):
        states = [normal(*STATE) for _ in range(2 if kind == "LSTM" else 1)]
        yield kind, {"units": 4}, [SEQUENCE], {}
        yield kind, {"units": 4, **both}, [SEQUENCE], {}
        yield kind, {"units": 4, **both, "go_backwards": True}, [SEQUENCE], {"mask": MASK}
        yield (
            kind,
            {"units": 4, "use_bias": False, **both},
            [SEQUENCE],
            {"initial_state": states, "mask": MASK},
        )
        yield kind, {"units": 4, **both, "zero_output_for_mask": True}, [SEQUENCE], {"mask": MASK}
    yield "GRU", {"units": 4, "reset_after": False}, [SEQUENCE], {}
    yield "LSTM", {"units": 4, "activation": "relu", "recurrent_activation": "hard_sigmoid"}, [SEQUENCE], {}
    yield "RNN", {"cell": {"class": "layers.LSTMCell", "config": {"units": 4}}}, [SEQUENCE], {}


def wrappers():
    for mode in ("concat", "sum", "mul", "ave", None):
        yield "Bidirectional", {"layer": LSTM, "merge_mode": mode}, [SEQUENCE], {}
    yield "Bidirectional", {"layer": GRU}, [SEQUENCE], {"mask": MASK}
    yield "Bidirectional", {"layer": LSTM}, [SEQUENCE], {"mask": MASK}
    states = [normal(*STATE), normal(*STATE)]
    yield "Bidirectional", {"layer": STATES}, [SEQUENCE], {"initial_state": states}
    dense = {"class": "layers.Dense", "config": {"units": 4}}
    yield "TimeDistributed", {"layer": dense}, [SEQUENCE], {}
    conv = {"class": "layers.Conv1D", "config": {"filters": 4, "kernel_size": 2}}
    yield "TimeDistributed", {"layer": conv}, [(2, 3, 5, 2)], {}


def attention():
    heads = {"num_heads": 2, "key_dim": 3}
    query, value, key = (2, 4, 5), (2, 5, 3), (2, 5, 6)
    scores = {"return_attention_scores": True}
    yield "MultiHeadAttention", heads, [query, value], {}
    yield "MultiHeadAttention", {**heads, "value_dim": 4, "output_shape": 7}, [query, value, key], scores
    yield "MultiHeadAttention", {**heads, "use_bias": False}, [query, query], {"use_causal_mask": True}
    seen = np.tri(4, 5, 1, dtype=bool)[None].repeat(2, 0)
    masks = {"value_mask": MASK, "attention_mask": seen}
    yield "MultiHeadAttention", heads, [query, value], {**masks, **scores}
    same = [(2, 4, 3), (2, 5, 3)]
    yield "Attention", {}, same, {}
    yield "Attention", {"use_scale": True}, [*same, same[1]], scores
    yield "Attention", {"score_mode": "concat", "use_scale": True}, same, {}
    seen = MASK | (np.arange(5) == 0)  # one is seen by all: what Keras does where none is differs by backend
    masked = {"mask": [np.array([[True, False, True, True]] * 2), seen], "use_causal_mask": True}
    yield "Attention", {}, same, masked


def merges():
    for kind in ("Add", "Multiply", "Average", "Maximum", "Minimum"):
        yield kind, {}, [(3, 4), (3, 4), (3, 1)], {}
    yield "Subtract", {}, [(3, 4), (3, 4)], {}
    yield "Concatenate", {"axis": 1}, [(2, 3, 2), (2, 1, 2)], {}


def made(kind, config):
    """The layer of Keras; layers inside of a configuration are made first."""
    given = {
        k: made(v["class"].rpartition(".")[2], v["config"]) if isinstance(v, dict) else v
        for k, v in config.items()
    }
    return getattr(keras.layers, kind)(**given)


def value(kind, config, shapes, kwargs):
    """Outputs, and the gradients of the sum of outputs, each weighted by a probe, to inputs and weights."""
    layer = made(kind, config)
    xs = [normal(*s) for s in shapes]
    listed = kind not in ("MultiHeadAttention",) and len(xs) > 1

    def call(arrays):
        return (lambda y: [*y] if isinstance(y, tuple) else [y])(
            layer(list(arrays), **kwargs) if listed else layer(*arrays, **kwargs)
        )

    probes = [normal(*y.shape) for y in call(xs)]
    weights = [normal(*w.shape) for w in layer.weights]
    layer.set_weights(weights)

    def loss(arrays, trained):
        with keras.StatelessScope(list(zip(layer.trainable_variables, trained, strict=True))):
            return sum((y * p).sum() for y, p in zip(call(arrays), probes, strict=True))

    trained = [v.value for v in layer.trainable_variables]
    assert len(trained) == len(weights)
    by_inputs, by_weights = jax.grad(loss, (0, 1))(xs, trained)
    return {
        "class": kind, "config": config, "inputs": xs, "listed": listed, "weights": weights, "probes": probes,
        "call": kwargs, "outputs": call(xs), "input_grads": by_inputs, "weight_grads": by_weights,
    }  # fmt: skip


def embedding():
    layer = keras.layers.Embedding(6, 3, mask_zero=True)
    x = np.array([[1, 5, 0], [2, 2, 0]])
    layer(x)
    layer.set_weights([normal(6, 3)])
    return {"x": x, "weights": layer.get_weights(), "y": layer(x), "mask": layer.compute_mask(x)}


if __name__ == "__main__":
    cases = [value(*case) for group in (recurrent, wrappers, attention, merges) for case in group()]
    path = Path(__file__).with_name("keras_sequences.json")
    found = {"keras": keras.__version__, "cases": cases, "embedding": embedding()}
    path.write_text(json.dumps(plain(found), separators=(",", ":")) + "\n")
    print(path, path.stat().st_size)
