"""ProgbarLogger: the progress bar, put among the callbacks by hand."""

from __future__ import annotations

from wengert.train.callbacks.callback import Callback, Logs
from wengert.train.progress import Progress


class ProgbarLogger(Callback):
    """Show a progress bar, whatever `verbose` is; `fit` then shows none of its own.

    `fit` needs no callback to show one: this is for choosing its place in the order.
    """

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.progress = Progress(1)
        self.steps = int(self.params["steps"] or 0)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.progress.epoch(epoch, self.params["epochs"])
        self.progress.begin(self.steps, self.training.step, self.training.samples)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.done, self.samples = batch + 1, self.training.samples
        self.progress.step(self.done, self.samples, lambda: logs or {})

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.progress.end(self.done, self.samples, logs or {})
