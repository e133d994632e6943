"""Layers beside Keras's, in float32, with the same weights: outputs, and gradients to inputs and weights."""

import numpy as np
import pytest

import wengert as wg
from tests.beside_keras.layer_cases import CASES
from tests.beside_keras.layer_cases.case import arguments, cotangent, filled, is_float, layer_of, leaves
from tests.beside_keras.near import near

pytestmark = pytest.mark.slow
EACH = pytest.mark.parametrize("layer_case", CASES)


class Answers:
    """What Keras says about one configuration."""

    def __init__(self, found, name):
        self.found, self.name = found, name
        assert f"{name}/error" not in found, found[f"{name}/error"].item()

    def all(self, what):
        return [v for k, v in self.found.items() if k.startswith(f"{self.name}/{what}/")]


def prepared(name, said):
    """Our layer with Keras's weights, and what it is called with."""
    case = CASES[name]
    layer, (x, call) = layer_of(case, wg), arguments(name, case)
    if case.adapt is not None:
        layer.adapt(case.adapt)
    layer(x, **call)
    layer.set_weights(said.all("weight"))
    return layer, x, call


@EACH
def test_layer_gives_what_that_of_keras_gives(layer_case, keras_layers):
    said = Answers(keras_layers, layer_case)
    layer, x, call = prepared(layer_case, said)
    outs = [o for o in leaves(layer(x, **call)) if o is not None]
    for got, want in zip(outs, said.all("output"), strict=True):
        near(got, want, CASES[layer_case].tolerance)
    for w, want in zip(layer.non_trainable_weights, said.all("after"), strict=True):
        near(w.numpy(), want, CASES[layer_case].tolerance)


@EACH
def test_layer_has_the_gradients_of_that_of_keras(layer_case, keras_layers):
    said = Answers(keras_layers, layer_case)
    if not said.all("gradient"):
        pytest.skip("nothing to differentiate by")
    layer, x, call = prepared(layer_case, said)
    floats = [a for a in leaves([x, call]) if is_float(a)]

    @wg.function
    def program(*floats):
        by = [
            *floats,
            *(w.value for w in layer.trainable_weights),
        ]  # as they are before the layer changes them
        given = filled([x, call], iter(floats))
        outs = [o for o in leaves(layer(given[0], **given[1])) if o is not None]
        sums = [
            wg.sum(o * cotangent(layer_case, k, o.shape)) for k, o in enumerate(outs) if o.dtype == "float32"
        ]
        lost = sum(layer.losses, wg.zeros(()))
        nothing = 0 * wg.sum(floats[0]) if floats else 0  # all outputs may be integers
        loss = sum(sums, lost + nothing)
        return outs, lost, wg.gradients(loss, by)

    outs, lost, grads = program(*floats)
    near(lost, keras_layers[f"{layer_case}/loss"], CASES[layer_case].tolerance)
    for got, want in zip([*outs, *grads], [*said.all("output"), *said.all("gradient")], strict=True):
        near(np.zeros_like(want) if got is None else got, want, CASES[layer_case].tolerance)
