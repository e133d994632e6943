"""Functions of users: how they are called with an element, and by what they are told apart."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import CodeType
from typing import Any

import numpy as np

from wengert.data.pipeline.elements import Element, map_leaves
from wengert.data.pipeline.randomness import mix


class Call:
    """Calls `f` with an element: the parts of a tuple are its arguments, as in `lambda x, y: ...`.

    A function with a parameter `key` is given one for each element: an int that depends on (seed, epoch, number of
    the element). It seeds what is random: `wg.random.uniform(..., seed=key)`, `np.random.default_rng(key)`.
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f
        self.keyed = _takes_key(f)

    def __call__(self, element: Element, key: int, number: int) -> Any:
        arguments = element if isinstance(element, tuple) else (element,)
        if self.keyed:
            return self.f(*arguments, key=mix(key, number))
        return self.f(*arguments)

    @property
    def name(self) -> str:
        return str(getattr(self.f, "__name__", type(self.f).__name__))


def _takes_key(f: Callable[..., Any]) -> bool:
    # An object, such as a layer, may show the signature of its class instead of its own.
    called = f if isinstance(f, functools.partial) or inspect.isroutine(f) else type(f).__call__
    try:
        return "key" in inspect.signature(called).parameters
    except (TypeError, ValueError):  # some builtins have none
        return False


def as_element(value: Any) -> Element:
    """What a function returned, with arrays where it has tensors or lists."""
    return value if type(value) is np.ndarray else map_leaves(_leaf, value)


def _leaf(value: Any) -> Any:
    return np.asarray(value) if isinstance(value, list) or hasattr(value, "interpret") else value


def describe_function(f: Any) -> Any:
    """What a function does, in values of JSON: its code, constants and what it holds, not where it stands."""
    if isinstance(f, functools.partial):
        return ["partial", describe_function(f.func), repr(f.args), repr(sorted(f.keywords.items()))]
    f = getattr(f, "__wrapped__", f)
    code = getattr(f, "__code__", None)
    if not isinstance(code, CodeType):
        return [type(f).__module__, type(f).__qualname__, getattr(f, "__qualname__", "")]
    held = [repr(c.cell_contents) for c in f.__closure__ or () if _is_plain(c)]
    return [f.__module__, f.__name__, _describe_code(code), repr(f.__defaults__), held]


def _is_plain(cell: Any) -> bool:
    try:
        return isinstance(cell.cell_contents, bool | int | float | str | bytes | tuple | type(None))
    except ValueError:  # not bound yet
        return False


def _describe_code(code: CodeType) -> list[Any]:
    constants = [_describe_code(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return [code.co_code.hex(), list(code.co_names), constants]
