"""Attention and merges: what does not fit is refused, and masks hide what they should."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import IndexRangeError, ShapeError, UsageError
from wengert.nn import layers
from wengert.ops.attention import LONG, causal, softmax_where

X = np.random.default_rng(0).normal(size=(2, 5, 8)).astype(np.float32)


def test_no_step_sees_those_after_it():
    layer = layers.MultiHeadAttention(2, 4)
    changed = X.copy()
    changed[:, 3:] = 0
    before, after = (np.asarray(layer(x, x, use_causal_mask=True)) for x in (X, changed))
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    assert not np.allclose(before[:, 3:], after[:, 3:])


@pytest.mark.parametrize("is_causal", [False, True])
def test_a_masked_softmax_has_all_its_derivatives(is_causal):
    """Those of the rows that see nothing are 0: these are means of everything, whatever the scores."""
    seen = np.array([[True, True, False], [False, False, False], [True, False, True]])
    weights = np.arange(9.0).reshape(3, 3)

    def f(x):
        return softmax_where([seen], x, causal(x) if is_causal else None) * weights

    x = np.random.default_rng(0).normal(size=(3, 3))
    report = wg.check(f, x)
    assert report.ok, str(report)
    np.testing.assert_allclose(f(x)[1], weights[1] / 3)
    np.testing.assert_array_equal(wg.grad(lambda x: wg.sum(f(x)))(wg.Tensor(x))[1], np.zeros(3))


def test_what_is_not_seen_has_weight_0_however_high_its_score():
    x = np.array([[1e30, -1e30, 3.0]], np.float32)
    y = np.asarray(softmax_where([np.array([[False, True, True]])], x))
    np.testing.assert_array_equal(y, [[0, 0, 1]])


@pytest.mark.parametrize("is_causal", [False, True])
def test_a_long_sequence_in_blocks_gives_what_it_gives_as_a_whole(is_causal):
    """With all masks; the gradients too."""
    rng = np.random.default_rng(0)
    x, g = rng.normal(size=(2, 2, LONG, 4)).astype(np.float32)
    layer = layers.MultiHeadAttention(2, 2)
    of_queries, of_values = rng.random((2, 2, LONG)) < 0.9
    masks = {
        "query_mask": of_queries,
        "value_mask": of_values,
        "attention_mask": rng.random((2, LONG, LONG)) < 0.5,
        "use_causal_mask": is_causal,
    }
    layer(x, x)

    def in_blocks(x):
        return layer(x, x, **masks)

    def as_a_whole(x):
        return layer(x, x, return_attention_scores=True, **masks)[0]

    results = []
    for f in (in_blocks, as_a_whole):
        both = wg.function(lambda x, g, f=f: (f(x), wg.grad(lambda x: wg.sum(f(x) * g))(x)))
        results.append(both(x, g))
    for got, want in zip(*(map(np.asarray, r) for r in results), strict=True):
        np.testing.assert_allclose(got, want, atol=2e-5 * float(np.abs(want).max()))


def test_a_long_sequence_never_has_all_its_scores_in_memory():
    x = np.zeros((1, 2 * LONG, 4), np.float32)
    layer = layers.MultiHeadAttention(1, 4)
    layer(x[:, :1], x[:, :1])
    f = wg.function(lambda x: wg.grad(lambda x: wg.sum(layer(x, x, use_causal_mask=True) ** 2))(x))
    f(x)
    assert f.memory().bytes_at({}) < 4 * (2 * LONG) ** 2 / 2


@pytest.mark.parametrize("causal", [False, True])
def test_one_program_serves_every_length(causal):
    layer = layers.MultiHeadAttention(2, 4)
    layer(X, X)
    f = wg.function(lambda x: layer(x, x, use_causal_mask=causal), signature=("f32[batch,time,8]",))
    for x in (X, X[:1, :3]):
        np.testing.assert_allclose(f(x), layer(x, x, use_causal_mask=causal), rtol=1e-5, atol=1e-6)
    assert f.compiles == 1


def test_dropout_of_attention_is_for_training_only():
    layer = layers.MultiHeadAttention(2, 4, dropout=0.5, seed=1)
    np.testing.assert_array_equal(layer(X, X), layer(X, X))
    assert not np.array_equal(layer(X, X, training=True), layer(X, X, training=True))


def test_positions_are_the_same_for_all_samples():
    layer = layers.PositionEmbedding(6)
    y = np.asarray(layer(X))
    np.testing.assert_array_equal(y[0], layer.get_weights()[0][:5])
    np.testing.assert_array_equal(y[0], y[1])
    with pytest.raises(ShapeError, match=r"must not be longer than 6 steps; got f32\[2,7,8\]"):
        layer(np.zeros((2, 7, 8), np.float32))


def test_positions_of_any_length_are_checked_when_the_program_runs():
    layer = layers.PositionEmbedding(6)
    f = wg.function(layer, signature=("f32[batch,time,8]",))
    np.testing.assert_array_equal(f(X), layer(X))
    with pytest.raises(IndexRangeError, match=r"0\.\.5"):
        f(np.zeros((2, 7, 8), np.float32))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: layers.MultiHeadAttention(2, 4)(X, X[0]), ShapeError, r"must be \[batch, time, features\]"),
        (lambda: layers.Attention()(X), UsageError, "the input must be a list of arrays; got one ndarray"),
        (lambda: layers.Add()([X]), UsageError, "a list of at least 2 arrays; got 1"),
        (lambda: layers.Subtract()([X, X, X]), UsageError, r"a list of 2 arrays; got 3"),
        (lambda: layers.Add()([X, X[0]]), ShapeError, r"the same rank; got f32\[2,5,8\], f32\[5,8\]"),
        (
            lambda: layers.Concatenate(1)([X, X[:, :, :4]]),
            ShapeError,
            "all axes but axis 1 must be equally long",
        ),
        (lambda: layers.Attention(score_mode="sum"), ValueError, 'score_mode must be "dot" or "concat"'),
        (lambda: layers.MultiHeadAttention(0, 4), ValueError, "num_heads must be a positive int; got 0"),
        (lambda: layers.MultiHeadAttention(2, 4, dropout=1.5), ValueError, r"dropout must be in \[0, 1\)"),
    ],
)
def test_what_does_not_fit_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_window_hides_what_is_far():
    layer = layers.MultiHeadAttention(2, 4, sliding_window=2)
    changed = X.copy()
    changed[:, 3:] = 0
    before, after = (np.asarray(layer(x, x)) for x in (X, changed))
    np.testing.assert_allclose(before[:, :2], after[:, :2], rtol=1e-5, atol=1e-6)
    assert not np.allclose(before[:, 2], after[:, 2])


def test_attention_over_an_axis_leaves_the_others_apart():
    grid = np.random.default_rng(1).normal(size=(2, 3, 4, 8)).astype(np.float32)
    rows = layers.MultiHeadAttention(2, 4, attention_axes=2)
    whole = np.asarray(rows(grid, grid))
    for k in range(3):
        alone, alone_weights = rows(grid[:, k : k + 1], grid[:, k : k + 1], return_attention_scores=True)
        np.testing.assert_allclose(np.asarray(alone)[:, 0], whole[:, k], rtol=1e-5, atol=1e-6)
        assert alone_weights.shape == (2, 1, 2, 4, 4)


def test_groups_of_one_are_heads():
    groups, heads = layers.GroupQueryAttention(4, 2, 2), layers.MultiHeadAttention(2, 4)
    groups(X, X)
    heads(X, X)
    heads.set_weights(groups.get_weights())
    np.testing.assert_allclose(groups(X, X), heads(X, X), rtol=1e-5, atol=1e-6)
    assert layers.GroupedQueryAttention is layers.GroupQueryAttention


def test_shared_heads_have_one_key_each():
    layer = layers.GroupQueryAttention(head_dim=4, num_query_heads=6, num_key_value_heads=2)
    layer(X, X)
    assert [w.shape for w in layer.weights[:4]] == [(8, 6, 4), (6, 4), (8, 2, 4), (2, 4)]


def test_what_is_masked_has_no_weight_in_additive_attention():
    layer = layers.AdditiveAttention()
    mask = np.array([[True, False, True, True, False]] * 2)
    _, weights = layer([X, X], mask=[mask, mask], return_attention_scores=True)
    np.testing.assert_array_equal(np.asarray(weights)[:, :, [1, 4]], 0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: layers.GroupQueryAttention(4, 3, 2),
            "num_key_value_heads must divide num_query_heads; got 2 and 3",
        ),
        (lambda: layers.MultiHeadAttention(2, 4, sliding_window=0), "sliding_window must be a positive int"),
        (
            lambda: layers.MultiHeadAttention(2, 4, attention_axes=0)(X, X),
            "axes between the first and the last",
        ),
        (
            lambda: layers.MultiHeadAttention(2, 4)(X[:, None], X[:, None], query_mask=np.ones((2, 1), bool)),
            "Give an attention_mask",
        ),
        (lambda: layers.AdditiveAttention()([X[0], X[0]]), r"must be \[batch, time, dim\]"),
    ],
)
def test_attention_that_makes_no_sense_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
