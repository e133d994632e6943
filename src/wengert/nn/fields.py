"""Fields: how an object is given their values, by place and by name as in a dataclass.

`dataclass` would write the text of an `__init__` for each of some 300 classes and compile it, in a fifth of the time
that `import wengert` takes. One function serves all of them.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from typing import Any

from wengert.base.calls import require_fit


class SignatureOfFields:
    """A class attribute `__signature__`, which `inspect` and editors ask for: that of a written `__init__`, if any."""

    def __get__(self, instance: Any, cls: Any) -> inspect.Signature:
        return _signature(cls)


@functools.cache
def _signature(cls: Any) -> inspect.Signature:
    if is_written(cls.__init__):
        own = inspect.signature(cls.__init__)
        return own.replace(parameters=list(own.parameters.values())[1:])
    return _of_fields(cls)


@functools.cache
def _of_fields(cls: Any) -> inspect.Signature:
    parameters = [
        inspect.Parameter(
            f.name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD
            if f.name in _placed(cls)
            else inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if is_needed(f) else default_of(f),
            annotation=f.type,
        )
        for f in _given(cls)
    ]
    return inspect.Signature(parameters, return_annotation=None)


def _given(cls: Any) -> list[Field[Any]]:
    """The fields that are arguments: those by place first."""
    found, placed = {f.name: f for f in fields(cls) if f.init}, _placed(cls)
    return [found[name] for name in (*placed, *(name for name in found if name not in placed))]


@functools.cache
def _placed(cls: Any) -> list[str]:
    """The fields that may be given without their names, as the class's `by_place` says."""
    found = {f.name: f for f in fields(cls) if f.init}
    others = [name for name, f in found.items() if not f.kw_only and name not in cls.by_place]
    names = [name for n in cls.by_place for name in (others if n is ... else [n])]
    return [name for name in dict.fromkeys(names) if name in found]


def is_needed(f: Field[Any]) -> bool:
    """Whether a field has no value of its own."""
    return f.default is MISSING and f.default_factory is MISSING


def default_of(f: Field[Any]) -> Any:
    """The value of its own."""
    return f.default if f.default_factory is MISSING else f.default_factory()


def initializer(cls: type[Any]) -> Callable[..., None]:
    """An `__init__` that gives each field of the class its value, as they are declared; then `__post_init__`.

    Raises (where it is called):
        ArgumentError: an argument is missing, unknown, or one too many.
    """

    def init(self: Any, /, *args: Any, **kwargs: Any) -> None:
        known = {f.name for f in fields(cls)}
        aside = {k: kwargs.pop(k) for k in cls.aside if k in kwargs and k not in known}
        values = bound(cls, args, kwargs)
        for f in fields(cls):
            if f.name in values:
                setattr(self, f.name, values[f.name])
            elif not is_needed(f):
                setattr(self, f.name, default_of(f))
        self.__post_init__()
        if aside:
            self.take_aside(aside)

    init.gives_fields = True  # type: ignore[attr-defined]
    return init


def is_written(init: Any) -> bool:
    """Whether an `__init__` was written by somebody, rather than made of fields."""
    return not hasattr(init, "gives_fields")


def bound(cls: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by the names of their fields."""
    require_fit(cls.__name__, _of_fields(cls), args, kwargs)
    return dict(zip((f.name for f in _given(cls)), args, strict=False)) | dict(kwargs)
