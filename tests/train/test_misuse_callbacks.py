"""Callbacks. Each is refused in our words, at the user's line."""

import pytest

import wengert as wg
from tests.train.misuse import D, fit, require_told

cb = wg.callbacks


def backup_on_file():
    (D / "f").write_text("x")
    fit(callbacks=[cb.BackupAndRestore(D / "f")])


def badcb():
    class C(cb.Callback):
        def on_epoch_end(self, epoch):
            pass

    fit(callbacks=[C()])


def hook():
    class C(cb.Callback):
        def on_epoch_ends(self, epoch, logs=None):
            pass

    fit(callbacks=[C()])


MISUSES = [
    ("must be one of loss; got 'val_loss'. Pass val", lambda: fit(callbacks=[cb.EarlyStopping("val_loss")])),
    ("EarlyStopping: monitor must be one of loss, val_loss; got 'val_los'. Did you mean 'val_loss'?",
     lambda: fit(callbacks=[cb.EarlyStopping("val_los")], validation_split=0.5)),
    ("EarlyStopping: patience must be an int >= 0; got -1.", lambda: cb.EarlyStopping(patience=-1)),
    ("EarlyStopping: patience must be an int >= 0; got '5'.", lambda: cb.EarlyStopping(patience="5")),
    ("must be \"auto\", \"min\" or \"max\"; got 'minimum'. Did you mean 'm",
     lambda: cb.EarlyStopping(mode="minimum")),
    ("ModelCheckpoint: filepath must be given; got nothing.", lambda: cb.ModelCheckpoint()),
    ("the path must be a str or a pathlib.Path; got 3.", lambda: cb.ModelCheckpoint(3)),
    ("must be \"epoch\" or a positive int; got 'batch'.", lambda: cb.ModelCheckpoint("a.wengert", save_freq="batch")),
    ("[Errno 2] save: the file must be written; got No such file or directory: the old file, if",
     lambda: fit(callbacks=[cb.ModelCheckpoint(D / "no" / "a.wengert")])),
    ("ModelCheckpoint: filepath may name epoch, loss; got 'val_los' in",
     lambda: fit(callbacks=[cb.ModelCheckpoint(str(D / "a-{val_los:.2f}.wengert"))])),
    ("ModelCheckpoint: monitor must be one of loss; got 'val_acc'. Pass validation_data to fit.",
     lambda: fit(callbacks=[cb.ModelCheckpoint(D / "a.wengert", monitor="val_acc", save_best_only=True)])),
    ("ReduceLROnPlateau: factor must be in (0, 1); got 2.", lambda: cb.ReduceLROnPlateau(factor=2)),
    ("ReduceLROnPlateau: patience must be an int >= 0; got 'x'.", lambda: cb.ReduceLROnPlateau(patience="x")),
    ("schedule must be a function of (epoch, learning_rate); got 0.1.", lambda: cb.LearningRateScheduler(0.1)),
    ("schedule must give a number; got '0.1'.", lambda: fit(callbacks=[cb.LearningRateScheduler(lambda e: "0.1")])),
    ("schedule must give a number; got None.", lambda: fit(callbacks=[cb.LearningRateScheduler(lambda e: None)])),
    ("schedule must take 2 arguments, (epoch, learning_rate); got a function of (a, b, c).",
     lambda: fit(callbacks=[cb.LearningRateScheduler(lambda a, b, c: 0.1)])),
    ("must be those of Callback; got 'on_epoch_stop'. Did you", lambda: cb.LambdaCallback(on_epoch_stop=print)),
    ("must be a function of (epoch, logs); got 3.", lambda: fit(callbacks=[cb.LambdaCallback(on_epoch_end=3)])),
    ("the folder must be there; got none. Make", lambda: fit(callbacks=[cb.CSVLogger(D / "nope" / "a.csv")])),
    ("20] BackupAndRestore: backup_dir must be a folder; got a file:", backup_on_file),
    ("save_freq must be \"epoch\" or a positive int; got 0.", lambda: cb.BackupAndRestore(D / "b", save_freq=0)),
    ("TensorBoard: the path must be a str or a pathlib.Path; got 3.", lambda: cb.TensorBoard(3)),
    ("take 2 arguments, (epoch, logs); got a function of (epoch).", badcb),
    ("hooks must be those of Callback; got 'on_epoch_ends'. Did you m", hook),
    ("LambdaCallback: on_epoch_end must take 2 arguments, (epoch, logs); got a function of (e).",
     lambda: fit(callbacks=[cb.LambdaCallback(on_epoch_end=lambda e: 1)])),
    ("optimizer must keep averages; got adam, which does not. Mak", lambda: fit(callbacks=[cb.SwapEMAWeights()])),
    ("fit: callbacks must be Callback objects; got [", lambda: fit(callbacks=[[cb.TerminateOnNaN()]])),
]  # fmt: skip


@pytest.mark.parametrize(("says", "program"), MISUSES)
def test_callbacks_misused_are_told(says, program, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    require_told(program, says)
