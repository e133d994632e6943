"""Callbacks, by Keras's names: what happens between batches and epochs of `fit`."""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.base.errors import UsageError, ValueRangeError

if TYPE_CHECKING:
    from wengert.train.model import Model

Logs = dict[str, float]


class Callback:
    """Base: overwrite what you need. `self.model` is the model, `self.params` how it is trained."""

    model: Model
    params: dict[str, Any]

    def say(self, text: str) -> None:
        """A line for the user, where the progress is shown."""
        sys.stdout.write(text + "\n")

    def on_train_begin(self, logs: Logs | None = None) -> None: ...
    def on_train_end(self, logs: Logs | None = None) -> None: ...
    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None: ...
    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None: ...
    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None: ...
    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None: ...
    def on_test_begin(self, logs: Logs | None = None) -> None: ...
    def on_test_end(self, logs: Logs | None = None) -> None: ...


class CallbackList:
    """Several callbacks called as one; batch hooks that nobody overwrote cost nothing."""

    def __init__(self, callbacks: Iterable[Callback], model: Model, params: dict[str, Any]) -> None:
        self.callbacks = list(callbacks)
        for c in self.callbacks:
            c.model, c.params = model, params
        self.watch_batches = self._overwritten("on_train_batch_end")
        self.announce_batches = self._overwritten("on_train_batch_begin")

    def _overwritten(self, hook: str) -> list[Callback]:
        mine = getattr(Callback, hook)
        return [c for c in self.callbacks if hook in vars(c) or getattr(type(c), hook) is not mine]

    def call(self, hook: str, *args: Any) -> None:
        """Call a hook of each."""
        for c in self.callbacks:
            getattr(c, hook)(*args)

    def train_batch_begin(self, batch: int) -> None:
        for c in self.announce_batches:
            c.on_train_batch_begin(batch, {})

    def train_batch_end(self, batch: int, logs: Callable[[], Logs]) -> None:
        """logs: makes them, if somebody wants to see them."""
        if self.watch_batches:
            seen = logs()
            for c in self.watch_batches:
                c.on_train_batch_end(batch, seen)


def listed(call: str, callbacks: Any) -> list[Callback]:
    """One callback, several, or None, as a list.

    Raises:
        UsageError: something else is among them.
    """
    if callbacks is None or isinstance(callbacks, Callback):
        return [] if callbacks is None else [callbacks]
    found = list(callbacks) if hasattr(callbacks, "__iter__") else [callbacks]
    for c in found:
        if not isinstance(c, Callback):
            raise UsageError(f"{call}: callbacks must be Callback objects; got {c!r}.")
    return found


class History(Callback):
    """What `fit` returns: `history["loss"]`, ... with one number an epoch, and `epoch`, their numbers."""

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for k, v in (logs or {}).items():
            self.history.setdefault(k, []).append(v)


class _Monitor(Callback):
    """Base of what watches one number of the logs for getting better."""

    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0) -> None:
        if mode not in ("auto", "min", "max"):
            raise ValueRangeError(f"{type(self).__name__}: mode must be auto, min or max; got {mode!r}.")
        self.monitor = monitor
        rises = mode == "max" or (
            mode == "auto" and monitor.endswith(("acc", "accuracy", "auc", "precision", "recall"))
        )
        self.sign = 1.0 if rises else -1.0
        self.min_delta = abs(min_delta)

    def seen(self, logs: Logs | None) -> float:
        """The number.

        Raises:
            UsageError: the logs do not have it.
        """
        if not logs or self.monitor not in logs:
            raise UsageError(
                f"{type(self).__name__}: monitor must be one of {', '.join(logs or {})}; got "
                f"{self.monitor!r}."
                + (" Pass validation_data to fit." if self.monitor.startswith("val_") else "")
            )
        return logs[self.monitor]

    def better(self, value: float, best: float | None) -> bool:
        """Whether a number is better than the best one so far."""
        if math.isnan(value):
            return False
        return best is None or self.sign * (value - best) > self.min_delta


class EarlyStopping(_Monitor):
    """Stop when a number has not got better for `patience` epochs.

    Args:
        monitor: which number of the logs. mode: whether it should fall ("min") or rise ("max").
        min_delta: less than this is no improvement.
        baseline: improvements count only beyond it.
        restore_best_weights: go back to the weights of the best epoch at the end.
        start_from_epoch: epochs before it are not watched.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.wait, self.stopped_epoch, self.best_epoch = 0, 0, 0
        self.best: float | None = None
        self.best_weights: list[np.ndarray] | None = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self.seen(logs)
        if epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self.better(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.better(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch and self.verbose:
            self.say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)


class ModelCheckpoint(_Monitor):
    """Save the model at the end of epochs: every one, or each that is the best so far.

    Args:
        filepath: may hold `{epoch}` and names of the logs: "model.{epoch:02d}.wg".
    """

    def __init__(
        self,
        filepath: str | Path,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
    ) -> None:
        super().__init__(monitor, mode)
        self.filepath, self.verbose = str(filepath), verbose
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.best: float | None = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.save_best_only:
            value = self.seen(logs)
            if not self.better(value, self.best):
                return
            self.best = value
        path = self.filepath.format(epoch=epoch + 1, **(logs or {}))
        (self.model.save_weights if self.save_weights_only else self.model.save)(path)
        if self.verbose:
            self.say(f"Epoch {epoch + 1}: saved {path}")


class LearningRateScheduler(Callback):
    """Set the learning rate at the start of each epoch to `schedule(epoch, learning_rate)`."""

    def __init__(self, schedule: Callable[[int, float], float], verbose: int = 0) -> None:
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        rate = float(self.schedule(epoch, float(self.model.optimizer.learning_rate.numpy())))
        self.model.optimizer.learning_rate = rate
        if self.verbose:
            self.say(f"Epoch {epoch + 1}: learning rate {rate:g}")


class ReduceLROnPlateau(_Monitor):
    """Multiply the learning rate by `factor` when a number has not got better for `patience` epochs."""

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        if not 0 < factor < 1:
            raise ValueRangeError(f"ReduceLROnPlateau: factor must be in (0, 1); got {factor!r}.")
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.wait, self.rest = 0, 0
        self.best: float | None = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self.seen(logs)
        if self.rest:
            self.rest, self.wait = self.rest - 1, 0
        if self.better(value, self.best):
            self.best, self.wait = value, 0
        elif not self.rest:
            self.wait += 1
            before = float(self.model.optimizer.learning_rate.numpy())
            if self.wait >= self.patience and before > self.min_lr:
                self.model.optimizer.learning_rate = max(before * self.factor, self.min_lr)
                self.wait, self.rest = 0, self.cooldown
                if self.verbose:
                    self.say(f"Epoch {epoch + 1}: learning rate {max(before * self.factor, self.min_lr):g}")


class TerminateOnNaN(Callback):
    """Stop when the loss is not finite."""

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        loss = (logs or {}).get("loss", 0.0)
        if not math.isfinite(loss):
            self.say(f"Batch {batch}: the loss is {loss}, training stops")
            self.model.stop_training = True


class CSVLogger(Callback):
    """Write the logs of each epoch as a row of a CSV file."""

    def __init__(self, filename: str | Path, separator: str = ",", append: bool = False) -> None:
        self.filename, self.separator, self.append = filename, separator, append

    def on_train_begin(self, logs: Logs | None = None) -> None:
        with Path(self.filename).open("a" if self.append else "w") as file:
            self.header = file.tell() > 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        with Path(self.filename).open("a", newline="") as file:  # closed even if training ends in an error
            writer = csv.writer(file, delimiter=self.separator)
            if not self.header:
                writer.writerow(["epoch", *(logs or {})])
                self.header = True
            writer.writerow([epoch, *(logs or {}).values()])


class LambdaCallback(Callback):
    """Hooks as functions: `LambdaCallback(on_epoch_end=lambda epoch, logs: ...)`."""

    def __init__(self, **hooks: Callable[..., None]) -> None:
        for name, hook in hooks.items():
            if not hasattr(Callback, name):
                raise UsageError(f"LambdaCallback: hooks are those of Callback; got {name!r}.")
            setattr(self, name, hook)
