"""What a network learned about the digits 0-6 tells 7-9 apart, too: its convolutions are frozen, its head is new.

python examples/transfer.py [ROUNDS]      needs: pip install 'wengert[data]'

Each round shows five other images of each new digit, to a head on frozen features and to a network that is new: with a
third of the weights to train, the head does as well.
"""

import sys

import numpy as np

import wengert as wg

KNOWN, SHOWN = 7, 5


def features():
    """Two convolutions with pooling: an image as a vector."""
    layers = wg.layers
    return wg.Sequential(
        [
            wg.Input((28, 28, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
        ],
        name="features",
    )


def classifier(base, classes, optimizer):
    """One score a class on top of the features."""
    model = wg.Sequential([wg.Input((28, 28, 1)), base, wg.layers.Dropout(0.3), wg.layers.Dense(classes)])
    loss = wg.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def main(rounds):
    wg.set_random_seed(0)
    (x, y), (x_test, y_test) = wg.datasets.digits(dtype="float32")
    test = x_test[y_test >= KNOWN], y_test[y_test >= KNOWN] - KNOWN

    base = features()
    old = classifier(base, KNOWN, wg.optimizers.Adam(2e-3))
    old.fit(x[y < KNOWN], y[y < KNOWN], batch_size=64, epochs=5, verbose=0)
    learned = base.get_weights()

    base.trainable = False  # frozen: an optimizer changes the head alone
    models = {
        "on frozen features": classifier(base, 10 - KNOWN, wg.optimizers.SGD(0.1)),
        "from scratch": classifier(features(), 10 - KNOWN, wg.optimizers.SGD(0.1)),
    }
    starts = {name: model.get_weights() for name, model in models.items()}
    right = {name: [] for name in models}
    for seed in range(rounds):
        rng = np.random.default_rng(seed)
        few = np.concatenate(
            [rng.choice(np.flatnonzero(y == digit), SHOWN, replace=False) for digit in range(KNOWN, 10)]
        )
        for name, model in models.items():
            model.set_weights(starts[name])
            model.fit(x[few], y[few] - KNOWN, epochs=100, verbose=0)
            right[name].append(model.evaluate(*test, verbose=0)[1])

    assert all(np.array_equal(a, b) for a, b in zip(learned, base.get_weights(), strict=True))
    for name, model in models.items():
        trained = sum(w.value.size for w in model.trainable_weights)
        print(f"{name:20} {trained:6,} weights trained, {100 * np.mean(right[name]):.1f} % right on average")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
