"""Families of objects by name: the functions `get`, `serialize` and `deserialize` that Keras has for each."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from wengert.base import registered
from wengert.base.errors import FormatError, ValueRangeError
from wengert.base.words import did_you_mean
from wengert.nn.config import CLASSES, Configured, decode, encode, snake_case


def by_name(
    base: type[Configured], aliases: Mapping[str, str] | None = None, *, optional: bool = False
) -> Callable[[Any], Any]:
    """The `get` function of a family. aliases: other names of its classes. optional: None stays None."""

    def get(identifier: Any) -> Any:
        """An object of this family from its name (HeNormal, he_normal), its class or its config. An object or a
        function is itself; so is None where there may be none.

        Raises:
            ValueRangeError: there is none of that name.
        """
        if isinstance(identifier, dict):
            identifier = decode(
                {"module": base.family, **identifier} if "class_name" in identifier else identifier
            )
        if isinstance(identifier, type) and issubclass(identifier, base):
            return identifier()
        is_function = callable(identifier) and not isinstance(identifier, type | Configured)
        if isinstance(identifier, base) or is_function or (optional and identifier is None):
            return identifier
        known: Iterable[Any] = CLASSES.values()
        family = {c.__name__: c for c in known if issubclass(c, base) and c is not base and _is_whole(c)}
        found = {_plain(n): n for n in family} | {_plain(a): n for a, n in (aliases or {}).items()}
        name = found.get(_plain(identifier)) if isinstance(identifier, str) else None
        own = registered.object_of(identifier) if name is None and isinstance(identifier, str) else None
        if own is not None:
            return own() if isinstance(own, type) else own
        if name is None:
            raise ValueRangeError(
                f"{base.__name__.lower()}: must be an object or one of {', '.join(sorted(family))} (in lower "
                f"case, too); got {identifier!r}.{did_you_mean(identifier, map(snake_case, family))}"
            )
        return family[name]()

    return get


def descriptions(base: type[Configured]) -> tuple[Callable[[Any], Any], Callable[..., Any]]:
    """The `serialize` and `deserialize` functions of a family."""
    family = base.__name__.lower()

    def serialize(obj: Any) -> Any:
        """What JSON can hold of an object of this family, and `deserialize` takes."""
        return encode(obj, f"serialize: {family}")

    def deserialize(config: Any, custom_objects: Mapping[str, type] | None = None) -> Any:
        """The object that `serialize` described.

        Raises:
            FormatError: it is another one, or none.
        """
        keras = isinstance(config, dict) and "class_name" in config
        found = decode({"module": base.family, **config} if keras else config, custom_objects)
        if not isinstance(found, base):
            raise FormatError(f"deserialize: must describe an object of kind {family}; got {found!r}.")
        return found

    return serialize, deserialize


@functools.cache
def _is_whole(cls: Any) -> bool:
    """Whether the class says by itself what its objects are: it needs no arguments."""
    given = inspect.signature(cls).parameters.values()
    return not any(p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in given)


def _plain(name: str) -> str:
    """HeNormal, he_normal and henormal are one name."""
    return name.replace("_", "").lower()
