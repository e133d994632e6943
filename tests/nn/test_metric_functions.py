"""Metrics as functions: a value for each sample, of which the metric is the mean."""

import numpy as np
import pytest

import wengert as wg

RNG = np.random.default_rng(0)
SCORES = RNG.normal(size=(20, 6)).astype(np.float32)
CLASSES = RNG.integers(0, 6, 20)
ONE_HOT = np.eye(6, dtype=np.float32)[CLASSES]
BITS = RNG.integers(0, 2, (20, 6)).astype(np.float32)


@pytest.mark.parametrize(
    ("function", "metric", "labels"),
    [
        ("binary_accuracy", wg.metrics.BinaryAccuracy(), BITS),
        ("categorical_accuracy", wg.metrics.CategoricalAccuracy(), ONE_HOT),
        ("sparse_categorical_accuracy", wg.metrics.SparseCategoricalAccuracy(), CLASSES),
        ("top_k_categorical_accuracy", wg.metrics.TopKCategoricalAccuracy(), ONE_HOT),
        ("sparse_top_k_categorical_accuracy", wg.metrics.SparseTopKCategoricalAccuracy(), CLASSES),
        ("pearson_correlation", wg.metrics.PearsonCorrelation(), BITS + SCORES),
        ("concordance_correlation", wg.metrics.ConcordanceCorrelation(), BITS + SCORES),
    ],
)
def test_a_metric_is_the_mean_of_its_function(function, metric, labels):
    values = np.asarray(getattr(wg.metrics, function)(labels, SCORES))
    assert values.shape == (20,)
    metric.update_state(labels, SCORES)
    assert float(metric.result()) == pytest.approx(values.mean(), rel=1e-5)


def test_functions_of_losses_are_there_too():
    for name in (
        "binary_crossentropy",
        "categorical_hinge",
        "huber",
        "kl_divergence",
        "mean_squared_error",
        "poisson",
    ):
        assert getattr(wg.metrics, name)(np.abs(SCORES), np.abs(SCORES) + 0.1).shape == (20,)


def test_top_k_counts_the_k_most_likely():
    scores = np.array([[0.1, 0.3, 0.2]], np.float32)
    accuracy = wg.metrics.sparse_top_k_categorical_accuracy
    assert [float(accuracy(np.array([2]), scores, k=k)[0]) for k in (1, 2)] == [0, 1]
