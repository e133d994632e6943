"""The functional API."""

import os
import tempfile

import numpy as np


def draws():
    return np.random.default_rng(0)


def first_model(keras):
    layers = keras.layers
    inputs = keras.Input(shape=(784,))
    assert inputs.shape == (None, 784)
    assert inputs.dtype == "float32"
    dense = layers.Dense(64, activation="relu")
    x = dense(inputs)
    x = layers.Dense(64, activation="relu")(x)
    outputs = layers.Dense(10)(x)
    model = keras.Model(inputs=inputs, outputs=outputs, name="mnist_model")
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.RMSprop(),
        metrics=["accuracy"],
    )
    x_train = draws().normal(size=(256, 784)).astype("float32")
    y_train = draws().integers(0, 10, 256)
    history = model.fit(x_train, y_train, batch_size=64, epochs=2, validation_split=0.2, verbose=0)
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert history.epoch == [0, 1]
    test_scores = model.evaluate(x_train, y_train, verbose=0)
    assert len(test_scores) == 2
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "my_model.keras")
        model.save(path)
        del model
        model = keras.models.load_model(path)
    again = model.evaluate(x_train, y_train, verbose=0)
    np.testing.assert_allclose(again, test_scores, rtol=1e-5)


def autoencoder(keras):
    layers = keras.layers
    encoder_input = keras.Input(shape=(28, 28, 1), name="original_img")
    x = layers.Conv2D(4, 3, activation="relu")(encoder_input)
    x = layers.Conv2D(8, 3, activation="relu")(x)
    x = layers.MaxPooling2D(3)(x)
    encoder_output = layers.GlobalMaxPooling2D()(x)
    encoder = keras.Model(encoder_input, encoder_output, name="encoder")
    decoder_input = keras.Input(shape=(8,), name="encoded_img")
    x = layers.Reshape((2, 2, 2))(decoder_input)
    x = layers.Conv2DTranspose(4, 3, activation="relu")(x)
    x = layers.UpSampling2D(3)(x)
    decoder_output = layers.Conv2DTranspose(1, 3, activation="relu")(x)
    decoder = keras.Model(decoder_input, decoder_output, name="decoder")
    autoencoder_input = keras.Input(shape=(28, 28, 1), name="img")
    encoded_img = encoder(autoencoder_input)
    decoded_img = decoder(encoded_img)
    whole = keras.Model(autoencoder_input, decoded_img, name="autoencoder")
    assert whole.output_shape == (None, 14, 14, 1)
    assert [layer.name for layer in whole.layers] == ["img", "encoder", "decoder"]


def ensemble(keras):
    def get_model():
        inputs = keras.Input(shape=(128,))
        outputs = keras.layers.Dense(1)(inputs)
        return keras.Model(inputs, outputs)

    inputs = keras.Input(shape=(128,))
    ys = [get_model()(inputs) for _ in range(3)]
    model = keras.Model(inputs=inputs, outputs=keras.layers.average(ys))
    assert tuple(model.predict(np.ones((2, 128), "float32"), verbose=0).shape) == (2, 1)


def several_inputs_and_outputs(keras):
    layers = keras.layers
    num_tags, num_words, num_departments = 12, 100, 4
    title_input = keras.Input(shape=(None,), name="title")
    body_input = keras.Input(shape=(None,), name="body")
    tags_input = keras.Input(shape=(num_tags,), name="tags")
    title_features = layers.Embedding(num_words, 8)(title_input)
    body_features = layers.Embedding(num_words, 8)(body_input)
    title_features = layers.LSTM(16)(title_features)
    body_features = layers.LSTM(4)(body_features)
    x = layers.concatenate([title_features, body_features, tags_input])
    priority_pred = layers.Dense(1, name="priority")(x)
    department_pred = layers.Dense(num_departments, name="department")(x)
    model = keras.Model(
        inputs=[title_input, body_input, tags_input],
        outputs={"priority": priority_pred, "department": department_pred},
    )
    model.compile(
        optimizer=keras.optimizers.RMSprop(1e-3),
        loss={
            "priority": keras.losses.BinaryCrossentropy(from_logits=True),
            "department": keras.losses.CategoricalCrossentropy(from_logits=True),
        },
        loss_weights={"priority": 1.0, "department": 0.2},
        metrics={"department": ["accuracy"]},
    )
    rng = draws()
    title_data = rng.integers(num_words, size=(64, 10))
    body_data = rng.integers(num_words, size=(64, 20))
    tags_data = rng.integers(2, size=(64, num_tags)).astype("float32")
    priority_targets = rng.random(size=(64, 1))
    dept_targets = keras.utils.to_categorical(rng.integers(num_departments, size=64), num_departments)
    history = model.fit(
        {"title": title_data, "body": body_data, "tags": tags_data},
        {"priority": priority_targets, "department": dept_targets},
        epochs=2,
        batch_size=32,
        verbose=0,
    )
    assert {"loss", "priority_loss", "department_loss", "department_accuracy"} == set(history.history)
    out = model.predict({"title": title_data, "body": body_data, "tags": tags_data}, verbose=0)
    assert out["priority"].shape == (64, 1) and out["department"].shape == (64, num_departments)


def toy_resnet(keras):
    layers = keras.layers
    inputs = keras.Input(shape=(32, 32, 3), name="img")
    x = layers.Conv2D(8, 3, activation="relu")(inputs)
    x = layers.Conv2D(8, 3, activation="relu")(x)
    block_1_output = layers.MaxPooling2D(3)(x)
    x = layers.Conv2D(8, 3, activation="relu", padding="same")(block_1_output)
    x = layers.Conv2D(8, 3, activation="relu", padding="same")(x)
    block_2_output = layers.add([x, block_1_output])
    x = layers.Conv2D(8, 3, activation="relu")(block_2_output)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(8, activation="relu")(x)
    x = layers.Dropout(0.5)(x)
    outputs = layers.Dense(10)(x)
    model = keras.Model(inputs, outputs, name="toy_resnet")
    model.compile(
        optimizer=keras.optimizers.RMSprop(1e-3),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=["acc"],
    )
    x_train = draws().random((64, 32, 32, 3)).astype("float32")
    y_train = keras.utils.to_categorical(draws().integers(0, 10, 64), 10)
    history = model.fit(x_train, y_train, batch_size=32, epochs=1, validation_split=0.25, verbose=0)
    assert "acc" in history.history and "val_acc" in history.history


def shared_layers(keras):
    layers = keras.layers
    shared_embedding = layers.Embedding(100, 8)
    text_input_a = keras.Input(shape=(None,), dtype="int32")
    text_input_b = keras.Input(shape=(None,), dtype="int32")
    encoded_a = shared_embedding(text_input_a)
    encoded_b = shared_embedding(text_input_b)
    merged = layers.Concatenate(axis=1)([encoded_a, encoded_b])
    model = keras.Model([text_input_a, text_input_b], merged)
    assert len(model.weights) == 1
    a, b = np.ones((2, 3), "int32"), np.ones((2, 5), "int32")
    assert model.predict([a, b], verbose=0).shape == (2, 8, 8)


def custom_layer_with_config(keras):
    layers, ops = keras.layers, keras.ops

    class CustomDense(layers.Layer):
        def __init__(self, units=32):
            super().__init__()
            self.units = units

        def build(self, input_shape):
            self.w = self.add_weight(
                shape=(input_shape[-1], self.units),
                initializer="random_normal",
                trainable=True,
            )
            self.b = self.add_weight(shape=(self.units,), initializer="random_normal", trainable=True)

        def call(self, inputs):
            return ops.matmul(inputs, self.w) + self.b

        def get_config(self):
            return {"units": self.units}

    inputs = keras.Input((4,))
    outputs = CustomDense(10)(inputs)
    model = keras.Model(inputs, outputs)
    config = model.get_config()
    new_model = keras.Model.from_config(config, custom_objects={"CustomDense": CustomDense})
    new_model.set_weights(model.get_weights())
    x = np.ones((2, 4), "float32")
    np.testing.assert_array_equal(new_model.predict(x, verbose=0), model.predict(x, verbose=0))


def mixed_with_subclassing(keras):
    layers, ops = keras.layers, keras.ops

    class CustomRNN(layers.Layer):
        def __init__(self, units, timesteps):
            super().__init__()
            self.units = units
            self.timesteps = timesteps
            self.projection_1 = layers.Dense(units=units, activation="tanh")
            self.projection_2 = layers.Dense(units=units, activation="tanh")
            self.classifier = layers.Dense(1)

        def call(self, inputs):
            outputs = []
            state = ops.zeros(shape=(inputs.shape[0], self.units))
            for t in range(inputs.shape[1]):
                x = inputs[:, t, :]
                h = self.projection_1(x)
                y = h + self.projection_2(state)
                state = y
                outputs.append(y)
            features = ops.stack(outputs, axis=1)
            return self.classifier(features)

    inputs = keras.Input(batch_shape=(2, 3, 5))
    x = layers.Conv1D(4, 1)(inputs)
    outputs = CustomRNN(4, 3)(x)
    model = keras.Model(inputs, outputs)
    rnn_model = CustomRNN(4, 3)
    assert tuple(rnn_model(ops.zeros((1, 3, 5))).shape) == (1, 3, 1)
    assert tuple(model(np.zeros((2, 3, 5), "float32")).shape) == (2, 3, 1)


def operations_on_symbols(keras):
    ops = keras.ops
    inputs = keras.Input((4,))
    x = keras.layers.Dense(4)(inputs)
    y = ops.relu(x * 2 + 1) - ops.mean(x, axis=-1, keepdims=True)
    model = keras.Model(inputs, y)
    assert model(np.ones((3, 4), "float32")).shape == (3, 4)


def model_attributes(keras):
    layers = keras.layers
    a = keras.Input((3,), name="a")
    b = layers.Dense(2, name="b")(a)
    model = keras.Model(a, b)
    assert model.get_layer("b").units == 2
    assert model.get_layer(index=1) is model.layers[1]
    assert model.layers[1].kernel.shape == (3, 2)
    assert model.layers[1].weights[0].name == "kernel"
    assert model.layers[1].kernel.path == "b/kernel"
    assert model.inputs[0].shape == (None, 3) and model.outputs[0].shape == (None, 2)
    assert model.input.shape == (None, 3) and model.output.shape == (None, 2)
    assert model.output_names == ["b"]
    assert model.layers[1].input.shape == (None, 3)
    assert model.layers[1].output.shape == (None, 2)
    assert isinstance(model.layers[0], layers.InputLayer)
    w, bias = model.layers[1].get_weights()
    assert isinstance(w, np.ndarray) and w.shape == (3, 2) and bias.shape == (2,)
    assert model.layers[1].count_params() == 8
    assert model.layers[1].compute_output_shape((None, 3)) == (None, 2)
    assert isinstance(model.to_json(), str)
    again = keras.models.model_from_json(model.to_json())
    assert [layer.name for layer in again.layers] == ["a", "b"]
