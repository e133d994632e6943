"""Whatever happens while a model or a checkpoint is saved, there is the old one or the new one, whole."""

import errno
import itertools
import random
import time
import warnings

import numpy as np
import pytest

import wengert as wg
from tests.reliability.disk import FAILURES, FailingDisk, Trace, folder_with
from tests.reliability.process import python
from wengert.train import checkpoint


def small(value: float = 0.0) -> wg.Sequential:
    """A model whose bias says which one it is."""
    model = wg.Sequential([wg.Input((2,)), wg.layers.Dense(2)])
    model.compile("sgd", "mse", run_eagerly=True)
    model.layers[0].bias.assign(np.full(2, value, "f"))
    return model


def which(path) -> float:
    return float(wg.load_model(path).layers[0].bias.numpy()[0])


class Saves:
    """Writes a checkpoint when told to, in a folder, as `BackupAndRestore` does."""

    def __init__(self, folder, run=small):
        self.folder, self.step = folder, 0
        self.model = run()

    def save(self) -> None:
        self.step += 1
        outer = self

        class Now(wg.callbacks.Callback):
            def on_train_end(self, logs=None):
                self.training.step = outer.step
                checkpoint.write(outer.folder, self.training, keep=2)

        x = np.ones((4, 2), "f")
        self.model.fit(x, x, epochs=0, verbose=0, callbacks=[Now()])


# --- R9: every call fails once --------------------------------------------------------------------


@pytest.mark.parametrize("failure", FAILURES)
def test_a_save_whose_kth_call_fails_leaves_a_whole_model(tmp_path, failure):
    path = tmp_path / "m.wengert"
    small(0).save(path)
    now = 0
    for k in itertools.count():
        raised = None
        with FailingDisk(tmp_path, k, failure) as disk:
            try:
                small(now + 1).save(path)
            except OSError as e:
                raised = e
        if raised is None:
            now += 1
        elif which(path) == now + 1:  # only the folder's own fsync was left
            assert "may be lost if the machine loses power now" in str(raised)
            now += 1
        assert which(path) == now
        if raised is not None:
            assert raised.errno == failure
            assert raised.filename == str(path)
        assert [p.name for p in tmp_path.iterdir() if p.stat().st_size] == ["m.wengert"]
        small(now).save(path)  # the next one works, and leaves nothing else
        assert [p.name for p in tmp_path.iterdir()] == ["m.wengert"]
        if disk.count <= k:
            break
    assert k > 10


@pytest.mark.parametrize("failure", FAILURES)
def test_a_checkpoint_whose_kth_call_fails_leaves_the_one_before(tmp_path, failure):
    folder = tmp_path / "backup"
    folder.mkdir()
    saves = Saves(folder)
    for _ in range(2):
        saves.save()
    for k in itertools.count():
        with FailingDisk(folder, k, failure) as disk:
            try:
                saves.save()
                new = (saves.step,)
            except OSError as e:
                assert e.errno == failure  # noqa: PT017 - not every k fails
                assert "backup/" in e.filename  # noqa: PT017
                new = (saves.step - 1, saves.step)
        assert checkpoint.newest(folder).place[1] in new
        saves.save()
        assert checkpoint.newest(folder).place[1] == saves.step
        assert len(list(folder.iterdir())) == 2
        if disk.count <= k:
            break
    assert k > 10


def test_a_full_disk_does_not_end_training(tmp_path):
    """The warning says what happened; the old checkpoint stays; the next save works."""
    x = np.ones((4, 2), "f")
    backup = wg.callbacks.BackupAndRestore(tmp_path, save_freq=1, delete_checkpoint=False)
    model = small()
    model.fit(x, x, epochs=2, batch_size=2, verbose=0, callbacks=[backup])
    before = sorted(p.name for p in tmp_path.iterdir())

    class Full(FailingDisk):
        def happens(self, name, path, args, kwargs):
            if name == "write":
                raise OSError(errno.ENOSPC, "No space left on device")
            return self.real[name](*args, **kwargs)

    with (
        Full(tmp_path, 0, 0),
        pytest.warns(RuntimeWarning, match="No space left on device.*Training goes on"),
    ):
        history = model.fit(x, x, epochs=4, batch_size=2, verbose=0, callbacks=[backup])
    assert history.epoch == [0, 1, 2, 3]
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    assert checkpoint.newest(tmp_path).place == (2, 0)
    model.fit(x, x, epochs=5, batch_size=2, verbose=0, callbacks=[backup])
    assert checkpoint.newest(tmp_path).place == (5, 0)


# --- R10: the power fails -------------------------------------------------------------------------


def test_after_a_loss_of_power_there_is_the_old_model_or_the_new(tmp_path, effort):
    path = tmp_path / "m.wengert"
    small(1).save(path)
    with Trace(tmp_path) as trace:
        small(2).save(path)
    kinds = [step[0] for step in trace.steps]
    assert kinds.index("file is safe") < kinds.index("rename") < kinds.index("names are safe")
    seen = set()
    for made, files in trace.crashes(24 if effort == 1 else 2**12, random.Random(0)):
        with folder_with(tmp_path / "after", files) as after:
            seen.add(which(after / "m.wengert"))
            if made == len(trace.steps):
                assert which(after / "m.wengert") == 2
    assert seen == {1.0, 2.0}


def test_after_a_loss_of_power_a_whole_checkpoint_is_found(tmp_path, effort):
    folder = tmp_path / "backup"
    folder.mkdir()
    saves = Saves(folder)
    for _ in range(2):
        saves.save()
    with Trace(folder) as trace:
        saves.save()
    seen = set()
    for made, files in trace.crashes(24 if effort == 1 else 2**12, random.Random(0)):
        with folder_with(tmp_path / "after", files) as after, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seen.add(checkpoint.newest(after).place[1])
            if made == len(trace.steps):
                assert checkpoint.newest(after).place[1] == 3
    assert seen == {2, 3}


def test_a_save_without_fsync_would_be_caught(tmp_path):
    """The gate itself: leave the fsync of the file out, and some loss of power leaves neither."""
    path = tmp_path / "m.wengert"
    small(1).save(path)
    with Trace(tmp_path) as trace:
        small(2).save(path)
    trace.steps = [step for step in trace.steps if step[0] != "file is safe"]
    lost = 0
    for _, files in trace.crashes(24, random.Random(0)):
        with folder_with(tmp_path / "after", files) as after:
            try:
                which(after / "m.wengert")
            except ValueError:
                lost += 1
    assert lost


# --- R8: killed while saving ----------------------------------------------------------------------

SAVE_FOR_EVER = """
    import itertools, sys
    import numpy as np
    import wengert as wg
    model = wg.Sequential([wg.Input((256,)), wg.layers.Dense(512), wg.layers.Dense(256)])
    for k in itertools.count(int(sys.argv[2])):
        model.layers[1].bias.assign(np.full(256, k, "f"))
        print(k, flush=True)
        model.save(sys.argv[1])
"""


@pytest.mark.slow
def test_a_save_that_is_killed_leaves_the_old_model_or_the_new(tmp_path, effort):
    path, chance, first = tmp_path / "m.wengert", random.Random(0), 0
    for _ in range(3 if effort == 1 else 10 * effort):
        process = python(SAVE_FOR_EVER, path, first)
        said = [int(process.stdout.readline()) for _ in range(3)]
        time.sleep(chance.random() * 0.02)
        process.kill()
        said += [int(line) for line in process.communicate()[0].split()]
        found = wg.load_model(path).layers[1].bias.numpy()
        assert found[0] in (said[-1] - 1, said[-1])
        assert (found == found[0]).all()
        first = said[-1] + 1
        assert len(list(tmp_path.iterdir())) <= 2  # what the killed one left is swept away by the next
    wg.load_model(path).save(path)
    assert [p.name for p in tmp_path.iterdir()] == ["m.wengert"]
