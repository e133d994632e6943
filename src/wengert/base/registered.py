"""Classes and functions of users that files may name: those that were registered, and those of a `with` block.

A file holds names, never code. What a name may mean is said here, by the program that loads the file.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from wengert.base.errors import UsageError

T = TypeVar("T")
REGISTERED: dict[str, Any] = {}
"""By `package>name`, as Keras writes it."""
_SCOPE: contextvars.ContextVar[Mapping[str, Any]] = contextvars.ContextVar(
    "custom_objects", default=MappingProxyType({})
)


def register(package: str = "Custom", name: str | None = None) -> Callable[[T], T]:
    """A decorator: a class or function that files may name from now on, without `custom_objects`."""

    def registered(obj: T) -> T:
        if not callable(obj):
            raise UsageError(f"register_keras_serializable: must decorate a class or function; got {obj!r}.")
        own = name or getattr(obj, "__name__", type(obj).__name__)
        REGISTERED[f"{package}>{own}"] = obj
        return obj

    return registered


@contextlib.contextmanager
def scope(objects: Mapping[str, Any]) -> Iterator[None]:
    """A with-block in which files may name these objects."""
    token = _SCOPE.set({**_SCOPE.get(), **objects})
    try:
        yield
    finally:
        _SCOPE.reset(token)


def name_of(obj: Any) -> str | None:
    """The name that an object is registered by, or has in the `with` block."""
    return next((k for k, v in {**REGISTERED, **_SCOPE.get()}.items() if v is obj), None)


def object_of(name: str) -> Any:
    """What a name means: `package>name`, or the name of a class or function alone; None if nothing."""
    known = {**REGISTERED, **_SCOPE.get()}
    if name in known:
        return known[name]
    matches = (v for k, v in known.items() if name in (k.rpartition(">")[2], getattr(v, "__name__", None)))
    return next(matches, None)
