"""Keras's side of model files: `python -m tests.beside_keras.models_in_keras answers.npz write|read folder`."""

import os
import sys
from pathlib import Path

import numpy as np

os.environ["KERAS_BACKEND"] = "jax"


def two(keras):
    """Two inputs, two outputs, a shared layer; trained for a step."""
    layers = keras.layers
    x, z = keras.Input((8, 8, 1), name="image"), keras.Input((4,), name="meta")
    c = layers.Conv2D(2, 3, padding="same", activation="relu", name="conv")(x)
    flat = layers.Flatten()(layers.Dropout(0.3)(layers.BatchNormalization()(c)))
    shared = layers.Dense(4, activation="tanh", name="shared")
    h = layers.Concatenate()([flat, shared(z), shared(shared(z))])
    outputs = [layers.Dense(3, activation="softmax", name="out")(h), layers.Add(name="sum")([shared(z), z])]
    model = keras.Model([x, z], outputs)
    model.compile("adam", ["sparse_categorical_crossentropy", "mse"], metrics=[["accuracy"], ["mae"]])
    return model


def sequence(keras):
    """Masked words through recurrent layers of both directions, and a model inside."""
    layers = keras.layers
    inner = keras.Sequential([keras.Input((10,)), layers.Dense(3, activation="relu"), layers.Dense(1)])
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(20, 6, mask_zero=True),
            layers.GRU(4, return_sequences=True),
            layers.Bidirectional(layers.LSTM(5)),
            inner,
        ]
    )
    model.compile("sgd", "mse")
    return model


def attention(keras):
    """Attention, normalisation, a layer at every step; sums and slices that are no layers."""
    layers = keras.layers
    x = keras.Input((5,), dtype="int32")
    e = layers.Embedding(9, 8)(x)
    a = layers.LayerNormalization()(layers.MultiHeadAttention(2, 4)(e, e, use_causal_mask=True) + e)
    return keras.Model(x, layers.TimeDistributed(layers.Dense(3))(a)[:, 1:, :2])


def images(keras):
    """Layers that change images while training, and a layer made of layers."""
    layers = keras.layers
    several = layers.Pipeline([layers.RandomFlip(), layers.RandomInvert(0.5)])
    contrast = layers.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(2, 2))
    steps = [several, layers.RandomHue(0.2), layers.RandAugment(num_ops=1), contrast, layers.Flatten()]
    return keras.Sequential([keras.Input((9, 8, 3)), *steps, layers.Dense(2)])


MODELS = {"two": two, "sequence": sequence, "attention": attention, "images": images}


def inputs_of(name):
    """What the model is asked about."""
    rng = np.random.default_rng(0)
    if name == "two":
        return [rng.random((6, 8, 8, 1), "float32"), rng.random((6, 4), "float32")]
    if name == "images":
        return rng.uniform(0, 255, (2, 9, 8, 3)).astype("float32")
    return rng.integers(0, 9, (3, 5)).astype("int32")


def outputs_of(model, name):
    out = model.predict(inputs_of(name), verbose=0)
    return out if isinstance(out, list) else [out]


def answers(what, folder):
    import keras

    for name, make in MODELS.items():
        if what == "write":
            keras.utils.set_random_seed(0)
            model = make(keras)
            if name == "two":
                image, meta = inputs_of(name)
                model.fit([image, meta], [np.arange(6) % 3, meta], verbose=0)
            model.save(folder / f"{name}.keras")
            model.save_weights(folder / f"{name}.weights.h5")
            found = {"model": outputs_of(model, name)}
        elif (folder / f"{name}.keras").exists():
            model = keras.saving.load_model(folder / f"{name}.keras")
            found = {"model": outputs_of(model, name)}
            fresh = make(keras)
            fresh.load_weights(folder / f"{name}.weights.h5")
            found["weights"] = outputs_of(fresh, name)
        else:
            continue
        for kind, outs in found.items():
            yield from ((f"{name}/{kind}/{k}", y) for k, y in enumerate(outs))


if __name__ == "__main__":
    path, what, folder = sys.argv[1:]
    np.savez(path, **dict(answers(what, Path(folder))))
