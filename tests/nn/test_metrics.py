"""Metrics beyond Keras's values: choice by name, state, exact counts."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ShapeError
from wengert.ir.types import TensorType
from wengert.nn import losses, metrics


@pytest.mark.parametrize(
    ("labels", "output", "kind"),
    [
        ("i64[batch]", "f32[batch,10]", metrics.SparseCategoricalAccuracy),
        ("i64[batch,1]", "f32[batch,10]", metrics.SparseCategoricalAccuracy),
        ("f32[batch,10]", "f32[batch,10]", metrics.CategoricalAccuracy),
        ("f32[batch,1]", "f32[batch,1]", metrics.BinaryAccuracy),
        ("i64[batch,7]", "f32[batch,7,10]", metrics.SparseCategoricalAccuracy),
    ],
)
def test_accuracy_is_the_kind_that_fits(labels, output, kind):
    found = metrics.get("accuracy", TensorType.parse(labels), TensorType.parse(output))
    assert type(found) is kind
    assert found.name == "accuracy"


def test_a_mean_stays_exact_beyond_what_float32_counts():
    mean = metrics.Mean()
    mean.count.assign(np.float64(2**24))
    mean.update_state(np.ones(1, np.float32))
    assert mean.count.numpy() == 2**24 + 1


def test_nothing_seen_is_zero_and_reset_forgets():
    mean = metrics.Mean()
    assert float(mean.result()) == 0
    assert float(mean([2.0, 4.0])) == 3
    mean.reset_state()
    assert float(mean.result()) == 0


def test_state_moves_inside_of_a_compiled_program():
    accuracy = metrics.SparseCategoricalAccuracy()
    f = wg.function(accuracy.update_state, signature=("i64[batch]", "f32[batch,3]"))
    f(np.array([0, 1, 2]), np.eye(3, dtype=np.float32))
    f(np.array([0]), np.eye(3, dtype=np.float32)[1:2])
    assert float(accuracy.result()) == 0.75


def test_shapes_that_do_not_fit_are_shown():
    with pytest.raises(ShapeError, match=r"labels i64\[2,3\], predictions f32\[2,3\]"):
        metrics.SparseCategoricalAccuracy().update_state(np.ones((2, 3), int), np.ones((2, 3), np.float32))


def test_a_function_of_the_users_own_is_a_metric():
    metric = metrics.get(lambda t, p: wg.abs(t - p))
    metric.update_state(np.zeros(2, np.float32), np.array([1, 3], np.float32))
    assert float(metric.result()) == 2


@pytest.mark.parametrize("weight", [None, np.array([1, 2, 3], np.float32)], ids=["even", "weighted"])
@pytest.mark.parametrize("reduction", ["sum", "sum_over_batch_size", "mean_with_sample_weight"])
def test_ignored_classes_count_nothing_in_the_loss(reduction, weight):
    loss = losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1, reduction=reduction)
    scores = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    some = loss(np.array([1, -1, 2]), scores, weight)
    both = loss(np.array([1, 2]), scores[[0, 2]], None if weight is None else weight[[0, 2]])
    assert float(some) == pytest.approx(float(both), rel=1e-6)


@pytest.mark.parametrize("weight", [None, np.array([1, 2, 3], np.float32)], ids=["even", "weighted"])
def test_ignored_classes_count_nothing_in_the_metric(weight):
    scores = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    some = metrics.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    both = metrics.SparseCategoricalCrossentropy(from_logits=True)
    some.update_state(np.array([1, -1, 2]), scores, weight)
    both.update_state(np.array([1, 2]), scores[[0, 2]], None if weight is None else weight[[0, 2]])
    assert float(some.result()) == pytest.approx(float(both.result()), rel=1e-6)


def test_a_wrapper_passes_further_arguments_on():
    def beyond(y_true, y_pred, limit):
        return wg.abs(y_true - y_pred) > limit

    metric = metrics.MeanMetricWrapper(beyond, limit=2.0)
    metric.update_state(np.zeros(4, np.float32), np.array([1, 2, 3, 4], np.float32))
    assert (metric.name, float(metric.result())) == ("beyond", 0.5)


@pytest.mark.parametrize("name", ["mse", "mean_squared_error", "MeanSquaredError"])
def test_losses_by_any_of_their_names(name):
    assert isinstance(losses.get(name), losses.MeanSquaredError)


def test_sample_weights_must_fit():
    with pytest.raises(ShapeError, match=r"sample_weight: must have one number a sample; got f64\[2\]"):
        losses.get("mse")(np.zeros((3, 2)), np.zeros((3, 2)), np.ones(2, np.float32))


@pytest.mark.parametrize("count", [0, 1, 2**62])
def test_there_are_as_many_thresholds_as_float32_tells_apart(count):
    with pytest.raises(ValueError, match=r"AUC: num_thresholds must be an int in 2\.\.16,777,216; got "):
        metrics.AUC(num_thresholds=count)
