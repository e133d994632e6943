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

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.base.errors import FormatError, ShapeError, UsageError
from wengert.ir.types import TensorType
from wengert.nn import losses, metrics, optimizers
from wengert.nn.config import Configured, decode, encode
from wengert.nn.layer import weights_from
from wengert.runtime.variable import Variable
from wengert.train import container

if TYPE_CHECKING:
    from wengert.train.model import Model

FORMAT = 1
Path_ = str | Path


def save_model(model: Model, path: Path_, *, overwrite: bool = True) -> None:
    """Architecture, weights, how it was compiled and the optimizer's state."""
    if not model.built:
        raise UsageError(f"save: {model!r} must be built; start it with Input(shape), or call fit first.")
    description = {
        "format": FORMAT,
        "kind": "model",
        "model": encode(model, "save"),
        "input": str(model.input_type),
        "compile": _compilation(model),
    }
    tensors = _by_name(model.variables)
    if model.compiled:
        model.optimizer.build(model.trainable_weights)
        tensors |= {f"optimizer/{k}": v for k, v in _by_name(model.optimizer.variables).items()}
    _write(path, description, tensors, overwrite)


def save_weights(model: Model, path: Path_, *, overwrite: bool = True) -> None:
    """The weights (and the state of random generators) only."""
    _write(path, {"format": FORMAT, "kind": "weights"}, _by_name(model.variables), overwrite)


def load_model(path: Path_, custom_objects: Mapping[str, type] | None = None, compile: bool = True) -> Any:
    """The model that `save` wrote: same predictions, and training goes on where it was.

    Args:
        custom_objects: classes of your own that the file names, by name. compile: also loss and optimizer.

    Raises:
        FileNotFoundError: there is no such file.
        FormatError: it is no such file, or damaged; the message says where.
    """
    description, tensors = container.read(path)
    _expect(path, description, "model")
    try:
        with weights_from(tensors):  # a file cannot ask for more memory than it brings
            model = decode(description["model"], custom_objects)
            if not hasattr(model, "fit"):
                raise FormatError(f"it must be a model; got {type(model).__name__}.")
            model.ensure_built(TensorType.parse(description["input"]))
        if str(model.input_type) != description["input"]:
            raise FormatError(f"the input must be {model.input_type}; got {description['input']}.")
        if compile and description["compile"] is not None:
            _recompile(model, description["compile"], custom_objects)
    except (KeyError, TypeError, ValueError) as e:
        raise FormatError(f"load_model: {path}: the description must make a model; {e}") from e
    _assign(path, _by_name(model.variables), tensors, "")
    if model.compiled:
        model.optimizer.build(model.trainable_weights)
        _assign(path, _by_name(model.optimizer.variables), tensors, "optimizer/")
    return model


def load_weights(model: Model, path: Path_) -> None:
    """Weights for a model that is there; nothing changes unless all fit."""
    description, tensors = container.read(path)
    _expect(path, description, "weights", "model")
    if not model.built:
        raise UsageError(
            f"load_weights: {model!r} must be built; start it with Input(shape), or call fit first."
        )
    _assign(path, _by_name(model.variables), tensors, "")


def _expect(path: Path_, description: Any, *kinds: str) -> None:
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        found = description.get("format") if isinstance(description, dict) else description
        raise FormatError(f"load: {path}: the format must be {FORMAT}; got {found!r}. Update wengert.")
    if description.get("kind") not in kinds:
        raise FormatError(f"load: {path}: must hold a {' or '.join(kinds)}; got {description.get('kind')!r}.")


def _by_name(variables: list[Variable]) -> dict[str, Variable]:
    found: dict[str, Variable] = {}
    for v in variables:
        if v.name in found:
            raise UsageError(
                f"save: variables must have different names; got {v.name!r} twice. Name the layers."
            )
        found[v.name] = v
    return found


def _write(
    path: Path_, description: dict[str, Any], tensors: Mapping[str, Variable], overwrite: bool
) -> None:
    container.write(path, description, {k: v.array for k, v in tensors.items()}, overwrite=overwrite)


def _assign(
    path: Path_, mine: dict[str, Variable], tensors: Mapping[str, np.ndarray[Any, Any]], prefix: str
) -> None:
    """Let the variables hold the tensors of their names, after all were seen to fit."""
    for name, v in mine.items():
        a = tensors.get(prefix + name)
        if a is None:
            raise FormatError(f"load: {path}: must hold {prefix + name!r}; it holds {_some(tensors)}.")
        if a.shape != v.shape or a.dtype.name != v.dtype:
            got = TensorType(a.shape, a.dtype.name)
            raise FormatError(f"load: {path}: {prefix + name!r} must be {v.type}; got {got}.")
    for name, v in mine.items():
        v.assign(tensors[prefix + name])


def _some(names: Mapping[str, Any]) -> str:
    first = ", ".join(list(names)[:5])
    return first + (", ..." if len(names) > 5 else "")


def _compilation(model: Model) -> dict[str, Any] | None:
    if not model.compiled:
        return None
    wanted, weighted = model._wanted
    return {
        "optimizer": encode(model.optimizer, "save: optimizer"),
        "loss": encode(model.loss, "save: loss"),
        "metrics": [encode(w, "save: metric") for w in wanted],
        "weighted_metrics": [encode(w, "save: metric") for w in weighted],
    }


def _recompile(model: Model, found: Any, custom_objects: Mapping[str, type] | None) -> None:
    made = {k: decode(found[k], custom_objects) for k in ("optimizer", "loss", "metrics", "weighted_metrics")}
    kinds: dict[str, type[Configured]] = {"optimizer": optimizers.Optimizer, "loss": losses.Loss}
    for k, kind in kinds.items():
        if not isinstance(made[k], kind):
            raise ShapeError(f"{k} must be one of {kind.__name__}; got {made[k]!r}.")
    for m in (*made["metrics"], *made["weighted_metrics"]):
        if not isinstance(m, str | metrics.Metric):
            raise ShapeError(f"a metric must be a name or a Metric; got {m!r}.")
    model.compile(
        made["optimizer"],
        made["loss"],
        metrics=list(made["metrics"]),
        weighted_metrics=list(made["weighted_metrics"]),
    )
