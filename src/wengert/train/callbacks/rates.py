"""Callbacks that set the learning rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wengert.base.calls import require_takes, takes
from wengert.base.errors import ArgumentError, UsageError
from wengert.nn.schedules import Schedule
from wengert.train.callbacks.callback import Callback, Logs

if TYPE_CHECKING:
    from wengert.train.model import Model


def learning_rate(callback: str, model: Model) -> float:
    """The learning rate of a model, for a callback that is about to change it.

    Raises:
        UsageError: a schedule of the optimizer's changes it.
    """
    found = model.optimizer.learning_rate
    if found is None:  # several optimizers
        raise UsageError(f"{callback}: the optimizer must have one learning rate; got {model.optimizer!r}.")
    if isinstance(found, Schedule):
        raise UsageError(
            f"{callback}: the optimizer's learning rate must be a number; got {found!r}. Take one of the two."
        )
    return float(found.numpy())


class LearningRateScheduler(Callback):
    """Set the learning rate at the start of each epoch to `schedule(epoch, learning_rate)`, or `schedule(epoch)`."""

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        self.of_epoch_alone = callable(schedule) and not takes(schedule, 2) and takes(schedule, 1)  # type: ignore[redundant-expr]
        if not self.of_epoch_alone:
            require_takes("LearningRateScheduler: schedule", schedule, "epoch", "learning_rate")
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        now = learning_rate("LearningRateScheduler", self.model)
        rate = self.schedule(epoch) if self.of_epoch_alone else self.schedule(epoch, now)
        if isinstance(rate, str | bytes) or not hasattr(rate, "__float__"):  # type: ignore[redundant-expr]
            raise ArgumentError(f"LearningRateScheduler: schedule must give a number; got {rate!r}.")
        self.model.optimizer.learning_rate = rate = float(rate)
        if self.verbose:
            self.say(f"Epoch {epoch + 1}: learning rate {rate:g}")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate.numpy())
