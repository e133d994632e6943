"""Models as text and copies, by Keras's names: `wg.models`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wengert.base.errors import FormatError, UsageError
from wengert.base.tree import unflatten
from wengert.nn.config import decode, encode
from wengert.nn.layer import Layer
from wengert.train import container, saving
from wengert.train.functional import Functional
from wengert.train.model import Model
from wengert.train.plot import plot_model
from wengert.train.saving import load_model
from wengert.train.sequential import Sequential

__all__ = [
    "Functional", "Model", "Sequential", "clone_model", "load_model", "model_from_json", "plot_model", "save_model",
]  # fmt: skip


def save_model(model: Model, filepath: str | Path, overwrite: bool = True) -> None:
    """`model.save(filepath)`."""
    saving.save_model(model, filepath, overwrite=overwrite)


def model_from_json(json_string: str, custom_objects: Mapping[str, type] | None = None) -> Any:
    """The model that `model.to_json()` described, with new weights.

    Args:
        custom_objects: classes of your own that the text names, by name.

    Raises:
        FormatError: it is no such text.

    Example:
        >>> import wengert as wg
        >>> model = wg.Sequential([wg.Input((3,)), wg.layers.Dense(2)])
        >>> wg.models.model_from_json(model.to_json()).output_shape
        (batch, 2)
    """
    if len(json_string) > container.MOST_HEADER:
        raise FormatError(
            f"model_from_json: the text must have at most {container.MOST_HEADER} characters; got {len(json_string)}."
        )
    made = decode(container.parse_json(json_string, "model_from_json: the text"), custom_objects)
    if not isinstance(made, Model):
        raise FormatError(f"model_from_json: the text must describe a model; got {type(made).__name__}.")
    return made


def clone_model(model: Model, clone_function: Callable[[Layer], Layer] | None = None) -> Any:
    """A model of the same layers, and of the same `preprocess`, with weights of its own, new ones; compiled
    as it is, with an optimizer of its own.

    Args:
        clone_function: what becomes of each layer of a functional model or a `Sequential`; None: a copy of it.
    """
    if not isinstance(model, Model):
        raise UsageError(f"clone_model: needs a model; got {model!r}.")
    classes = {type(layer).__name__: type(layer) for layer in (model, *_inside(model))}
    own = {name: cls for name, cls in classes.items() if not cls.__module__.startswith("wengert.")}
    made = _cloned(model, clone_function, own)
    first = model.preprocess
    made.preprocess = decode(encode(first, "clone_model"), own) if isinstance(first, Layer) else first
    if model.compiled:
        optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
        made.compile(optimizer, **vars(copy.deepcopy(model._wanted)), run_eagerly=not model._compiled)
    return made


def _cloned(model: Model, clone_function: Callable[[Layer], Layer] | None, own: Mapping[str, type]) -> Model:
    described = encode(model, "clone_model")
    if clone_function is None:
        made: Model = decode(described, own)
        return made
    if not isinstance(model, Functional | Sequential):
        raise UsageError(
            f"clone_model: clone_function needs a functional model or a Sequential; got {model!r}."
        )
    if isinstance(model, Functional):
        inputs, outputs = model.drawn_with({layer: clone_function(layer) for layer in model.layers})
        ends = unflatten(model.input_structure, inputs), unflatten(model.output_structure, outputs)
        return type(model)(*ends, name=model.name)
    config = dict(described["config"])
    layers = [decode(layer, own) for layer in config.pop("layers")]
    by_name = {layer.name: layer for layer in model.layers}
    changed = [clone_function(by_name[layer.name]) if layer.name in by_name else layer for layer in layers]
    rest = {k: decode(v, own) for k, v in config.items()}
    return type(model).from_config({**rest, "layers": tuple(changed)})


def _inside(layer: Layer) -> list[Layer]:
    return [found for inner in layer.sublayers for found in (inner, *_inside(inner))]
