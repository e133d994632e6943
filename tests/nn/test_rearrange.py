"""Layers that rearrange and mask, functions as layers, functional forms and other names of layers."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ShapeError, UsageError
from wengert.nn import layers

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def test_masked_steps_are_left_out_by_layers_behind():
    x = np.array([[[1.0], [2.0], [0.0]], [[3.0], [0.0], [0.0]]], np.float32)
    lstm = layers.LSTM(2)
    model = wg.Sequential([wg.Input((3, 1)), layers.Masking(), lstm])
    want = [lstm(x[:1, :2]), lstm(x[1:, :1])]
    np.testing.assert_allclose(model(x), np.concatenate(list(map(np.asarray, want))), rtol=1e-6)


def test_masked_steps_do_not_count_in_batch_normalisation():
    x = np.random.default_rng(0).normal(size=(4, 5, 3)).astype(np.float32)
    mask = np.arange(5) < np.array([[5], [3], [1], [2]])
    layer = layers.BatchNormalization(momentum=0.0)
    layer(x, training=True, mask=mask)
    np.testing.assert_allclose(layer.moving_mean.numpy(), x[mask].mean(0), rtol=1e-4)
    np.testing.assert_allclose(layer.moving_variance.numpy(), x[mask].var(0), rtol=1e-4)
    with pytest.raises(ShapeError, match="the mask must have the shape of the input without its last axis"):
        layer(x, training=True, mask=mask[:, :4])


def test_a_lambda_is_told_what_it_asks_for():
    layer = layers.Lambda(lambda x, by, training: x * by if training else x, arguments={"by": 3})
    np.testing.assert_array_equal(layer(X), X)
    np.testing.assert_array_equal(layer(X, training=True), 3 * X)
    assert layers.Lambda(wg.exp)(X).shape == X.shape


def test_a_lambda_is_not_saved_and_says_what_to_do(tmp_path):
    model = wg.Sequential([wg.Input((3,)), layers.Lambda(lambda x: x + 1, name="more"), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(
        UsageError, match="Lambda 'more': must be a class to be saved.*Write a subclass of Layer"
    ):
        model.save(tmp_path / "m.wengert")


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("add", X + X),
        ("subtract", X - X),
        ("multiply", X * X),
        ("average", X),
        ("maximum", X),
        ("minimum", X),
    ],
)
def test_functional_forms(name, want):
    np.testing.assert_allclose(getattr(layers, name)([X, X]), want)


def test_functional_forms_with_axes():
    np.testing.assert_array_equal(layers.concatenate([X, X], axis=1), np.concatenate([X, X], 1))
    np.testing.assert_allclose(layers.dot([X, X], axes=2), X @ X.transpose(0, 2, 1))


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("AvgPool2D", "AveragePooling2D"), ("MaxPool1D", "MaxPooling1D"), ("GlobalAvgPool3D", "GlobalAveragePooling3D"),
        ("GlobalMaxPool2D", "GlobalMaxPooling2D"), ("Convolution2D", "Conv2D"),
        ("Convolution3DTranspose", "Conv3DTranspose"), ("SeparableConvolution2D", "SeparableConv2D"),
    ],
)  # fmt: skip
def test_other_names_of_keras(alias, name):
    assert getattr(layers, alias) is getattr(layers, name)


def test_a_wrapper_has_the_weights_of_the_layer_inside():
    class Twice(layers.Wrapper):
        def call(self, x):
            return self.layer(x) * 2

    dense = layers.Dense(4)
    layer = Twice(dense)
    np.testing.assert_allclose(layer(X), 2 * np.asarray(dense(X)), rtol=1e-6)
    assert [w.name for w in layer.weights] == [w.name for w in dense.weights]


def test_spectral_normalisation_brings_the_largest_singular_value_to_1():
    layer = layers.SpectralNormalization(layers.Dense(5), power_iterations=5)
    step = wg.function(lambda x: layer(x, training=True))
    for _ in range(10):
        step(X)
    assert np.linalg.svd(layer.layer.kernel.numpy())[1][0] == pytest.approx(1, rel=1e-3)


def test_reversible_embedding_goes_back_with_the_same_weights():
    layer = layers.ReversibleEmbedding(7, 3, logit_soft_cap=2.0)
    y = layer(np.array([[1, 2]]))
    scores = np.asarray(layer(y, reverse=True))
    want = np.asarray(y) @ layer.embeddings.numpy().T
    np.testing.assert_allclose(scores, 2 * np.tanh(want / 2), rtol=1e-5)
    untied = layers.ReversibleEmbedding(7, 3, tie_weights=False)
    untied(np.array([[1, 2]]))
    assert [w.shape for w in untied.weights] == [(7, 3), (3, 7)]


@pytest.mark.parametrize("equation", ["abc,cd->abd", "...c,cd->...d"])
def test_einsum_dense_is_einsum(equation):
    layer = layers.EinsumDense(equation, (None, 5) if equation[0] == "a" else 5, bias_axes="d")
    y = np.asarray(layer(X))
    np.testing.assert_allclose(y, X @ layer.kernel.numpy() + layer.bias.numpy(), rtol=1e-5, atol=1e-5)


def test_adaptive_pooling_wants_an_element_for_each_output():
    with pytest.raises(ShapeError, match=r"an element for each of \(5,\) outputs; got f32\[2,3,4\]"):
        layers.AdaptiveMaxPooling1D(5)(X)


def test_cropping_leaves_something():
    with pytest.raises(ShapeError, match=r"something must be left of f32\[2,3,4\] along spatial axis 1"):
        layers.Cropping1D((1, 2))(X)


def test_symbolic_lengths_go_through():
    f = wg.function(
        lambda x: layers.Cropping1D(1)(layers.UpSampling1D(2)(layers.ZeroPadding1D(1)(x))),
        signature=("f32[b,t,4]",),
    )
    assert f(X).shape == (2, 8, 4)
    assert f(X[:1, :2]).shape == (1, 6, 4)
    assert f.compiles == 1
