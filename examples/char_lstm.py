"""An LSTM reads a text letter by letter, learns to guess the next one, and then writes in the same manner.

python examples/char_lstm.py [--text FILE] [--epochs N] [--units N]

Without a file it reads the language reference that comes with Python.
"""

import argparse
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np

import wengert as wg
from wengert import zoo

LENGTH, BATCH = 64, 32


def sequences(codes):
    """Rows of LENGTH letters, and the same rows one letter further on."""
    count = (len(codes) - 1) // LENGTH
    x, y = (codes[k : k + count * LENGTH].reshape(count, LENGTH) for k in (0, 1))
    return x, y


def write(model, letters, beginning, count, temperature):
    """Text that goes on from a beginning: each letter is drawn from softmax(scores / temperature)."""
    rng = np.random.default_rng(0)
    text = beginning
    for _ in range(count):
        codes = np.array([[letters.index(c) for c in text[-LENGTH:]]])
        scores = model.predict(codes, verbose=0)[0, -1] / temperature
        shares = np.exp(scores - scores.max())
        text += letters[rng.choice(len(letters), p=shares / shares.sum())]
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--text", type=Path, help="a text file; default: the reference of Python")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--units", type=int, default=256)
    parser.add_argument("--most", type=int, default=500_000, help="letters to read")
    asked = parser.parse_args()

    wg.set_random_seed(0)
    text = asked.text.read_text(encoding="utf-8") if asked.text else "\n".join(topics.values())
    text = text[: asked.most]
    letters = "".join(sorted(set(text)))
    x, y = sequences(np.array([letters.index(c) for c in text]))
    print(f"{len(text):,} letters, {len(letters)} different ones")

    model = zoo.char_rnn(len(letters), "lstm", embedding=32, units=asked.units, depth=1)
    model.compile(
        wg.optimizers.Adam(3e-3, clipnorm=1.0), wg.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    history = model.fit(x, y, batch_size=BATCH, epochs=asked.epochs, validation_split=0.1, verbose=2)

    bits = history.history["val_loss"][-1] / np.log(2)
    print(f"bits a letter: {bits:.2f} on text it has not read; {np.log2(len(letters)):.2f} is guessing")
    for temperature in (0.3, 0.8):
        print(f"\ntemperature {temperature}\n{write(model, letters, 'The ', 200, temperature)}")


if __name__ == "__main__":
    main()
