"""Calls that cannot be made: what Python says of arguments that are missing, unknown or too many, in our words."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wengert.base.errors import ArgumentError
from wengert.base.words import did_you_mean


def require_fit(
    name: str, signature: inspect.Signature, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> None:
    """Raise ArgumentError where a function cannot be called so: an argument is missing, unknown, or one too many."""
    given = signature.parameters.values()
    by_place = [p.name for p in given if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    names = [p.name for p in given if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    unnamed = [p.name for p in given if p.kind == p.POSITIONAL_ONLY]
    if len(args) > len(by_place) and not any(p.kind == p.VAR_POSITIONAL for p in given):
        raise ArgumentError(
            f"{name}: must be given at most {len(by_place)} arguments by position"
            f"{' (' + ', '.join(by_place) + ')' if by_place else ''}; got {len(args)}."
        )
    found = by_place[: len(args)]
    for key, value in kwargs.items():
        if key not in names and not any(p.kind == p.VAR_KEYWORD for p in given):
            raise ArgumentError(
                f"{name}: arguments must be among {', '.join(names)}; got {key}={value!r}."
                f"{did_you_mean(key, names)}"
            )
        if key in unnamed:
            raise ArgumentError(f"{name}: {key} must be given by position; got {key}={value!r}.")
        if key in found:
            raise ArgumentError(f"{name}: {key} must be given once; got it by position and by name.")
    found += kwargs
    missing = [p.name for p in given if p.default is p.empty and p.name not in found and p.name in names]
    if missing:
        raise ArgumentError(
            f"{name}: {' and '.join(missing)} must be given; got {', '.join(found) or 'nothing'}."
        )


def require_takes(what: str, function: Any, *names: str) -> None:
    """Raise ArgumentError unless a function of the user's can be called with arguments that mean this."""
    if not callable(function):
        raise ArgumentError(f"{what} must be a function of ({', '.join(names)}); got {function!r}.")
    if not takes(function, len(names)):
        raise ArgumentError(
            f"{what} must take {len(names)} arguments, ({', '.join(names)}); got a function of "
            f"{inspect.signature(function)}."
        )


def takes(function: Callable[..., Any], count: int) -> bool:
    """Whether a function can be called with so many arguments, as far as anybody can tell."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # one that is not written in Python
        return True
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True
