"""The loops: over epochs and batches, with callbacks and progress."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.base.errors import ShapeError
from wengert.runtime.variable import Variable
from wengert.train.callbacks import Callback, CallbackList, History
from wengert.train.inputs import Batches
from wengert.train.progress import Progress

if TYPE_CHECKING:
    from wengert.train.model import Model

Logs = dict[str, float]


def fit(
    model: Model,
    train: Batches,
    held: Batches | None,
    *,
    epochs: int,
    initial_epoch: int,
    verbose: int | str,
    callbacks: list[Callback],
    validation_freq: int,
) -> History:
    """Epochs of training steps, each followed by validation on `held`."""
    history, progress = History(), Progress(verbose)
    params = {"epochs": epochs, "steps": len(train) or None, "verbose": progress.verbose}
    hooks = CallbackList([history, *callbacks], model, params)
    model.stop_training = False
    logs: Logs = {}
    hooks.call("on_train_begin", {})
    for epoch in range(initial_epoch, epochs):
        hooks.call("on_epoch_begin", epoch, {})
        progress.epoch(epoch, epochs)
        progress.begin(len(train))
        logs, steps, samples = train_epoch(model, train, epoch, hooks, progress)
        if held is not None and (epoch + 1) % validation_freq == 0:
            hooks.call("on_test_begin", {})
            found = run_evaluation(model, held, epoch)[0]
            logs |= {f"val_{k}": v for k, v in found.items()}
            hooks.call("on_test_end", found)
        progress.end(steps, samples, logs)
        hooks.call("on_epoch_end", epoch, logs)
        if model.stop_training:
            break
    hooks.call("on_train_end", logs)
    model.history = history
    return history


def train_epoch(
    model: Model, batches: Batches, epoch: int, hooks: CallbackList, progress: Progress
) -> tuple[Logs, int, int]:
    """One pass over the batches: (loss and metrics, steps, samples)."""
    model.reset_metrics()
    steps = samples = 0
    values: list[float] = []
    diverged = not all(map(_is_finite, model.trainable_weights))  # an earlier epoch has said so
    for batch in batches.epoch(epoch):
        hooks.train_batch_begin(steps)
        values = model.step("train", len(batch) == 3)(*batch).value.tolist()
        if not math.isfinite(values[0]) and not diverged:
            diverged = True
            warn_of_divergence("fit", f"step {steps + 1} of epoch {epoch + 1}", values[0], model)
        steps += 1
        samples += len(batch[0])
        names = model.metrics_names

        def logs(values: list[float] = values, names: list[str] = names) -> Logs:
            return dict(zip(names, values, strict=True))

        hooks.train_batch_end(steps - 1, logs)
        progress.step(steps, samples, logs)
        if model.stop_training:
            break
    return dict(zip(model.metrics_names, values, strict=True)), steps, samples


def evaluate(model: Model, batches: Batches, *, verbose: int | str, callbacks: list[Callback]) -> Logs:
    """Loss and metrics over all batches."""
    progress = Progress(verbose)
    hooks = CallbackList(callbacks, model, {"steps": len(batches) or None, "verbose": progress.verbose})
    progress.begin(len(batches))
    hooks.call("on_test_begin", {})
    logs, steps, samples = run_evaluation(model, batches, 0, progress)
    hooks.call("on_test_end", logs)
    progress.end(steps, samples, logs)
    return logs


def run_evaluation(
    model: Model, batches: Batches, epoch: int, progress: Progress | None = None
) -> tuple[Logs, int, int]:
    """One pass over the batches without learning: (loss and metrics, steps, samples)."""
    model.reset_metrics()
    steps = samples = 0
    values: list[float] = []
    for batch in batches.epoch(epoch):
        values = model.step("test", len(batch) == 3)(*batch).value.tolist()
        steps += 1
        samples += len(batch[0])
        if progress is not None:
            progress.step(steps, samples, lambda v=values: dict(zip(model.metrics_names, v, strict=True)))  # type: ignore[misc]
    return dict(zip(model.metrics_names, values, strict=True)), steps, samples


def predict(model: Model, batches: Batches, *, verbose: int | str) -> np.ndarray[Any, Any]:
    """The outputs for all batches, one after the other."""
    progress = Progress(0 if verbose == "auto" else verbose)
    progress.begin(len(batches))
    parts: list[np.ndarray[Any, Any]] = []
    samples = 0
    for batch in batches.epoch(0):
        out = model.step("predict")(batch[0])
        if out.shape[:1] != batch[0].shape[:1]:
            raise ShapeError(
                f"predict: the output must have one row a sample; got {out.type} for {len(batch[0])}."
            )
        parts.append(out.numpy())
        samples += len(batch[0])
        progress.step(len(parts), samples, dict)
    progress.end(len(parts), samples, {})
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def warn_of_divergence(call: str, place: str, loss: float, model: Model) -> None:
    """Tell that a loss is NaN or infinite though the data are finite, and what has become of the weights."""
    bad = [name for name, v in model.named_variables.items() if v.trainable and not _is_finite(v)]
    some = ", ".join(bad[:3]) + (", ..." if len(bad) > 3 else "")
    warnings.warn(
        f"{call}: the loss is {loss} at {place}, with finite data; "
        f"{f'no longer finite: {some}' if bad else 'all weights are finite'}. Lower the learning rate, or clip "
        f"gradients (clipnorm=1); callbacks.TerminateOnNaN() would stop here.",
        RuntimeWarning,
        stacklevel=2,
    )


def _is_finite(v: Variable) -> bool:
    return bool(np.isfinite(v.array).all())
