"""Transfer learning and fine-tuning."""

import numpy as np


def trainable_attributes(keras):
    layer = keras.layers.Dense(3)
    layer.build((None, 4))
    assert (len(layer.weights), len(layer.trainable_weights), len(layer.non_trainable_weights)) == (2, 2, 0)
    layer = keras.layers.BatchNormalization()
    layer.build((None, 4))
    assert (len(layer.weights), len(layer.trainable_weights), len(layer.non_trainable_weights)) == (4, 2, 2)
    layer.trainable = False
    assert (len(layer.trainable_weights), len(layer.non_trainable_weights)) == (0, 4)


def frozen_layer_stays(keras):
    layer1 = keras.layers.Dense(3, activation="relu")
    layer2 = keras.layers.Dense(3, activation="sigmoid")
    model = keras.Sequential([keras.Input(shape=(3,)), layer1, layer2])
    layer1.trainable = False
    initial_layer1_weights_values = layer1.get_weights()
    model.compile(optimizer="adam", loss="mse")
    model.fit(np.random.random((2, 3)), np.random.random((2, 3)), verbose=0)
    final_layer1_weights_values = layer1.get_weights()
    np.testing.assert_allclose(initial_layer1_weights_values[0], final_layer1_weights_values[0])
    np.testing.assert_allclose(initial_layer1_weights_values[1], final_layer1_weights_values[1])


def recursive_freezing(keras):
    inner_model = keras.Sequential(
        [
            keras.Input(shape=(3,)),
            keras.layers.Dense(3, activation="relu"),
            keras.layers.Dense(3, activation="relu"),
        ]
    )
    model = keras.Sequential(
        [keras.Input(shape=(3,)), inner_model, keras.layers.Dense(3, activation="sigmoid")]
    )
    model.trainable = False
    assert inner_model.trainable is False
    assert inner_model.layers[0].trainable is False
    model.trainable = True
    assert inner_model.layers[0].trainable is True and len(model.trainable_weights) == 6


def fine_tuning(keras):
    layers = keras.layers
    base_inputs = keras.Input((12, 12, 3))
    y = layers.Conv2D(4, 3)(base_inputs)
    y = layers.BatchNormalization()(y)
    y = layers.ReLU()(y)
    base_model = keras.Model(base_inputs, y, name="base")
    base_model.trainable = False
    inputs = keras.Input(shape=(12, 12, 3))
    x = layers.Rescaling(scale=1 / 127.5, offset=-1)(inputs)
    x = base_model(x, training=False)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.2)(x)
    outputs = layers.Dense(1)(x)
    model = keras.Model(inputs, outputs)
    assert len(model.trainable_weights) == 2
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (32, 12, 12, 3)).astype("float32"), rng.integers(0, 2, (32, 1))
    model.compile(
        optimizer=keras.optimizers.Adam(),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.BinaryAccuracy()],
    )
    statistics = [w.copy() for w in base_model.get_weights()]
    model.fit(images, labels, epochs=1, verbose=0)
    for a, b in zip(statistics, base_model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    base_model.trainable = True
    before = model.layers[2].get_weights()
    model.compile(
        optimizer=keras.optimizers.Adam(1e-5),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.BinaryAccuracy()],
    )
    model.fit(images, labels, epochs=1, verbose=0)
    assert any(not np.array_equal(a, b) for a, b in zip(before, base_model.get_weights(), strict=True))


def augmentation_block(keras):
    layers = keras.layers
    augmentation_layers = [layers.RandomFlip("horizontal"), layers.RandomRotation(0.1)]
    images = np.random.default_rng(0).random((4, 8, 8, 3)).astype("float32")
    for layer in augmentation_layers:
        images = layer(images, training=True)
    assert tuple(images.shape) == (4, 8, 8, 3)
    resized = layers.Resizing(4, 4)(images)
    assert tuple(resized.shape) == (4, 4, 4, 3)


def frozen_batch_normalization(keras):
    bn = keras.layers.BatchNormalization()
    x = np.random.default_rng(0).normal(3, 2, (16, 4)).astype("float32")
    bn(x, training=True)
    before = bn.get_weights()
    bn.trainable = False
    y = bn(x, training=True)
    for a, b in zip(before, bn.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    mean, variance = before[2], before[3]
    np.testing.assert_allclose(np.asarray(y), (x - mean) / np.sqrt(variance + 1e-3), rtol=1e-4, atol=1e-5)
