"""Watch the resident memory of a process that trains: many steps, then many batch sizes never seen before."""

from __future__ import annotations

import argparse
import gc

import numpy as np

import machine
import wengert as wg

EXAMPLES = """
examples:
  python benchmarks/leaks.py
  python benchmarks/leaks.py --steps 1000 --sizes 100
"""
# Batch sizes met before the count starts; the largest is larger than any later one.
SEEN = (
    1,
    7,
    32,
    100,
    1024,
)
FEATURES, CLASSES = 16, 4


def small_model() -> wg.Sequential:
    model = wg.Sequential(
        [wg.Input((FEATURES,)), wg.layers.Dense(32, activation="relu"), wg.layers.Dense(CLASSES)]
    )
    model.compile(
        optimizer=wg.optimizers.Adam(), loss=wg.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    return model


def kibibytes() -> float:
    """Resident memory after a garbage collection."""
    gc.collect()
    return machine.resident_bytes() / 1024


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--steps", type=int, default=10_000, help="steps of batch sizes already seen (default: 10000)"
    )
    parser.add_argument("--sizes", type=int, default=900, help="new batch sizes, at most 1000 (default: 900)")
    args = parser.parse_args()
    random, model = np.random.default_rng(0), small_model()
    x = random.standard_normal((max(SEEN), FEATURES)).astype(np.float32)
    y = random.integers(0, CLASSES, max(SEEN)).astype(np.int32)

    def train(sizes: list[int]) -> float:
        """KiB that the process grew by while it trained on batches of these sizes."""
        before = kibibytes()
        for size in sizes:
            model.train_on_batch(x[:size], y[:size])
        return kibibytes() - before

    train([*SEEN] * 100)
    half = (SEEN * (args.steps // len(SEEN)))[: args.steps // 2]
    print(f"resident after warm-up: {kibibytes() / 1024:.1f} MiB")
    print(f"{len(half)} steps, batch sizes already seen: {train([*half]):+.0f} KiB")
    print(f"{len(half)} steps more:                       {train([*half]):+.0f} KiB")
    new = [n for n in range(1, max(SEEN)) if n not in SEEN][: args.sizes]
    growth = train(new)
    print(f"{len(new)} new batch sizes: {growth:+.0f} KiB, {growth / len(new):+.2f} KiB each")


if __name__ == "__main__":
    main()
