"""The state of an optimizer in Keras's files: `optimizer/vars/0`, `1`, ... in the order in which Keras makes it.

Slots have Keras's names and meaning; only their order differs. Where Keras keeps something else (Adafactor, Nadam, what
wraps another optimizer), nothing is written, and what is found is left: the optimizer then starts anew.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from wengert.nn.optimizers.optimizer import AVERAGE, GRADIENTS
from wengert.nn.schedules import Schedule
from wengert.runtime.variable import Variable
from wengert.train.keras_weights import numbers, places

PLACE = "optimizer/vars"
OTHERS = ("Adafactor", "MultiOptimizer", "Nadam")
"""Optimizers whose state is another one in Keras."""
APART = {"RMSprop": ("velocity", "momentum", "average_gradient")}
"""Slots that Keras makes for all weights before it goes on to the next; those of others weight by weight."""
LAST = ("velocity_hat",)


def state(model: Any) -> list[Variable] | None:
    """What Keras would keep, in its order; None where that is not known."""
    optimizer = model.optimizer
    kind = type(optimizer).__name__
    if optimizer is None or kind in OTHERS or hasattr(optimizer, "inner_optimizer"):
        return None
    if not type(optimizer).__module__.startswith("wengert."):
        return None
    trained = set(model.trainable_weights)
    weights = dict.fromkeys(v for _, _, variables in places(model) for v in variables if v in trained)
    optimizer.build(weights)
    slots = [optimizer._slots[p] for p in weights]
    apart = APART.get(kind, ())
    rest = [v for s in slots for k, v in s.items() if k not in (AVERAGE, GRADIENTS, *LAST, *apart)]
    before = [s[k] for k in (AVERAGE, GRADIENTS, *apart) for s in slots if k in s]
    after = [s[k] for k in LAST for s in slots if k in s]
    rate = [] if isinstance(optimizer.learning_rate, Schedule) else [optimizer.learning_rate]
    return [optimizer.iterations, *rate, *before, *rest, *after]


def write(file: Any, model: Any) -> None:
    """Add the state to an HDF5 file."""
    found = state(model)
    if found is not None:
        group = file.require_group(PLACE)
        group.attrs["name"] = str(model.optimizer.name)
        for k, v in enumerate(found):
            group.create_dataset(str(k), data=v.array)


def read(model: Any, path: str | Path, source: Any) -> None:
    """Go on from the state in an HDF5 file, if all of it fits; else say that the optimizer starts anew."""
    found = numbers(source, PLACE)
    if not found:
        return
    mine = state(model)
    if mine is None or [v.shape for v in mine] != [a.shape for a in found]:
        warnings.warn(
            f"load: {path}: the state of {type(model.optimizer).__name__} does not fit, and was left out: it "
            f"starts anew.",
            RuntimeWarning,
            stacklevel=2,
        )
        return
    for v, a in zip(mine, found, strict=True):
        v.assign(np.asarray(a, v.held.dtype))
