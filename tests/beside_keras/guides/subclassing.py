"""Making new layers and models via subclassing."""

import numpy as np


def linear_layer(keras):
    class Linear(keras.layers.Layer):
        def __init__(self, units=32, input_dim=32):
            super().__init__()
            self.w = self.add_weight(shape=(input_dim, units), initializer="random_normal", trainable=True)
            self.b = self.add_weight(shape=(units,), initializer="zeros", trainable=True)

        def call(self, inputs):
            return keras.ops.matmul(inputs, self.w) + self.b

    x = keras.ops.ones((2, 2))
    linear_layer = Linear(4, 2)
    y = linear_layer(x)
    assert tuple(y.shape) == (2, 4)
    assert len(linear_layer.weights) == 2 and linear_layer.weights[0] is linear_layer.w


def non_trainable_weights(keras):
    class ComputeSum(keras.layers.Layer):
        def __init__(self, input_dim):
            super().__init__()
            self.total = self.add_weight(initializer="zeros", shape=(input_dim,), trainable=False)

        def call(self, inputs):
            self.total.assign_add(keras.ops.sum(inputs, axis=0))
            return self.total

    x = keras.ops.ones((2, 2))
    my_sum = ComputeSum(2)
    y = my_sum(x)
    np.testing.assert_array_equal(np.asarray(y), [2, 2])
    y = my_sum(x)
    np.testing.assert_array_equal(np.asarray(y), [4, 4])
    assert len(my_sum.weights) == 1 and len(my_sum.non_trainable_weights) == 1
    assert my_sum.trainable_weights == []


def deferred_weights(keras):
    class Linear(keras.layers.Layer):
        def __init__(self, units=32):
            super().__init__()
            self.units = units

        def build(self, input_shape):
            self.w = self.add_weight(
                shape=(input_shape[-1], self.units), initializer="random_normal", trainable=True
            )
            self.b = self.add_weight(shape=(self.units,), initializer="random_normal", trainable=True)

        def call(self, inputs):
            return keras.ops.matmul(inputs, self.w) + self.b

    class MLPBlock(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.linear_1 = Linear(32)
            self.linear_2 = Linear(32)
            self.linear_3 = Linear(1)

        def call(self, inputs):
            x = self.linear_1(inputs)
            x = keras.activations.relu(x)
            x = self.linear_2(x)
            x = keras.activations.relu(x)
            return self.linear_3(x)

    mlp = MLPBlock()
    mlp(keras.ops.ones(shape=(3, 64)))
    assert len(mlp.weights) == 6 and len(mlp.trainable_weights) == 6


def add_loss_in_call(keras):
    class ActivityRegularizationLayer(keras.layers.Layer):
        def __init__(self, rate=1e-2):
            super().__init__()
            self.rate = rate

        def call(self, inputs):
            self.add_loss(self.rate * keras.ops.mean(inputs))
            return inputs

    class OuterLayer(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.activity_reg = ActivityRegularizationLayer(1e-2)

        def call(self, inputs):
            return self.activity_reg(inputs)

    layer = OuterLayer()
    assert len(layer.losses) == 0
    layer(keras.ops.zeros((1, 1)))
    assert len(layer.losses) == 1
    layer(keras.ops.zeros((1, 1)))
    assert len(layer.losses) == 1
    inputs = keras.Input(shape=(3,))
    outputs = ActivityRegularizationLayer()(inputs)
    outputs = keras.layers.Dense(1)(outputs)
    model = keras.Model(inputs, outputs)
    model.compile(optimizer="adam", loss="mse")
    history = model.fit(np.random.random((2, 3)), np.random.random((2, 1)), verbose=0)
    assert np.isfinite(history.history["loss"][0])


def regularizer_losses(keras):
    class OuterLayerWithKernelRegularizer(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(32, kernel_regularizer=keras.regularizers.l2(1e-3))

        def call(self, inputs):
            return self.dense(inputs)

    layer = OuterLayerWithKernelRegularizer()
    layer(keras.ops.zeros((1, 1)))
    assert len(layer.losses) == 1
    assert float(layer.losses[0]) > 0


def serializable_layer(keras):
    class Linear(keras.layers.Layer):
        def __init__(self, units=32, **kwargs):
            super().__init__(**kwargs)
            self.units = units

        def build(self, input_shape):
            self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_normal")
            self.b = self.add_weight(shape=(self.units,), initializer="random_normal")

        def call(self, inputs):
            return keras.ops.matmul(inputs, self.w) + self.b

        def get_config(self):
            config = super().get_config()
            config.update({"units": self.units})
            return config

    layer = Linear(64, name="mine")
    config = layer.get_config()
    assert config["units"] == 64 and config["name"] == "mine" and config["trainable"] is True
    new_layer = Linear.from_config(config)
    assert new_layer.units == 64 and new_layer.name == "mine"


def training_argument(keras):
    class CustomDropout(keras.layers.Layer):
        def __init__(self, rate, **kwargs):
            super().__init__(**kwargs)
            self.rate = rate
            self.seed_generator = keras.random.SeedGenerator(1337)

        def call(self, inputs, training=None):
            if training:
                return keras.random.dropout(inputs, rate=self.rate, seed=self.seed_generator)
            return inputs

    layer = CustomDropout(0.5)
    x = np.ones((20, 50), "float32")
    np.testing.assert_array_equal(np.asarray(layer(x)), x)
    dropped = np.asarray(layer(x, training=True))
    assert set(np.unique(dropped)) == {0.0, 2.0}
    assert not np.array_equal(dropped, np.asarray(layer(x, training=True)))


def vae(keras):
    layers, ops = keras.layers, keras.ops

    class Sampling(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.seed_generator = keras.random.SeedGenerator(1337)

        def call(self, inputs):
            z_mean, z_log_var = inputs
            batch = ops.shape(z_mean)[0]
            dim = ops.shape(z_mean)[1]
            epsilon = keras.random.normal(shape=(batch, dim), seed=self.seed_generator)
            return z_mean + ops.exp(0.5 * z_log_var) * epsilon

    class Encoder(layers.Layer):
        def __init__(self, latent_dim=32, intermediate_dim=64, name="encoder", **kwargs):
            super().__init__(name=name, **kwargs)
            self.dense_proj = layers.Dense(intermediate_dim, activation="relu")
            self.dense_mean = layers.Dense(latent_dim)
            self.dense_log_var = layers.Dense(latent_dim)
            self.sampling = Sampling()

        def call(self, inputs):
            x = self.dense_proj(inputs)
            z_mean = self.dense_mean(x)
            z_log_var = self.dense_log_var(x)
            z = self.sampling((z_mean, z_log_var))
            return z_mean, z_log_var, z

    class Decoder(layers.Layer):
        def __init__(self, original_dim, intermediate_dim=64, name="decoder", **kwargs):
            super().__init__(name=name, **kwargs)
            self.dense_proj = layers.Dense(intermediate_dim, activation="relu")
            self.dense_output = layers.Dense(original_dim, activation="sigmoid")

        def call(self, inputs):
            x = self.dense_proj(inputs)
            return self.dense_output(x)

    class VariationalAutoEncoder(keras.Model):
        def __init__(self, original_dim, intermediate_dim=64, latent_dim=32, name="autoencoder", **kwargs):
            super().__init__(name=name, **kwargs)
            self.original_dim = original_dim
            self.encoder = Encoder(latent_dim=latent_dim, intermediate_dim=intermediate_dim)
            self.decoder = Decoder(original_dim, intermediate_dim=intermediate_dim)

        def call(self, inputs):
            z_mean, z_log_var, z = self.encoder(inputs)
            reconstructed = self.decoder(z)
            kl_loss = -0.5 * ops.mean(z_log_var - ops.square(z_mean) - ops.exp(z_log_var) + 1)
            self.add_loss(kl_loss)
            return reconstructed

    x_train = np.random.default_rng(0).random((128, 20)).astype("float32")
    model = VariationalAutoEncoder(20, 16, 4)
    model.compile(keras.optimizers.Adam(learning_rate=1e-2), loss=keras.losses.MeanSquaredError())
    history = model.fit(x_train, x_train, epochs=3, batch_size=64, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]


def two_input_layer(keras):
    class Gate(keras.layers.Layer):
        def build(self, input_shape):
            left, right = input_shape
            self.scale = self.add_weight(shape=(left[-1],), initializer="ones", name="scale")
            assert right[-1] == left[-1]

        def call(self, inputs):
            a, b = inputs
            return a * self.scale + b

        def compute_output_shape(self, input_shape):
            return input_shape[0]

    a, b = keras.Input((3,)), keras.Input((3,))
    model = keras.Model([a, b], Gate()([a, b]))
    x = np.ones((2, 3), "float32")
    np.testing.assert_array_equal(model.predict([x, x], verbose=0), 2 * x)


def add_weight_forms(keras):
    class Holder(keras.layers.Layer):
        pass

    layer = Holder(name="holder")
    w = layer.w = layer.add_weight(name="w", shape=(2, 3), initializer=keras.initializers.Constant(2.0))
    s = layer.s = layer.add_weight(name="scalar", initializer="zeros")
    t = layer.t = layer.add_weight((2,), "ones", "float32", trainable=False, name="t")
    i = layer.i = layer.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False)
    f = layer.f = layer.add_weight(
        shape=(2,), initializer=lambda shape, dtype=None: keras.ops.ones(shape, dtype) * 3
    )
    r = layer.r = layer.add_weight(shape=(2,), regularizer="l2", constraint="non_neg")
    assert w.shape == (2, 3) and w.name == "w" and w.path == "holder/w" and s.shape == ()
    assert t.trainable is False and i.dtype == "int32"
    assert np.asarray(f).tolist() == [3, 3] and r.constraint is not None and r.regularizer is not None
    assert len(layer.trainable_weights) == 4 and len(layer.non_trainable_weights) == 2
    assert len(layer.variables) == 6


def subclassed_model(keras):
    class MyModel(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense1 = keras.layers.Dense(32, activation="relu")
            self.dense2 = keras.layers.Dense(5, activation="softmax")
            self.dropout = keras.layers.Dropout(0.5)

        def call(self, inputs, training=False):
            x = self.dense1(inputs)
            x = self.dropout(x, training=training)
            return self.dense2(x)

    model = MyModel()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(0)
    model.fit(rng.random((64, 8)).astype("float32"), rng.integers(0, 5, 64), epochs=1, verbose=0)
    assert len(model.layers) == 3
    assert model.predict(np.ones((2, 8), "float32"), verbose=0).shape == (2, 5)


def layer_dtypes(keras):
    layer = keras.layers.Dense(2, dtype="float64")
    assert layer.dtype == "float64" and layer.compute_dtype == "float64" and layer.variable_dtype == "float64"
    y = layer(np.ones((1, 3)))
    assert keras.backend.standardize_dtype(y.dtype) in ("float64", "float32")  # JAX has no float64 by default
    half = keras.layers.Dense(2, dtype="mixed_bfloat16")
    assert half.compute_dtype == "bfloat16" and half.variable_dtype == "float32"
    assert keras.config.floatx() == "float32"
    assert keras.config.image_data_format() == "channels_last"
    assert keras.config.epsilon() == 1e-7
