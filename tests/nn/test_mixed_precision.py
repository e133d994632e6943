"""Policies: what layers compute in, what they keep, and that training comes out the same."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import DTypeError
from wengert.ir.types import type_of
from wengert.nn import mixed_precision

MIXED = "mixed_bfloat16"


@pytest.fixture
def mixed():
    """Layers made in the test have the mixed policy, unless they say otherwise."""
    mixed_precision.set_global_policy(MIXED)
    yield
    mixed_precision.set_global_policy("float32")


@pytest.fixture
def x():
    return np.random.default_rng(0).standard_normal((64, 20)).astype(np.float32)


def test_a_layer_computes_in_bfloat16_and_keeps_float32(x):
    layer = wg.layers.Dense(5, dtype=MIXED)
    assert type_of(layer(x)).dtype == layer.compute_dtype == "bfloat16"
    assert {w.dtype for w in layer.weights} == {layer.variable_dtype} == {"float32"}


def test_a_layers_result_is_that_of_rounded_inputs_and_weights(x):
    layer = wg.layers.Dense(5, dtype=MIXED)
    got = layer(x).numpy().astype(np.float32)
    kernel = layer.kernel.numpy().astype("bfloat16").astype(np.float32)
    want = x.astype("bfloat16").astype(np.float32) @ kernel
    np.testing.assert_allclose(got, want, rtol=2**-8, atol=1e-6)


def test_bfloat16_alone_keeps_weights_in_it(x):
    layer = wg.layers.Dense(5, dtype="bfloat16")
    assert type_of(layer(x)).dtype == "bfloat16"
    assert {w.dtype for w in layer.weights} == {"bfloat16"}


def test_the_global_policy_is_for_layers_made_from_then_on(mixed):
    inside = wg.layers.Dense(3)
    mixed_precision.set_global_policy("float32")
    assert (inside.dtype, wg.layers.Dense(3).dtype) == (MIXED, "float32")


def test_other_policies_are_refused():
    with pytest.raises(DTypeError, match="mixed_float8"):
        wg.layers.Dense(3, dtype="mixed_float8")


@pytest.mark.parametrize("make", [wg.layers.BatchNormalization, wg.layers.LayerNormalization])
def test_normalisations_compute_in_float32(make):
    """The mean of 1000 and 1001 would be 1000 in bfloat16, which has no 1001."""
    layer = make(dtype=MIXED, epsilon=1e-6)
    x = np.tile(np.float32([1000, 1001]), (8, 4))
    x = x if make is wg.layers.LayerNormalization else x.T
    y = layer(x, training=True)
    assert type_of(y).dtype == "bfloat16"
    np.testing.assert_allclose(np.abs(y.numpy().astype(np.float32)), 1, rtol=2**-7)


def test_moving_statistics_are_not_rounded():
    layer = wg.layers.BatchNormalization(momentum=0.5, dtype=MIXED)
    layer(np.full((4, 1), 1001, np.float32), training=True)
    assert layer.moving_mean.numpy() == 500.5


def test_probabilities_are_float32(x):
    for layer in (wg.layers.Dense(5, "softmax", dtype=MIXED), wg.layers.Softmax(dtype=MIXED)):
        assert type_of(layer(x)).dtype == "float32"


def test_what_is_added_to_a_variable_is_not_rounded(mixed, x):
    class Counting(wg.layers.Layer):
        def build(self, x):
            self.count = self.add_weight((), "zeros", trainable=False, name="count")

        def call(self, x):
            self.count.assign_add(1.0)
            return x

    layer = Counting()
    for _ in range(300):
        layer(x)
    assert layer.count.numpy() == 300


def curve(x, y, policy):
    mixed_precision.set_global_policy(policy)
    wg.set_random_seed(3)
    model = wg.Sequential(
        [
            wg.Input(x.shape[1:]),
            wg.layers.Dense(32, "relu", kernel_initializer=wg.initializers.GlorotUniform(seed=1)),
            wg.layers.BatchNormalization(),
            wg.layers.Dense(4, kernel_initializer=wg.initializers.GlorotUniform(seed=2)),
        ]
    )
    loss = wg.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=wg.optimizers.Adam(0.01), loss=loss)
    history = model.fit(x, y, batch_size=16, epochs=12, shuffle=False, verbose=0).history["loss"]
    return model, np.array(history)


def test_training_follows_that_in_float32(mixed, x):
    y = np.argmax(x @ np.random.default_rng(1).standard_normal((20, 4)), -1)
    _, full = curve(x, y, "float32")
    model, half = curve(x, y, MIXED)
    assert full[-1] < 0.3 * full[0]
    np.testing.assert_allclose(half, full, rtol=0.05, atol=0.01)
    assert model.predict(x).dtype == np.float32


@pytest.mark.parametrize("cell", [wg.layers.LSTM, wg.layers.GRU, wg.layers.SimpleRNN])
def test_recurrent_layers_carry_bfloat16(cell):
    x = np.random.default_rng(0).standard_normal((3, 6, 4)).astype(np.float32)
    layer = cell(5, dtype=MIXED)
    y = wg.function(lambda x: layer(x))(x).numpy()
    assert y.dtype == "bfloat16"
    full = cell(5)
    full(x)
    full.set_weights(layer.get_weights())
    np.testing.assert_allclose(y.astype(np.float32), full(x).numpy(), atol=0.03)


def test_a_file_keeps_the_policy(mixed, tmp_path, x):
    model, _ = curve(x, np.zeros(64, np.int64), MIXED)
    model.save(tmp_path / "model.wg")
    mixed_precision.set_global_policy("float32")
    loaded = wg.load_model(tmp_path / "model.wg")
    assert [layer.dtype for layer in loaded.layers] == [layer.dtype for layer in model.layers]
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))


@pytest.mark.parametrize(
    "make",
    [
        lambda dtype: wg.layers.MultiHeadAttention(2, 4, dtype=dtype),
        lambda dtype: wg.layers.GroupQueryAttention(4, 2, 1, dtype=dtype),
        lambda dtype: wg.layers.MultiHeadAttention(2, 4, attention_axes=1, use_gate=True, dtype=dtype),
    ],
)
def test_attention_is_computed_in_bfloat16(make):
    x = np.random.default_rng(0).normal(size=(2, 6, 8)).astype("float32")
    narrow, exact = make("mixed_bfloat16"), make("float32")
    narrow(x, x)
    exact(x, x)
    exact.set_weights(narrow.get_weights())
    y = narrow(x, x, use_causal_mask=True)
    assert y.dtype == "bfloat16"
    np.testing.assert_allclose(
        np.asarray(wg.astype(y, "float32")), exact(x, x, use_causal_mask=True), rtol=0.05, atol=0.05
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: wg.layers.RandomRotation(0.1, dtype="mixed_bfloat16"),
        lambda: wg.layers.Rescaling(0.5, dtype="mixed_bfloat16"),
        lambda: wg.layers.Normalization(dtype="mixed_bfloat16"),
        lambda: wg.layers.Resizing(3, 3, dtype="mixed_bfloat16"),
    ],
)
def test_preprocessing_gives_bfloat16(make):
    assert make()(np.ones((2, 6, 6, 3), "float32")).dtype == "bfloat16"
