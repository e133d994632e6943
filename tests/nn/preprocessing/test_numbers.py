"""Layers of numbers and categories: what they learn is saved, and programs read it when they run."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import UsageError
from wengert.nn import layers

X = np.random.default_rng(0).normal(3, 2, (40, 3)).astype(np.float32)
LAYERS = {
    "rescaling": lambda: layers.Rescaling(0.5, 1.0),
    "normalization": lambda: adapted(layers.Normalization()),
    "inverse": lambda: adapted(layers.Normalization(axis=None, invert=True)),
    "given": lambda: layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 4.0, 9.0]),
    "bins": lambda: adapted(layers.Discretization(num_bins=4)),
    "one hot bins": lambda: layers.Discretization([1.0, 3.0], output_mode="one_hot"),
}


def adapted(layer):
    layer.adapt(X)
    return layer


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_a_compiled_program_gives_the_same(make):
    layer = make()
    want = np.asarray(layer(X))
    f = wg.function(layer, signature=("f32[batch,3]",))
    np.testing.assert_allclose(f(X), want, rtol=1e-6)


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_what_was_learned_is_saved_with_a_model(make, tmp_path):
    model = wg.Sequential([wg.Input((3,)), make()])
    model.save(tmp_path / "model")
    again = wg.load_model(tmp_path / "model")
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


def test_a_program_sees_what_is_adapted_later():
    for layer in (layers.Normalization(), layers.Discretization(num_bins=4)):
        layer.adapt(X)
        layer(X)
        f = wg.function(layer, signature=("f32[batch,3]",))
        before = np.asarray(f(X))
        layer.adapt(X * 3)
        np.testing.assert_allclose(f(X), layer(X), rtol=1e-6)
        assert not np.allclose(f(X), before)


def test_batches_are_adapted_to_as_their_whole():
    whole, parts = layers.Normalization(), layers.Normalization()
    whole.adapt(X)
    parts.adapt((x, None) for x in (X[:7], X[7:30], X[30:]))
    np.testing.assert_allclose(parts(X), whole(X), rtol=1e-4, atol=1e-5)
    some = layers.Normalization()
    some.adapt([X[:7], X[7:]], steps=1)
    np.testing.assert_allclose(some.get_weights()[0], X[:7].mean(0), rtol=1e-5)


def test_normalized_numbers_come_back():
    there, back = adapted(layers.Normalization()), adapted(layers.Normalization(invert=True))
    np.testing.assert_allclose(back(there(X)), X, rtol=1e-4, atol=1e-4)


def test_bins_hold_about_equally_many():
    counts = np.bincount(np.asarray(adapted(layers.Discretization(num_bins=4))(X)).ravel())
    assert len(counts) == 4
    assert counts.min() > 20


def test_counts_have_weights():
    layer = layers.CategoryEncoding(4, "count")
    y = layer(np.array([[0, 1], [3, 3]]), count_weights=np.array([[0.5, 2.0], [1.0, 0.25]]))
    np.testing.assert_allclose(y, [[0.5, 2, 0, 0], [0, 0, 0, 1.25]])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: layers.Normalization(mean=1.0), ValueError, "mean and variance must be given both"),
        (
            lambda: layers.Normalization(mean=1.0, variance=1.0).adapt(X),
            UsageError,
            "without a mean of its own",
        ),
        (
            lambda: layers.Normalization().adapt(7),
            UsageError,
            "needs an array or an iterable of batches; got int",
        ),
        (lambda: layers.Normalization().adapt([]), UsageError, "at least one batch; got none"),
        (
            lambda: layers.Discretization(),
            ValueError,
            "bin_boundaries or num_bins must be given; got neither",
        ),
        (lambda: layers.Discretization([2.0, 1.0]), ValueError, "bin_boundaries must ascend"),
        (lambda: layers.Discretization([1.0]).adapt(X), UsageError, "adapt needs num_bins"),
        (lambda: layers.Discretization(num_bins=3)(X), UsageError, r"Call adapt\(data\) first"),
        (lambda: layers.CategoryEncoding(3, "int"), ValueError, 'must be "one_hot", "multi_hot" or "count"'),
        (
            lambda: layers.CategoryEncoding(3)(np.array([[3]])),
            ValueError,
            r"classes must be in 0\.\.2; got 3\.\.3",
        ),
        (
            lambda: layers.CategoryEncoding(3)(np.array([[1]]), count_weights=np.ones((1, 1))),
            UsageError,
            'count_weights are for output_mode "count"',
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
