"""Callbacks that watch one number of the logs for getting better."""

from __future__ import annotations

import errno
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from wengert.base.errors import ArgumentError, UsageError, ValueRangeError
from wengert.base.files import require_path
from wengert.base.numbers import require_count, require_in
from wengert.base.words import did_you_mean, require_word
from wengert.train.callbacks.callback import Callback, Logs
from wengert.train.callbacks.rates import learning_rate


class _Monitor(Callback):
    """Base of what watches one number of the logs for getting better."""

    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0) -> None:
        kind = type(self).__name__
        require_word(kind, "mode", mode, ("auto", "min", "max"))
        if not isinstance(monitor, str):
            raise ArgumentError(f"{kind}: monitor must be a name of the logs; got {monitor!r}.")
        _require_number(kind, "min_delta", min_delta)
        self.monitor = monitor
        rises = mode == "max" or (
            mode == "auto" and monitor.endswith(("acc", "accuracy", "auc", "precision", "recall"))
        )
        self.sign = 1.0 if rises else -1.0
        self.min_delta = abs(min_delta)

    def seen(self, logs: Logs | None) -> float | None:
        """The number; None in an epoch without validation, if there are others.

        Raises:
            UsageError: the logs do not have it.
        """
        if not logs or self.monitor not in logs:
            rare = (self.params.get("validation_freq", 1), self.params.get("validation_interval")) != (
                1,
                None,
            )
            if self.monitor.startswith("val_") and rare:
                return None
            validated = any(name.startswith("val_") for name in logs or {})
            others = list(logs or {}) if validated or not self.monitor.startswith("val_") else []
            raise UsageError(
                f"{type(self).__name__}: monitor must be one of {', '.join(logs or {})}; got "
                f"{self.monitor!r}." + (did_you_mean(self.monitor, others) if others else _NO_VALIDATION)
            )
        return logs[self.monitor]

    def better(self, value: float | None, best: float | None) -> bool:
        """Whether a number is better than the best one so far."""
        if value is None or math.isnan(value):
            return False
        return best is None or self.sign * (value - best) > self.min_delta


class EarlyStopping(_Monitor):
    """Stop when a number has not got better for `patience` epochs.

    Args:
        monitor: which number of the logs. mode: whether it should fall ("min") or rise ("max").
        min_delta: less than this is no improvement.
        baseline: improvements count only beyond it.
        restore_best_weights: go back to the weights of the best epoch at the end, whether training was stopped or not.
        start_from_epoch: epochs before it are not watched.
    """

    kept = ("wait", "stopped_epoch", "best_epoch", "best", "best_weights")

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
        require_count("EarlyStopping", "patience", patience, least=0)
        require_count("EarlyStopping", "start_from_epoch", start_from_epoch, least=0)
        if baseline is not None:
            _require_number("EarlyStopping", "baseline", baseline)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.wait, self.stopped_epoch, self.best_epoch = 0, 0, 0
        self.best: float | None = None
        self.best_weights: list[np.ndarray] | None = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self.seen(logs)
        if epoch < self.start_from_epoch or value is None:
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
            if self.verbose:
                self.say(
                    f"The weights are those of epoch {self.best_epoch + 1}: {self.monitor} {self.best:g}"
                )


MISTAKES = (errno.ENOENT, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.EINVAL)


class ModelCheckpoint(_Monitor):
    """Save the model at the end of epochs, or each so many batches: every time, or when it is the best so far.

    Where the disk is full or fails, a warning says so, older files stay as they were, and training goes on.

    Args:
        filepath: may hold `{epoch}`, `{batch}` and names of the logs: "model.{epoch:02d}.wengert".
        monitor, mode: what "best" means, with save_best_only.
        save_weights_only: without how the model is made and compiled.
        save_freq: "epoch", or a number of batches.
        initial_value_threshold: only what is better than it counts as best.
    """

    kept = ("best", "batches")

    def __init__(
        self,
        filepath: str | Path,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode)
        require_path("ModelCheckpoint", filepath)
        self.filepath, self.verbose = str(filepath), verbose
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.every = steps_between("ModelCheckpoint", save_freq)
        self.best = initial_value_threshold
        self.batches = 0

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.batches += 1
        if self.every is not None and self.batches % self.every == 0:
            self._save(self.training.epoch, batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.every is None:
            self._save(epoch, None, logs)

    def _save(self, epoch: int, batch: int | None, logs: Logs | None) -> None:
        if self.save_best_only:
            value = self.seen(logs)
            if not self.better(value, self.best):
                return
            self.best = value
        place = {"epoch": epoch + 1} | ({} if batch is None else {"batch": batch + 1})
        try:
            path = self.filepath.format(**place, **(logs or {}))
        except KeyError as e:
            names = ", ".join([*place, *(logs or {})])
            raise UsageError(
                f"ModelCheckpoint: filepath may name {names}; got {e} in {self.filepath!r}."
            ) from None
        try:
            (self.model.save_weights if self.save_weights_only else self.model.save)(path)
        except OSError as e:
            warn_of_failure("ModelCheckpoint", e)
            return
        if self.verbose:
            self.say(f"Epoch {epoch + 1}: saved {path}")


_NO_VALIDATION = " Pass validation_data to fit."


def _require_number(callback: str, what: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise ArgumentError(f"{callback}: {what} must be a number; got {value!r}.")


def steps_between(callback: str, save_freq: str | int) -> int | None:
    """How many steps there are between two saves; None for an epoch.

    Raises:
        ValueRangeError: it is neither "epoch" nor a positive int.
    """
    if save_freq == "epoch":
        return None
    if isinstance(save_freq, bool) or not isinstance(save_freq, int) or save_freq < 1:
        raise ValueRangeError(f'{callback}: save_freq must be "epoch" or a positive int; got {save_freq!r}.')
    return save_freq


def warn_of_failure(callback: str, error: OSError) -> None:
    """Tell that the disk is full, or fails, so that training can go on.

    Raises:
        OSError: it is a mistake in the path instead, which the next save would meet again.
    """
    if error.errno in MISTAKES:
        raise error
    warnings.warn(f"{callback}: {error}. Training goes on.", RuntimeWarning, stacklevel=2)


class ReduceLROnPlateau(_Monitor):
    """Multiply the learning rate by `factor` when a number has not got better for `patience` epochs."""

    kept = ("wait", "rest", "best")

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
        require_in("(0, 1)", "ReduceLROnPlateau", "factor", factor)
        require_count("ReduceLROnPlateau", "patience", patience, least=0)
        require_count("ReduceLROnPlateau", "cooldown", cooldown, least=0)
        _require_number("ReduceLROnPlateau", "min_lr", min_lr)
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.wait, self.rest = 0, 0
        self.best: float | None = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate.numpy())
        value = self.seen(logs)
        if value is None:
            return
        if self.rest:
            self.rest, self.wait = self.rest - 1, 0
        if self.better(value, self.best):
            self.best, self.wait = value, 0
        elif not self.rest:
            self.wait += 1
            before = learning_rate("ReduceLROnPlateau", self.model)
            if self.wait >= self.patience and before > self.min_lr:
                self.model.optimizer.learning_rate = max(before * self.factor, self.min_lr)
                self.wait, self.rest = 0, self.cooldown
                if self.verbose:
                    self.say(f"Epoch {epoch + 1}: learning rate {max(before * self.factor, self.min_lr):g}")
