"""The loops over batches that learn nothing: evaluation and prediction. `training.py` has the one that does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.base.errors import ShapeError
from wengert.base.settings import SETTINGS
from wengert.base.tree import flatten, tree_map, unflatten
from wengert.train.batches import Batch
from wengert.train.callbacks.callback import Callback, CallbackList, Logs
from wengert.train.inputs import Batches
from wengert.train.progress import Progress

if TYPE_CHECKING:
    from wengert.train.model import Model


def steps_of(batches: Batches) -> int:
    """How many steps an epoch has, no more than `wg.config.max_steps_per_epoch()`; 0 if that is not known."""
    most = SETTINGS.max_steps_per_epoch
    return len(batches) if most is None else min(len(batches) or most, most)


def limited(batches: Iterator[Batch], done: int = 0) -> Iterator[Batch]:
    """The batches of an epoch, no more than `wg.config.max_steps_per_epoch()` with those that were done before."""
    most = SETTINGS.max_steps_per_epoch
    return batches if most is None else itertools.islice(batches, max(most - done, 0))


def evaluate(model: Model, batches: Batches, *, verbose: int | str, callbacks: list[Callback]) -> Logs:
    """Loss and metrics over all batches."""
    progress = Progress(verbose)
    hooks = CallbackList(callbacks, model, {"steps": steps_of(batches) or None, "verbose": progress.verbose})
    progress.begin(steps_of(batches))
    hooks.call("on_test_begin", {})
    logs, steps, samples = run_evaluation(model, batches, 0, progress, hooks)
    hooks.call("on_test_end", logs)
    progress.end(steps, samples, logs)
    return logs


def run_evaluation(
    model: Model,
    batches: Batches,
    epoch: int,
    progress: Progress | None = None,
    hooks: CallbackList | None = None,
) -> tuple[Logs, int, int]:
    """One pass over the batches without learning: (loss and metrics, steps, samples)."""
    model.reset_metrics()
    begin = end = None
    if hooks is not None:
        begin, end = hooks.batch_begin("test"), hooks.batch_end("test")
    steps = samples = 0
    values: list[float] = []

    def logs() -> Logs:
        return dict(zip(model.names_in_logs("test"), values, strict=True))

    for batch in limited(batches.epoch(epoch)):
        if begin is not None:
            begin(steps)
        values = model.step_for("test", batch)(*batch).value.tolist()
        steps += 1
        samples += len(batch[0])
        if end is not None:
            end(steps - 1, logs())
        if progress is not None:
            progress.step(steps, samples, logs)
    return logs(), steps, samples


def predict(model: Model, batches: Batches, *, verbose: int | str, callbacks: list[Callback]) -> Any:
    """The outputs for all batches, one after the other."""
    progress = Progress(0 if verbose == "auto" else verbose)
    hooks = CallbackList(callbacks, model, {"steps": steps_of(batches) or None, "verbose": progress.verbose})
    begin, end = hooks.batch_begin("predict"), hooks.batch_end("predict")
    progress.begin(steps_of(batches))
    hooks.call("on_predict_begin", {})
    parts: list[Any] = []
    samples = 0
    for batch in limited(batches.epoch(0)):
        if begin is not None:
            begin(len(parts))
        found, structure = flatten(model.step("predict")(*batch))
        for out in found:
            if out.shape[:1] != batch[0].shape[:1]:
                raise ShapeError(
                    f"predict: the output must have one row a sample; got {out.type} for {len(batch[0])}."
                )
        parts.append(unflatten(structure, [out.numpy() for out in found]))
        samples += len(batch[0])
        if end is not None:
            end(len(parts) - 1, {"outputs": parts[-1]})
        progress.step(len(parts), samples, dict)
    hooks.call("on_predict_end", {})
    progress.end(len(parts), samples, {})
    return parts[0] if len(parts) == 1 else tree_map(lambda *ys: np.concatenate(ys), *parts)
