"""Training that is killed at any moment, and started again, ends with the bits of training that was not."""

import os
import random
import signal
import time

import pytest

from tests.reliability.process import python

TRAIN = """
    import json, signal, sys, time
    from pathlib import Path
    import numpy as np
    import wengert as wg
    signal.signal(signal.SIGINT, signal.default_int_handler)  # it is ignored in what a shell runs in the background
    folder, pause, save_freq = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    resumes = any(Path(folder, "backup").glob("*.wengert"))
    wg.set_random_seed(99 if resumes else 3)  # whatever matters comes from the checkpoint
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(120, 4)).astype("f"), rng.integers(0, 3, 120)
    model = wg.Sequential([
        wg.Input((4,)), wg.layers.Dense(8, activation="relu"), wg.layers.BatchNormalization(),
        wg.layers.Dropout(0.2), wg.layers.Dense(3, activation="softmax")])
    model.compile(wg.optimizers.Adam(0.01, use_ema=True), "sparse_categorical_crossentropy", metrics=["accuracy"])

    class Slowly(wg.callbacks.Callback):
        kept = ("steps",)
        steps = 0
        def on_train_begin(self, logs=None):
            print("training", flush=True)
        def on_train_batch_end(self, batch, logs=None):
            self.steps += 1
            time.sleep(pause)
        def on_test_batch_end(self, batch, logs=None):
            time.sleep(pause)

    slowly = Slowly()
    history = model.fit(x, y, batch_size=16, epochs=6, verbose=0, validation_split=0.2, callbacks=[
        wg.callbacks.BackupAndRestore(f"{folder}/backup", save_freq if save_freq == "epoch" else int(save_freq)),
        slowly,
        wg.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9),
        wg.callbacks.ReduceLROnPlateau(patience=0, cooldown=1, factor=0.5),
        wg.callbacks.EarlyStopping(patience=4, restore_best_weights=True),
        wg.callbacks.CSVLogger(f"{folder}/log.csv"),
        wg.callbacks.ModelCheckpoint(f"{folder}/best.wengert", save_best_only=True)])
    model.save(f"{folder}/end.wengert")
    with open(f"{folder}/history.json", "w") as file:
        json.dump([history.history, history.epoch, slowly.steps, int(wg.random.fresh_seed())], file)
    print("done", flush=True)
"""
RESULTS = ("end.wengert", "best.wengert", "log.csv", "history.json")


def start(folder, pause=0.0, save_freq="3"):
    folder.mkdir(exist_ok=True)
    return python(TRAIN, folder, pause, save_freq)


def finish(process) -> tuple[str, str]:
    try:
        return process.communicate(timeout=120)
    finally:
        process.kill()


def results(folder) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in RESULTS}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    process = start(folder)
    assert finish(process) == ("training\ndone\n", "")
    assert not (folder / "backup").exists()
    return results(folder)


@pytest.mark.slow
def test_killed_training_resumes_to_the_same_bits(tmp_path, undisturbed, effort):
    """Three kills a run, at random moments: in steps, in saves, in validation, between epochs."""
    chance = random.Random(0)
    for run in range(1 if effort == 1 else 10 * effort):
        folder = tmp_path / str(run)
        save_freq = chance.choice(["1", "3", "5", "epoch"])
        for _ in range(3):
            process = start(folder, 0.01, save_freq)
            assert process.stdout.readline() == "training\n", process.communicate()
            time.sleep(chance.random() * 0.6)
            process.kill()
            process.communicate()
            if (folder / "history.json").exists():
                break
        out, err = finish(start(folder, 0.0, save_freq))
        assert (out, err) == ("training\ndone\n", "")
        assert results(folder) == undisturbed, run
        assert sorted(p.name for p in folder.iterdir()) == sorted(
            RESULTS
        )  # the backup, and what kills left, is gone


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_step_saves_and_says_how_to_resume(tmp_path, undisturbed, effort, number):
    chance = random.Random(1)
    for run in range(1 if effort == 1 else 2 * effort):
        folder = tmp_path / str(run)
        process = start(folder, 0.02, "epoch")
        assert process.stdout.readline() == "training\n"
        time.sleep(0.1 + chance.random() * 0.5)
        sent = time.monotonic()
        process.send_signal(number)
        out, err = finish(process)
        assert time.monotonic() - sent < 10
        assert "Finishing the step" in out
        assert f"{number.name}: saved epoch " in out
        assert "To resume, call fit with the same arguments again." in out
        if number == signal.SIGTERM:
            assert process.returncode == -signal.SIGTERM
        else:
            assert "KeyboardInterrupt" in err
        assert finish(start(folder)) == ("training\ndone\n", "")
        assert results(folder) == undisturbed, run


def test_the_second_signal_stops_at_once(tmp_path):
    process = start(tmp_path / "run", 20.0)
    assert process.stdout.readline() == "training\n"
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "\n"
    assert "Once more to stop at once" in process.stdout.readline()
    os.kill(process.pid, signal.SIGINT)
    _, err = finish(process)
    assert "KeyboardInterrupt" in err
