"""Losses stay exact where naive formulas overflow or vanish."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import IndexRangeError, ShapeError
from wengert.ops import activations, losses

SCORES = np.array([[1000, -1000, 0], [-300, 5, 80], [0, 0, 0]], np.float32)
LABELS = np.array([1, 0, 2])


def exact(scores, labels):
    x = scores.astype(np.float64)
    x = x - x.max(-1, keepdims=True)
    return np.log(np.exp(x).sum(-1)) - x[np.arange(len(x)), labels]


def test_cross_entropy_from_logits_does_not_overflow():
    got = losses.sparse_categorical_crossentropy(LABELS, SCORES, from_logits=True)
    np.testing.assert_allclose(got, exact(SCORES, LABELS), rtol=1e-6)


def test_a_recorded_softmax_is_as_exact_as_its_logits():
    """Keras users end a model with softmax: loss and gradient must not vanish where it underflows."""

    def loss(x):
        return wg.sum(losses.sparse_categorical_crossentropy(LABELS, activations.softmax(x)))

    step = wg.function(wg.value_and_grad(loss), signature=("f32[3,3]",), compiled=False)
    value, gradient = step(SCORES)
    np.testing.assert_allclose(value.item(), exact(SCORES, LABELS).sum(), rtol=1e-6)
    p = np.exp(SCORES - SCORES.max(-1, keepdims=True), dtype=np.float64)
    want = p / p.sum(-1, keepdims=True) - np.eye(3)[LABELS]
    np.testing.assert_allclose(gradient.numpy(), want, atol=1e-6)


def test_a_recorded_sigmoid_is_as_exact_as_its_logits():
    x = np.array([[200.0], [-200.0], [3.0]], np.float32)
    y = np.array([[0.0], [1.0], [1.0]], np.float32)
    step = wg.function(
        lambda a: losses.binary_crossentropy(y, activations.sigmoid(a)),
        signature=("f32[3,1]",),
        compiled=False,
    )
    np.testing.assert_allclose(step(x).numpy(), [200, 200, np.log1p(np.exp(-3.0))], rtol=1e-6)


def test_softmax_over_another_axis_is_not_taken_for_the_classes():
    x = np.random.default_rng(0).normal(size=(3, 3)).astype(np.float32)

    def f(a):
        return losses.sparse_categorical_crossentropy(LABELS, activations.softmax(a, axis=0))

    got = wg.function(f, signature=("f32[3,3]",), compiled=False)(x).numpy()
    np.testing.assert_allclose(got, f(x), rtol=1e-6)


@pytest.mark.parametrize("label", [-1, 3])
@pytest.mark.parametrize("compiled", [False, True])
def test_a_label_out_of_range_is_an_error_when_the_program_runs(label, compiled):
    f = wg.function(
        lambda y, x: losses.sparse_categorical_crossentropy(y, x, from_logits=True),
        signature=("i64[batch]", "f32[batch,3]"),
        compiled=compiled,
    )
    with pytest.raises(IndexRangeError, match=rf"0\.\.2.*got (index )?{label}"):
        f(np.array([0, label, 1]), SCORES)


def test_shapes_that_do_not_fit_are_shown():
    with pytest.raises(ShapeError, match=r"labels i64\[2\], predictions f32\[3,3\].*one-hot"):
        losses.sparse_categorical_crossentropy(LABELS[:2], SCORES)
    with pytest.raises(ShapeError, match=r"mean_squared_error: .*f32\[3\].*f32\[3,3\]"):
        losses.mean_squared_error(SCORES[0], SCORES)
