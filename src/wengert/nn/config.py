"""Configured: an object that its fields describe completely, and that JSON can therefore hold.

Layers, losses, metrics, optimizers and initializers are dataclasses without an `__init__` or a `get_config`
to write: the fields are both. Classes come back from JSON by name, out of a closed registry: Wengert's own, and
those that the caller passes as `custom_objects`. No name is ever imported.
"""

from __future__ import annotations

import contextlib
import contextvars
import inspect
import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, Self, dataclass_transform

import numpy as np

from wengert.base import registered
from wengert.base.errors import ArgumentError, FormatError, UsageError, WengertError
from wengert.base.numbers import require_in
from wengert.ir.boundary import boundary, draw_around_methods
from wengert.ir.operators import Operators
from wengert.nn.fields import SignatureOfFields, initializer, is_written
from wengert.ops.activations import ACTIVATIONS
from wengert.runtime.variable import Variable

CLASSES: dict[str, type[Configured]] = {}
MOST_OBJECTS, MOST_NESTED = 20_000, 64  # in one file
KINDS: dict[str, tuple[type, ...]] = {
    "bool": (bool, np.bool_),
    "int": (int, np.integer),
    "float": (int, float, np.integer, np.floating, Variable),
    "str": (str,),
}
"""What values a field may have, by its annotation."""
Counts = defaultdict[str, Iterator[int]]
_GLOBAL: tuple[str, Counts] = ("", defaultdict(itertools.count))
_SCOPE: contextvars.ContextVar[tuple[str, Counts]] = contextvars.ContextVar("scope", default=_GLOBAL)


@dataclass_transform(eq_default=False, field_specifiers=(field,))
class Configured:
    """Base of what fields describe. Subclasses declare fields, and refuse values in `check_fields`."""

    family: ClassVar[str] = "objects"
    """The first half of a class's name in files: there is a MeanSquaredError in `losses` and in `metrics`."""
    hyper: ClassVar[tuple[str, ...]] = ()
    """Fields kept as variables: programs read them when they run, so changing one compiles nothing."""
    changeable: ClassVar[tuple[str, ...]] = ("name",)
    """Other fields that may change once programs may have been recorded."""
    aside: ClassVar[tuple[str, ...]] = ()
    """Arguments that are no fields: `take_aside` gets them."""
    by_place: ClassVar[tuple[Any, ...]] = (...,)
    """The arguments by place, in their order; `...` stands for all fields that are not declared `kw_only`."""
    __signature__ = SignatureOfFields()
    if not TYPE_CHECKING:  # which reads the fields by itself
        __init__ = initializer(object)  # stands for those of subclasses

    def __init_subclass__(cls, base: bool = False, **kwargs: Any) -> None:
        """base: it is there for subclasses only, so no name stands for it."""
        super().__init_subclass__(**kwargs)
        dataclass(eq=False, repr=False, init=False)(cls)
        if not is_written(inspect.getattr_static(cls, "__init__")):
            init = boundary(initializer(cls), cls.__name__, names=True)
            setattr(cls, "__init__", init)  # noqa: B010  # mypy takes an assignment for a change of the base's
        draw_around_methods(cls)
        if cls.__module__.startswith("wengert.") and not base:
            CLASSES[class_name(cls)] = cls

    def __post_init__(self) -> None:
        try:
            self.check_fields()
        except (TypeError, ValueError, AttributeError) as e:
            if not isinstance(e, WengertError):
                self._check_kinds()  # it may say better what is wrong
            raise
        if type(self).__module__.startswith("wengert."):
            self._check_kinds()
        for name in self.hyper:
            value = getattr(self, name)
            if isinstance(value, int | float):
                object.__setattr__(self, name, Variable(np.float32(value), name=name, trainable=False))

    def take_aside(self, given: Mapping[str, Any]) -> None:
        """Do something with arguments that are no fields."""

    def check_fields(self) -> None:
        """Raise ValueRangeError if the fields make no sense."""

    def require_in(self, interval: str, *names: str) -> None:
        """Raise ValueRangeError unless these fields are numbers in an interval such as "[0, 1)"."""
        for name in names:
            require_in(interval, type(self).__name__, name, getattr(self, name))

    def _check_kinds(self) -> None:
        """Raise ArgumentError where a field that is declared as a number, a string or a truth is none."""
        for f in fields(self):  # type: ignore[arg-type]
            kind, _, other = str(f.type).partition(" | ")
            if not f.init or kind not in KINDS or other not in ("", "None"):
                continue
            value = getattr(self, f.name)
            if not isinstance(value, KINDS[kind]) and not (other and value is None):
                must = f"{'an' if kind == 'int' else 'a'} {f.type}".replace(" | ", " or ")
                raise ArgumentError(f"{type(self).__name__}: {f.name} must be {must}; got {value!r}.")

    @property
    def frozen(self) -> bool:
        """Whether programs may have been recorded with the fields as they are."""
        return False

    def __setattr__(self, name: str, value: Any) -> None:
        if name in type(self).__dataclass_fields__:  # type: ignore[attr-defined]
            before = self.__dict__.get(name)
            if isinstance(before, Variable) and isinstance(value, int | float | np.generic | Operators):
                before.assign(value)
                return
            if before is not None and before is not value and self.frozen and name not in self.changeable:
                raise UsageError(
                    f"{type(self).__name__}: {name} must stay as it is once there are weights; got "
                    f"{value!r}. Make a new one."
                )
        object.__setattr__(self, name, value)

    def config(self) -> dict[str, Any]:
        """The fields as JSON can hold them."""
        kind = type(self).__name__
        return {f.name: encode(getattr(self, f.name), f"{kind}.{f.name}") for f in fields(self) if f.init}  # type: ignore[arg-type]

    def get_config(self) -> dict[str, Any]:
        """`config()` by Keras's name: override it where a class has an `__init__` of its own."""
        return self.config()

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """The object that `config()` described.

        Args:
            custom_objects: classes of your own that objects inside are of, by name.

        Raises:
            FormatError: a field is unknown or missing.
        """
        config = {k: decode(v, custom_objects) for k, v in config.items()}
        takes = inspect.signature(cls).parameters
        known = {k for k, p in takes.items() if p.kind is not p.VAR_KEYWORD}
        unknown = sorted(set(config) - known) if len(known) == len(takes) else []
        if unknown:
            raise FormatError(
                f"{cls.__name__}: the configuration must have the fields {sorted(known)}; got {unknown} too."
            )
        try:
            return cls(**config)
        except TypeError as e:
            raise FormatError(
                f"{cls.__name__}: the configuration must fit the fields; got {dict(config)} ({e})."
            ) from e

    def __repr__(self) -> str:
        told = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.name != "name")  # type: ignore[arg-type]
        return f"{type(self).__name__}({told})"


def encode(value: Any, where: str) -> Any:
    """A field's value as JSON can hold it.

    Raises:
        UsageError: it cannot.
    """
    if isinstance(value, Variable | np.generic):
        value = (value.numpy() if isinstance(value, Variable) else value).item()
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"{where}: must be finite to be saved; got {value}.")
    if value is None or isinstance(value, bool | int | float | str) or is_encoded(value):
        return value
    if isinstance(value, list | tuple):
        return [encode(v, where) for v in value]
    if isinstance(value, dict) and all(isinstance(k, str) for k in value):  # as a `get_config` may give
        return {k: encode(v, where) for k, v in value.items()}
    if isinstance(value, Configured):
        return {"class": class_name(type(value)), "config": _sufficient(value)}
    name = getattr(value, "__name__", None)
    if name is not None and ACTIVATIONS.get(name) is inspect.unwrap(value):
        return name
    if (own := registered.name_of(value)) is not None:
        return own
    raise UsageError(
        f"{where}: must be a number, a string or one of Wengert's objects to be saved; got {value!r}."
    )


def _sufficient(value: Configured) -> dict[str, Any]:
    """The object's configuration, from which another like it can be made.

    Raises:
        UsageError: its class has an `__init__` that takes other arguments.
    """
    kind = type(value).__name__
    config = {k: encode(v, f"{kind}.{k}") for k, v in value.get_config().items()}
    if type(value).from_config.__func__ is not Configured.from_config.__func__:  # type: ignore[attr-defined]
        return config
    try:
        inspect.signature(type(value)).bind(**config)
    except TypeError as e:
        raise UsageError(
            f"{type(value).__name__}: its __init__ must take the configuration to be saved ({', '.join(config)}); "
            f"{e}. Declare fields instead of an __init__, or override get_config to give its arguments."
        ) from None
    return config


def is_encoded(value: Any) -> bool:
    """Whether the value is what `encode` makes of an object."""
    return isinstance(value, dict) and value.keys() == {"class", "config"}


def decode(value: Any, custom_objects: Mapping[str, type] | None = None) -> Any:
    """What `encode` described: lists as tuples, `{"class", "config"}` as objects.

    Raises:
        FormatError: a class is not known, or the nesting is too deep, or there are too many objects.
    """
    return _decode(value, custom_objects or {}, itertools.count(), 0)


def _decode(value: Any, custom_objects: Mapping[str, type], made: Iterator[int], depth: int) -> Any:
    if depth > MOST_NESTED:
        raise FormatError(f"configuration: objects must not be nested more than {MOST_NESTED} deep.")
    if isinstance(value, list):
        return tuple(_decode(v, custom_objects, made, depth + 1) for v in value)
    if not isinstance(value, dict):
        return value
    if next(made) >= MOST_OBJECTS:
        raise FormatError(f"configuration: there must be at most {MOST_OBJECTS} objects.")
    if "class_name" in value:
        return _decode_keras(value, custom_objects, made, depth)
    if "class" not in value:
        return {k: _decode(v, custom_objects, made, depth + 1) for k, v in value.items()}
    if (
        set(value) != {"class", "config"}
        or not isinstance(value["class"], str)
        or not isinstance(value["config"], dict)
    ):
        raise FormatError(f"configuration: an object must have a class and a config; got {sorted(value)}.")
    name = value["class"].rpartition(".")[2]
    cls: Any = custom_objects.get(name, CLASSES.get(value["class"])) or registered.object_of(name)
    if cls is None:
        raise FormatError(
            f"configuration: {value['class']!r} must be a class of Wengert or one of custom_objects; it "
            f"is neither. "
            f"Pass custom_objects={{{name!r}: ...}}."
        )
    if not isinstance(cls, type) or not issubclass(cls, Configured):
        raise FormatError(f"custom_objects: {name!r} must be a class of layers or the like; got {cls!r}.")
    config = {k: _decode(v, custom_objects, made, depth + 1) for k, v in value["config"].items()}
    try:
        return cls.from_config(config)
    except FormatError:
        raise
    except (ValueError, TypeError) as e:
        raise FormatError(f"configuration of {value['class']}: {e}") from e


def _decode_keras(
    value: dict[str, Any], custom_objects: Mapping[str, type], made: Iterator[int], depth: int
) -> Any:
    """An object as Keras describes it: `{"class_name": "Dense", "config": {...}}`."""
    name, config = value["class_name"], value.get("config") or {}
    parts = str(value.get("module")).split(".")
    if not isinstance(name, str) or not isinstance(config, dict):
        raise FormatError(f"configuration: an object must have a name and a config; got {value}.")
    kinds = [c for c in CLASSES.values() if c.__name__ == name]
    cls: Any = custom_objects.get(name) or registered.object_of(name)
    cls = cls or next((c for c in kinds if c.family in parts), kinds[0] if kinds else None)
    if not isinstance(cls, type) or not hasattr(cls, "from_config"):
        raise FormatError(
            f"configuration: {name!r} must be a class of Wengert or one of custom_objects; it is neither. "
            f"Pass custom_objects={{{name!r}: ...}}."
        )
    if cls.__module__.startswith("wengert."):
        config = {k: _decode(v, custom_objects, made, depth + 1) for k, v in config.items()}
    return cls.from_config(dict(config))


def class_name(cls: type[Configured]) -> str:
    """`layers.Dense`, as files and `custom_objects` name it."""
    return f"{cls.family}.{cls.__name__}"


def snake_case(name: str) -> str:
    """`MaxPooling2D` -> `max_pooling2d`, as Keras writes it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def unique_name(kind: type | str) -> str:
    """A name no other object of the class has got by itself: dense, dense_1, ...; inside of `names_of(name)`
    name/dense, name/dense_1, ...
    """
    prefix, counts = _SCOPE.get()
    base = kind if isinstance(kind, str) else snake_case(kind.__name__)
    n = next(counts[base])
    return prefix + (base if n == 0 else f"{base}_{n}")


def restart_names() -> None:
    """The next object of each class is the first again: dense."""
    _SCOPE.get()[1].clear()


@contextlib.contextmanager
def names_of(name: str) -> Iterator[None]:
    """Objects made inside are named after what they are part of: the same names each time it is made."""
    token = _SCOPE.set((f"{name}/", defaultdict(itertools.count)))
    try:
        yield
    finally:
        _SCOPE.reset(token)
