"""Models of the user's own classes: layers in attributes, steps of their own, configurations, copies."""

import json

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import FormatError, UsageError
from wengert.nn.config import CLASSES

RNG = np.random.default_rng(0)
X = RNG.normal(size=(16, 4)).astype("f")
Y = (X @ RNG.normal(size=(4, 1))).astype("f")


class Keras(wg.Model):
    """A model as Keras's guides write it: layers in `__init__`, which takes arguments of its own."""

    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.hidden = wg.layers.Dense(units, activation="tanh")
        self.scores = wg.layers.Dense(1)

    def call(self, x, training=False):
        return self.scores(self.hidden(x))

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class Own(wg.Model):
    """The same, with a training step of its own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = wg.layers.Dense(1)

    def call(self, x):
        return self.dense(x)

    def train_step(self, data):
        x, y = data
        with wg.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        weights = self.trainable_variables
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}


def fitted(model, **more):
    model.compile(wg.optimizers.SGD(0.1), "mse", metrics=["mae"], run_eagerly=True)
    return model.fit(X, Y, epochs=3, batch_size=8, shuffle=False, verbose=0, **more)


def test_a_step_of_the_users_is_compiled_and_does_what_the_built_in_one_does():
    wg.set_random_seed(0)
    own = Own()
    own.compile(wg.optimizers.SGD(0.1), "mse", metrics=["mae"])
    mine = own.fit(X, Y, epochs=3, batch_size=8, shuffle=False, verbose=0)
    wg.set_random_seed(0)
    plain = fitted(wg.Sequential([wg.layers.Dense(1)]))
    assert mine.history.keys() == plain.history.keys()
    for name, values in mine.history.items():
        np.testing.assert_allclose(values, plain.history[name], rtol=1e-5)
    assert own.step("train").compiles == 1


def test_a_drawn_model_may_have_a_step_of_its_own():
    class Scaled(wg.Model):
        def train_step(self, data):
            x, y = data
            loss = self.compute_loss(y=y, y_pred=self(x, training=True)) * 10.0
            return {"tenfold": loss}

    x = wg.Input((4,))
    model = Scaled(x, wg.layers.Dense(1)(x))
    assert isinstance(model, Scaled)
    model.compile("sgd", "mse", run_eagerly=True)
    expected = 10 * np.mean((model(X).numpy() - Y) ** 2)
    history = model.fit(X, Y, batch_size=16, verbose=0).history
    np.testing.assert_allclose(history["tenfold"], [expected], rtol=1e-5)


def test_a_step_without_a_compiled_loss_takes_data_as_they_are():
    class Encoder(wg.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dense = wg.layers.Dense(4)

        def call(self, x):
            return self.dense(x)

        def train_step(self, x):
            with wg.GradientTape() as tape:
                loss = wg.mean((self(x) - x) ** 2)
            self.optimizer.apply(tape.gradient(loss, self.trainable_weights), self.trainable_weights)
            return {"loss": loss}

    model = Encoder()
    model.compile("adam", run_eagerly=True)
    losses = model.fit(X, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_a_step_must_give_a_dict():
    class Silent(Own):
        def train_step(self, data):
            return None

    model = Silent()
    model.compile("sgd", "mse")
    with pytest.raises(UsageError, match="train_step: must return a dict of numbers by name; got NoneType"):
        model.fit(X, Y, verbose=0)


def test_added_losses_are_trained_for():
    class Pulled(wg.layers.Layer):
        def call(self, x):
            self.add_loss(3.0 * wg.mean(x * x))
            return x

    x = wg.Input((4,))
    model = wg.Model(x, Pulled()(x))
    model.compile("sgd", "mse", run_eagerly=True)
    np.testing.assert_allclose(model.evaluate(X, X, verbose=0), 3 * np.mean(X * X), rtol=1e-5)
    model.compile("sgd", run_eagerly=True)
    np.testing.assert_allclose(model.evaluate(X, batch_size=16, verbose=0), 3 * np.mean(X * X), rtol=1e-5)


def test_several_inputs_and_outputs_of_a_subclass():
    class Pair(wg.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dense = wg.layers.Dense(1)

        def call(self, inputs):
            return {"sum": self.dense(inputs["a"] + inputs["b"]), "copy": inputs["a"]}

    model = Pair()
    model.compile("sgd", {"sum": "mse", "copy": None}, run_eagerly=True)
    model.fit({"a": X, "b": X}, {"sum": Y}, verbose=0)
    assert model.predict({"a": X, "b": X})["copy"].shape == X.shape
    np.testing.assert_array_equal(model.predict({"a": X, "b": X})["copy"], X)


def test_get_config_describes_a_class_with_an_init(tmp_path):
    model = Keras(5)
    fitted(model)
    model.save(tmp_path / "m")
    again = wg.load_model(tmp_path / "m", custom_objects={"Keras": Keras})
    assert again.units == 5
    np.testing.assert_allclose(again.predict(X), model.predict(X), rtol=1e-6)
    assert Keras.from_config(model.get_config()).units == 5


def test_json_makes_the_same_model():
    x = wg.Input((4,))
    for model in (wg.Model(x, wg.layers.Dense(2)(x) + 1), wg.Sequential([x, wg.layers.Dense(2)])):
        again = wg.models.model_from_json(model.to_json())
        again.set_weights(model.get_weights())
        np.testing.assert_array_equal(again(X).numpy(), model(X).numpy())


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"class": "layers.Dense", "config": {"units": 3}}', '{"class": "os.system", "config": {}}',
     '{"a": 1, "a": 2}', "[" * 100_000, '{"class": "layers.Functional", "config": {}}'],
)  # fmt: skip
def test_text_that_describes_no_model_is_refused(text):
    with pytest.raises(FormatError, match="test_subclassing.py"):
        wg.models.model_from_json(text)


def test_a_clone_has_weights_of_its_own():
    model = Keras(5)
    fitted(model)
    again = wg.models.clone_model(model)
    fitted(again)
    assert not {id(w) for w in model.weights} & {id(w) for w in again.weights}
    x = wg.Input((4,))
    drawn = wg.Model(x, wg.layers.Dense(2, name="d")(x))
    wider = wg.models.clone_model(
        drawn, lambda layer: type(layer).from_config({**layer.config(), "trainable": False})
    )
    assert wider.get_layer("d").trainable is False
    assert drawn.get_layer("d").trainable is True


def test_frozen_layers_stay_as_they_are():
    x = wg.Input((4,))
    base = wg.layers.Dense(3, name="base")
    model = wg.Model(x, wg.layers.Dense(1)(base(x)))
    base.trainable = False
    before = base.get_weights()
    fitted(model)
    np.testing.assert_array_equal(before[0], base.get_weights()[0])
    assert len(model.trainable_weights) == 2


FAMILIES = {
    wg.layers: ("Dense", {"units": 2}),
    wg.losses: ("Huber", {}),
    wg.metrics: ("Precision", {}),
    wg.optimizers: ("Adam", {}),
    wg.initializers: ("HeNormal", {}),
    wg.regularizers: ("L2", {}),
    wg.constraints: ("MaxNorm", {}),
    wg.optimizers.schedules: (
        "ExponentialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5},
    ),
}


@pytest.mark.parametrize("module", FAMILIES, ids=lambda m: m.__name__)
def test_each_family_serializes_its_own_and_refuses_others(module):
    family = module.__name__.rpartition(".")[2]
    name, given = FAMILIES[module]
    made = CLASSES[f"{family}.{name}"](**given)
    text = json.loads(json.dumps(module.serialize(made)))
    assert module.deserialize(text).config() == made.config()
    other = (
        wg.losses.serialize(wg.losses.Huber())
        if family != "losses"
        else wg.layers.serialize(wg.layers.Dense(2))
    )
    with pytest.raises(FormatError, match="must describe an object of kind"):
        module.deserialize(other)
