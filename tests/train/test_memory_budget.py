"""`fit(memory_budget=)`: the same training in less memory."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import BudgetError, ValueRangeError

X = np.random.default_rng(0).standard_normal((48, 12, 12, 3)).astype("f")
Y = np.random.default_rng(1).integers(0, 4, 48)


def small_convnet():
    wg.random.set_seed(0)
    conv = [wg.layers.Conv2D(8, 3, padding="same", activation="relu") for _ in range(6)]
    layers = [layer for c in conv for layer in (c, wg.layers.BatchNormalization())]
    model = wg.Sequential(
        [wg.Input((12, 12, 3)), *layers, wg.layers.Dropout(0.3), wg.layers.Flatten(), wg.layers.Dense(4)]
    )
    model.compile("adam", wg.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def fitted(budget=None):
    model = small_convnet()
    history = model.fit(X, Y, batch_size=20, epochs=2, verbose=0, memory_budget=budget)
    return model, history.history


@pytest.fixture(scope="module")
def free():
    return fitted()


def test_training_in_less_memory_gives_the_same_bits(free):
    model, history = free
    memory = model.memory(batch=20)
    budget = memory.total - memory["arena"] * 2 // 5
    lean, again = fitted(budget)
    assert lean.memory(batch=20).total <= budget
    assert again == history
    for a, b in zip(lean.weights, model.weights, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_a_budget_that_cannot_be_met_says_which_could(free):
    with pytest.raises(BudgetError, match=r"must be at least [\d,]+ bytes for batch=20.*got 1,000") as caught:
        fitted(1000)
    least = int(str(caught.value).split("at least ")[1].split()[0].replace(",", ""))
    assert least < free[0].memory(batch=20).total
    lean, again = fitted(least)
    assert lean.memory(batch=20).total <= least
    assert again == free[1]


def test_the_next_fit_without_a_budget_has_none(free):
    model, _ = fitted(free[0].memory(batch=20).total)
    before = model.train_step
    model.fit(X, Y, batch_size=20, epochs=1, verbose=0)
    assert model.train_step is not before
    assert model.train_step.memory_budget is None


@pytest.mark.parametrize("budget", [0, -5, 1.5, "1 GB"])
def test_a_budget_is_a_number_of_bytes(budget):
    with pytest.raises(ValueRangeError, match="memory_budget must be a positive int"):
        small_convnet().fit(X, Y, verbose=0, memory_budget=budget)
