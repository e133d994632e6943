"""Is it English or Python? A bidirectional LSTM reads lines without their punctuation, letter by letter.

python examples/prose_or_code.py [EPOCHS]

The lines come with Python: of its language reference, and of the modules of its standard library.
"""

import argparse
import ast
import collections
import random
import sys
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np

import wengert as wg

LENGTH, COUNT = 40, 3000


def plain(line):
    """Letters and single spaces only: without brackets and colons it is not so easy."""
    return " ".join("".join(c if c.isalpha() else " " for c in line.lower()).split())


def lines():
    """Lines of both kinds, and 0 for prose, 1 for code."""
    text = "\n".join(topics.values())
    prose = [plain(line) for line in text.splitlines() if len(line) > 60]
    code = []
    for module in (argparse, ast, collections, random):
        source = Path(module.__file__).read_text(encoding="utf-8")
        code += [plain(line) for line in source.splitlines() if not line.lstrip().startswith("#")]
    rng = np.random.default_rng(0)
    found = []
    for label, kind in enumerate((prose, code)):
        long = sorted({line for line in kind if len(line) > 15})
        found += [(long[k], label) for k in rng.permutation(len(long))[:COUNT]]
    return [found[k] for k in rng.permutation(len(found))]


def main(epochs):
    wg.set_random_seed(0)
    texts, labels = map(np.array, zip(*lines(), strict=True))
    letters = wg.layers.TextVectorization(split="character", output_sequence_length=LENGTH)
    letters.adapt(texts)
    x, y = letters(texts), labels.astype("float32")[:, None]
    print(f"{len(x)} lines, {letters.vocabulary_size()} symbols; the first: {str(texts[0])!r}")

    model = wg.Sequential(
        [
            wg.Input((LENGTH,), dtype="int64"),
            wg.layers.Embedding(letters.vocabulary_size(), 16, mask_zero=True),
            wg.layers.Bidirectional(wg.layers.LSTM(32)),
            wg.layers.Dropout(0.2),
            wg.layers.Dense(1),
        ]
    )
    model.compile(
        wg.optimizers.Adam(5e-3),
        wg.losses.BinaryCrossentropy(from_logits=True),
        metrics=[wg.metrics.BinaryAccuracy(threshold=0.0)],
    )
    kept = len(x) // 5
    model.fit(x[kept:], y[kept:], batch_size=64, epochs=epochs, verbose=2)
    _, accuracy = model.evaluate(x[:kept], y[:kept], verbose=0)
    print(f"right about {100 * accuracy:.1f} % of {kept} lines that it has not read")
    for line in (
        "the value of this name is looked up in the module",
        "for name in names if name is not none",
    ):
        share = 1 / (1 + np.exp(-float(model.predict(letters([line]), verbose=0)[0, 0])))
        print(f"{100 * share:5.1f} % code: {line}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
