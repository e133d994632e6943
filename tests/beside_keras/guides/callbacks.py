"""Writing your own callbacks."""

import numpy as np


def get_model(keras):
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1)])
    model.compile(
        optimizer=keras.optimizers.RMSprop(learning_rate=0.1),
        loss="mean_squared_error",
        metrics=["mean_absolute_error"],
    )
    return model


def data():
    rng = np.random.default_rng(0)
    x = rng.random((64, 8)).astype("float32")
    return x, x.sum(axis=1, keepdims=True)


def every_hook(keras):
    calls = []

    class CustomCallback(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            calls.append(("train_begin", sorted(logs)))

        def on_train_end(self, logs=None):
            calls.append(("train_end", sorted(logs)))

        def on_epoch_begin(self, epoch, logs=None):
            calls.append(("epoch_begin", epoch, sorted(logs)))

        def on_epoch_end(self, epoch, logs=None):
            calls.append(("epoch_end", epoch, sorted(logs)))

        def on_test_begin(self, logs=None):
            calls.append(("test_begin", sorted(logs)))

        def on_test_end(self, logs=None):
            calls.append(("test_end", sorted(logs)))

        def on_predict_begin(self, logs=None):
            calls.append(("predict_begin", sorted(logs)))

        def on_predict_end(self, logs=None):
            calls.append(("predict_end", sorted(logs)))

        def on_train_batch_begin(self, batch, logs=None):
            calls.append(("train_batch_begin", batch))

        def on_train_batch_end(self, batch, logs=None):
            calls.append(("train_batch_end", batch, sorted(logs)))

        def on_test_batch_begin(self, batch, logs=None):
            calls.append(("test_batch_begin", batch))

        def on_test_batch_end(self, batch, logs=None):
            calls.append(("test_batch_end", batch, sorted(logs)))

        def on_predict_batch_begin(self, batch, logs=None):
            calls.append(("predict_batch_begin", batch))

        def on_predict_batch_end(self, batch, logs=None):
            calls.append(("predict_batch_end", batch, sorted(logs)))

    x, y = data()
    model = get_model(keras)
    model.fit(x, y, batch_size=32, epochs=1, verbose=0, validation_split=0.5, callbacks=[CustomCallback()])
    both = ["loss", "mean_absolute_error"]
    assert calls == [
        ("train_begin", []),
        ("epoch_begin", 0, []),
        ("train_batch_begin", 0),
        ("train_batch_end", 0, both),
        ("test_begin", []),
        ("test_batch_begin", 0),
        ("test_batch_end", 0, both),
        ("test_end", both),
        ("epoch_end", 0, [*both, "val_loss", "val_mean_absolute_error"]),
        ("train_end", [*both, "val_loss", "val_mean_absolute_error"]),
    ]
    calls.clear()
    model.predict(x, batch_size=64, verbose=0, callbacks=[CustomCallback()])
    assert calls == [
        ("predict_begin", []),
        ("predict_batch_begin", 0),
        ("predict_batch_end", 0, ["outputs"]),
        ("predict_end", []),
    ]


def model_and_params(keras):
    seen = {}

    class Look(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            seen["params"] = dict(self.params)
            seen["model"] = self.model

        def on_epoch_end(self, epoch, logs=None):
            seen["lr"] = float(self.model.optimizer.learning_rate)

    x, y = data()
    model = get_model(keras)
    model.fit(x, y, batch_size=32, epochs=2, verbose=0, callbacks=[Look()])
    assert {"verbose": 0, "epochs": 2, "steps": 2}.items() <= seen["params"].items()
    assert seen["model"] is model
    np.testing.assert_allclose(seen["lr"], 0.1, rtol=1e-6)


def early_stopping_at_minimum(keras):
    class EarlyStoppingAtMinLoss(keras.callbacks.Callback):
        def __init__(self, patience=0):
            super().__init__()
            self.patience = patience
            self.best_weights = None

        def on_train_begin(self, logs=None):
            self.wait = 0
            self.stopped_epoch = 0
            self.best = np.inf

        def on_epoch_end(self, epoch, logs=None):
            current = logs.get("loss")
            if np.less(current, self.best - 0.5):
                self.best = current
                self.wait = 0
                self.best_weights = self.model.get_weights()
            else:
                self.wait += 1
                if self.wait >= self.patience:
                    self.stopped_epoch = epoch
                    self.model.stop_training = True
                    self.model.set_weights(self.best_weights)

    x, y = data()
    callback = EarlyStoppingAtMinLoss()
    history = get_model(keras).fit(x, y, epochs=50, verbose=0, callbacks=[callback])
    assert 0 < callback.stopped_epoch == history.epoch[-1] < 49


def learning_rate_from_outside(keras):
    class CustomLearningRateScheduler(keras.callbacks.Callback):
        def __init__(self, schedule):
            super().__init__()
            self.schedule = schedule

        def on_epoch_begin(self, epoch, logs=None):
            if not hasattr(self.model.optimizer, "learning_rate"):
                raise ValueError('Optimizer must have a "learning_rate" attribute.')
            lr = self.model.optimizer.learning_rate
            scheduled_lr = self.schedule(epoch, lr)
            self.model.optimizer.learning_rate = scheduled_lr

    x, y = data()
    model = get_model(keras)
    model.fit(x, y, epochs=3, verbose=0, callbacks=[CustomLearningRateScheduler(lambda epoch, lr: lr * 0.5)])
    np.testing.assert_allclose(float(model.optimizer.learning_rate), 0.1 / 8, rtol=1e-6)


def lambda_callback(keras):
    seen = []
    x, y = data()
    get_model(keras).fit(
        x,
        y,
        epochs=2,
        verbose=0,
        callbacks=[
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: seen.append((epoch, "loss" in logs)),
                on_train_end=lambda logs: seen.append("end"),
            )
        ],
    )
    assert seen == [(0, True), (1, True), "end"]


def reduce_on_plateau(keras):
    x, y = data()
    model = get_model(keras)
    reduce_lr = keras.callbacks.ReduceLROnPlateau(
        monitor="val_loss", factor=0.2, patience=1, min_delta=1e9, min_lr=0.001
    )
    history = model.fit(x, y, epochs=6, validation_split=0.25, verbose=0, callbacks=[reduce_lr])
    assert history.history["learning_rate"][0] > history.history["learning_rate"][-1]
    assert float(model.optimizer.learning_rate) >= 0.0009


def early_stopping_restores(keras):
    x, y = data()
    model = get_model(keras)
    es = keras.callbacks.EarlyStopping(monitor="loss", patience=1, restore_best_weights=True, min_delta=1e9)
    history = model.fit(x, y, epochs=10, verbose=0, callbacks=[es])
    assert len(history.history["loss"]) == 2
    assert es.stopped_epoch == 1 and es.best_epoch == 0
