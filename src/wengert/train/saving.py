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

from wengert.base.errors import ArgumentError, FormatError, ShapeError, UsageError
from wengert.base.files import require_path
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
REFUSED = {"save": (".h5", ".hdf5"), "save_weights": (".h5", ".hdf5", KERAS_MODEL)}
ENDINGS = {
    "save": "End it in .wengert, or in .keras for Keras 3; weights alone: save_weights.",
    "save_weights": "End it in .wengert, in .safetensors, or in .weights.h5 for Keras 3.",
}


def save_model(model: Model, path: Path_, *, overwrite: bool = True) -> None:
    """Architecture, weights, how it was compiled and the optimizer's state."""
    _require_savable("save", model, path)
    if str(path).endswith(KERAS_MODEL):
        from wengert.train import keras_file  # which imports what reads archives

        _require_no_preprocess(model.preprocess is not None, path)
        keras_file.write(model, path, overwrite=overwrite)
        return
    description = {
        "format": FORMAT,
        "kind": "model",
        "model": encode(model, "save"),
        "input": _told_types(model.input_type),
        "compile": _compilation(model),
        **_preprocessing(model),
    }
    tensors = model.named_variables | optimizer_state(model)
    _write(path, description, tensors, overwrite)


def save_weights(model: Model, path: Path_, *, overwrite: bool = True) -> None:
    """The weights (and the state of random generators) only."""
    _require_savable("save_weights", model, path)
    if str(path).endswith(KERAS_WEIGHTS):
        _require_no_preprocess(bool(getattr(model.preprocess, "variables", None)), path)
        keras_weights.write(model, path, overwrite=overwrite)
        return
    _write(path, {"format": FORMAT, "kind": "weights"}, model.named_variables, overwrite)


def _require_savable(call: str, model: Model, path: Path_) -> None:
    """Raise unless there is something to save, and the name ends as what is written."""
    require_path(call, path)
    _require_built(call, model)
    if str(path).endswith(REFUSED[call]) and (call == "save" or not str(path).endswith(KERAS_WEIGHTS)):
        raise UsageError(
            f"{call}: the name must not promise another format; got {str(path)!r}. {ENDINGS[call]}"
        )


def _require_built(call: str, model: Model) -> None:
    if not model.built or (call == "save" and model.takes is None):
        first = "it" if model.preprocess is None else "its preprocess"
        raise UsageError(
            f"{call}: the model must be built; got {model!r}. Start {first} with Input(shape), or call fit first."
        )


def _require_no_preprocess(has: bool, path: Path_) -> None:
    if has:
        raise UsageError(
            f"save: what goes to {path} must be a model without preprocess, which Keras has not. "
            "Make it the first of the model's layers, or choose another ending."
        )


def load_model(
    filepath: Path_,
    custom_objects: Mapping[str, type] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """The model that `save` wrote: same predictions, and training goes on where it was.

    Args:
        custom_objects: classes of your own that the file names, by name. compile: also loss and optimizer.
        safe_mode: for programs that come from Keras; without effect: reading a file never runs code of it.

    Raises:
        FileNotFoundError: there is no such file.
        FormatError: it is no such file, or damaged; the message says where.
    """
    path = filepath
    require_path("load_model", path)
    if custom_objects is not None and not isinstance(custom_objects, Mapping):
        raise ArgumentError(
            f"load_model: custom_objects must be a dict of name: class; got {custom_objects!r}."
        )
    if str(path).endswith(KERAS_MODEL):
        from wengert.train import keras_file  # which imports what reads archives

        return keras_file.read(path, custom_objects, compile)
    description, tensors = container.read(path)
    require_kind(path, description, "model")
    try:
        with weights_without_values(sum(a.nbytes for a in tensors.values())):  # no more than the file brings
            model = decode(description["model"], custom_objects)
            if not hasattr(model, "fit"):
                raise FormatError(f"it must be a model; got {type(model).__name__}.")
            input_type = untold(description["input"], lambda kind, text: _input_type(text))
            model.ensure_built(input_type)
            model.given_outputs(model.input_type)  # layers that are made late have their weights now
            if "preprocess" in description:
                model.preprocess = decode(description["preprocess"], custom_objects)
                model.ensure_takes(untold(description["takes"], lambda kind, text: _input_type(text)))
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
    assign(path, model.named_variables | optimizer_state(model), tensors)
    return model


def _told_types(types: Any) -> list[Any]:
    return told(types, lambda t: ["value", str(t)])


def _preprocessing(model: Model) -> dict[str, Any]:
    """What is done to raw inputs, and their types; nothing where nothing is."""
    if model.preprocess is None:
        return {}
    return {"preprocess": encode(model.preprocess, "save: preprocess"), "takes": _told_types(model.takes)}


def _input_type(text: str) -> TensorType:
    found = TensorType.parse(text)
    if math.prod(n for n in found.shape if isinstance(n, int)) > MOST_ELEMENTS:
        raise FormatError(f"the input must have at most {MOST_ELEMENTS} elements a sample; got {found}.")
    return found


def load_weights(model: Model, path: Path_, partial: bool = False) -> Loaded:
    """Weights for a model that is there; nothing changes unless all fit. partial: those that fit."""
    require_path("load_weights", path)
    _require_built("load_weights", model)
    if str(path).endswith(KERAS_WEIGHTS):
        return assign(path, *keras_weights.read(model, path), partial)
    if str(path).endswith(KERAS_MODEL):
        from wengert.train import keras_file  # which imports what reads archives

        return assign(path, *keras_weights.read(model, path, keras_file.members(path)["weights"]), partial)
    description, tensors = container.read(path, plain=str(path).endswith(PLAIN))
    if description:
        require_kind(path, description, "weights", "model", "checkpoint")
    return assign(path, model.named_variables, tensors, partial)


def optimizer_state(model: Model) -> dict[str, Variable]:
    """The optimizer's variables by name, of a model that was compiled."""
    if not model.compiled:
        return {}
    model.optimizer.build(model.trainable_weights)
    named = model.optimizer.named_variables(model.named_variables)
    return {f"optimizer/{name}": v for name, v in named.items()}


def require_kind(path: Path_, description: Any, *kinds: str) -> None:
    """Raise FormatError unless a file's description is that of one of these kinds, in a format that we read."""
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
