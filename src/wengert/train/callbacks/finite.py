"""TerminateOnNaN: stop at the first step that makes what is not finite, and say where it comes from."""

from __future__ import annotations

from wengert.base.errors import NotFiniteError
from wengert.ir.finite import check_finite
from wengert.train.callbacks.callback import Callback, Logs


class TerminateOnNaN(Callback):
    """Stop when a step makes a NaN or an infinity: in the loss, a gradient's way to a weight, or a metric.

    The step is replayed in the interpreter, and the first operation to blame is named, with its line, forward or
    backward, or the input or weight that was not finite to begin with. The weights stay those before the step.
    While training each step keeps a copy of what it changes: `wg.check_finite()` says what that costs.

    Args:
        raise_error: raise the error that names the operation, instead of saying it and stopping.

    Raises (in `fit`):
        NotFiniteError: with `raise_error`.
    """

    def __init__(self, raise_error: bool = False) -> None:
        self.raise_error = raise_error

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.error: NotFiniteError | None = None
        self.training.enter(check_finite())

    def on_not_finite(self, batch: int, error: NotFiniteError) -> None:
        self.error = error
        if self.raise_error:
            raise error
        self.say(f"Batch {batch} of epoch {self.training.epoch + 1} is not finite; training stops. {error}")
        self.model.stop_training = True
