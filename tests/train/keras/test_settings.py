"""`wg.config`: what it changes, and what it refuses."""

import logging
import traceback

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import UsageError, ValueRangeError
from wengert.base.settings import SETTINGS


@pytest.fixture(autouse=True)
def _as_when_nothing_was_changed():
    before = vars(SETTINGS).copy()
    vars(SETTINGS).clear()
    yield
    vars(SETTINGS).clear()
    vars(SETTINGS).update(before)


def model_and_data(rows=12):
    model = wg.Sequential([wg.Input((3,)), wg.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model, np.ones((rows, 3), "float32"), np.ones((rows, 1), "float32")


def test_epsilon_reaches_losses_metrics_and_constraints():
    wg.config.set_epsilon(0.01)
    zero, one = np.zeros((1, 1), "float32"), np.ones((1, 1), "float32")
    assert float(wg.losses.BinaryCrossentropy()(one, zero)) == pytest.approx(-np.log(0.01), rel=1e-5)
    assert wg.constraints.UnitNorm()(np.ones((1, 1), "float32")).item() == pytest.approx(1 / 1.01)


@pytest.mark.parametrize("value", [0, 1, -1e-7, "small"])
def test_an_epsilon_that_makes_no_sense_is_refused(value):
    with pytest.raises(ValueRangeError, match="set_epsilon: value must be in"):
        wg.config.set_epsilon(value)


def lines_of_an_error():
    try:
        wg.reshape(np.ones(3), (2,))
    except wg.errors.ShapeError as e:
        return traceback.format_tb(e.__traceback__)


def test_tracebacks_show_all_lines_when_filtering_is_off():
    assert len(lines_of_an_error()) == 1
    wg.config.disable_traceback_filtering()
    assert len(lines_of_an_error()) > 1


def test_filtering_comes_before_the_environment(monkeypatch):
    monkeypatch.setenv("WENGERT_TRACEBACK", "full")
    assert not wg.config.is_traceback_filtering_enabled()
    wg.config.enable_traceback_filtering()
    assert wg.config.is_traceback_filtering_enabled()


def test_without_interactive_logging_fit_tells_the_logger(capsys, caplog):
    model, x, y = model_and_data()
    wg.config.disable_interactive_logging()
    with caplog.at_level(logging.INFO, "wengert"):
        model.fit(x, y, epochs=2, verbose=1)
    assert capsys.readouterr().out == ""
    told = [r.message for r in caplog.records]
    assert told[0] == "Epoch 1/2"
    assert sum(" - loss: " in line for line in told) == 2


@pytest.mark.parametrize("data", ["arrays", "dataset", "generator"])
def test_no_epoch_has_more_steps_than_allowed(data):
    model, x, y = model_and_data()
    wg.config.set_max_steps_per_epoch(2)
    pairs = wg.data.Dataset.from_tensor_slices((x, y)).batch(2)
    given = {"arrays": (x, y), "dataset": (pairs,), "generator": (list_of_batches(x, y),)}[data]
    seen = []
    count = wg.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    model.fit(
        *given, **({"batch_size": 2} if data == "arrays" else {}), epochs=3, verbose=0, callbacks=[count]
    )
    assert seen == [0, 1] * 3


class Batches:
    def __init__(self, pairs):
        self.pairs = pairs

    def __iter__(self):
        return iter(self.pairs)


def list_of_batches(x, y):
    return Batches([(x[k : k + 2], y[k : k + 2]) for k in range(0, len(x), 2)])


def test_short_epochs_stay_as_they_are():
    model, x, y = model_and_data(4)
    wg.config.set_max_steps_per_epoch(50)
    wg.config.set_max_epochs(50)
    assert len(model.fit(x, y, batch_size=2, epochs=2, verbose=0).history["loss"]) == 2
    assert len(model.predict(x, batch_size=2)) == 4
    wg.config.set_max_steps_per_epoch(1)
    assert len(model.predict(x, batch_size=3)) == 3


def test_limits_are_counts():
    for call in (wg.config.set_max_epochs, wg.config.set_max_steps_per_epoch):
        with pytest.raises(ValueRangeError, match="must be a positive int; got 0"):
            call(0)


def test_what_is_not_there_is_refused():
    wg.config.set_backend("wengert")
    with pytest.raises(UsageError, match="set_backend: must be 'wengert'"):
        wg.config.set_backend("jax")
    with pytest.raises(UsageError, match="never runs code"):
        wg.config.enable_unsafe_deserialization()


def test_nobody_has_decided_how_attention_is_computed():
    wg.config.enable_flash_attention()
    assert wg.config.is_flash_attention_enabled() is None
    assert wg.config.is_nnx_enabled() is False
