"""RematScope: the same numbers, with less kept for the backward pass."""

import copy

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import UsageError, ValueRangeError

X = np.random.default_rng(0).normal(size=(32, 6)).astype("float32")
MODES = {
    "full": {},
    "activations": {},
    "larger_than": {"output_size_threshold": 4},
    "list_of_layers": {"layer_names": ["wide"]},
}


def model_of(scope=None):
    """A model with what could go wrong in it: random numbers, moving averages, a recurrence."""
    wg.set_random_seed(0)
    with scope or wg.RematScope(None):
        layers = [
            wg.layers.Dense(8, "relu", name="wide"),
            wg.layers.Dropout(0.5),
            wg.layers.BatchNormalization(),
            wg.layers.Reshape((2, 4)),
            wg.layers.LSTM(3),
            wg.layers.Dense(1),
        ]
        model = wg.Sequential([wg.Input((6,)), *layers])
    model.compile("sgd", "mse")
    return model


def fitted(model):
    wg.set_random_seed(1)
    model.fit(X, X[:, :1], epochs=2, verbose=0, shuffle=False)
    return model.get_weights()


@pytest.fixture(scope="module")
def plain():
    return fitted(model_of())


@pytest.mark.parametrize("mode", MODES)
def test_numbers_are_the_same(mode, plain):
    for a, b in zip(fitted(model_of(wg.RematScope(mode, **MODES[mode]))), plain, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def checkpoints(layer):
    """How many steps of the recorded layer are checkpoints."""
    graph = wg.function(lambda x: layer(x), signature=("f32[n,6]",)).traced().graph
    return sum(n.primitive is not None and n.primitive.name == "checkpoint" for n in graph.nodes)


@pytest.mark.parametrize(
    ("scope", "wanted"),
    [
        (wg.RematScope("full"), 1),
        (wg.RematScope("activations"), 1),
        (wg.RematScope("larger_than", 7), 1),
        (wg.RematScope("larger_than", 8), 0),
        (wg.RematScope("list_of_layers", layer_names=["wide"]), 1),
        (wg.RematScope("list_of_layers", layer_names=["other"]), 0),
        (wg.RematScope(None), 0),
    ],
)
def test_layers_that_are_covered_are_checkpoints(scope, wanted):
    with scope:
        layer = wg.layers.Dense(8, "relu", name="wide")
    layer(X)
    assert checkpoints(layer) == wanted


def test_an_inner_scope_takes_the_place_of_the_outer():
    with wg.RematScope("full"):
        with wg.RematScope(None):
            inner = wg.layers.Dense(8)
        outer = wg.layers.Dense(8)
    after = wg.layers.Dense(8)
    for layer in (inner, outer, after):
        layer(X)
    assert [checkpoints(layer) for layer in (inner, outer, after)] == [0, 1, 0]


def test_what_was_made_inside_is_copied_and_described():
    with wg.RematScope("activations") as scope:
        model = wg.Sequential([wg.Input((6,)), wg.layers.Dense(8, "relu")])
        copy.deepcopy(model)
    assert scope.mode == "activations"
    assert model.layers[0].get_config()["activation"] == "relu"
    assert wg.models.clone_model(model).output_shape == model.output_shape


def test_modes_are_words():
    with pytest.raises(ValueRangeError, match="RematScope: mode must be .*Did you mean 'full'"):
        wg.RematScope("ful")


@pytest.mark.parametrize("names", ["wide", 3, [3], np.ones(3)])
def test_names_of_layers_come_in_a_list(names):
    with pytest.raises(UsageError, match="RematScope: layer_names must be a list of names; got"):
        wg.RematScope("list_of_layers", layer_names=names)
