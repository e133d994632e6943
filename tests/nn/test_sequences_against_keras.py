"""Layers over sequences: outputs and gradients of Keras (tests/oracles/keras_sequences.py wrote them)."""

import json
from pathlib import Path

import numpy as np
import pytest

from wengert.base.tree import flatten, tree_map
from wengert.nn import config, layers
from wengert.ops.grad import gradients
from wengert.runtime.function import Function

ORACLE = json.loads((Path(__file__).parents[1] / "oracles" / "keras_sequences.json").read_text())


def array(x):
    """Numbers as float32, flags as bool."""
    a = np.array(x)
    return a if a.dtype == bool else a.astype(np.float32)


def arguments(case):
    """The keyword arguments of the call: lists of masks or states, arrays, flags."""
    return {
        k: [array(x) for x in v]
        if k == "initial_state" or (case["class"] == "Attention" and k == "mask")
        else array(v)
        if isinstance(v, list)
        else v
        for k, v in case["call"].items()
    }


def outputs(layer, case, xs):
    """Everything the layer gives, in order."""
    y = layer(list(xs), **arguments(case)) if case["listed"] else layer(*xs, **arguments(case))
    return flatten(y)[0]


def with_weights(case):
    layer = config.decode({"class": f"layers.{case['class']}", "config": case["config"]})
    xs = [array(x) for x in case["inputs"]]
    outputs(layer, case, xs)
    layer.set_weights([array(w) for w in case["weights"]])
    return layer, xs


def name(case):
    return f"{case['class']}-{case['config']}-{'+'.join(case['call'])}"


@pytest.mark.parametrize("compiled", [False, True], ids=["interpreted", "compiled"])
@pytest.mark.parametrize("case", ORACLE["cases"], ids=name)
def test_layer_has_the_values_and_gradients_of_keras(case, compiled):
    layer, xs = with_weights(case)

    def step(*inputs):
        ys = outputs(layer, case, inputs)
        loss = sum((y * array(p)).sum() for y, p in zip(ys, case["probes"], strict=True))
        return ys, gradients(loss, [*inputs, *(w.value for w in layer.trainable_weights)])

    ys, grads = tree_map(np.asarray, Function(step, compiled=compiled)(*xs))
    want = [*case["outputs"], *case["input_grads"], *case["weight_grads"]]
    for got, expected in zip([*ys, *grads], want, strict=True):
        np.testing.assert_allclose(got, array(expected), rtol=1e-4, atol=5e-5)


def test_embedding_has_the_values_and_the_mask_of_keras():
    case = ORACLE["embedding"]
    layer, x = layers.Embedding(6, 3, mask_zero=True), np.array(case["x"])
    layer(x)
    layer.set_weights([array(w) for w in case["weights"]])
    np.testing.assert_array_equal(layer(x), array(case["y"]))
    np.testing.assert_array_equal(layer.compute_mask(x), np.array(case["mask"]))
