"""Small models and data that tests of training share."""

import numpy as np

import wengert as wg


def blobs(rows: int = 120, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points around one corner a class: easy to tell apart."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, rows)
    x = rng.normal(size=(rows, 4)).astype(np.float32) + 3 * np.eye(classes, 4, dtype=np.float32)[y]
    return x, y


def classifier(**more) -> wg.Sequential:
    """Two dense layers, for `blobs`."""
    wg.set_random_seed(1)
    model = wg.Sequential(
        [
            wg.Input((4,)),
            wg.layers.Dense(8, activation="relu", name="hidden"),
            wg.layers.Dense(3, activation="softmax", name="scores"),
        ]
    )
    model.compile(
        "adam", "sparse_categorical_crossentropy", metrics=["accuracy"], **{"run_eagerly": True, **more}
    )
    return model


def everything() -> wg.Sequential:
    """A model with every kind of state: weights, statistics, random counters, slots."""
    wg.set_random_seed(2)
    model = wg.Sequential(
        [
            wg.Input((6, 6, 2)),
            wg.layers.Conv2D(3, 3, padding="same", activation="relu"),
            wg.layers.BatchNormalization(),
            wg.layers.MaxPooling2D(),
            wg.layers.Flatten(),
            wg.layers.Dropout(0.3),
            wg.layers.Dense(3),
        ]
    )
    model.compile(
        wg.optimizers.SGD(0.05, momentum=0.9),
        wg.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        run_eagerly=True,
    )
    return model


def images(rows: int = 20) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return rng.normal(size=(rows, 6, 6, 2)).astype(np.float32), rng.integers(0, 3, rows)
