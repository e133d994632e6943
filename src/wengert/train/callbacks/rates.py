"""Callbacks that set the learning rate."""

from __future__ import annotations

from collections.abc import Callable

from wengert.train.callbacks.callback import Callback, Logs


class LearningRateScheduler(Callback):
    """Set the learning rate at the start of each epoch to `schedule(epoch, learning_rate)`."""

    def __init__(self, schedule: Callable[[int, float], float], verbose: int = 0) -> None:
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        rate = float(self.schedule(epoch, float(self.model.optimizer.learning_rate.numpy())))
        self.model.optimizer.learning_rate = rate
        if self.verbose:
            self.say(f"Epoch {epoch + 1}: learning rate {rate:g}")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate.numpy())
