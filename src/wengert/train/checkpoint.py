"""Checkpoints: all that training depends on in one file, so that what is resumed gives the same bits.

A file is one of `container`'s, as `model.save` writes them: no code, a digest for each tensor, replaced as a whole or
not at all. It holds

    tensors      weights and the optimizer's slots, by the names of `model.save`; every other variable that the training
                 steps read or assign (metrics, learning rate, rates of dropout, counters), by its number;
                 arrays out of the state of callbacks
    description  epoch, step, numbers so far; the place in the data; the global random streams; the state of callbacks;
                 a digest of each recorded training step, without names and lines: another step is refused
"""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.base.errors import FormatError, UsageError
from wengert.base.files import sweep
from wengert.ir.show import show_graph
from wengert.ir.types import TensorType
from wengert.ops import streams
from wengert.runtime.function import Function
from wengert.runtime.variable import Variable
from wengert.train import container, matching, saving
from wengert.train.tree_text import Array, decode, encode

if TYPE_CHECKING:
    from wengert.train.training import Training

FORMAT = 1
NAME = re.compile(r"epoch-(\d+)-step-(\d+)\.wengert")


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds."""

    path: Path
    description: dict[str, Any]
    tensors: dict[str, Array]

    @property
    def place(self) -> tuple[int, int]:
        """The epoch that is under way, from 0, and how many of its steps are done."""
        return self.description["epoch"], self.description["step"]


# --- writing --------------------------------------------------------------------------------------


def write(folder: Path, training: Training, keep: int) -> Path:
    """Save where training stands; of older checkpoints the newest stay, so that there are `keep`.

    Raises:
        OSError: it could not be written; older ones are as they were.
    """
    tensors = {name: v.array for name, v in _variables(training).items()}
    tensors |= {
        name: training.measured[v] for name, v in _variables(training).items() if v in training.measured
    }
    callbacks = {name: c.state() for name, c in training.hooks.named().items()}
    description = {
        "format": saving.FORMAT,
        "checkpoint": FORMAT,
        "kind": "checkpoint",
        "epoch": training.epoch,
        "step": training.step,
        "stopped": training.model.stop_training,
        "samples": training.samples,
        "values": encode(training.values, "values", tensors),
        "logs": encode(training.logs, "logs", tensors),
        "validated": encode(training.validated, "validated", tensors),
        "steps": training.steps,
        "data": [training.train.state(), None if training.held is None else training.held.state()],
        "random": streams.state(),
        "callbacks": encode({k: s for k, s in callbacks.items() if s}, "training/callbacks", tensors),
        "programs": _programs(training),
    }
    path = folder / f"epoch-{training.epoch:05d}-step-{training.step:08d}.wengert"
    container.write(path, description, tensors)
    clear(folder, keep)
    return path


def clear(folder: Path, keep: int) -> None:
    """Delete all checkpoints but the newest, and what killed processes have left of theirs."""
    sweep(folder, "epoch-*.wengert")
    for old in list(files(folder))[keep:]:
        old.unlink(missing_ok=True)


def _steps(training: Training) -> dict[bool, Function]:
    """The training steps, by whether samples have weights."""
    return dict(sorted(training.model.steps_made("train").items()))


def _variables(training: Training) -> dict[str, Variable]:
    """All state: named, where it has a name that others understand, else by its number."""
    named = training.model.named_variables | saving.optimizer_state(training.model)
    seen = dict.fromkeys(named.values())
    for weighted, step in _steps(training).items():
        for k, v in enumerate(step.traced().read):
            if v not in seen:
                seen[v] = None
                named[f"training/{'weighted' if weighted else 'plain'}/{k}"] = v
    return named


def _programs(training: Training) -> list[dict[str, Any]]:
    """What the steps take, and a digest of what they do."""
    return [
        {"weighted": weighted, "takes": [str(t) for t in step.signature or ()], "digest": graph_digest(step)}
        for weighted, step in _steps(training).items()
    ]


def graph_digest(step: Function) -> str:
    """A digest of a recorded function that does not depend on names and lines."""
    numbers: dict[str, str] = {}
    text = show_graph(step.traced().graph, sources=False)
    plain = re.sub(r"%[\w.]+", lambda m: numbers.setdefault(m[0], f"%{len(numbers)}"), text)
    return hashlib.blake2b(plain.encode(), digest_size=16).hexdigest()


# --- finding --------------------------------------------------------------------------------------


def files(folder: Path) -> Iterator[Path]:
    """The checkpoints of a folder, the newest first."""
    found = [(NAME.fullmatch(p.name), p) for p in folder.iterdir()] if folder.is_dir() else []
    placed = [(int(m[1]), int(m[2]), p) for m, p in found if m is not None]
    return (p for _, _, p in sorted(placed, reverse=True))


def newest(folder: Path) -> Checkpoint | None:
    """The newest checkpoint that is whole; a warning names those that are not. None: there is none.

    Raises:
        FormatError: there are some, and not one is whole.
    """
    damaged: list[str] = []
    for path in files(folder):
        try:
            found = read(path)
        except (FormatError, OSError) as e:
            damaged.append(str(e))
            continue
        for problem in damaged:
            warnings.warn(
                f"BackupAndRestore: {problem} {path.name} is taken instead.", RuntimeWarning, stacklevel=2
            )
        return found
    if damaged:
        raise FormatError(
            f"BackupAndRestore: no checkpoint in {folder} is whole. {damaged[0]} Delete them to start again."
        )
    return None


def read(path: Path) -> Checkpoint:
    """One checkpoint.

    Raises:
        FormatError: it is none, or damaged.
    """
    description, tensors = container.read(path)
    saving.require_kind(path, description, "checkpoint")
    if description.get("checkpoint") != FORMAT:
        raise FormatError(
            f"load: {path}: the checkpoint's format must be {FORMAT}; got {description.get('checkpoint')!r}. "
            f"Update wengert."
        )
    return Checkpoint(path, description, tensors)


# --- resuming -------------------------------------------------------------------------------------


def resume(training: Training, found: Checkpoint) -> None:
    """Put everything back as it was when the checkpoint was written.

    Raises:
        UsageError: model, data or callbacks are not those of the checkpoint; the message says which and why.
    """
    _record(training, found)
    tensors = dict(found.tensors)
    callbacks = decode(found.description["callbacks"], tensors)
    values, logs, validated = (decode(found.description[k], tensors) for k in ("values", "logs", "validated"))
    _restore_data(training, found)
    matching.assign(found.path, _variables(training), tensors)
    training.values, training.logs, training.validated = values, logs, validated
    training.samples, training.steps = found.description["samples"], found.description["steps"]
    training.model.stop_training = found.description["stopped"]
    streams.restore(found.description["random"])
    named = training.hooks.named()
    mine = {name for name, c in named.items() if c.state()}
    if mine != set(callbacks):
        raise UsageError(
            f"fit: to resume from {found.path}, callbacks must be those it was written with, "
            f"{_list(callbacks)}; got {_list(mine)}. {_instead(found)}"
        )
    for name, state in callbacks.items():
        named[name].restore(state)


def _record(training: Training, found: Checkpoint) -> None:
    """Record the training steps, for their variables, and see that they do what they did."""
    model = training.model
    for program in found.description["programs"]:
        takes = [TensorType.parse(t) for t in program["takes"]]
        if model.takes is None:
            model.ensure_takes(takes[0])
        labels = takes[len(model.in_types) :][: len(model.gives.names)]
        model.objective(
            "fit", [np.zeros([n if isinstance(n, int) else 1 for n in t.shape], t.dtype) for t in labels]
        )
        step = model.step("train", program["weighted"])
        if [str(t) for t in step.signature or ()] != program["takes"] or graph_digest(step) != program[
            "digest"
        ]:
            raise UsageError(
                f"fit: to resume from {found.path}, the model, its loss, metrics and optimizer must be those it was "
                f"written with; another training step was recorded. {_instead(found)}"
            )


def _restore_data(training: Training, found: Checkpoint) -> None:
    train, held = found.description["data"]
    if (held is None) != (training.held is None):
        raise UsageError(
            f"fit: to resume from {found.path}, validation data must be given as before, or not at all. "
            f"{_instead(found)}"
        )
    training.train.restore(train)
    if training.held is not None:
        training.held.restore(held)


def _instead(found: Checkpoint) -> str:
    return f"To start anew with its weights: model.load_weights({str(found.path)!r}), and another folder."


def _list(names: Any) -> str:
    return ", ".join(sorted(names)) or "none"
