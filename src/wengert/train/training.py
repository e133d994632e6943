"""Training: one call of `fit`, which knows where it stands, and so can be saved and resumed at any step."""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from wengert.base.errors import NotFiniteError
from wengert.base.settings import SETTINGS
from wengert.runtime.function import Function
from wengert.runtime.variable import Variable
from wengert.train import loop
from wengert.train.batches import ArrayBatches, Unfilled
from wengert.train.callbacks.callback import Callback, CallbackList, Logs
from wengert.train.callbacks.history import History
from wengert.train.callbacks.progbar import ProgbarLogger
from wengert.train.inputs import Batches
from wengert.train.progress import Progress

if TYPE_CHECKING:
    from wengert.train.model import Model

T = TypeVar("T")


class Training:
    """One call of `fit`: epochs of training steps, each followed by validation.

    Attributes:
        epoch: the one under way, from 0. step, samples: how many of it are done. steps: of all epochs.
        validated: what the last validation within the epoch gave.
        values: loss and metrics after the last step. logs: those of the last epoch that ended.
        measured: what metrics had gathered in the epoch, while validation gathers anew.
        resumed: called once, to put everything back as it was at `epoch` and `step`.
    """

    def __init__(
        self,
        model: Model,
        train: Batches,
        held: Batches | None,
        *,
        epochs: int,
        initial_epoch: int,
        verbose: int | str,
        callbacks: list[Callback],
        validation_freq: int | Collection[int],
        validation_interval: int | None = None,
    ) -> None:
        self.model, self.train, self.held = model, train, held
        most = SETTINGS.max_epochs
        self.epochs = epochs = epochs if most is None else min(epochs, most)
        self.validation_freq, self.validation_interval = validation_freq, validation_interval
        self.epoch, self.step, self.samples, self.steps = initial_epoch, 0, 0, 0
        self.validated: Logs = {}
        self.values: list[float] = []
        self.logs: Logs = {}
        self.measured: dict[Variable, np.ndarray[Any, Any]] = {}
        self.resumed: Callable[[], None] | None = None
        shown = any(isinstance(c, ProgbarLogger) for c in callbacks)
        self.history, self.progress = History(), Progress(0 if shown else verbose)
        params = {
            "epochs": epochs,
            "steps": loop.steps_of(train) or None,
            "verbose": self.progress.verbose,
            "validation_freq": validation_freq,
            "validation_interval": validation_interval,
        }
        self.hooks = CallbackList([*callbacks, self.history], model, params)
        for c in self.hooks.callbacks:
            c.training = self
        self._exit = contextlib.ExitStack()

    def enter(self, context: contextlib.AbstractContextManager[T]) -> T:
        """Enter a context that is left when training ends, in whichever way."""
        return self._exit.enter_context(context)

    def run(self) -> History:
        """Train to the last epoch, or until somebody wants it to stop."""
        model, hooks = self.model, self.hooks
        model.stop_training = False
        with self._exit:
            hooks.call("on_train_begin", {})
            if self.resumed is not None and self.step == 0:
                self._resume()
            while self.epoch < self.epochs and not model.stop_training:
                hooks.call("on_epoch_begin", self.epoch, {})
                model.reset_metrics()
                if self.resumed is not None:  # in the midst of an epoch, whose begin was seen before
                    self._resume()
                self._run_epoch()
            if self.steps:
                model.optimizer.finalize_variable_values(model.trainable_weights)
            hooks.call("on_train_end", self.logs)
        for c in hooks.callbacks:  # a model keeps its history, and with it no more than that
            vars(c).pop("training", None)
        model.history = self.history
        return self.history

    def _resume(self) -> None:
        assert self.resumed is not None
        self.resumed()
        self.resumed = None

    def _run_epoch(self) -> None:
        """The rest of an epoch's steps, and its validation."""
        epoch, progress = self.epoch, self.progress
        progress.epoch(epoch, self.epochs)
        progress.begin(loop.steps_of(self.train), self.step, self.samples)
        self._run_steps()
        logs = dict(zip(self.model.metrics_names, self.values, strict=True))
        if self._validates_epoch(epoch):
            self.validated = self._validate()
        logs |= self.validated
        progress.end(self.step, self.samples, logs)
        progress.note(getattr(self.train, "advice", None))
        # From here on a checkpoint belongs to the next epoch.
        self.epoch, self.step, self.samples, self.logs, self.validated = epoch + 1, 0, 0, logs, {}
        self.hooks.call("on_epoch_end", epoch, logs)

    def _run_steps(self) -> None:
        """The steps of an epoch that are still to be made."""
        model, progress, names = self.model, self.progress, self.model.metrics_names
        begin, end = self.hooks.batch_begin("train"), self.hooks.batch_end("train")
        functions: dict[int, Function] = {}  # by the number of a batch's parts
        diverged = not all(map(is_finite, model.trainable_weights))  # an earlier epoch has said so
        self._refused = False
        if self.step and self._validates_step():  # a checkpoint is written between a step and its validation
            self._validate_within()

        def logs() -> Logs:
            return dict(zip(names, self.values, strict=True))

        train = self.train
        batches = train.unfilled if isinstance(train, ArrayBatches) else train.epoch
        for batch in loop.limited(batches(self.epoch, self.step), self.step):
            function = functions.get(len(batch))
            if function is None:
                function = functions[len(batch)] = model.step_for("train", batch)
                names = model.metrics_names
            if begin is not None:
                begin(self.step)
            self._take(function, batch)
            if not math.isfinite(self.values[0]) and not diverged and not self._refused:
                diverged = True
                warn_of_divergence(
                    "fit", f"step {self.step + 1} of epoch {self.epoch + 1}", self.values[0], model
                )
            self.step += 1
            self.steps += 1
            self.samples += len(batch[0])
            if end is not None:
                end(self.step - 1, logs())
            if self.validation_interval is not None and self._validates_step():
                self._validate_within()
            progress.step(self.step, self.samples, logs)
            if model.stop_training:
                break

    def _take(self, function: Function, batch: list[np.ndarray[Any, Any]]) -> None:
        """One step; or, if it is refused because of what is not finite, a word to those who want to know."""
        try:
            if isinstance(batch, Unfilled):
                self.values = function.after(batch.first, *batch).value.tolist()
            else:
                self.values = function(*batch).value.tolist()
        except NotFiniteError as error:
            if not self.hooks.watching("on_not_finite"):
                raise
            self._refused = True
            self.values = [math.nan] * len(self.model.metrics_names)
            self.hooks.call("on_not_finite", self.step, error)

    def _validates_step(self) -> bool:
        return (
            self.validation_interval is not None
            and self.held is not None
            and self.steps % self.validation_interval == 0
        )

    def _validates_epoch(self, epoch: int) -> bool:
        if self.held is None or self._refused or self.validation_interval is not None:
            return False
        wanted = self.validation_freq
        return (epoch + 1) % wanted == 0 if isinstance(wanted, int) else epoch + 1 in wanted

    def _validate_within(self) -> None:
        """Validate between two steps of an epoch, whose metrics then go on."""
        self.validated = self._validate()
        for v, array in self._gathered.items():
            v.assign(array)

    def _validate(self) -> Logs:
        """Loss and metrics on what is held back."""
        assert self.held is not None
        self.measured = self._gathered = {v: v.numpy() for m in self.model.metrics for v in m.variables}
        self.hooks.call("on_test_begin", {})
        found = loop.run_evaluation(self.model, self.held, self.epoch, hooks=self.hooks)[0]
        self.measured = {}
        self.hooks.call("on_test_end", found)
        return {f"val_{k}": v for k, v in found.items()}


def warn_of_divergence(call: str, place: str, loss: float, model: Model) -> None:
    """Tell that a loss is NaN or infinite though the data are finite, and what has become of the weights."""
    bad = [name for name, v in model.named_variables.items() if v.trainable and not is_finite(v)]
    some = ", ".join(bad[:3]) + (", ..." if len(bad) > 3 else "")
    warnings.warn(
        f"{call}: the loss is {loss} at {place}, with finite data; "
        f"{f'no longer finite: {some}' if bad else 'all weights are finite'}. Lower the learning rate, or clip "
        f"gradients (clipnorm=1); callbacks.TerminateOnNaN() would stop here.",
        RuntimeWarning,
        stacklevel=2,
    )


def is_finite(v: Variable) -> bool:
    """Whether all that a variable holds is."""
    return bool(np.isfinite(v.array).all())
