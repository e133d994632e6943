"""BackupAndRestore: training that is cut short, by a crash, a signal or the power, goes on as if nothing had been."""

from __future__ import annotations

import contextlib
import errno
import functools
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from wengert.base.files import require_path
from wengert.base.numbers import require_count
from wengert.train import checkpoint
from wengert.train.callbacks.callback import Callback, Logs
from wengert.train.callbacks.monitors import steps_between, warn_of_failure

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class BackupAndRestore(Callback):
    """Save where training stands, and resume from there when the same `fit` is called again.

    What is resumed gives the same bits as if it had not been interrupted: weights, optimizer, learning rate, random
    streams, the place in the data, metrics and the state of all callbacks are saved, at any step. Data that are an
    iterable without a `state()` are read again up to that place.

    During `fit` the first SIGINT (Ctrl-C) or SIGTERM ends the step, saves, says how to resume, and then does what it
    always does; the second does so at once. Where the disk is full or fails, a warning says so, older checkpoints stay
    as they were, and training goes on.

    Args:
        backup_dir: a folder for the checkpoints of this training alone.
        save_freq: "epoch", or a number of steps.
        delete_checkpoint: delete them when training has ended.
        keep: how many checkpoints there are at most; the newest one that is whole is taken.

    Example:
        >>> import numpy as np, tempfile
        >>> import wengert as wg
        >>> model = wg.Sequential([wg.Input((2,)), wg.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> x = np.ones((8, 2), np.float32)
        >>> folder = tempfile.TemporaryDirectory()
        >>> backup = wg.callbacks.BackupAndRestore(folder.name, save_freq=2)
        >>> history = model.fit(x, x[:, :1], batch_size=2, epochs=3, verbose=0, callbacks=[backup])
        >>> folder.cleanup()
    """

    comes_last = True

    def __init__(
        self,
        backup_dir: str | Path,
        save_freq: str | int = "epoch",
        delete_checkpoint: bool = True,
        *,
        keep: int = 2,
    ) -> None:
        require_path("BackupAndRestore", backup_dir)
        self.folder = Path(backup_dir)
        if self.folder.exists() and not self.folder.is_dir():
            must = "BackupAndRestore: backup_dir must be a folder; got a file"
            raise NotADirectoryError(errno.ENOTDIR, must, str(backup_dir))
        self.every = steps_between("BackupAndRestore", save_freq)
        self.delete_checkpoint = delete_checkpoint
        self.keep = require_count("BackupAndRestore", "keep", keep)
        self.caught: int | None = None
        self.written: Path | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        found = checkpoint.newest(self.folder)
        self.caught, self.written = None, None if found is None else found.path
        if found is not None:
            self.training.epoch, self.training.step = found.place
            self.training.resumed = functools.partial(checkpoint.resume, self.training, found)
            if self.params.get("verbose"):
                self.say(f"Resuming {self._place()}, from {found.path}")
        self.training.enter(self._listening())

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if self.caught is not None:
            self._leave()
        elif self.every is not None and (batch + 1) % self.every == 0:
            self._save()

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if self.caught is not None:
            self._leave()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.caught is not None:
            self._leave()
        else:
            self._save()

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.delete_checkpoint:
            checkpoint.clear(self.folder, keep=0)
            with contextlib.suppress(OSError):  # it is the user's if there is anything else in it
                self.folder.rmdir()

    def _save(self) -> bool:
        try:
            self.written = checkpoint.write(self.folder, self.training, self.keep)
        except OSError as e:
            warn_of_failure("BackupAndRestore", e)
            return False
        return True

    def _leave(self) -> None:
        """Save, say how to resume, and let the signal do what it does without us."""
        assert self.caught is not None
        name = signal.Signals(self.caught).name
        if self._save():
            self.say(f"\n{name}: saved {self._place()}, in {self.written}.")
            self.say("To resume, call fit with the same arguments again.")
        else:
            self.say(f"\n{name}: not saved; the last checkpoint is {self.written}.")
        self._stop_listening()
        caught, self.caught = self.caught, None
        signal.raise_signal(caught)

    def _place(self) -> str:
        return f"epoch {self.training.epoch + 1}, after step {self.training.step}"

    # --- signals --------------------------------------------------------------------------------
    @contextlib.contextmanager
    def _listening(self) -> Iterator[None]:
        """Note signals instead of being ended by them. Only the main thread gets them; ignored ones stay ignored."""
        self._before: dict[int, object] = {}
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                handler = signal.getsignal(number)
                if handler not in (signal.SIG_IGN, None):
                    self._before[number] = handler
                    signal.signal(number, self._note)
        try:
            yield
        finally:
            self._stop_listening()

    def _stop_listening(self) -> None:
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._stop_listening()  # a second one is not waited for
        self.caught = number
        self.say("\nFinishing the step, to save. Once more to stop at once.")
