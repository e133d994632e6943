"""`model.check()` finds likely mistakes, and nothing in models that have none; `fit` warns of the same."""

import warnings

import numpy as np
import pytest

import wengert as wg
from tests.train.models import blobs, classifier, everything, images
from wengert.base.errors import UsageError

X, Y = blobs(12)
SPARSE = wg.losses.SparseCategoricalCrossentropy


def dense(*layers):
    return wg.Sequential([wg.Input((4,)), *layers])


def functional(make):
    x = wg.Input((4,), name="x")
    return wg.Model(x, make(x))


class Forgetful(wg.Model):
    """A layer that is never called, and one whose result has no derivative."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.used, self.rounded, self.idle = (wg.layers.Dense(3, name=n) for n in ("used", "rounded", "idle"))

    def build(self, x):
        for layer in (self.used, self.rounded, self.idle):
            layer.ensure_built(x)

    def call(self, x):
        return self.used(x) + wg.stop_gradient(self.rounded(x))


MISTAKES = {
    "softmax, and again in the loss": (
        lambda: dense(wg.layers.Dense(3, activation="softmax")), SPARSE(from_logits=True), "double softmax"
    ),
    "softmax twice": (
        lambda: dense(wg.layers.Dense(3, activation="softmax"), wg.layers.Softmax()), SPARSE(), "double softmax"
    ),
    "sigmoid, and again in the loss": (
        lambda: dense(wg.layers.Dense(3, activation="sigmoid"), wg.layers.Reshape((3,))),
        wg.losses.BinaryCrossentropy(from_logits=True),
        "double softmax",
    ),
    "scores for probabilities": (lambda: dense(wg.layers.Dense(3)), SPARSE(), "logits"),
    "scores without a bias": (lambda: dense(wg.layers.Dense(3, use_bias=False)), "categorical_crossentropy", "logits"),
    "scores of a drawn model": (lambda: functional(lambda x: wg.layers.Dense(3)(x)), SPARSE(), "logits"),
    "idle layers": (Forgetful, SPARSE(from_logits=True), "no gradient"),
    "an input for nothing": (
        lambda: wg.Model([x := wg.Input((4,)), wg.Input((2,), name="idle")], wg.layers.Dense(3)(x)),
        SPARSE(from_logits=True),
        "unused input",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_found(name):
    make, loss, kind = MISTAKES[name]
    model = make()
    if not model.built:
        model(X)
    model.compile("sgd", loss, run_eagerly=True)
    assert [p.kind for p in model.check()] == [kind]


def test_fit_warns_once():
    model = dense(wg.layers.Dense(3))
    model.compile("sgd", SPARSE(), run_eagerly=True)
    with pytest.warns(RuntimeWarning, match="fit: loss 'sparse_.*' must be given probabilities") as told:
        model.fit(X, Y, epochs=2, verbose=0)
    assert len(told) == 1


def test_the_weights_without_gradients_are_named():
    model = Forgetful()
    model(X)
    model.compile("sgd", SPARSE(from_logits=True), run_eagerly=True)
    (problem,) = model.check()
    assert "rounded/kernel, rounded/bias, idle/kernel, idle/bias." in str(problem)


def test_an_output_without_a_loss_is_found_unless_it_is_left_out_on_purpose():
    x = wg.Input((4,))
    model = wg.Model(x, {"a": wg.layers.Dense(1)(x), "b": x * 2})
    model.compile("sgd", {"a": "mse"}, run_eagerly=True)
    assert [p.kind for p in model.check()] == ["unused output"]
    model.compile("sgd", {"a": "mse", "b": None}, run_eagerly=True)
    assert model.check() == []


@pytest.mark.parametrize(
    ("labels", "says"),
    [(np.full(12, 3), "must be classes below 3"), (Y[:5], "same number of rows"), (Y + 0.5, "whole numbers")],
)
def test_data_that_do_not_fit_are_found(labels, says):
    (problem,) = classifier().check(X, labels)
    assert problem.kind == "data"
    assert says in str(problem)


GOOD = {
    "softmax": (lambda: dense(wg.layers.Dense(3, activation="softmax")), SPARSE()),
    "scores": (lambda: dense(wg.layers.Dense(3)), SPARSE(from_logits=True)),
    "sigmoid": (lambda: dense(wg.layers.Dense(3, activation="sigmoid")), "binary_crossentropy"),
    "a softmax within": (
        lambda: dense(wg.layers.Dense(3, activation="softmax"), wg.layers.Dense(3, activation="softmax")),
        SPARSE(),
    ),
    "regression": (lambda: dense(wg.layers.Dense(3)), "mse"),
    "a mixture": (
        lambda: functional(
            lambda x: 0.5 * wg.layers.Dense(3, "softmax")(x) + 0.5 * wg.layers.Dense(3, "softmax")(x)
        ),
        SPARSE(),
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_models_without_mistakes_are_left_alone(name):
    make, loss = GOOD[name]
    model = make()
    model.compile("sgd", loss, run_eagerly=True)
    assert model.check() == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = Y if isinstance(loss, SPARSE) else np.eye(3, dtype="f")[Y]
        model.fit(X, y, verbose=0)


def test_checking_changes_nothing():
    model = everything()
    before = [v.numpy() for v in model.variables]
    assert model.check(*images()) == []
    assert all(np.array_equal(a, v.numpy()) for a, v in zip(before, model.variables, strict=True))


def test_a_model_that_was_not_compiled_is_refused():
    with pytest.raises(UsageError, match=r"check: the model must have a loss.*test_checks.py"):
        dense(wg.layers.Dense(3)).check()
