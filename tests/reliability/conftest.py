"""What tests of reliability share: how hard to try, and models to try it on."""

import numpy as np
import pytest

import wengert as wg


@pytest.fixture(scope="session")
def effort(request) -> int:
    """Trials are multiplied by it."""
    return request.config.getoption("--reliability")


@pytest.fixture
def data() -> tuple[np.ndarray, np.ndarray]:
    """Rows of four numbers, and classes 0..2."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(64, 4)).astype(np.float32), rng.integers(0, 3, 64)


@pytest.fixture
def model() -> wg.Sequential:
    """A small model with state of every kind, compiled."""
    wg.set_random_seed(1)
    new = wg.Sequential(
        [
            wg.Input((4,)),
            wg.layers.Dense(8, activation="relu", name="hidden"),
            wg.layers.BatchNormalization(name="norm"),
            wg.layers.Dropout(0.2, name="drop"),
            wg.layers.Dense(3, activation="softmax", name="scores"),
        ]
    )
    new.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return new
