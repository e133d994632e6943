"""Layers: fields are configuration, weights belong to who made them, errors say who."""

import json

import numpy as np
import pytest

import wengert as wg
from tests.beside_keras.layer_cases import CASES
from tests.beside_keras.layer_cases.case import layer_of
from wengert.base.errors import FormatError, ShapeError, UsageError, ValueRangeError
from wengert.ir.types import TensorType
from wengert.nn import config, layers

X = np.random.default_rng(0).normal(size=(2, 6, 6, 4)).astype(np.float32)


OURS_ALONE = {
    "InputLayer": layers.InputLayer((None, 3)),
    "PositionEmbedding": layers.PositionEmbedding(4),
    "CutMix": layers.CutMix(0.5),
    "MixUp": layers.MixUp(),
    "RandomContrast": layers.RandomContrast(0.5),
    "RandomErasing": layers.RandomErasing(),
    "RandomGrayscale": layers.RandomGrayscale(),
    "RandomShear": layers.RandomShear(0.25),
}
"""Not compared with Keras's: it has none, or draws other random numbers."""
TO_DERIVE_FROM = {"InputSpec", "Layer", "Wrapper", "Lambda"}


def made(name):
    return OURS_ALONE[name] if name in OURS_ALONE else layer_of(CASES[name], wg)


@pytest.mark.parametrize("name", [*CASES, *OURS_ALONE])
def test_configuration_of_every_layer_survives_json(name):
    layer = made(name)
    described = json.loads(json.dumps(config.encode(layer, "test")))
    again = config.decode(described)
    assert type(again) is type(layer)
    assert again.config() == layer.config()


def test_every_layer_has_a_configuration_to_try():
    """Those beside Keras's, in `tests/beside_keras/layer_cases`, are what all tests of layers try."""
    tried = {type(made(name)) for name in [*CASES, *OURS_ALONE]}
    offered = {name: getattr(layers, name) for name in set(layers.__all__) - TO_DERIVE_FROM}
    assert [n for n, cls in offered.items() if isinstance(cls, type) and cls not in tried] == []


def test_names_are_those_of_keras_and_differ():
    a, b = layers.MaxPooling2D(), layers.MaxPooling2D()
    assert a.name.startswith("max_pooling2d")
    assert a.name != b.name


class Pair(layers.Layer):
    """A layer of layers, with a weight of its own."""

    units: int = 2

    def build(self, x):
        self.inner = [layers.Dense(self.units, name="a"), {"deep": layers.Dense(1, name="b")}]
        self.scale = self.add_weight((), "ones", name="scale")
        self.count = self.add_weight((), "zeros", trainable=False, name="count")

    def call(self, x):
        return self.inner[1]["deep"](self.inner[0](x)) * self.scale


def test_weights_are_found_in_attributes_lists_and_dicts_own_first():
    pair = Pair(name="pair")
    pair(X[:, 0, 0])
    names = ["pair/scale", "pair/count", "a/kernel", "a/bias", "b/kernel", "b/bias"]
    assert [w.path for w in pair.weights] == names
    assert [w.path for w in pair.non_trainable_weights] == ["pair/count"]
    assert pair.count_params() == 2 + 10 + 3


def test_a_frozen_layer_freezes_what_is_inside():
    pair = Pair()
    pair(X[:, 0, 0])
    pair.trainable = False
    assert pair.trainable_weights == []
    assert len(pair.weights) == 6


def test_errors_name_the_innermost_layer_and_the_users_line():
    pair = Pair()
    pair(X[:, 0, 0])
    with pytest.raises(ShapeError, match=r"^Dense 'a': matmul: .*f32\[2,3\].*\[test_layer.py:\d+\]$"):
        pair(X[:, 0, 0, :3])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Dense(0), "Dense: units must be a positive int; got 0"),
        (lambda: layers.Dense(2.5), "got 2.5"),
        (lambda: layers.Dense(2, activation="rely"), "activation: must be one of linear, relu"),
        (lambda: layers.Conv2D(3, 3, padding="full"), 'padding must be "valid" or "same"'),
        (lambda: layers.Conv2D(3, 3, groups=2), "filters must divide into the groups"),
        (lambda: layers.Conv2D(3, 3, strides=2, dilation_rate=2), "must not both exceed 1"),
        (lambda: layers.Conv2D(3, (3, 3, 3)), "kernel_size must be a positive int, or 2 of them"),
        (lambda: layers.Conv2D(3, 3, data_format="channel_first"), "Did you mean 'channels_first'"),
        (lambda: layers.Dropout(1.0), r"rate must be in \[0, 1\); got 1.0"),
        (lambda: layers.BatchNormalization(momentum=2), "momentum must be in"),
        (lambda: layers.MaxPooling2D(0), "pool_size must be a positive int"),
        (lambda: layers.Input((3, -1)), "Input: shape must be the lengths of one sample"),
        (lambda: layers.Dense(3, kernel_initializer="glorot")(X), "initializer: must be an object or one of"),
    ],
)
def test_fields_that_make_no_sense_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (
            layers.Conv2D(3, 3),
            (2, 6, 6),
            r"Conv2D '.*': the input must be \[batch, 2 spatial axes, channels\]",
        ),
        (layers.Conv2D(4, 3, groups=2), (2, 6, 6, 3), "channels must divide into 2 groups"),
        (layers.Conv2D(3, 9), (2, 6, 6, 1), r"the window, 9 x 9, must fit into f32\[2,6,6,1\]"),
        (layers.Conv2D(3, 3), (2, 2, 2, 1), r"the window, 3 x 3, must fit into f32\[2,2,2,1\]"),
        (layers.MaxPooling2D(7), (2, 6, 6, 1), r"the window, 7 x 7, must fit into f32\[2,6,6,1\]"),
        (layers.Dense(3), (4,), "Add an axis"),
        (layers.GlobalAveragePooling2D(), (2, 3), "2 spatial axes"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(layer, shape, message):
    with pytest.raises(ShapeError, match=message):
        layer(np.zeros(shape, np.float32))


def test_fields_stay_as_they_are_once_there_are_weights():
    layer = layers.Dense(3)
    layer.units = 4
    layer(X)
    with pytest.raises(UsageError, match="units must stay as it is"):
        layer.units = 5


def test_the_rate_of_dropout_can_change_in_a_compiled_program():
    layer = layers.Dropout(0.0)
    f = wg.function(lambda x: layer(x, training=True), signature=("f32[n]",))
    x = np.ones(1000, np.float32)
    assert f(x).numpy().tolist() == x.tolist()
    layer.rate = 0.5
    dropped = f(x).numpy()
    assert f.compiles == 1
    assert 400 < (dropped == 0).sum() < 600
    assert set(dropped.tolist()) == {0.0, 2.0}


def test_dropout_does_nothing_in_use_and_differs_from_step_to_step():
    layer = layers.Dropout(0.5, seed=1)
    np.testing.assert_array_equal(layer(X), X)
    first, second = layer(X, training=True), layer(X, training=True)
    assert not np.array_equal(first, second)


def test_symbolic_output_types():
    t = TensorType.parse("f32[batch,6,6,4]")
    assert str(layers.Conv2D(3, 3, strides=2, padding="same").output_type(t)) == "f32[batch,3,3,3]"
    assert str(layers.Flatten().output_type(t)) == "f32[batch,144]"
    assert str(layers.Flatten().output_type(TensorType.parse("f32[batch]"))) == "f32[batch,1]"


def test_float64_inputs_are_taken_in_the_layers_dtype():
    assert layers.Dense(3)(X.astype(np.float64)).dtype == "float32"
    assert layers.Dense(3, dtype="float64")(X).dtype == "float64"


def test_a_batch_of_one_and_the_statistics_of_a_constant_stay_finite():
    layer = layers.BatchNormalization()
    y = np.asarray(layer(np.full((1, 3), 7, np.float32), training=True))
    assert y.tolist() == [[0, 0, 0]]
    np.testing.assert_allclose(layer.moving_variance.numpy(), 0.99)


def test_a_frozen_normalisation_uses_its_moving_statistics_in_training():
    layer = layers.BatchNormalization()
    layer.trainable = False
    np.testing.assert_array_equal(np.asarray(layer(X, training=True)), np.asarray(layer(X)))


def test_the_registry_is_closed():
    with pytest.raises(FormatError, match="'layers.Pair' must be a class of Wengert"):
        config.decode({"class": "layers.Pair", "config": {}})
    with pytest.raises(FormatError, match=r"must have the fields .*; got \['surprise'\] too"):
        config.decode({"class": "layers.Flatten", "config": {"surprise": 1}})
    deep = {"class": "layers.Flatten", "config": {}}
    for _ in range(100):
        deep = {"class": "layers.Sequential", "config": {"layers": [deep]}}
    with pytest.raises(FormatError, match="64 deep"):
        config.decode(deep)


def test_a_layer_needs_a_known_length_for_a_weight():
    with pytest.raises(ShapeError, match=r"Dense 'd': weight 'kernel': its shape must be known.*\(n, 3\)"):
        layers.Dense(3, name="d").output_type(TensorType.parse("f32[batch,n]"))


def test_check_is_called_for_layers_of_the_users_own():
    class Positive(layers.Layer):
        k: int = 1

        def check_fields(self):
            if self.k < 0:
                raise ValueRangeError(f"Positive: k must not be negative; got {self.k}.")

    with pytest.raises(ValueRangeError, match="got -1"):
        Positive(-1)


@pytest.mark.parametrize(
    ("padding", "widths"),
    [(1, [(1, 1), (1, 1)]), ((2, 0), [(2, 2), (0, 0)]), (((1, 2), (3, 0)), [(1, 2), (3, 0)])],
)
def test_zeros_around_images(padding, widths):
    want = np.pad(X, [(0, 0), *widths, (0, 0)])
    np.testing.assert_array_equal(layers.ZeroPadding2D(padding)(X), want)


@pytest.mark.parametrize("padding", [-1, (1, 2, 3), ((1,), (2, 3)), (1.5, 2)])
def test_paddings_that_make_no_sense_are_refused(padding):
    with pytest.raises(ValueRangeError, match="ZeroPadding2D: padding must be"):
        layers.ZeroPadding2D(padding)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: wg.losses.Huber(delta="x"), "Huber: delta must be a float; got 'x'"),
        (
            lambda: wg.losses.BinaryCrossentropy("yes"),
            "BinaryCrossentropy: from_logits must be a bool; got 'yes'",
        ),
        (lambda: wg.metrics.Recall(class_id=0.5), "Recall: class_id must be an int or None; got 0.5"),
        (lambda: wg.schedules.CosineDecay(0.1, None), "CosineDecay: decay_steps must be an int; got None"),
        (lambda: wg.optimizers.SGD(nesterov="x"), "SGD: nesterov must be a bool; got 'x'"),
    ],
)
def test_a_field_is_of_the_kind_that_it_is_declared_as(make, says):
    with pytest.raises(TypeError, match=says):
        make()


def test_numbers_of_numpy_are_numbers():
    assert wg.losses.Huber(delta=np.float32(2)).delta == wg.losses.Huber(delta=2).delta
    assert wg.metrics.Recall(class_id=np.int64(1)).class_id == 1
