"""Models learn, count their compiles, and mean the same compiled and interpreted."""

import numpy as np
import pytest

import wengert as wg
from tests.train.models import blobs, classifier, everything, images
from wengert.base.errors import NotFiniteError, ShapeError, UsageError, ValueRangeError


@pytest.mark.parametrize("run_eagerly", [True, False], ids=["interpreted", "compiled"])
def test_fit_learns(run_eagerly):
    model, (x, y) = classifier(run_eagerly=run_eagerly), blobs()
    model.optimizer.learning_rate = 0.02
    history = model.fit(x, y, batch_size=32, epochs=15, verbose=0)
    assert history.history["loss"][-1] < 0.3 < history.history["loss"][0]
    assert model.evaluate(x, y, verbose=0)[1] > 0.95


def test_one_program_serves_every_batch_size_and_learning_rate():
    model, (x, y) = classifier(run_eagerly=False), blobs(50)
    model.fit(x, y, batch_size=16, epochs=2, verbose=0)  # 16, 16, 16 and 2 rows
    model.optimizer.learning_rate = 0.5
    model.train_on_batch(x[:7], y[:7])
    model.fit(x, y, batch_size=9, verbose=0)
    assert model.train_step.compiles == 1


def test_the_learning_rate_takes_effect_without_compiling():
    model, (x, y) = classifier(run_eagerly=False), blobs(8)
    model.train_on_batch(x, y)
    model.optimizer.learning_rate = 0.0
    before = model.get_weights()
    model.train_on_batch(x, y)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_compiled_training_agrees_with_the_interpreter():
    x, y = images()
    runs = []
    for eager in (True, False):
        model = everything()
        model.compile(model.optimizer, model.loss, metrics=["accuracy"], run_eagerly=eager)
        history = model.fit(x, y, batch_size=8, epochs=2, verbose=0, shuffle=False)
        runs.append((model.get_weights(), history.history["loss"], model.predict(x)))
    for a, b in zip(runs[0][0], runs[1][0], strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)
    np.testing.assert_allclose(runs[0][1], runs[1][1], rtol=1e-5)
    np.testing.assert_allclose(runs[0][2], runs[1][2], rtol=1e-4, atol=1e-4)


def test_the_same_seed_trains_the_same():
    (x, y), found = blobs(), []
    for _ in range(2):
        model = classifier()
        model.fit(x, y, epochs=2, verbose=0)
        found.append(model.get_weights())
    assert all(np.array_equal(a, b) for a, b in zip(*found, strict=True))


def test_loss_of_an_epoch_counts_the_short_batch_by_its_rows():
    model, (x, y) = classifier(), blobs(10)
    model.optimizer.learning_rate = 0.0
    whole = model.evaluate(x, y, batch_size=10, verbose=0)
    assert model.fit(x, y, batch_size=4, verbose=0).history["loss"][0] == pytest.approx(whole[0], rel=1e-6)
    assert model.evaluate(x, y, batch_size=3, verbose=0) == pytest.approx(whole, rel=1e-6)


def test_sample_weights_and_class_weights_choose_what_is_learned():
    x, y = blobs(60)
    only_first = (y == 0).astype(np.float32)
    a, b = classifier(), classifier()
    a.fit(x, y, sample_weight=only_first, shuffle=False, verbose=0)
    b.fit(x, y, class_weight={1: 0.0, 2: 0.0}, shuffle=False, verbose=0)
    assert all(np.array_equal(p, q) for p, q in zip(a.get_weights(), b.get_weights(), strict=True))
    assert a.fit(x, y, sample_weight=np.zeros(60), verbose=0).history["loss"] == [0.0]


def test_validation_split_keeps_the_last_rows_back():
    model, (x, y) = classifier(), blobs(40)
    model.optimizer.learning_rate = 0.0
    history = model.fit(x, y, validation_split=0.25, verbose=0).history
    assert history["val_loss"][0] == pytest.approx(model.evaluate(x[30:], y[30:], verbose=0)[0], rel=1e-6)
    assert history["loss"][0] == pytest.approx(model.evaluate(x[:30], y[:30], verbose=0)[0], rel=1e-6)


def test_an_iterable_of_batches_trains_like_arrays():
    x, y = blobs(24)
    batches = [(x[k : k + 8], y[k : k + 8]) for k in range(0, 24, 8)]
    a, b = classifier(), classifier()
    a.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    b.fit(Again(batches), epochs=2, verbose=0, validation_data=(x, y))
    assert all(np.array_equal(p, q) for p, q in zip(a.get_weights(), b.get_weights(), strict=True))


class Again:
    """An iterable that can start again and has a length."""

    def __init__(self, items):
        self.items = items

    def __iter__(self):
        return iter(self.items)

    def __len__(self):
        return len(self.items)


def test_steps_per_epoch_goes_on_where_an_endless_iterator_was():
    model, (x, y) = classifier(), blobs(4)
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield x, y

    model.fit(endless(), steps_per_epoch=3, epochs=2, verbose=0)
    assert len(taken) == 6


def test_predict_gives_one_row_a_sample_in_order():
    model, (x, _) = classifier(), blobs(37)
    out = model.predict(x, batch_size=8)
    np.testing.assert_allclose(out, model.predict_on_batch(x), rtol=1e-6)
    np.testing.assert_allclose(out.sum(-1), 1, rtol=1e-5)


def test_train_on_batch_gives_means_since_the_last_reset():
    model, (x, y) = classifier(), blobs(8)
    model.optimizer.learning_rate = 0.0
    first = model.train_on_batch(x[:4], y[:4])[0]
    model.reset_metrics()
    second = model.train_on_batch(x[4:], y[4:])[0]
    model.reset_metrics()
    model.train_on_batch(x[:4], y[:4])
    both = model.train_on_batch(x[4:], y[4:], return_dict=True)
    assert both["loss"] == pytest.approx((first + second) / 2, rel=1e-6)


def test_test_on_batch_measures_and_learns_nothing():
    model, (x, y) = classifier(), blobs(8)
    before = model.get_weights()
    assert model.test_on_batch(x, y) == pytest.approx(model.evaluate(x, y, verbose=0))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_a_subclass_with_layers_as_attributes_trains():
    class Net(wg.Model):
        units: int = 5

        def build(self, x):
            self.hidden = wg.layers.Dense(self.units, activation="relu")
            self.last = wg.layers.Dense(3)

        def call(self, x, training=False):
            return self.last(self.hidden(x))

    model, (x, y) = Net(), blobs()
    model.compile("adam", wg.losses.SparseCategoricalCrossentropy(from_logits=True), run_eagerly=True)
    losses = model.fit(x, y, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert [layer.name for layer in model.layers] == [model.hidden.name, model.last.name]


def test_a_model_without_an_input_is_built_by_its_first_data():
    model = wg.Sequential([wg.layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    assert not model.built
    model.fit(*blobs(), verbose=0)
    assert model.input_shape[1:] == (4,)


def test_integers_and_float64_are_converted_for_the_model():
    model, (x, y) = classifier(), blobs(12)
    bytes_ = (np.abs(x) * 10).astype(np.uint8)
    np.testing.assert_array_equal(model.predict(bytes_), model.predict(bytes_.astype(np.float64)))
    model.fit(x.astype(np.float64), y.astype(np.float64)[:, None], verbose=0)


def test_a_loss_of_the_users_own_trains():
    model = wg.Sequential([wg.Input((4,)), wg.layers.Dense(1)])
    model.compile("sgd", lambda t, p: (p[:, 0] - t) ** 2, metrics=["mae"], run_eagerly=True)
    x, _ = blobs(20)
    losses = model.fit(x, x[:, 0], epochs=5, verbose=0).history
    assert losses["loss"][-1] < losses["loss"][0]
    assert "mae" in losses


def test_compiling_again_starts_new_programs_and_keeps_the_weights():
    model, (x, y) = classifier(), blobs(12)
    before = model.predict(x)
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    np.testing.assert_array_equal(model.predict(x), before)
    assert model.fit(x, y, verbose=0).history.keys() == {"loss"}


def test_frozen_layers_keep_their_weights():
    model, (x, y) = classifier(), blobs(12)
    model.get_layer("hidden").trainable = False
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    before = model.get_weights()
    model.fit(x, y, verbose=0)
    changed = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert changed == [False, False, True, True]


# --- what is refused ------------------------------------------------------------------------------

X, Y = blobs(10)
NAN = X.copy()
NAN[7, 2] = np.nan


@pytest.mark.parametrize(
    ("x", "y", "error", "message"),
    [
        (X[:, :3], Y, ShapeError, r"fit: x must be f32\[batch,4\]; got f32\[10,3\]"),
        (
            X[0],
            Y[:1],
            ShapeError,
            r"x must be f32\[batch,4\]; got f32\[4\]. One sample must be a batch of one",
        ),
        (X.reshape(10, 2, 2), Y, ShapeError, r"got f32\[10,2,2\]. Reshape it: x.reshape\(-1, 4\)"),
        (X, Y[:9], ShapeError, "x and y must have the same number of rows; got x: 10, y: 9"),
        (X[:0], Y[:0], ValueRangeError, "x must have at least one row"),
        (NAN, Y, NotFiniteError, r"x must be finite; got nan at x\[7, 2\]"),
        (X, Y + 1, ValueRangeError, "y must be classes below 3.*got 3 at row.*4 units"),
        (X, Y - 1, ValueRangeError, "y must be classes below 3.*got -1"),
        (X, Y + 0.5, ValueRangeError, "y must be whole numbers"),
        (X, np.eye(3)[Y], ShapeError, r"y must be i64\[batch\]; got f64\[10,3\]"),
        (X, None, UsageError, "labels are needed"),
        (np.array([["a"] * 4] * 10), Y, TypeError, "x must be an array of numbers"),
        ([[1.0, 2.0], [3.0]], Y, TypeError, "rows of one length"),
        (3.0, Y, ShapeError, "one row a sample"),
    ],
)
def test_fit_refuses_data_that_do_not_fit_before_anything_is_trained(x, y, error, message):
    model = classifier()
    before = model.get_weights()
    with pytest.raises(error, match=f"(?s){message}.*test_model.py"):
        model.fit(x, y, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_a_layer_that_does_not_fit_is_named_with_its_input():
    with pytest.raises(ShapeError, match=r"Conv2D 'first': .*f32\[batch,5,5\].*channel.*test_model.py"):
        wg.Sequential([wg.Input((5, 5)), wg.layers.Conv2D(3, 3, name="first")])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "batch_size must be a positive int; got 0"),
        ({"epochs": -1}, "epochs must be an int >= 0; got -1"),
        ({"validation_split": 1.5}, r"validation_split must be in \[0, 1\); got 1.5"),
        ({"validation_data": (X,)}, r"must be \(x, y\)"),
        ({"callbacks": [print]}, "must be Callback objects"),
        ({"sample_weight": np.ones(3)}, "same number of rows"),
        ({"class_weight": {-1: 2.0}}, "must map classes to weights"),
    ],
)
def test_fit_refuses_arguments_that_make_no_sense(arguments, message):
    with pytest.raises(ValueError, match=message):
        classifier().fit(X, Y, verbose=0, **arguments)


def test_a_model_without_a_loss_says_what_to_do():
    model = wg.Sequential([wg.Input((4,)), wg.layers.Dense(3)])
    with pytest.raises(UsageError, match=r"Call compile\(optimizer, loss\) first"):
        model.fit(X, Y)


def test_nan_in_a_single_batch_is_blamed_on_the_data():
    model = classifier()
    model.train_on_batch(X, Y)
    with pytest.raises(NotFiniteError, match=r"x\[7, 2\]"):
        model.train_on_batch(NAN, Y)


def test_set_weights_names_the_weight_and_changes_nothing_when_one_does_not_fit():
    model = classifier()
    before = model.get_weights()
    wrong = [w + 1 for w in before]
    wrong[2] = np.zeros((8, 4), np.float32)
    with pytest.raises(ShapeError, match=r"'scores/kernel' must have the shape f32\[8,3\]; got f32\[8,4\]"):
        model.set_weights(wrong)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


class Residual(wg.layers.Layer):
    """A block as a layer: it makes its own layers."""

    units: int

    def build(self, x):
        self.dense = wg.layers.Dense(self.units, activation="relu")
        self.add = wg.layers.Add()

    def call(self, x, training=False):
        return self.add([x, self.dense(x)])


class Blocks(wg.Model):
    """A model of blocks in a list."""

    depth: int = 2

    def build(self, x):
        self.blocks = [Residual(x.shape[-1]) for _ in range(self.depth)]
        self.last = wg.layers.Dense(3)

    def call(self, x, training=False):
        for block in self.blocks:
            x = block(x, training=training)
        return self.last(x)


def test_a_subclass_of_blocks_is_saved_and_loaded_and_trains_on(tmp_path):
    x, y = blobs(40)
    model = Blocks()
    model.compile("adam", wg.losses.SparseCategoricalCrossentropy(from_logits=True), run_eagerly=True)
    model.fit(x, y, verbose=0)
    assert [layer.name for layer in model.layers] == [
        f"{model.name}/{n}" for n in ("residual", "residual_1", "dense")
    ]
    model.save(tmp_path / "blocks.wengert")
    again = wg.load_model(
        tmp_path / "blocks.wengert", custom_objects={"Blocks": Blocks, "Residual": Residual}
    )
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    before = again.get_weights()
    again.fit(x, y, verbose=0)
    assert all(not np.array_equal(a, b) for a, b in zip(before, again.get_weights(), strict=True))


def test_weights_of_a_subclass_are_loaded_into_another(tmp_path):
    x, _ = blobs(10)
    model, other = Blocks(name="blocks"), Blocks(name="blocks")
    for m in (model, other):
        m.ensure_built(wg.TensorType.parse("f32[batch,4]"))
    assert model.count_params() == 2 * 20 + 15
    model.save_weights(tmp_path / "w")
    other.load_weights(tmp_path / "w")
    np.testing.assert_array_equal(other(x), model(x))
