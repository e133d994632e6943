"""The gates themselves: plant a fault, and the test that is there for it goes red."""

import os
from pathlib import Path

import pytest

from tests.reliability import test_model_files, test_saves
from tests.train import test_checkpoint
from wengert.base import files
from wengert.ops import streams
from wengert.train import checkpoint, container

RED = (AssertionError, pytest.fail.Exception, ValueError, TypeError, KeyError)


def in_place(path, chunks, *, overwrite=True):
    """A save that writes over the old file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    files._write(descriptor, chunks)


def renamed_first(path, chunks, *, overwrite=True):
    """The new file takes the name before its bytes are down on the disk."""
    path = Path(path)
    temporary, descriptor = files._create(path)
    for chunk in chunks:
        os.write(descriptor, chunk)
    temporary.replace(path)
    os.fsync(descriptor)
    os.close(descriptor)
    files._sync_folder(path.parent)


def left_behind(path, chunks, *, overwrite=True):
    """A save that fails leaves what it had begun."""
    path = Path(path)
    temporary, descriptor = files._create(path)
    files._write(descriptor, chunks)
    temporary.replace(path)
    files._sync_folder(path.parent)


FAULTY_SAVES = {
    "in place": (in_place, test_saves.test_after_a_loss_of_power_there_is_the_old_model_or_the_new),
    "renamed first": (renamed_first, test_saves.test_after_a_loss_of_power_there_is_the_old_model_or_the_new),
}


@pytest.mark.parametrize("fault", FAULTY_SAVES)
def test_power_goes_red(fault, monkeypatch, tmp_path):
    save, gate = FAULTY_SAVES[fault]
    monkeypatch.setattr(container, "replace_file", save)
    with pytest.raises(RED):
        gate(tmp_path, 1)


@pytest.mark.parametrize("save", [in_place, left_behind])
def test_a_failing_disk_goes_red(save, monkeypatch, tmp_path):
    monkeypatch.setattr(container, "replace_file", save)
    with pytest.raises((*RED, OSError)):
        test_saves.test_a_save_whose_kth_call_fails_leaves_a_whole_model(tmp_path, 28)


def test_a_folder_that_is_never_synced_goes_red(monkeypatch, tmp_path):
    monkeypatch.setattr(files, "_sync_folder", lambda folder: None)
    with pytest.raises(RED):
        test_saves.test_after_a_loss_of_power_there_is_the_old_model_or_the_new(tmp_path, 1)


def test_a_file_that_is_never_synced_goes_red(monkeypatch, tmp_path):
    def write(descriptor, chunks):
        for chunk in chunks:
            os.write(descriptor, chunk)
        os.close(descriptor)

    monkeypatch.setattr(files, "_write", write)
    with pytest.raises(RED):
        test_saves.test_after_a_loss_of_power_there_is_the_old_model_or_the_new(tmp_path, 1)


@pytest.mark.parametrize(("what", "part"), [("digest", "tensors"), ("header", "header")])
def test_a_reader_that_does_not_check_goes_red(what, part, monkeypatch, tmp_path_factory, tmp_path):
    """Tensors whose digests are all alike; a header that is taken as it comes."""
    if what == "digest":
        monkeypatch.setattr(container, "_digest", lambda data: "0" * 32)
    else:

        class Trusting(bytes):
            def __ne__(self, other):
                return False

        take = container._Reader._take
        monkeypatch.setattr(container._Reader, "_take", lambda self, n, what: Trusting(take(self, n, what)))
    whole = test_model_files.whole.__wrapped__(tmp_path_factory)
    with pytest.raises(RED):
        test_model_files.test_a_mutated_file_is_an_error_that_names_it(part, whole, 1, tmp_path)


FORGOTTEN = {
    "random streams": lambda patch: patch.setattr(streams, "restore", lambda state: None),
    "the place in the data": lambda patch: patch.setattr(
        checkpoint, "_restore_data", lambda training, found: None
    ),
    "the optimizer": lambda patch: patch.setattr(
        checkpoint,
        "_variables",
        lambda training: {k: v for k, v in VARIABLES(training).items() if "momentum" not in k},
    ),
}
VARIABLES = checkpoint._variables


@pytest.mark.parametrize("what", FORGOTTEN)
def test_a_checkpoint_that_forgets_goes_red(what, monkeypatch, tmp_path):
    FORGOTTEN[what](monkeypatch)
    with pytest.raises(RED):
        test_checkpoint.test_interrupted_after_any_step_it_ends_the_same(tmp_path, "arrays")
