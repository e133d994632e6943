"""A recurrent network learns to spell "hello": h, e, l, l go in one after the other, e, l, l, o should come out.

    h_t = tanh(U x_t + W h_(t-1) + b)        the state: what was read so far
    y_t = V h_t + c                          one score for each letter that may come next

First everything by hand, with a loop over the letters and a tape; then the same network of two layers. Both start
with the same weights, so they learn the same.
"""

import numpy as np

import wengert as wg

LETTERS = "helo"
UNITS, RATE, STEPS = 8, 0.5, 100

one_hot = np.eye(len(LETTERS), dtype="float32")
inputs = one_hot[[LETTERS.index(c) for c in "hell"]]
targets = np.array([LETTERS.index(c) for c in "ello"])

rng = np.random.default_rng(1)
start = {
    "U": rng.normal(0, 0.4, (len(LETTERS), UNITS)),
    "W": rng.normal(0, 0.4, (UNITS, UNITS)),
    "b": np.zeros(UNITS),
    "V": rng.normal(0, 0.4, (UNITS, len(LETTERS))),
    "c": np.zeros(len(LETTERS)),
}
cross_entropy = wg.losses.SparseCategoricalCrossentropy(from_logits=True)


def by_hand():
    """Scores after each letter, and how the loss falls."""
    weights = {name: wg.Variable(value, dtype="float32", name=name) for name, value in start.items()}

    def scores():
        h, out = np.zeros((1, UNITS), "float32"), []
        for x in inputs:  # one letter after the other
            h = wg.tanh(x[None] @ weights["U"] + h @ weights["W"] + weights["b"])
            out.append(h @ weights["V"] + weights["c"])
        return wg.concat(out, axis=0)

    losses = []
    for _ in range(STEPS):
        with wg.GradientTape() as tape:
            loss = cross_entropy(targets, scores())
        for weight, g in zip(weights.values(), tape.gradient(loss, [*weights.values()]), strict=True):
            weight.assign_sub(RATE * g)  # backpropagation through time: the tape went through the loop
        losses.append(float(loss))
    return scores().numpy(), losses


def by_layers():
    """The same network of two layers; a training step is one compiled program."""
    model = wg.Sequential(
        [
            wg.Input((None, len(LETTERS))),
            wg.layers.SimpleRNN(UNITS, return_sequences=True),
            wg.layers.Dense(len(LETTERS)),
        ]
    )
    model.set_weights(list(start.values()))
    model.compile(wg.optimizers.SGD(RATE), cross_entropy)
    history = model.fit(inputs[None], targets[None], epochs=STEPS, verbose=0)  # one batch, of one word
    return model.predict(inputs[None], verbose=0)[0], history.history["loss"]


def main():
    hand, losses = by_hand()
    layers, same = by_layers()
    for k in (0, 10, STEPS - 1):
        print(f"step {k + 1:3}   loss {losses[k]:.4f} by hand, {same[k]:.4f} by layers")
    shares = np.exp(hand) / np.exp(hand).sum(1, keepdims=True)
    print("\n  read      next        " + "".join(f"{c:>8}" for c in LETTERS))
    for k, row in enumerate(shares):
        read = "hell"[: k + 1]
        print(
            f"  {read:8}  {LETTERS[row.argmax()]!r} ({row.max():.2f})  " + "".join(f"{p:8.3f}" for p in row)
        )
    print(f"\nlargest difference between the scores of both: {np.abs(hand - layers).max():.1e}")
    print("h" + "".join(LETTERS[k] for k in layers.argmax(1)))


if __name__ == "__main__":
    main()
