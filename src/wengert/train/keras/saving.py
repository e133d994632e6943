"""Objects as descriptions and back, and what names in files mean: `wg.saving`, by Keras's names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Any

from wengert.base import registered
from wengert.base.errors import FormatError
from wengert.nn.config import decode, encode
from wengert.train.models import save_model
from wengert.train.saving import load_model

__all__ = [
    "CustomObjectScope", "custom_object_scope", "deserialize_keras_object", "get_custom_objects",
    "get_registered_name", "get_registered_object", "load_model", "load_weights", "register_keras_serializable",
    "save_model", "save_weights", "serialize_keras_object",
]  # fmt: skip


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[Any], Any]:
    """A decorator: a class or function of yours that files may name from now on, without `custom_objects`.

    Example:
        >>> import wengert as wg
        >>> @wg.saving.register_keras_serializable(package="mine")
        ... class Twice(wg.layers.Layer):
        ...     def call(self, x):
        ...         return 2 * x
        >>> wg.saving.get_registered_name(Twice)
        'mine>Twice'
    """
    return registered.register(package, name)


def custom_object_scope(custom_objects: Mapping[str, Any]) -> AbstractContextManager[None]:
    """A with-block in which files may name these classes and functions.

    Example:
        >>> import wengert as wg
        >>> with wg.saving.custom_object_scope({"cube": lambda x: x**3}):
        ...     print(wg.activations.get("cube")(wg.Tensor(2.0)).item())
        8.0
    """
    return registered.scope(custom_objects)


def _keras_file() -> Any:
    """What reads and writes Keras's descriptions, which not every program needs."""
    return import_module("wengert.train.keras_file")


CustomObjectScope = custom_object_scope


def get_custom_objects() -> dict[str, Any]:
    """What was registered, by name; a dict to be changed.

    Example:
        >>> import wengert as wg
        >>> type(wg.saving.get_custom_objects())
        <class 'dict'>
    """
    return registered.REGISTERED


def get_registered_name(obj: Any) -> str:
    """The name that a class or function is registered by, else its own.

    Example:
        >>> import wengert as wg
        >>> wg.saving.get_registered_name(wg.layers.Dense)
        'Dense'
    """
    return registered.name_of(obj) or str(obj.__name__)


def get_registered_object(
    name: str,
    custom_objects: Mapping[str, Any] | None = None,
    module_objects: Mapping[str, Any] | None = None,
) -> Any:
    """The class or function of a name; None if it is not registered.

    Example:
        >>> import wengert as wg
        >>> wg.saving.get_registered_object("nobody>knows") is None
        True
    """
    given = {**(module_objects or {}), **(custom_objects or {})}
    return given.get(name) or registered.object_of(name)


def serialize_keras_object(obj: Any) -> Any:
    """What JSON can hold of an object, as Keras describes it: a dict with `class_name` and `config`.

    Example:
        >>> import wengert as wg
        >>> told = wg.saving.serialize_keras_object(wg.layers.Dense(3))
        >>> told["class_name"], told["config"]["units"]
        ('Dense', 3)
    """
    return _keras_file().described(encode(obj, "serialize_keras_object"), obj)


def deserialize_keras_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """The object that `serialize_keras_object`, Wengert's or Keras's, described. Code is never run.

    Raises:
        FormatError: it names a class that is neither of Wengert, nor registered, nor among `custom_objects`.

    Example:
        >>> import wengert as wg
        >>> told = wg.saving.serialize_keras_object(wg.layers.Dropout(0.5))
        >>> wg.saving.deserialize_keras_object(told).rate.item()
        0.5
    """
    if isinstance(config, dict) and "class_name" in config:
        return _keras_file().Reader(custom_objects or {}).made(config)
    if isinstance(config, str) and (found := get_registered_object(config, custom_objects)) is not None:
        return found
    if isinstance(config, str | int | float | bool | list | tuple | None):
        return config
    if not isinstance(config, dict):
        raise FormatError(f"deserialize_keras_object: must be a description; got {config!r}.")
    return decode(config, custom_objects)


def save_weights(model: Any, filepath: str | Path, overwrite: bool = True) -> None:
    """`model.save_weights(filepath)`."""
    model.save_weights(filepath, overwrite=overwrite)


def load_weights(model: Any, filepath: str | Path, **kwargs: Any) -> Any:
    """`model.load_weights(filepath)`."""
    return model.load_weights(filepath, **kwargs)
