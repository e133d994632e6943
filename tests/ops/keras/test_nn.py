"""Normalisation, attention and CTC by Keras's names, beside their formulas."""

import itertools

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from wengert import ops
from wengert.base.errors import ShapeError, UsageError, ValueRangeError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 4, 5)).astype("float32")


def test_normalisations_are_their_formulas():
    mean, var, scale, offset = RNG.random((4, 4)).astype("float32")
    want = scale[:, None] * (X - mean[:, None]) / np.sqrt(var + 0.1)[:, None] + offset[:, None]
    np.testing.assert_allclose(
        ops.batch_normalization(X, mean, var, 1, offset, scale, 0.1), want, rtol=1e-5, atol=1e-6
    )
    want = (X - X.mean((1, 2), keepdims=True)) / X.std((1, 2), keepdims=True)
    np.testing.assert_allclose(ops.layer_normalization(X, axis=(1, 2)), want, rtol=1e-4, atol=1e-5)
    gamma = RNG.random(4).astype("float32")
    want = gamma[:, None] * (X - X.mean(1, keepdims=True)) / X.std(1, keepdims=True)
    np.testing.assert_allclose(ops.layer_normalization(X, gamma, axis=1), want, rtol=1e-4, atol=1e-5)
    want = X / np.sqrt((X**2).mean(-1, keepdims=True))
    np.testing.assert_allclose(ops.rms_normalization(X), want, rtol=1e-5)


def attended(q, k, v, bias, mask):
    """One head after the other."""
    out = np.zeros((*q.shape[:3], v.shape[3]))
    for b, h in np.ndindex(q.shape[0], q.shape[2]):
        g = h * k.shape[2] // q.shape[2]
        scores = q[b, :, h] @ k[b, :, g].T / np.sqrt(q.shape[3]) + bias[b, h]
        out[b, :, h] = softmax(np.where(mask[b, h], scores, -np.inf), -1) @ v[b, :, g]
    return out


def test_attention_is_a_mean_weighted_by_a_softmax():
    q, k, v = RNG.normal(size=(2, 5, 4, 3)), RNG.normal(size=(2, 6, 2, 3)), RNG.normal(size=(2, 6, 2, 3))
    bias, mask = RNG.normal(size=(1, 4, 5, 6)), RNG.random((2, 1, 5, 6)) > 0.4
    mask[..., 0] = True
    got = ops.dot_product_attention(q, k, v, bias, mask)
    shape = (2, 4, 5, 6)
    np.testing.assert_allclose(
        got, attended(q, k, v, np.broadcast_to(bias, shape), np.broadcast_to(mask, shape)), rtol=1e-6
    )
    before = np.broadcast_to(np.tri(5, 6, dtype=bool), shape)
    got = ops.dot_product_attention(q, k, v, is_causal=True)
    np.testing.assert_allclose(got, attended(q, k, v, np.zeros(shape), before), rtol=1e-6)


def test_long_sequences_go_block_by_block_to_the_same():
    q, k, v = RNG.normal(size=(3, 1, 1024, 2, 4)).astype("float32")
    plain = ops.dot_product_attention(q, k, v, bias=np.zeros((1, 1, 1, 1), "float32"), is_causal=True)
    np.testing.assert_allclose(ops.dot_product_attention(q, k, v, is_causal=True), plain, atol=1e-5)


def said(path, blank):
    return tuple(c for c, _ in itertools.groupby(path) if c != blank)


def by_labels(scores, length, blank):
    """The probability of each sequence of labels: that of all ways to say it."""
    logs, found = log_softmax(scores[:length], -1), {}
    for path in itertools.product(range(scores.shape[1]), repeat=length):
        p = np.exp(sum(logs[t, c] for t, c in enumerate(path)))
        found[said(path, blank)] = found.get(said(path, blank), 0) + p
    return found


SCORES, LENGTHS = RNG.normal(size=(2, 6, 4)).astype("float32") * 2, np.array([6, 4])


def test_ctc_loss_counts_all_ways_to_say_labels():
    target, counts = np.array([[1, 1, 3], [2, 9, 9]]), np.array([3, 1])
    got = ops.ctc_loss(target, SCORES, counts, LENGTHS, mask_index=0)
    want = [-np.log(by_labels(SCORES[k], LENGTHS[k], 0)[tuple(target[k, : counts[k]])]) for k in range(2)]
    np.testing.assert_allclose(got, want, rtol=1e-4)


@pytest.mark.parametrize("blank", [0, 2])
def test_a_wide_beam_finds_the_most_probable_labels(blank):
    labels, logs = ops.ctc_decode(SCORES, LENGTHS, "beam_search", 300, 4, mask_index=blank)
    for k in range(2):
        best = sorted(by_labels(SCORES[k], LENGTHS[k], blank).items(), key=lambda item: -item[1])[:4]
        for n, (want, p) in enumerate(best):
            row = np.asarray(labels)[n, k]
            assert tuple(row[row >= 0]) == want
            assert not (row[len(want) :] >= 0).any()
            assert np.asarray(logs)[k, n] == pytest.approx(np.log(p), abs=1e-4)


def test_where_there_are_fewer_labels_than_asked_for_the_rest_is_impossible():
    labels, logs = ops.ctc_decode(SCORES[:, :1, :2], np.array([1, 1]), "beam_search", 5, 3)
    assert np.isneginf(np.asarray(logs)[:, 2]).all()
    assert (np.asarray(labels)[2] == -1).all()


def test_greedy_labels_are_the_best_class_of_each_step():
    steps = [1, 1, 0, 1, 2, 2]
    scores = np.eye(3, dtype="float32")[[steps]]
    merged, total = ops.ctc_decode(scores, np.array([6]))
    assert np.asarray(merged)[0, 0].tolist() == [1, 1, 2, -1, -1, -1]
    assert float(total[0, 0]) == -6
    apart, total = ops.ctc_decode(scores, np.array([5]), merge_repeated=False)
    assert np.asarray(apart)[0, 0].tolist() == [1, 1, 1, 2, -1, -1]
    assert float(total[0, 0]) == -5


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: ops.ctc_decode(X, [4, 4], "beams"),
            ValueRangeError,
            'strategy must be "greedy" or "beam_search"',
        ),
        (
            lambda: ops.ctc_decode(X, [4, 4], mask_index=5),
            ValueRangeError,
            r"the blank must be a class in 0\.\.4",
        ),
        (
            lambda: ops.ctc_decode(X, [4]),
            ShapeError,
            r"needs scores \[batch, time, classes\] and lengths \[batch\]",
        ),
        (lambda: ops.dot_product_attention(X, X, X), ShapeError, "attention: query must be"),
        (
            lambda: ops.dot_product_attention(X[None], X[None], X[None], attn_logits_soft_cap=3.0),
            UsageError,
            "attn_logits_soft_cap must be None",
        ),
        (lambda: ops.psnr(X, X[:1], 1.0), ShapeError, "psnr: both must have the same shape"),
    ],
)
def test_wrong_calls_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()
