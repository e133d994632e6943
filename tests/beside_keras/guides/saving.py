"""Saving, serialization and loading."""

import os
import tempfile

import numpy as np


def get_model(keras):
    inputs = keras.Input(shape=(32,))
    outputs = keras.layers.Dense(1, name="dense")(inputs)
    model = keras.Model(inputs, outputs)
    model.compile(optimizer=keras.optimizers.Adam(), loss="mean_squared_error")
    return model


def data():
    rng = np.random.default_rng(0)
    return rng.random((64, 32)), rng.random((64, 1))


def save_and_load(keras):
    model = get_model(keras)
    x, y = data()
    model.fit(x, y, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "my_model.keras")
        model.save(path)
        reconstructed = keras.models.load_model(path)
        np.testing.assert_allclose(
            model.predict(x, verbose=0), reconstructed.predict(x, verbose=0), rtol=1e-6
        )
        assert int(reconstructed.optimizer.iterations) == 2
        for a, b in zip(model.optimizer.variables, reconstructed.optimizer.variables, strict=True):
            np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-6)
        reconstructed.fit(x, y, verbose=0)
        keras.saving.save_model(model, path)
        assert not keras.saving.load_model(path, compile=False).compiled


def registered_objects(keras):
    keras.saving.get_custom_objects().clear()

    @keras.saving.register_keras_serializable(package="MyLayers")
    class CustomLayer(keras.layers.Layer):
        def __init__(self, factor):
            super().__init__()
            self.factor = factor

        def call(self, x):
            return x * self.factor

        def get_config(self):
            return {"factor": self.factor}

    @keras.saving.register_keras_serializable(package="my_package", name="custom_fn")
    def custom_fn(x):
        return x**2

    def get_model():
        inputs = keras.Input(shape=(4,))
        mid = CustomLayer(0.5)(inputs)
        outputs = keras.layers.Dense(1, activation=custom_fn)(mid)
        model = keras.Model(inputs, outputs)
        model.compile(optimizer="rmsprop", loss="mean_squared_error")
        return model

    model = get_model()
    x, y = np.random.random((16, 4)), np.random.random((16, 1))
    model.fit(x, y, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "custom_model.keras")
        model.save(path)
        again = keras.models.load_model(path)
    np.testing.assert_allclose(model.predict(x, verbose=0), again.predict(x, verbose=0), rtol=1e-6)
    assert isinstance(again.layers[1], CustomLayer)


def custom_object_scope(keras):
    class Twice(keras.layers.Layer):
        def call(self, x):
            return 2 * x

    model = keras.Sequential([keras.Input((3,)), Twice(), keras.layers.Dense(1)])
    x = np.ones((2, 3), "float32")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "m.keras")
        model.save(path)
        with keras.saving.custom_object_scope({"Twice": Twice}):
            one = keras.models.load_model(path)
        two = keras.models.load_model(path, custom_objects={"Twice": Twice})
    np.testing.assert_allclose(one.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-6)
    np.testing.assert_allclose(two.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-6)


def weights_files(keras):
    def sequential():
        return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])

    a, b = sequential(), sequential()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "my.weights.h5")
        a.save_weights(path)
        b.load_weights(path)
    for p, q in zip(a.get_weights(), b.get_weights(), strict=True):
        np.testing.assert_array_equal(p, q)


def weights_in_memory(keras):
    def create_layer():
        layer = keras.layers.Dense(64, activation="relu", name="dense_2")
        layer.build((None, 784))
        return layer

    layer_1, layer_2 = create_layer(), create_layer()
    layer_2.set_weights(layer_1.get_weights())
    np.testing.assert_array_equal(layer_1.get_weights()[0], layer_2.get_weights()[0])


def configs(keras):
    layer = keras.layers.Dense(3, activation="relu")
    layer_config = layer.get_config()
    assert layer_config["units"] == 3 and layer_config["activation"] == "relu"
    new_layer = keras.layers.Dense.from_config(layer_config)
    assert new_layer.units == 3
    model = keras.Sequential([keras.Input((32,)), keras.layers.Dense(1)])
    new_model = keras.Sequential.from_config(model.get_config())
    assert new_model.output_shape == (None, 1)
    inputs = keras.Input((32,))
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    new_model = keras.Model.from_config(model.get_config())
    assert new_model.count_params() == 33
    config = keras.saving.serialize_keras_object(layer)
    assert config["class_name"] == "Dense" and config["config"]["units"] == 3
    assert keras.saving.deserialize_keras_object(config).units == 3
    config = keras.layers.serialize(keras.layers.Dropout(0.25))
    assert keras.layers.deserialize(config).rate == 0.25


def clones(keras):
    model = get_model(keras)
    with keras.utils.custom_object_scope({}):
        new_model = keras.models.clone_model(model)
    assert new_model.count_params() == model.count_params()
    assert not np.array_equal(new_model.get_weights()[0], model.get_weights()[0])

    def with_noise(layer):
        config = layer.get_config()
        if isinstance(layer, keras.layers.Dense):
            config["units"] = 2
        return layer.__class__.from_config(config)

    changed = keras.models.clone_model(model, clone_function=with_noise)
    assert changed.output_shape == (None, 2)


def built_from_config(keras):
    class Inner(keras.layers.Layer):
        def __init__(self, sublayer, **kwargs):
            super().__init__(**kwargs)
            self.sublayer = sublayer

        def call(self, x):
            return self.sublayer(x)

        def get_config(self):
            base_config = super().get_config()
            config = {"sublayer": keras.saving.serialize_keras_object(self.sublayer)}
            return {**base_config, **config}

        @classmethod
        def from_config(cls, config):
            sublayer_config = config.pop("sublayer")
            sublayer = keras.saving.deserialize_keras_object(sublayer_config)
            return cls(sublayer, **config)

    layer = Inner(keras.layers.Dense(2), name="outer")
    again = Inner.from_config(layer.get_config())
    assert again.name == "outer" and again.sublayer.units == 2
    model = keras.Sequential([keras.Input((3,)), layer])
    x = np.ones((2, 3), "float32")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "m.keras")
        model.save(path)
        back = keras.models.load_model(path, custom_objects={"Inner": Inner})
    np.testing.assert_allclose(back.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-6)


def copies(keras):
    import copy
    import pickle

    model = get_model(keras)
    x, y = data()
    model.fit(x, y, verbose=0)
    twin = copy.deepcopy(model)
    np.testing.assert_allclose(twin.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-6)
    twin.fit(x, y, verbose=0)
    third = pickle.loads(pickle.dumps(model))
    np.testing.assert_allclose(third.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-6)
