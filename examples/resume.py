"""Training that is cut short goes on where it was: stop this with Ctrl-C, and start it again.

python examples/resume.py [--epochs 20] [--folder backup]
"""

import argparse

import numpy as np

import wengert as wg


def spirals(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Points on three arms of a spiral, and which arm each is on."""
    rng = np.random.default_rng(0)
    arm = rng.integers(0, 3, rows)
    radius = rng.uniform(0.1, 1, rows)
    angle = 4 * radius + 2 * np.pi / 3 * arm + rng.normal(0, 0.4, rows)
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], 1).astype("f"), arm


def main(epochs: int, folder: str) -> float:
    wg.set_random_seed(0)
    model = wg.Sequential(
        [
            wg.Input((2,)),
            wg.layers.Dense(64, activation="relu"),
            wg.layers.BatchNormalization(),
            wg.layers.Dropout(0.1),
            wg.layers.Dense(64, activation="relu"),
            wg.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = spirals(20_000)
    # Weights, Adam's moments, dropout's stream, the order of the rows and the place in it are all in the backup: the
    # curve that goes on is the curve that would have been.
    backup = wg.callbacks.BackupAndRestore(folder, save_freq=100)
    history = model.fit(x, y, batch_size=64, epochs=epochs, validation_split=0.2, callbacks=[backup])
    print(f"validation accuracy: {history.history['val_accuracy'][-1]:.3f}")
    return history.history["val_accuracy"][-1]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--folder", default="backup")
    main(**vars(parser.parse_args()))
