"""What data may be, and what is said of those that may not."""

import re

import numpy as np
import pytest

import wengert as wg
from tests.train.models import blobs, classifier
from wengert.base.errors import DTypeError, NotFiniteError, ShapeError, UsageError, ValueRangeError

X, Y = blobs(12)


def with_value(value, dtype="float32"):
    x = X.astype(dtype)
    x[7, 2] = value
    return x


def regression(activation=None):
    wg.set_random_seed(1)
    model = wg.Sequential([wg.Input((4,)), wg.layers.Dense(1, activation=activation)])
    model.compile("sgd", "mse")
    return model


# --- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("call", ["train_on_batch", "test_on_batch"])
def test_a_batch_must_be_finite_though_the_loss_would_be(call, value):
    """tanh(inf) is 1: the loss of such a batch is finite, and its gradient is not."""
    model = regression("tanh")
    model.train_on_batch(X, X[:, :1])
    before = model.get_weights()
    for x, y in ((with_value(value), X[:, :1]), (X, with_value(value)[:, 2:3])):
        with pytest.raises(
            NotFiniteError, match=rf"{call}: [xy] must be finite; got .*\[7, .\].*test_inputs.py"
        ):
            getattr(model, call)(x, y)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_large_values_of_a_batch_are_finite():
    model = regression()
    model.train_on_batch(X, X[:, :1])
    assert model.test_on_batch(with_value(1e30), X[:, :1]) > 1e30  # whose square is not


def test_what_is_beyond_the_models_dtype_is_refused():
    with pytest.raises(NotFiniteError, match=r"x must be finite in float32; got 1e\+39 at x\[7, 2\]"):
        classifier().fit(with_value(1e39, "float64"), Y, verbose=0)


@pytest.mark.parametrize("call", ["predict", "predict_on_batch"])
def test_what_is_predicted_must_be_finite(call):
    with pytest.raises(
        NotFiniteError, match=rf"{call}: x must be finite; got nan at x\[7, 2\].*test_inputs.py"
    ):
        getattr(classifier(), call)(with_value(np.nan))


def test_masked_values_are_no_values():
    with pytest.raises(DTypeError, match="x must have a value everywhere; got 1 that are masked"):
        classifier().fit(np.ma.masked_array(X, np.isclose(X, X[3, 1])), Y, verbose=0)


def test_integers_must_fit_into_the_models():
    model = wg.Sequential([wg.Input((2,), dtype="int32"), wg.layers.Embedding(5, 2), wg.layers.Flatten()])
    with pytest.raises(
        ValueRangeError, match=r"x must be whole numbers in int32 .*; got 4294967296 at row 1"
    ):
        model.predict(np.array([[0, 1], [2**32, 1]]))


def test_weights_of_samples_must_be_finite():
    with pytest.raises(NotFiniteError, match=r"sample_weight must be finite; got inf at sample_weight\[1\]"):
        classifier().fit(X, Y, sample_weight=[1.0, np.inf, *[1.0] * 10], verbose=0)


# --- arguments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps_per_epoch": 0}, "fit: steps_per_epoch must be a positive int; got 0"),
        ({"validation_freq": 0}, "fit: validation_freq must be a positive int; got 0"),
        ({"initial_epoch": -1}, "fit: initial_epoch must be an int >= 0; got -1"),
        ({"epochs": 1.5}, "fit: epochs must be an int >= 0; got 1.5"),
        ({"shuffle": "batch"}, "fit: shuffle must be True or False; got 'batch'"),
        ({"class_weight": [1.0, 2.0]}, "class_weight must be a dict"),
        ({"class_weight": {0: np.nan}}, "class_weight must map classes to weights >= 0; got 0: nan"),
        ({"callbacks": 3}, "fit: callbacks must be Callback objects; got 3"),
        ({"validation_split": "half"}, "validation_split must be in"),
    ],
)
def test_arguments_are_refused_at_the_users_line(arguments, message):
    with pytest.raises(ValueError, match=f"{re.escape(message)}.*test_inputs.py"):
        classifier().fit(X, Y, verbose=0, **arguments)


def test_batches_must_come_from_an_iterable():
    with pytest.raises(UsageError, match=r"a batch must be \(x, y\).*got int 3"):
        classifier().fit(iter([3]), verbose=0)


def test_a_prediction_must_have_a_row_for_each_sample():
    class Mean(wg.Model):
        def call(self, x):
            return wg.mean(x, axis=0)

    with pytest.raises(ShapeError, match="predict: the output must have one row a sample"):
        Mean().predict(X)


def test_steps_of_an_epoch_go_on_where_the_last_one_ended():
    seen = []

    class Look(wg.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(self.params["steps"])

    model = classifier()
    model.fit(X, Y, batch_size=5, steps_per_epoch=2, epochs=3, verbose=0, callbacks=Look())
    assert seen == [2, 2, 2]
    assert int(model.optimizer.iterations) == 6


# --- what becomes of training ---------------------------------------------------------------------


def test_a_loss_that_diverges_on_finite_data_is_a_warning_that_names_weights():
    model = wg.Sequential([wg.Input((4,)), wg.layers.Dense(1, name="line")])
    model.compile(wg.optimizers.SGD(1e25), "mse")
    with pytest.warns(RuntimeWarning, match=r"at step \d+ of epoch \d+, with finite data; .*line/kernel"):
        model.fit(X, X[:, :1], batch_size=4, epochs=2, verbose=0)


def test_a_log_can_be_written_though_training_ends_in_an_error(tmp_path):
    def stop(epoch, logs):
        raise RuntimeError

    log, end = wg.callbacks.CSVLogger(tmp_path / "log.csv"), wg.callbacks.LambdaCallback(on_epoch_end=stop)
    with pytest.raises(RuntimeError):
        classifier().fit(X, Y, verbose=0, callbacks=[log, end])
    assert (tmp_path / "log.csv").read_text().startswith("epoch,loss,accuracy\n0,")


def test_tables_are_data_too():
    pandas = pytest.importorskip("pandas")
    x, y = blobs(30)
    table = pandas.DataFrame(x, columns=list("abcd"))
    losses = []
    for data in ((x, y), (table, pandas.Series(y)), (table, pandas.DataFrame({"class": y}))):
        history = classifier().fit(*data, epochs=2, verbose=0, validation_data=data)
        losses.append(history.history)
    assert losses[0] == losses[1] == losses[2]
    model = classifier()
    np.testing.assert_array_equal(model.predict(table), model.predict(x))
    with pytest.raises(DTypeError, match="x must be an array of numbers"):
        model.predict(table.assign(a="text"))


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (lambda x, y: (x, y + 3), ValueRangeError, "y must be classes below 3"),
        (lambda x, y: (x * np.nan, y), NotFiniteError, r"x must be finite; got nan at x\[0, 0\]"),
        (lambda x, y: (x[:, :3], y), ShapeError, "x must be"),
        (lambda x, y: (x[1:], y), ShapeError, "x and y must have the same number of rows"),
        (lambda x, y: (x, y[:, None]), None, ""),
        (lambda x, y: (x.tolist(), y.tolist()), None, ""),
        (lambda x, y: (np.asfortranarray(x), y), None, ""),
    ],
)
def test_a_later_batch_of_an_iterable_is_checked_as_the_first(spoil, error, message):
    """Batches that are as the program wants them go a short way; others must not follow it."""
    x, y = blobs(24)
    whole = [(x[k : k + 8], y[k : k + 8]) for k in (0, 8, 16)]
    spoiled = [*whole[:2], spoil(*whole[2])]
    if error is None:
        losses = [classifier().fit(iter(batches), verbose=0).history["loss"] for batches in (whole, spoiled)]
        assert losses[0] == losses[1]
        return
    model = classifier()
    with pytest.raises(error, match=message):
        model.fit(iter(spoiled), verbose=0)
    assert model.optimizer.iterations.numpy() == 2
