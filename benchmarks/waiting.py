"""The share of the time that `fit` waits for its data: LeNet on Fashion-MNIST, read from its IDX files.

    python benchmarks/waiting.py /usr/share/datasets/fashion-mnist      # Debian's package dataset-fashion-mnist

The files are read, shuffled, put into batches, scaled by threads and fetched ahead while the step computes. An epoch's
share counts all the time in which the step has no batch to work on, that until the first one included.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import wengert as wg
from wengert import zoo
from wengert.data import Dataset


class Watched:
    """A data set that remembers who reads it."""

    def __init__(self, data: Dataset) -> None:
        self.data, self.fingerprint = data, data.fingerprint

    def iterate(self, state: Any = None, *, epoch: int = 0) -> Any:
        self.iterator = self.data.iterate(state, epoch=epoch)
        return self.iterator

    def __iter__(self) -> Any:
        return self.iterate()


def reading(folder: Path) -> Watched:
    """Batches of the pictures, in another order each epoch."""
    files = [folder / f"train-{name}-ubyte.gz" for name in ("images-idx3", "labels-idx1")]
    data = Dataset.idx(*files).shuffle(10_000, seed=0).batch(128, drop_remainder=True)
    return Watched(data.map(lambda x, y: (x[..., None] / 255.0, y), 2).prefetch(2))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=4)
    args = parser.parse_args()
    data, model, shares = reading(args.folder), zoo.lenet(), []
    loss = wg.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    told = wg.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: shares.append(data.iterator.waited))
    model.fit(data, epochs=args.epochs, verbose=2, callbacks=[told])
    print("waited", ", ".join(f"{share:.1%}" for share in shares), "of each epoch; aim: less than 5 %")


if __name__ == "__main__":
    main()
