"""Training that one package begins and the other goes on with, through a `.keras` file. Both sides read this file."""

import numpy as np

OPTIMIZERS = [
    ("SGD", {"momentum": 0.9}),
    ("RMSprop", {"momentum": 0.5, "centered": True}),
    ("Adam", {"amsgrad": True}),
    ("AdamW", {"weight_decay": 0.1}),
    ("Lion", {}),
    ("Adagrad", {}),
    ("Adadelta", {}),
    ("Adamax", {}),
    ("Ftrl", {}),
]


def data():
    x = np.random.default_rng(0).random((32, 4)).astype("float32")
    return x, x.sum(axis=1, keepdims=True)


def begun(keras, number, path):
    """Two steps, and a file."""
    name, arguments = OPTIMIZERS[number]
    x = keras.Input((4,))
    y = keras.layers.Dense(1)(keras.layers.BatchNormalization()(keras.layers.Dense(3, activation="tanh")(x)))
    model = keras.Model(x, y)
    model.compile(getattr(keras.optimizers, name)(learning_rate=0.05, **arguments), "mse")
    model.fit(*data(), batch_size=16, shuffle=False, verbose=0)
    model.save(path)
    return model


def gone_on(model):
    """The weights after four more steps."""
    model.fit(*data(), batch_size=16, epochs=2, shuffle=False, verbose=0)
    return model.get_weights()
