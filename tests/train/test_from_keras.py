"""What programs of Keras users need that is not the same in each of its backends, or that only Wengert promises."""

import copy
import pickle
import warnings

import numpy as np
import pytest

import wengert as wg

X = np.random.default_rng(0).random((32, 4)).astype("float32")


class GAN(wg.Model):
    """Two networks, each with its optimizer; it is never called itself."""

    def __init__(self, discriminator, generator):
        super().__init__()
        self.discriminator, self.generator = discriminator, generator
        self.seed_generator = wg.random.SeedGenerator(7)
        self.trackers = [wg.metrics.Mean(name="d_loss"), wg.metrics.Mean(name="g_loss")]

    @property
    def metrics(self):
        return self.trackers

    def compile(self, d_optimizer, g_optimizer, loss_fn):
        super().compile()
        self.optimizers, self.loss_fn = (d_optimizer, g_optimizer), loss_fn

    def learn(self, network, optimizer, loss):
        with wg.GradientTape() as tape:
            value = loss()
        optimizer.apply(tape.gradient(value, network.trainable_weights), network.trainable_weights)
        return value

    def train_step(self, data):
        rows = wg.ops.shape(data)[0]
        noise = wg.random.normal((rows, 2), seed=self.seed_generator)
        both = wg.ops.concatenate([self.generator(noise), data], axis=0)
        labels = wg.ops.concatenate([wg.ops.ones((rows, 1)), wg.ops.zeros((rows, 1))], axis=0)
        losses = (
            self.learn(
                self.discriminator, self.optimizers[0], lambda: self.loss_fn(labels, self.discriminator(both))
            ),
            self.learn(
                self.generator,
                self.optimizers[1],
                lambda: self.loss_fn(wg.ops.zeros((rows, 1)), self.discriminator(self.generator(noise))),
            ),
        )
        for tracker, loss in zip(self.trackers, losses, strict=True):
            tracker.update_state(loss)
        return {tracker.name: tracker.result() for tracker in self.trackers}


def test_a_model_whose_steps_are_all_that_is_used_needs_no_call():
    discriminator = wg.Sequential([wg.Input((4,)), wg.layers.Dense(3, activation="relu"), wg.layers.Dense(1)])
    generator = wg.Sequential([wg.Input((2,)), wg.layers.Dense(4)])
    gan = GAN(discriminator, generator)
    gan.compile(
        wg.optimizers.Adam(1e-2), wg.optimizers.SGD(1e-2), wg.losses.BinaryCrossentropy(from_logits=True)
    )
    before = [network.get_weights()[0] for network in (discriminator, generator)]
    history = gan.fit(X, epochs=2, batch_size=8, verbose=0).history
    assert set(history) == {"d_loss", "g_loss"}
    for old, network in zip(before, (discriminator, generator), strict=True):
        assert not np.array_equal(old, network.get_weights()[0])
    assert int(gan.optimizers[0].iterations) == 8


def test_the_first_layer_may_say_what_comes_in():
    model = wg.Sequential([wg.layers.Dense(3, input_shape=(4,)), wg.layers.Dense(1)])
    assert model.output_shape == (None, 1)
    assert wg.models.model_from_json(model.to_json()).input_shape == (None, 4)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])  # noqa: S301
def test_copies_of_functional_models_have_operations_and_weights_of_their_own(copied):
    x = wg.Input((4,))
    y = wg.layers.Dense(2)(wg.relu(wg.layers.Dense(3)(x)) * 2.0 + 1.0)
    model = wg.Model(x, y)
    other = copied(model)
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
    other.layers[1].kernel.assign(other.layers[1].kernel * 0.0)
    assert not np.array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))


def test_an_optimizer_whose_state_does_not_fit_starts_anew_and_says_so(tmp_path):
    pytest.importorskip("h5py")
    x = wg.Input((4,))
    model = wg.Model(x, wg.layers.Dense(1)(x))
    model.compile(wg.optimizers.Adam(), "mse")
    model.fit(X, X[:, :1], verbose=0)
    other = wg.Model(x, wg.layers.Dense(1)(x))
    other.compile(wg.optimizers.SGD(momentum=0.5), "mse")
    model.save(tmp_path / "m.keras")
    from wengert.train import keras_file, keras_optimizer

    weights = keras_file.members(tmp_path / "m.keras")["weights"]
    with pytest.warns(RuntimeWarning, match="state of SGD does not fit.*starts anew"):
        keras_optimizer.read(other, "m.keras", weights)
    assert int(other.optimizer.iterations) == 0


def test_names_in_files_mean_what_was_registered(tmp_path):
    @wg.saving.register_keras_serializable(package="tests", name="cube")
    def cube(x):
        return x**3

    try:
        model = wg.Sequential([wg.Input((4,)), wg.layers.Dense(2, activation=cube)])
        model.save(tmp_path / "m.wengert")
        again = wg.load_model(tmp_path / "m.wengert")
        np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    finally:
        del wg.saving.get_custom_objects()["tests>cube"]
    with pytest.raises(wg.errors.FormatError, match="tests>cube"):
        wg.load_model(tmp_path / "m.wengert")


def test_float16_trains_with_a_scaled_loss():
    wg.mixed_precision.set_global_policy("mixed_float16")
    try:
        model = wg.Sequential([wg.Input((4,)), wg.layers.Dense(8, activation="relu"), wg.layers.Dense(1)])
        model.compile(wg.optimizers.Adam(0.02), "mse")
        losses = model.fit(X, X.sum(axis=1), epochs=20, verbose=0).history["loss"]
    finally:
        wg.mixed_precision.set_global_policy("float32")
    assert isinstance(model.optimizer, wg.optimizers.LossScaleOptimizer)
    assert losses[-1] < 0.5 * losses[0]


def test_lengths_of_two_inputs_are_two_lengths():
    a, b = wg.Input((None, 2), name="a"), wg.Input((None, 2), name="b")
    with pytest.raises(wg.errors.ShapeError):
        wg.layers.add([a, b])
    c, d = wg.Input(("time", 2)), wg.Input(("time", 2))
    model = wg.Model([c, d], wg.layers.add([c, d]))
    assert model.predict([np.ones((1, 3, 2)), np.ones((1, 3, 2))], verbose=0).shape == (1, 3, 2)


def test_nothing_warns_where_a_user_does_as_keras_says():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = wg.Sequential([wg.Input((4,)), wg.layers.Dense(1)])
        model.compile(optimizer="adam", loss="mse", jit_compile=True, steps_per_execution=2)
        model.fit(X, X[:, :1], verbose=0)
