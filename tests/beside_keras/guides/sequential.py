"""The Sequential model."""

import numpy as np


def build_in_one_go(keras):
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Dense(2, activation="relu", name="layer1"),
            layers.Dense(3, activation="relu", name="layer2"),
            layers.Dense(4, name="layer3"),
        ],
        name="my_sequential",
    )
    assert model.name == "my_sequential"
    y = model(np.ones((3, 3), "float32"))
    assert tuple(y.shape) == (3, 4)
    assert [layer.name for layer in model.layers] == ["layer1", "layer2", "layer3"]
    assert len(model.weights) == 6
    assert len(model.layers) == 3


def add_and_pop(keras):
    layers = keras.layers
    model = keras.Sequential(name="my_sequential")
    model.add(keras.Input(shape=(4,)))
    model.add(layers.Dense(2, activation="relu", name="layer1"))
    model.add(layers.Dense(3, activation="relu", name="layer2"))
    model.add(layers.Dense(4, name="layer3"))
    model.pop()
    assert len(model.layers) == 2
    assert model.output_shape == (None, 3)
    assert model.input_shape == (None, 4)


def built_late(keras):
    model = keras.Sequential([keras.layers.Dense(8), keras.layers.Dense(4)])
    assert not model.built
    assert model.weights == []
    model.build((None, 16))
    assert model.built and len(model.weights) == 4
    assert [tuple(w.shape) for w in model.weights] == [(16, 8), (8,), (8, 4), (4,)]


def summary_lines(keras):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="relu", name="hidden")])
    lines = []
    model.summary(print_fn=lambda line, *args, **kwargs: lines.append(line))
    text = "\n".join(lines)
    assert "hidden" in text and "10" in text
    assert model.count_params() == 10


def debugging_workflow(keras):
    layers = keras.layers
    model = keras.Sequential()
    model.add(keras.Input(shape=(50, 50, 3)))
    model.add(layers.Conv2D(4, 5, strides=2, activation="relu"))
    model.add(layers.Conv2D(4, 3, activation="relu"))
    model.add(layers.MaxPooling2D(3))
    assert model.output_shape == (None, 7, 7, 4)
    model.add(layers.GlobalMaxPooling2D())
    model.add(layers.Dense(10))
    assert model.output_shape == (None, 10)


def feature_extraction(keras):
    layers = keras.layers
    initial_model = keras.Sequential(
        [
            keras.Input(shape=(25, 25, 3)),
            layers.Conv2D(4, 5, strides=2, activation="relu"),
            layers.Conv2D(4, 3, activation="relu", name="my_intermediate_layer"),
            layers.Conv2D(4, 3, activation="relu"),
        ]
    )
    every = keras.Model(inputs=initial_model.inputs, outputs=[layer.output for layer in initial_model.layers])
    features = every(np.ones((1, 25, 25, 3), "float32"))
    assert len(features) == 3
    one = keras.Model(
        inputs=initial_model.inputs, outputs=initial_model.get_layer(name="my_intermediate_layer").output
    )
    assert tuple(one(np.ones((1, 25, 25, 3), "float32")).shape) == (1, 9, 9, 4)


def transfer_with_sequential(keras):
    layers = keras.layers
    base_model = keras.Sequential([keras.Input((6,)), layers.Dense(5), layers.Dense(4)])
    base_model.trainable = False
    model = keras.Sequential([base_model, layers.Dense(3)])
    model.build((None, 6))
    assert len(model.trainable_weights) == 2
    for layer in base_model.layers[:-1]:
        layer.trainable = False
    assert len(model.weights) == 6
