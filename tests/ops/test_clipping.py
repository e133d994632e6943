"""Norms of gradients, and the three ways of clipping them, on trees."""

import numpy as np
import pytest

import wengert as wg


@pytest.fixture
def grads(rng):
    return {"a": wg.Tensor(rng.standard_normal((3, 4))), "b": [wg.Tensor(rng.standard_normal(5) * 9)]}


def arrays(tree):
    return [tree["a"].numpy(), tree["b"][0].numpy()]


@pytest.mark.parametrize("wrap", [lambda f: f, wg.function])
def test_norms(grads, wrap):
    a, b = arrays(grads)
    found = wrap(wg.gradient_norms)(grads)
    np.testing.assert_allclose([found["a"], found["b"][0]], [np.linalg.norm(a), np.linalg.norm(b)])
    both = np.sqrt(np.sum(a * a) + np.sum(b * b))
    np.testing.assert_allclose(wrap(wg.global_norm)(grads), both, rtol=1e-6)


def test_each_time_step_of_a_recurrent_layer_has_a_norm(rng):
    """Weights near 0: what a step adds to the loss at the end vanishes towards the first step."""
    layer = wg.layers.SimpleRNN(3)
    x = wg.Tensor(rng.standard_normal((2, 6, 4)).astype("f"))
    layer(x)
    for v in layer.trainable_variables:
        v.assign(v * 0.2)
    g = wg.grad(lambda x: wg.sum(layer(x)))(x)
    norms = wg.gradient_norms(g, axis=1).numpy()
    assert norms.shape == (6,)
    np.testing.assert_allclose(
        norms, np.linalg.norm(g.numpy().swapaxes(0, 1).reshape(6, -1), axis=1), rtol=1e-6
    )
    assert np.all(np.diff(norms) > 0)


def test_clipping_by_value(grads):
    got, want = arrays(wg.clip_by_value(grads, 0.5)), [np.clip(x, -0.5, 0.5) for x in arrays(grads)]
    for g, w in zip(got, want, strict=True):
        np.testing.assert_array_equal(g, w)


def test_clipping_by_norm_is_for_each(grads):
    a, b = arrays(grads)
    got = arrays(wg.clip_by_norm(grads, 9.0))
    np.testing.assert_array_equal(got[0], a)  # its norm is smaller
    np.testing.assert_allclose(got[1], b * 9.0 / np.linalg.norm(b))


def test_clipping_by_global_norm_keeps_the_direction(grads):
    got = arrays(wg.clip_by_global_norm(grads, 2.0))
    np.testing.assert_allclose(np.sqrt(sum(np.sum(g * g) for g in got)), 2.0, rtol=1e-6)
    for g, x in zip(got, arrays(grads), strict=True):
        np.testing.assert_allclose(g / got[0][0, 0], x / grads["a"].numpy()[0, 0], rtol=1e-6)


@pytest.mark.parametrize("clip", [wg.clip_by_value, wg.clip_by_norm, wg.clip_by_global_norm])
def test_small_gradients_and_zeros_stay_as_they_are(clip):
    np.testing.assert_array_equal(clip([wg.Tensor([0.1, 0.0])], 1.0)[0], np.float32([0.1, 0.0]))
    np.testing.assert_array_equal(clip([wg.zeros(2)], 1.0)[0], [0, 0])
