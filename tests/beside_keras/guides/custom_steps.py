"""Customizing what happens in fit(), and loops of one's own, as far as they are the same with every backend."""

import numpy as np


def data():
    rng = np.random.default_rng(0)
    x = rng.random((96, 8)).astype("float32")
    return x, x.sum(axis=1, keepdims=True)


def compute_loss_of_ones_own(keras):
    class CustomModel(keras.Model):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.loss_tracker = keras.metrics.Mean(name="my_loss")

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            loss = keras.ops.mean(keras.ops.square(y_pred - y))
            loss = loss + sum(self.losses)
            self.loss_tracker.update_state(loss)
            return loss

        def reset_metrics(self):
            self.loss_tracker.reset_state()

        @property
        def metrics(self):
            return [self.loss_tracker]

    x, y = data()
    inputs = keras.Input(shape=(8,))
    hidden = keras.layers.Dense(4, kernel_regularizer="l2")(inputs)
    model = CustomModel(inputs, keras.layers.Dense(1)(hidden))
    model.compile(optimizer=keras.optimizers.SGD(1e-2))
    history = model.fit(x, y, epochs=3, verbose=0)
    assert history.history["my_loss"][-1] < history.history["my_loss"][0]


def compute_loss_with_super(keras):
    class CustomModel(keras.Model):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            loss = super().compute_loss(x, y, y_pred, sample_weight)
            return loss * 2.0

    x, y = data()
    inputs = keras.Input(shape=(8,))
    dense = keras.layers.Dense(1, kernel_initializer="zeros")
    plain, doubled = keras.Model(inputs, dense(inputs)), CustomModel(inputs, dense(inputs))
    plain.compile("sgd", "mse")
    doubled.compile("sgd", "mse")
    a = plain.evaluate(x, y, verbose=0)
    b = doubled.evaluate(x, y, verbose=0)
    np.testing.assert_allclose(b, 2 * a, rtol=1e-5)


def compute_metrics_of_ones_own(keras):
    class CustomModel(keras.Model):
        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            results = super().compute_metrics(x, y, y_pred, sample_weight)
            results["twice"] = 2 * results["mae"]
            return results

    x, y = data()
    inputs = keras.Input(shape=(8,))
    model = CustomModel(inputs, keras.layers.Dense(1)(inputs))
    model.compile("sgd", "mse", metrics=["mae"])
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    np.testing.assert_allclose(float(logs["twice"]), 2 * float(logs["mae"]), rtol=1e-5)


def apply_gradients(keras):
    w = keras.Variable(np.array([1.0, 2.0], "float32"))
    optimizer = keras.optimizers.SGD(learning_rate=0.5)
    optimizer.build([w])
    optimizer.apply([np.array([1.0, 1.0], "float32")])
    np.testing.assert_allclose(np.asarray(w), [0.5, 1.5])
    optimizer.apply_gradients([(np.array([1.0, 1.0], "float32"), w)])
    np.testing.assert_allclose(np.asarray(w), [0.0, 1.0])
    assert int(optimizer.iterations) == 2


def optimizer_state(keras):
    w = keras.Variable(np.zeros(3, "float32"))
    optimizer = keras.optimizers.Adam(learning_rate=0.1)
    optimizer.build([w])
    optimizer.apply([np.ones(3, "float32")], [w])
    assert int(optimizer.iterations) == 1
    config = optimizer.get_config()
    assert config["beta_1"] == 0.9
    np.testing.assert_allclose(config["learning_rate"], 0.1)
    again = keras.optimizers.Adam.from_config(config)
    assert again.beta_2 == 0.999
    assert isinstance(keras.optimizers.get("adam"), keras.optimizers.Adam)
    assert isinstance(keras.optimizers.get({"class_name": "SGD", "config": {}}), keras.optimizers.SGD)


def variables(keras):
    v = keras.Variable(initializer=np.ones((2, 3)), dtype="float32", name="v")
    v.assign(np.zeros((2, 3)))
    v.assign_add(np.ones((2, 3)))
    v.assign_sub(0.5 * np.ones((2, 3)))
    np.testing.assert_array_equal(np.asarray(v.value), 0.5 * np.ones((2, 3)))
    assert v.shape == (2, 3) and v.dtype == "float32" and v.ndim == 2 and v.trainable
    u = keras.Variable(keras.initializers.RandomNormal(), shape=(2, 2), trainable=False)
    assert u.shape == (2, 2) and not u.trainable
    s = v + 1
    np.testing.assert_array_equal(np.asarray(s), 1.5 * np.ones((2, 3)))
    assert v.numpy().shape == (2, 3)
    assert keras.ops.convert_to_numpy(v).shape == (2, 3)


def random_numbers(keras):
    seed = keras.random.SeedGenerator(42)
    a, b = keras.random.normal((3,), seed=seed), keras.random.normal((3,), seed=seed)
    assert not np.array_equal(np.asarray(a), np.asarray(b))
    c, d = keras.random.uniform((2, 2), seed=1), keras.random.uniform((2, 2), seed=1)
    np.testing.assert_array_equal(np.asarray(c), np.asarray(d))
    n = np.asarray(keras.random.randint((50,), 0, 5, seed=1))
    assert n.min() >= 0 and n.max() < 5
    x = np.arange(6)
    assert sorted(np.asarray(keras.random.shuffle(x, seed=3)).tolist()) == x.tolist()
    t = np.asarray(keras.random.truncated_normal((100,), mean=1.0, stddev=0.1, seed=2))
    assert (abs(t - 1) <= 0.2 + 1e-6).all()
    assert keras.random.categorical(np.zeros((2, 3), "float32"), 4, seed=1).shape == (2, 4)


def call_a_model_in_a_loop(keras):
    x, y = data()
    model = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)]
    )
    loss_fn = keras.losses.MeanSquaredError()
    metric = keras.metrics.MeanAbsoluteError()
    for k in range(0, 96, 32):
        out = model(x[k : k + 32], training=False)
        assert float(loss_fn(y[k : k + 32], out)) > 0
        metric.update_state(y[k : k + 32], out)
    assert float(metric.result()) > 0
