"""Training and evaluation with the built-in methods."""

import os
import tempfile

import numpy as np


def get_uncompiled_model(keras):
    inputs = keras.Input(shape=(16,), name="digits")
    x = keras.layers.Dense(8, activation="relu", name="dense_1")(inputs)
    x = keras.layers.Dense(8, activation="relu", name="dense_2")(x)
    outputs = keras.layers.Dense(4, activation="softmax", name="predictions")(x)
    return keras.Model(inputs=inputs, outputs=outputs)


def get_compiled_model(keras):
    model = get_uncompiled_model(keras)
    model.compile(
        optimizer="rmsprop",
        loss="sparse_categorical_crossentropy",
        metrics=["sparse_categorical_accuracy"],
    )
    return model


def data(n=96):
    rng = np.random.default_rng(0)
    return rng.random((n, 16)).astype("float32"), rng.integers(0, 4, n).astype("float32")


def end_to_end(keras):
    x, y = data()
    model = get_uncompiled_model(keras)
    model.compile(
        optimizer=keras.optimizers.RMSprop(),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=[keras.metrics.SparseCategoricalAccuracy()],
    )
    history = model.fit(x, y, batch_size=32, epochs=2, validation_data=(x[:32], y[:32]), verbose=0)
    assert set(history.history) == {
        "loss",
        "sparse_categorical_accuracy",
        "val_loss",
        "val_sparse_categorical_accuracy",
    }
    assert history.params["epochs"] == 2 and history.params["steps"] == 3
    results = model.evaluate(x, y, batch_size=64, verbose=0)
    assert len(results) == 2 and isinstance(results, list)
    named = model.evaluate(x, y, batch_size=64, verbose=0, return_dict=True)
    assert set(named) == {"loss", "sparse_categorical_accuracy"}
    assert model.predict(x[:3], verbose=0).shape == (3, 4)
    assert [m.name for m in model.metrics][0] == "loss"


def custom_losses(keras):
    x, y = data()
    ops = keras.ops

    def custom_mean_squared_error(y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), axis=-1)

    model = get_uncompiled_model(keras)
    model.compile(optimizer=keras.optimizers.Adam(), loss=custom_mean_squared_error)
    y_one_hot = keras.utils.to_categorical(y, 4)
    model.fit(x, y_one_hot, batch_size=32, epochs=1, verbose=0)

    class CustomMSE(keras.losses.Loss):
        def __init__(self, regularization_factor=0.1, name="custom_mse"):
            super().__init__(name=name)
            self.regularization_factor = regularization_factor

        def call(self, y_true, y_pred):
            mse = ops.mean(ops.square(y_true - y_pred), axis=-1)
            reg = ops.mean(ops.square(0.5 - y_pred), axis=-1)
            return mse + reg * self.regularization_factor

    model = get_uncompiled_model(keras)
    model.compile(optimizer=keras.optimizers.Adam(), loss=CustomMSE())
    history = model.fit(x, y_one_hot, batch_size=32, epochs=1, verbose=0)
    assert np.isfinite(history.history["loss"][0])


def custom_metric(keras):
    ops = keras.ops

    class CategoricalTruePositives(keras.metrics.Metric):
        def __init__(self, name="categorical_true_positives", **kwargs):
            super().__init__(name=name, **kwargs)
            self.true_positives = self.add_variable(shape=(), name="ctp", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            y_pred = ops.argmax(y_pred, axis=1)
            values = ops.cast(y_true, "int32") == ops.cast(y_pred, "int32")
            values = ops.cast(values, "float32")
            if sample_weight is not None:
                sample_weight = ops.cast(sample_weight, "float32")
                values = ops.multiply(values, sample_weight)
            self.true_positives.assign_add(ops.sum(values))

        def result(self):
            return self.true_positives.value

        def reset_state(self):
            self.true_positives.assign(0)

    x, y = data()
    model = get_uncompiled_model(keras)
    model.compile(
        optimizer=keras.optimizers.RMSprop(learning_rate=1e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=[CategoricalTruePositives()],
    )
    history = model.fit(x, y, batch_size=32, epochs=2, verbose=0)
    assert history.history["categorical_true_positives"][0] <= 96


def function_metric(keras):
    def mean_pred(y_true, y_pred):
        return keras.ops.mean(y_pred)

    x, y = data()
    model = get_uncompiled_model(keras)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy", mean_pred])
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    np.testing.assert_allclose(logs["mean_pred"], 0.25, rtol=1e-5)


def logistic_endpoint(keras):
    class LogisticEndpoint(keras.layers.Layer):
        def __init__(self, name=None):
            super().__init__(name=name)
            self.loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)

        def call(self, targets, logits, sample_weights=None):
            loss = self.loss_fn(targets, logits, sample_weights)
            self.add_loss(loss)
            return keras.ops.softmax(logits)

    inputs = keras.Input(shape=(3,), name="inputs")
    targets = keras.Input(shape=(10,), name="targets")
    logits = keras.layers.Dense(10)(inputs)
    predictions = LogisticEndpoint(name="predictions")(targets, logits)
    model = keras.Model(inputs=[inputs, targets], outputs=predictions)
    model.compile(optimizer="adam")
    history = model.fit({"inputs": np.ones((3, 3)), "targets": np.ones((3, 10))}, epochs=1, verbose=0)
    assert history.history["loss"][0] > 0


def sample_and_class_weights(keras):
    x, y = data()
    class_weight = {0: 1.0, 1: 1.0, 2: 2.0, 3: 1.0}
    model = get_compiled_model(keras)
    model.fit(x, y, class_weight=class_weight, batch_size=32, epochs=1, verbose=0)
    sample_weight = np.ones(shape=(len(y),))
    sample_weight[y == 2] = 2.0
    model.fit(x, y, sample_weight=sample_weight, batch_size=32, epochs=1, verbose=0)
    model.compile("rmsprop", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    logs = model.evaluate(x, y, sample_weight=sample_weight, verbose=0, return_dict=True)
    assert set(logs) == {"loss", "accuracy"}


def py_dataset(keras):
    class ExamplePyDataset(keras.utils.PyDataset):
        def __init__(self, x, y, batch_size, **kwargs):
            super().__init__(**kwargs)
            self.x, self.y, self.batch_size = x, y, batch_size

        def __len__(self):
            return int(np.ceil(len(self.x) / float(self.batch_size)))

        def __getitem__(self, idx):
            start, stop = idx * self.batch_size, (idx + 1) * self.batch_size
            return self.x[start:stop], self.y[start:stop]

    x, y = data()
    model = get_compiled_model(keras)
    batches = ExamplePyDataset(x, y, batch_size=32)
    history = model.fit(batches, epochs=2, validation_data=batches, verbose=0)
    assert len(history.history["val_loss"]) == 2
    direct = model.evaluate(x, y, batch_size=32, verbose=0)
    np.testing.assert_allclose(model.evaluate(batches, verbose=0), direct, rtol=1e-5)


def generators(keras):
    x, y = data()

    def batches():
        while True:
            for k in range(0, 96, 32):
                yield x[k : k + 32], y[k : k + 32]

    model = get_compiled_model(keras)
    history = model.fit(batches(), steps_per_epoch=3, epochs=2, verbose=0)
    assert len(history.history["loss"]) == 2


def two_outputs(keras):
    layers = keras.layers
    image_input = keras.Input(shape=(32, 32, 3), name="img_input")
    timeseries_input = keras.Input(shape=(None, 10), name="ts_input")
    x1 = layers.Conv2D(3, 3)(image_input)
    x1 = layers.GlobalMaxPooling2D()(x1)
    x2 = layers.Conv1D(3, 3)(timeseries_input)
    x2 = layers.GlobalMaxPooling1D()(x2)
    x = layers.concatenate([x1, x2])
    score_output = layers.Dense(1, name="score_output")(x)
    class_output = layers.Dense(5, name="class_output")(x)
    model = keras.Model(inputs=[image_input, timeseries_input], outputs=[score_output, class_output])
    model.compile(
        optimizer=keras.optimizers.RMSprop(1e-3),
        loss=[keras.losses.MeanSquaredError(), keras.losses.CategoricalCrossentropy()],
        metrics=[
            [keras.metrics.MeanAbsolutePercentageError(), keras.metrics.MeanAbsoluteError()],
            [keras.metrics.CategoricalAccuracy()],
        ],
    )
    rng = np.random.default_rng(0)
    img_data, ts_data = rng.random((20, 32, 32, 3)), rng.random((20, 20, 10))
    score_targets, class_targets = rng.random((20, 1)), rng.random((20, 5))
    model.fit([img_data, ts_data], [score_targets, class_targets], batch_size=10, epochs=1, verbose=0)
    model.compile(
        optimizer=keras.optimizers.RMSprop(1e-3),
        loss={
            "score_output": keras.losses.MeanSquaredError(),
            "class_output": keras.losses.CategoricalCrossentropy(),
        },
        metrics={
            "score_output": [keras.metrics.MeanAbsolutePercentageError(), keras.metrics.MeanAbsoluteError()],
            "class_output": [keras.metrics.CategoricalAccuracy()],
        },
        loss_weights={"score_output": 2.0, "class_output": 1.0},
    )
    history = model.fit(
        {"img_input": img_data, "ts_input": ts_data},
        {"score_output": score_targets, "class_output": class_targets},
        batch_size=10,
        epochs=1,
        verbose=0,
    )
    assert "class_output_categorical_accuracy" in history.history
    assert "score_output_mean_absolute_error" in history.history
    model.compile(optimizer="rmsprop", loss=[None, keras.losses.CategoricalCrossentropy()])
    model.fit([img_data, ts_data], [score_targets, class_targets], epochs=1, verbose=0)
    score, classes = model.predict([img_data, ts_data], verbose=0)
    assert score.shape == (20, 1) and classes.shape == (20, 5)


def early_stopping_and_checkpoints(keras):
    x, y = data()
    model = get_compiled_model(keras)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "mymodel_{epoch}.keras")
        callbacks = [
            keras.callbacks.EarlyStopping(monitor="val_loss", min_delta=1e-2, patience=2, verbose=0),
            keras.callbacks.ModelCheckpoint(
                filepath=path, save_best_only=True, monitor="val_loss", verbose=0
            ),
            keras.callbacks.CSVLogger(os.path.join(folder, "log.csv")),
            keras.callbacks.TerminateOnNaN(),
        ]
        model.fit(x, y, epochs=4, batch_size=32, callbacks=callbacks, validation_split=0.2, verbose=0)
        saved = sorted(f for f in os.listdir(folder) if f.endswith(".keras"))
        assert saved and saved[0] == "mymodel_1.keras"
        best = keras.models.load_model(os.path.join(folder, saved[-1]))
        assert best.predict(x[:2], verbose=0).shape == (2, 4)
        with open(os.path.join(folder, "log.csv")) as file:
            assert "val_loss" in file.readline()


def learning_rate_schedules(keras):
    x, y = data()
    lr_schedule = keras.optimizers.schedules.ExponentialDecay(
        0.1, decay_steps=100000, decay_rate=0.96, staircase=True
    )
    model = get_compiled_model(keras)
    model.compile(keras.optimizers.RMSprop(learning_rate=lr_schedule), "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=1, verbose=0)
    np.testing.assert_allclose(float(model.optimizer.learning_rate), 0.1, rtol=1e-6)
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    history = model.fit(
        x,
        y,
        epochs=3,
        verbose=0,
        callbacks=[
            keras.callbacks.LearningRateScheduler(lambda epoch, lr: lr if epoch < 1 else lr * 0.5),
        ],
    )
    np.testing.assert_allclose(history.history["learning_rate"], [1e-2, 5e-3, 2.5e-3], rtol=1e-5)
    model.optimizer.learning_rate = 0.25
    assert float(model.optimizer.learning_rate) == 0.25
    model.optimizer.learning_rate.assign(0.5)
    assert float(model.optimizer.learning_rate) == 0.5
    assert int(model.optimizer.iterations) == 9


def custom_schedule(keras):
    class MyLRSchedule(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, initial_learning_rate):
            self.initial_learning_rate = initial_learning_rate

        def __call__(self, step):
            return self.initial_learning_rate / (step + 1)

    x, y = data()
    model = get_uncompiled_model(keras)
    model.compile(keras.optimizers.SGD(learning_rate=MyLRSchedule(0.1)), "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=32, epochs=1, verbose=0)
    np.testing.assert_allclose(float(model.optimizer.learning_rate), 0.1 / 4, rtol=1e-5)


def on_batches(keras):
    x, y = data()
    model = get_compiled_model(keras)
    loss, accuracy = model.train_on_batch(x, y)
    assert np.isfinite(loss) and 0 <= accuracy <= 1
    logs = model.test_on_batch(x, y, return_dict=True)
    assert set(logs) == {"loss", "sparse_categorical_accuracy"}
    assert model.predict_on_batch(x[:2]).shape == (2, 4)
    model.reset_metrics()


def evaluate_a_model_without_training(keras):
    x, y = data()
    model = get_compiled_model(keras)
    before = model.get_weights()
    model.evaluate(x, y, verbose=0)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def preparing_data(keras):
    labels = keras.utils.to_categorical([0, 2, 1], num_classes=3)
    np.testing.assert_array_equal(labels, [[1, 0, 0], [0, 0, 1], [0, 1, 0]])
    padded = keras.utils.pad_sequences([[1], [2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(padded, [[0, 0, 1], [0, 2, 3], [4, 5, 6]])
    post = keras.utils.pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2, padding="post", value=-1)
    np.testing.assert_array_equal(post, [[1, -1], [2, 3], [5, 6]])
    np.testing.assert_allclose(keras.utils.normalize(np.array([[3.0, 4.0]])), [[0.6, 0.8]])
    keras.utils.set_random_seed(1)
    a = keras.layers.Dense(2)
    a.build((None, 3))
    keras.utils.set_random_seed(1)
    b = keras.layers.Dense(2)
    b.build((None, 3))
    np.testing.assert_array_equal(a.get_weights()[0], b.get_weights()[0])


def metrics_alone(keras):
    m = keras.metrics.AUC(num_thresholds=3)
    m.update_state([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    np.testing.assert_allclose(float(m.result()), 0.75)
    m.reset_state()
    m.update_state([0, 0, 1, 1], [0, 0.5, 0.3, 0.9], sample_weight=[1, 0, 0, 1])
    np.testing.assert_allclose(float(m.result()), 1.0)
    acc = keras.metrics.SparseCategoricalAccuracy()
    acc.update_state([[2], [1]], [[0.1, 0.6, 0.3], [0.05, 0.95, 0]])
    assert float(acc.result()) == 0.5
    mean = keras.metrics.Mean()
    mean.update_state([1, 3, 5, 7])
    assert float(mean.result()) == 4.0
    assert float(keras.metrics.Mean(name="loss")(2.0)) == 2.0


def losses_alone(keras):
    y_true, y_pred = [[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]]
    mse = keras.losses.MeanSquaredError()
    assert float(mse(y_true, y_pred)) == 0.5
    assert float(mse(y_true, y_pred, sample_weight=[0.7, 0.3])) == 0.25
    mse = keras.losses.MeanSquaredError(reduction="sum")
    assert float(mse(y_true, y_pred)) == 1.0
    mse = keras.losses.MeanSquaredError(reduction=None)
    np.testing.assert_array_equal(np.asarray(mse(y_true, y_pred)), [0.5, 0.5])
    y_pred = np.array([[0.05, 0.95, 0], [0.1, 0.8, 0.1]], "float32")
    loss = keras.losses.sparse_categorical_crossentropy(np.array([1, 2]), y_pred)
    np.testing.assert_allclose(np.asarray(loss), [0.0513, 2.303], atol=1e-3)
