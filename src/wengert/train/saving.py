"""Models in files: one file, a JSON description and the tensors; no code in it, and none run by reading it.

The bytes are those of a safetensors file, so other tools can read the tensors:

    8 bytes             length of the header, little-endian
    header              JSON: {"__metadata__": {"wengert": description, "digest": of the header},
                        name: {"dtype", "shape", "data_offsets"}, ...}
    tensors             one after the other, C order, little-endian

The description holds the configuration and a BLAKE2b digest of each tensor. A file is written in one way
only, so the reader asks for exactly those bytes: any other byte anywhere is an error, never another model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wengert.base.errors import FormatError, ShapeError, UsageError
from wengert.ir.types import TensorType
from wengert.nn import losses, metrics, optimizers
from wengert.nn.config import decode, encode
from wengert.nn.weights import weights_without_values
from wengert.runtime.variable import Variable
from wengert.train import container, keras_weights
from wengert.train.drawing import told, untold
from wengert.train.matching import Loaded, assign
from wengert.train.objective import Wanted

if TYPE_CHECKING:
    from wengert.train.model import Model

FORMAT = 1
MOST_ELEMENTS = 2**28  # of one sample
Path_ = str | Path
KERAS_WEIGHTS, KERAS_MODEL, PLAIN = ".weights.h5", ".keras", ".safetensors"
"""Endings that say how a file is written."""


def save_model(model: Model, path: Path_, *, overwrite: bool = True) -> None:
    """Architecture, weights, how it was compiled and the optimizer's state."""
    if not model.built:
        raise UsageError(f"save: {model!r} must be built; start it with Input(shape), or call fit first.")
    if str(path).endswith(KERAS_MODEL):
        from wengert.train import (
            keras_file,  # and with it what reads archives; not in each program that has a model
        )

        keras_file.write(model, path, overwrite=overwrite)
        return
    description = {
        "format": FORMAT,
        "kind": "model",
        "model": encode(model, "save"),
        "input": told(model.input_type, lambda t: ["value", str(t)]),
        "compile": _compilation(model),
    }
    tensors = model.named_variables | _optimizer_state(model)
    _write(path, description, tensors, overwrite)


def save_weights(model: Model, path: Path_, *, overwrite: bool = True) -> None:
    """The weights (and the state of random generators) only."""
    if str(path).endswith(KERAS_WEIGHTS):
        keras_weights.write(model, path, overwrite=overwrite)
        return
    _write(path, {"format": FORMAT, "kind": "weights"}, model.named_variables, overwrite)


def load_model(path: Path_, custom_objects: Mapping[str, type] | None = None, compile: bool = True) -> Any:
    """The model that `save` wrote: same predictions, and training goes on where it was.

    Args:
        custom_objects: classes of your own that the file names, by name. compile: also loss and optimizer.

    Raises:
        FileNotFoundError: there is no such file.
        FormatError: it is no such file, or damaged; the message says where.
    """
    if str(path).endswith(KERAS_MODEL):
        from wengert.train import keras_file

        return keras_file.read(path, custom_objects, compile)
    description, tensors = container.read(path)
    _expect(path, description, "model")
    try:
        with weights_without_values(sum(a.nbytes for a in tensors.values())):  # no more than the file brings
            model = decode(description["model"], custom_objects)
            if not hasattr(model, "fit"):
                raise FormatError(f"it must be a model; got {type(model).__name__}.")
            input_type = untold(description["input"], lambda kind, text: _input_type(text))
            model.ensure_built(input_type)
            model.given_outputs(model.input_type)  # layers that are made late have their weights now
        if model.input_type != input_type:
            raise FormatError(f"the input must be {model.input_type}; got {input_type}.")
        if compile and description["compile"] is not None:
            _recompile(model, description["compile"], custom_objects)
    except MemoryError:
        raise
    except Exception as e:  # whatever a layer makes of fields that no layer would have been saved with
        raise FormatError(
            f"load_model: {path}: the description must make a model; {type(e).__name__}: {e}"
        ) from e
    assign(path, model.named_variables | _optimizer_state(model), tensors)
    return model


def _input_type(text: str) -> TensorType:
    found = TensorType.parse(text)
    if math.prod(n for n in found.shape if isinstance(n, int)) > MOST_ELEMENTS:
        raise FormatError(f"the input must have at most {MOST_ELEMENTS} elements a sample; got {found}.")
    return found


def load_weights(model: Model, path: Path_, partial: bool = False) -> Loaded:
    """Weights for a model that is there; nothing changes unless all fit. partial: those that fit."""
    if not model.built:
        raise UsageError(
            f"load_weights: {model!r} must be built; start it with Input(shape), or call fit first."
        )
    if str(path).endswith(KERAS_WEIGHTS):
        return assign(path, *keras_weights.read(model, path), partial)
    if str(path).endswith(KERAS_MODEL):
        from wengert.train import keras_file

        with keras_file.weights_in(path) as file:
            return assign(path, *keras_weights.read(model, path, file), partial)
    description, tensors = container.read(path, plain=str(path).endswith(PLAIN))
    if description:
        _expect(path, description, "weights", "model", "checkpoint")
    return assign(path, model.named_variables, tensors, partial)


def _optimizer_state(model: Model) -> dict[str, Variable]:
    """The optimizer's variables by name, of a model that was compiled."""
    if not model.compiled:
        return {}
    model.optimizer.build(model.trainable_weights)
    named = model.optimizer.named_variables(model.named_variables)
    return {f"optimizer/{name}": v for name, v in named.items()}


def _expect(path: Path_, description: Any, *kinds: str) -> None:
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        found = description.get("format") if isinstance(description, dict) else description
        raise FormatError(f"load: {path}: the format must be {FORMAT}; got {found!r}. Update wengert.")
    if description.get("kind") not in kinds:
        raise FormatError(f"load: {path}: must hold a {' or '.join(kinds)}; got {description.get('kind')!r}.")


def _write(
    path: Path_, description: dict[str, Any], tensors: Mapping[str, Variable], overwrite: bool
) -> None:
    container.write(path, description, {k: v.array for k, v in tensors.items()}, overwrite=overwrite)


def _compilation(model: Model) -> dict[str, Any] | None:
    if not model.compiled:
        return None

    def leaf(value: Any) -> list[Any]:
        return ["value", encode(value, "save: loss or metric")]

    found = {"optimizer": encode(model.optimizer, "save: optimizer")}
    return found | {f.name: told(getattr(model._wanted, f.name), leaf) for f in fields(Wanted)}


WANTED: dict[str, tuple[type, ...]] = {
    "loss": (str, losses.Loss),
    "loss_weights": (int, float),
    "metrics": (str, metrics.Metric),
    "weighted_metrics": (str, metrics.Metric),
}
"""What `compile` may have been told."""


def _recompile(model: Model, found: Any, custom_objects: Mapping[str, type] | None) -> None:
    optimizer = decode(found["optimizer"], custom_objects)
    if not isinstance(optimizer, optimizers.Optimizer):
        raise ShapeError(f"optimizer must be one of Optimizer; got {optimizer!r}.")
    wanted = {}
    for what, kinds in WANTED.items():

        def leaf(kind: str, value: Any, what: str = what, kinds: tuple[type, ...] = kinds) -> Any:
            made = decode(value, custom_objects)
            if made is not None and not isinstance(made, kinds):
                raise ShapeError(f"{what} must be {' or '.join(k.__name__ for k in kinds)}; got {made!r}.")
            return made

        wanted[what] = untold(found[what], leaf)
    model.compile(optimizer, **wanted)
