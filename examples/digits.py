"""Train a small convolutional network on handwritten digits, save it, load it, and use it.

python examples/digits.py [FILE]      needs: pip install 'wengert[data]'
"""

import sys
from pathlib import Path

import numpy as np

import wengert as wg


def main(file: str) -> None:
    wg.set_random_seed(0)
    (x_train, y_train), (x_test, y_test) = wg.datasets.digits(dtype="float32")

    model = wg.Sequential(
        [
            wg.Input((28, 28, 1)),
            wg.layers.Conv2D(32, 3, activation="relu"),
            wg.layers.MaxPooling2D(2),
            wg.layers.Flatten(),
            wg.layers.Dropout(0.3),
            wg.layers.Dense(10),
        ]
    )
    model.compile(
        optimizer=wg.optimizers.Adam(3e-3),
        loss=wg.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(x_train, y_train, batch_size=64, epochs=4, validation_split=0.1)
    print(f"the training step was compiled {model.train_step.compiles} time, for all batch sizes")

    # The learning rate is a run-time number of the compiled step: changing it compiles nothing.
    model.optimizer.learning_rate = 3e-4
    model.fit(x_train, y_train, batch_size=256, epochs=1)
    assert model.train_step.compiles == 1

    loss, accuracy = model.evaluate(x_test, y_test)
    print(f"accuracy on {len(x_test)} digits that it has not seen: {100 * accuracy:.1f} %")

    model.save(file)
    again = wg.load_model(file)
    assert np.array_equal(again.predict(x_test), model.predict(x_test))

    scores = again.predict(x_test[:1])  # one image is a batch of one
    print(f"the first of them is a {scores.argmax()}; its label says {y_test[0]}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(Path("digits.wengert")))
