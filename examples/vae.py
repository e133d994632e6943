"""A variational autoencoder learns what handwritten digits look like, and draws new ones.

python examples/vae.py [EPOCHS] [PICTURE]      needs: pip install 'wengert[data]'

    z ~ N(mean(x), exp(log_variance(x)))           the code of a digit is a small cloud, not a point
    loss = -log p(x | z) + KL(cloud of x, N(0, 1))

Source: Kingma & Welling, "Auto-encoding variational Bayes", ICLR 2014.
"""

import sys

import numpy as np

import wengert as wg

CODE = 8


class Sampling(wg.layers.Layer):
    """A point of the cloud with these means and variances; how far the cloud is from N(0, 1) is added to the loss."""

    def build(self, x):
        self.seed = wg.random.SeedGenerator(1)

    def call(self, x, training=False):
        mean, log_variance = wg.split(x, 2, axis=-1)
        kl = 0.5 * wg.sum(wg.square(mean) + wg.exp(log_variance) - 1 - log_variance, axis=-1)
        self.add_loss(wg.mean(kl) / 784)  # the other part of the loss is a mean over 784 pixels, too
        if not training:
            return mean
        return mean + wg.exp(0.5 * log_variance) * wg.random.normal(mean.shape, seed=self.seed)


def main(epochs, picture):
    wg.set_random_seed(0)
    (x, _), (x_test, _) = wg.datasets.digits(dtype="float32")
    dense = wg.layers.Dense
    encoder = wg.Sequential([wg.layers.Flatten(), dense(256, activation="relu"), dense(2 * CODE), Sampling()])
    decoder = wg.Sequential(
        [wg.Input((CODE,)), dense(256, activation="relu"), dense(784), wg.layers.Reshape((28, 28, 1))]
    )
    model = wg.Sequential([wg.Input((28, 28, 1)), encoder, decoder])
    model.compile(wg.optimizers.Adam(1e-3), wg.losses.BinaryCrossentropy(from_logits=True))
    history = model.fit(x, x, batch_size=64, epochs=epochs, validation_data=(x_test, x_test), verbose=2)
    losses = history.history["loss"]
    print(f"loss a pixel: {losses[0]:.4f} in the first epoch, {losses[-1]:.4f} in the last")

    codes = np.random.default_rng(0).normal(size=(8, CODE)).astype("float32")
    drawn = 1 / (1 + np.exp(-decoder.predict(codes, verbose=0)[..., 0]))
    for row in np.concatenate(drawn[:4], axis=1)[::2, ::2]:  # four digits, in letters
        print("".join(" .:*#"[int(p * 4.99)] for p in row))
    if picture:
        from PIL import Image

        sheet = np.concatenate(drawn, axis=1)
        Image.fromarray((255 * sheet).astype("uint8")).resize((sheet.shape[1] * 3, sheet.shape[0] * 3)).save(
            picture
        )
    print(f"drew {len(drawn)} digits that nobody wrote")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, sys.argv[2] if len(sys.argv) > 2 else None)
