"""Callbacks are called when they should be, and do what they say."""

import csv
import errno
import io

import numpy as np
import pytest

import wengert as wg
from tests.train.models import blobs, classifier
from wengert.base.errors import UsageError, ValueRangeError
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


def test_checkpoints_between_steps_of_weights_beyond_a_threshold(tmp_path):
    x, y = blobs(12)
    options = {"batch_size": 3, "epochs": 2, "verbose": 0}
    each = wg.callbacks.ModelCheckpoint(tmp_path / "{epoch}-{batch}.wg", save_freq=3, save_weights_only=True)
    none = wg.callbacks.ModelCheckpoint(
        tmp_path / "x", "loss", save_best_only=True, initial_value_threshold=1e-9
    )
    model = classifier()
    model.fit(x, y, callbacks=[each, none], **options)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["1-3.wg", "2-2.wg"]
    model.load_weights(tmp_path / "2-2.wg")
    with pytest.raises(UsageError, match="filepath may name epoch, loss, accuracy; got 'val_loss'"):
        model.fit(x, y, callbacks=[wg.callbacks.ModelCheckpoint(tmp_path / "{val_loss}")], **options)
    with pytest.raises(ValueRangeError, match='save_freq must be "epoch" or a positive int; got 0'):
        wg.callbacks.ModelCheckpoint("x", save_freq=0)


def test_a_checkpoint_that_cannot_be_written_ends_training_only_if_the_path_is_wrong(tmp_path, monkeypatch):
    (x, y), model = blobs(6), classifier()
    keep = wg.callbacks.ModelCheckpoint(tmp_path / "m.wg")
    with pytest.raises(FileNotFoundError):
        model.fit(x, y, verbose=0, callbacks=[wg.callbacks.ModelCheckpoint(tmp_path / "nowhere" / "m.wg")])

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("wengert.base.files.os.fsync", full)
    with pytest.warns(RuntimeWarning, match="No space left on device.*Training goes on"):
        assert model.fit(x, y, epochs=2, verbose=0, callbacks=[keep]).epoch == [0, 1]


def test_early_stopping_names_the_epoch_of_the_weights(capsys):
    model = classifier()
    stopping = wg.callbacks.EarlyStopping("loss", mode="max", verbose=1, restore_best_weights=True)
    model.fit(*blobs(20), epochs=5, verbose=0, callbacks=[stopping])
    out = capsys.readouterr().out
    assert "Epoch 2: early stopping" in out
    assert "The weights are those of epoch 1: loss " in out


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


class Root(wg.layers.Layer):
    """Finite as long as its weight is positive, which training does not know."""

    def build(self, x):
        self.scale = self.add_weight(shape=(), initializer="ones", name="scale")

    def call(self, x):
        return wg.sqrt(self.scale) * x


def falling(**how):
    """A model whose weight falls below zero in the second step, to be a NaN in the third."""
    model = wg.Sequential([wg.Input((1,)), Root()])
    model.compile(wg.optimizers.SGD(0.7), "mse", **how)
    return model, np.ones((8, 1), "f"), np.zeros((8, 1), "f")


@pytest.mark.parametrize("eagerly", [False, True])
def test_training_ends_at_the_first_nan_and_names_its_origin(capsys, eagerly):
    model, x, y = falling(run_eagerly=eagerly)
    seen, stop = [], wg.callbacks.TerminateOnNaN()
    watch = wg.callbacks.LambdaCallback(
        on_train_batch_begin=lambda b, logs: seen.append(model.get_weights()[0])
    )
    history = model.fit(x, y, batch_size=2, epochs=3, verbose=0, callbacks=[stop, watch])
    said = capsys.readouterr().out
    assert "Batch 2 of epoch 1 is not finite; training stops." in said
    assert "sqrt: the result must be finite; got nan" in said
    assert "test_callbacks.py" in said
    assert history.epoch == [0]
    assert np.isnan(history.history["loss"][0])
    np.testing.assert_array_equal(model.get_weights()[0], seen[-1])  # as before the step


def test_the_error_about_a_nan_is_raised_where_asked_for():
    model, x, y = falling(run_eagerly=False)
    with pytest.raises(wg.errors.NotFiniteError, match="sqrt: the result must be finite; got nan"):
        model.fit(x, y, batch_size=2, verbose=0, callbacks=[wg.callbacks.TerminateOnNaN(raise_error=True)])


def test_looking_for_nan_ends_with_training():
    from wengert.ir.finite import is_checked

    model, x, y = falling(run_eagerly=True)
    model.fit(x, y, epochs=1, verbose=0, callbacks=[wg.callbacks.TerminateOnNaN()])
    assert not is_checked()


def test_csv_has_a_row_an_epoch(tmp_path):
    path = tmp_path / "log.csv"
    history = classifier().fit(*blobs(6), epochs=2, verbose=0, callbacks=[wg.callbacks.CSVLogger(path)])
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [float(r["loss"]) for r in rows] == history.history["loss"]
    assert [r["epoch"] for r in rows] == ["0", "1"]


def test_csv_writes_rows_of_epochs_that_are_trained_again_once(tmp_path):
    """Killed after a row was written, and before the checkpoint that knows of it."""
    log = wg.callbacks.CSVLogger(tmp_path / "log.csv")
    log.on_train_begin()
    log.on_epoch_end(0, {"loss": 0.5})
    state = log.state()
    log.on_epoch_end(1, {"loss": 0.25})
    log.restore(state)
    for epoch in (1, 2):
        log.on_epoch_end(epoch, {"loss": 0.25})
    assert (tmp_path / "log.csv").read_bytes() == b"epoch,loss\r\n0,0.5\r\n1,0.25\r\n2,0.25\r\n"


def test_csv_can_be_appended_to_and_lacks_what_an_epoch_lacks(tmp_path):
    path, (x, y) = tmp_path / "log.csv", blobs(6)
    for append in (False, True):
        log = wg.callbacks.CSVLogger(path, append=append)
        classifier().fit(
            x, y, epochs=2, verbose=0, callbacks=[log], validation_data=(x, y), validation_freq=[1]
        )
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [r["epoch"] for r in rows] == ["0", "1", "0", "1"]
    assert [r["val_loss"] == "NA" for r in rows] == [False, True, False, True]


# --- pictures and event files ---------------------------------------------------------------------


def test_learning_curves_are_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    x, y = blobs(9)
    options = {"epochs": 4, "verbose": 0, "validation_data": (x, y), "validation_freq": 2}
    history = classifier().fit(x, y, **options)
    figure = history.plot(tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    loss, accuracy = figure.axes
    assert (loss.get_ylabel(), accuracy.get_ylabel()) == ("loss", "accuracy")
    training, validation = loss.lines
    np.testing.assert_array_equal(training.get_xydata().T, [[1, 2, 3, 4], history.history["loss"]])
    np.testing.assert_array_equal(validation.get_xydata().T, [[2, 4], history.history["val_loss"]])


def test_tensorboards_own_reader_reads_what_is_written(tmp_path):
    pytest.importorskip("tensorboardX")
    board = wg.callbacks.TensorBoard(tmp_path, histogram_freq=1, write_images=True, update_freq=2)
    x, y = blobs(9)
    options = {"batch_size": 3, "epochs": 2, "verbose": 0, "validation_data": (x, y)}
    history = classifier().fit(x, y, callbacks=[board], **options)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["train", "validation"]
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    train, held = (reader.EventAccumulator(str(tmp_path / run)).Reload() for run in ("train", "validation"))
    for name, accumulator, key in [
        ("loss", train, "loss"), ("accuracy", train, "accuracy"), ("loss", held, "val_loss"),
    ]:  # fmt: skip
        found = [e.value for e in accumulator.Scalars(f"epoch_{name}")]
        np.testing.assert_allclose(found, history.history[key], rtol=1e-6)
    assert [e.step for e in train.Scalars("batch_loss")] == [2, 4, 6]
    assert train.Tags()["histograms"] == [
        "hidden/kernel/histogram", "hidden/bias/histogram", "scores/kernel/histogram", "scores/bias/histogram",
    ]  # fmt: skip
    assert "hidden/kernel/image" in train.Tags()["images"]
    assert {"Placeholder", "dot"} <= {node.op for node in train.Graph().node}


# --- averages -------------------------------------------------------------------------------------


def test_averages_are_what_is_validated_and_what_is_left():
    (x, y), model = blobs(30), classifier()
    model.compile(wg.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.9), model.loss, run_eagerly=True)
    seen = []
    swap = wg.callbacks.SwapEMAWeights()

    options = {"verbose": 0, "validation_data": (x, y), "batch_size": 10}
    watch = wg.callbacks.LambdaCallback(
        on_test_batch_begin=lambda b, logs: seen.append(model.get_weights()[0])
    )
    history = model.fit(x, y, epochs=2, callbacks=[swap, watch], **options)
    left = model.get_weights()[0]
    np.testing.assert_array_equal(seen[-1], left)  # after training the weights are their averages
    assert not np.array_equal(seen[0], left)
    assert history.history["val_loss"][-1] == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-6)


def test_swapping_needs_averages():
    with pytest.raises(
        UsageError, match="SwapEMAWeights: the optimizer must keep averages; got adam.* use_ema=True"
    ):
        classifier().evaluate(*blobs(6), verbose=0, callbacks=[wg.callbacks.SwapEMAWeights()])


# --- when validation happens ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"validation_freq": 2}, [6]),
        ({"validation_freq": [1, 3]}, [3, 9]),
        ({"validation_interval": 2}, [2, 4, 6, 8]),
        ({"validation_interval": 4}, [4, 8]),
    ],
)
def test_validation_happens_after_these_steps(when, expected):
    (x, y), seen, steps = blobs(6), [], []
    hooks = wg.callbacks.LambdaCallback(
        on_train_batch_begin=lambda b, logs: steps.append(b), on_test_end=lambda logs: seen.append(len(steps))
    )
    options = {"batch_size": 2, "epochs": 3, "verbose": 0, "callbacks": [hooks], "validation_data": (x, y)}
    classifier().fit(x, y, **options, **when)
    assert seen == expected


def test_validation_between_steps_leaves_metrics_as_they_are():
    (x, y), losses = blobs(9), []
    for more in ({}, {"validation_data": (x, y), "validation_interval": 1}):
        history = classifier().fit(x, y, batch_size=2, epochs=2, verbose=0, **more)
        losses.append((history.history["loss"], history.history["accuracy"]))
    assert losses[0] == losses[1]


# --- looking into steps -----------------------------------------------------------------------------


def test_eager_steps_run_the_python_of_layers_each_time_with_the_same_numbers():
    seen = []

    class Look(wg.layers.Layer):
        watched: bool = False

        def call(self, x):
            if self.watched and isinstance(x, wg.Tensor):  # not while shapes are found out
                seen.append(np.asarray(x).shape)
            return x * 2.0

    weights = []
    for eagerly in (True, False):
        wg.set_random_seed(1)
        model = wg.Sequential([wg.Input((4,)), Look(eagerly), wg.layers.Dense(3), wg.layers.Dropout(0.5)])
        model.compile("adam", "mse", run_eagerly=eagerly)
        x = blobs(6)[0]
        model.fit(x, x[:, :3], batch_size=4, epochs=2, verbose=0)
        weights.append(model.get_weights())
    assert [s for s in seen if s[0] in (4, 2)] == [(4, 4), (2, 4)] * 2
    for a, b in zip(*weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


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


def test_a_bar_of_the_users_own_is_the_only_one(capsys):
    classifier().fit(*blobs(6), batch_size=3, verbose=2, callbacks=[wg.callbacks.ProgbarLogger()])
    out = capsys.readouterr().out
    assert out.count("Epoch 1/1") == 1
    assert out.splitlines()[1].startswith("2/2 ━━━━━")


def test_the_bar_fills_and_tells_the_time_left(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    stream = Terminal()
    progress = Progress("auto", stream)
    progress.begin(4)
    for done in range(1, 5):
        progress.last = 0.0  # as if time had passed
        progress.step(done, done * 10, lambda: {"loss": 0.25})
    progress.end(4, 40, {"loss": 0.25, "val_loss": 1e-5})
    _, empty, first, second, *_, last = stream.getvalue().strip("\n").split("\r")
    assert empty == "0/4 " + "╺" * 20
    assert first.startswith("1/4 ━━━━━╺")
    assert "left" in second
    assert "loss: 0.2500" in first
    assert last.startswith("4/4 ━━━━━━━━━━━━━━━━━━━━ ")
    assert "val_loss: 1.0000e-05" in last
