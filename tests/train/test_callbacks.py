"""Callbacks are called when they should be, and do what they say."""

import csv
import io

import numpy as np
import pytest

import wengert as wg
from tests.train.models import blobs, classifier
from wengert.base.errors import UsageError
from wengert.train.progress import Progress


class Recorder(wg.callbacks.Callback):
    def __init__(self):
        self.seen = []

    def on_train_begin(self, logs=None):
        self.seen.append("train begin")

    def on_epoch_begin(self, epoch, logs=None):
        self.seen.append(f"epoch {epoch}")

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append((batch, *logs))

    def on_test_end(self, logs=None):
        self.seen.append("tested")

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(("end", epoch, *logs))

    def on_train_end(self, logs=None):
        self.seen.append("train end")


def test_hooks_are_called_in_order():
    recorder, (x, y) = Recorder(), blobs(6)
    classifier().fit(x, y, batch_size=3, verbose=0, callbacks=[recorder], validation_data=(x, y))
    names = ("loss", "accuracy")
    assert recorder.seen == [
        "train begin", "epoch 0", (0, *names), (1, *names), "tested",
        ("end", 0, *names, "val_loss", "val_accuracy"), "train end",
    ]  # fmt: skip


def test_lambda_callbacks_are_hooks_too():
    seen = []
    hook = wg.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    classifier().fit(*blobs(6), batch_size=3, verbose=0, callbacks=[hook])
    assert seen == [0, 1]


def feed(callback, values, name="val_loss"):
    """Epoch ends with these numbers; how many epochs were wanted."""
    model = classifier()
    callback.model, model.stop_training = model, False
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {name: value})
        if model.stop_training:
            return epoch + 1
    return len(values)


@pytest.mark.parametrize(
    ("arguments", "values", "epochs"),
    [
        ({"patience": 2}, [3, 2, 2, 2, 2], 4),
        ({"patience": 1, "min_delta": 0.5}, [3, 2.8, 2.7], 2),
        ({"patience": 1, "start_from_epoch": 2}, [1, 2, 3, 4, 5], 4),
        ({"patience": 3}, [1, 2, 3, 0, 1, 2, 3], 7),
        ({"patience": 1, "monitor": "val_accuracy"}, [0.5, 0.6, 0.6], 3),
        ({"patience": 2}, [1.0, float("nan"), float("nan"), 0.5], 3),
    ],
)
def test_early_stopping_waits_for_its_patience(arguments, values, epochs):
    stopping = wg.callbacks.EarlyStopping(**arguments)
    assert feed(stopping, values, stopping.monitor) == epochs


def test_early_stopping_restores_the_best_weights():
    model, (x, y) = classifier(), blobs(20)
    best = model.get_weights()
    stopping = wg.callbacks.EarlyStopping("loss", patience=1, mode="max", restore_best_weights=True)
    model.optimizer.learning_rate = 0.0

    def spoil(epoch, logs):
        model.set_weights([w * 0 for w in best])

    spoiler = wg.callbacks.LambdaCallback(on_epoch_end=spoil)
    model.fit(x, y, epochs=5, verbose=0, callbacks=[stopping, spoiler])
    found = model.get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(best, found, strict=True)) or not any(map(np.any, found))


def test_a_monitor_that_is_not_logged_is_an_error_that_names_those_that_are():
    with pytest.raises(UsageError, match=r"must be one of loss, accuracy; got 'val_loss'.*validation_data"):
        classifier().fit(*blobs(6), verbose=0, callbacks=[wg.callbacks.EarlyStopping()])


def test_checkpoints_keep_the_best_epoch(tmp_path):
    model, (x, y) = classifier(), blobs(30)
    keep = wg.callbacks.ModelCheckpoint(tmp_path / "best-{epoch:02d}.wg", monitor="loss", save_best_only=True)
    model.fit(x, y, epochs=3, verbose=0, callbacks=[keep])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["best-01.wg", "best-02.wg", "best-03.wg"]
    loaded = wg.load_model(tmp_path / "best-03.wg")
    np.testing.assert_allclose(loaded.predict(x), model.predict(x), rtol=1e-5)


def test_learning_rate_schedules_by_epoch():
    model, rates = classifier(), []
    halve = wg.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    watch = wg.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: rates.append(float(model.optimizer.learning_rate.numpy()))
    )
    model.fit(*blobs(6), epochs=2, verbose=0, callbacks=[halve, watch])
    assert rates == pytest.approx([0.0005, 0.00025])


def test_the_learning_rate_falls_on_a_plateau():
    callback = wg.callbacks.ReduceLROnPlateau(factor=0.5, patience=2, min_lr=3e-4)
    feed(callback, [1, 1, 1, 1, 1, 1, 1])
    assert float(callback.model.optimizer.learning_rate.numpy()) == pytest.approx(3e-4)


def test_csv_has_a_row_an_epoch(tmp_path):
    path = tmp_path / "log.csv"
    history = classifier().fit(*blobs(6), epochs=2, verbose=0, callbacks=[wg.callbacks.CSVLogger(path)])
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [float(r["loss"]) for r in rows] == history.history["loss"]
    assert [r["epoch"] for r in rows] == ["0", "1"]


# --- progress -------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_piped_progress_is_one_line_an_epoch(capsys):
    classifier().fit(*blobs(6), batch_size=3, epochs=2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Epoch 1/2"
    assert lines[2] == "Epoch 2/2"
    assert len(lines) == 4
    assert lines[1].startswith("2/2 - ")
    assert "samples/s - loss: " in lines[1]
    assert "\r" not in lines[1]


def test_silence_when_asked_for(capsys):
    model = classifier()
    model.fit(*blobs(6), verbose=0)
    model.evaluate(*blobs(6), verbose=0)
    model.predict(blobs(6)[0], verbose=0)
    assert capsys.readouterr().out == ""


def test_the_bar_fills_and_tells_the_time_left(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    stream = Terminal()
    progress = Progress("auto", stream)
    progress.begin(4)
    for done in range(1, 5):
        progress.last = 0.0  # as if time had passed
        progress.step(done, done * 10, lambda: {"loss": 0.25})
    progress.end(4, 40, {"loss": 0.25, "val_loss": 1e-5})
    _, first, *_, last = stream.getvalue().strip("\n").split("\r")
    assert first.startswith("1/4 ━━━━━╺")
    assert "left" in first
    assert "loss: 0.2500" in first
    assert last.startswith("4/4 ━━━━━━━━━━━━━━━━━━━━ ")
    assert "val_loss: 1.0000e-05" in last
