"""Who is watching: the tapes of this thread. While there is one, tensors remember how they were made."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from wengert.ir.watch import watch
from wengert.runtime.recording import current

Leaves = dict[Any, list[Any]]  # variable -> what stood for it when it was read


class _Tapes(threading.local):
    def __init__(self) -> None:
        self.active: list[Leaves] = []
        self.paused = False
        self.standing: dict[Any, Any] = {}  # variable -> what stands for its value now


_TAPES = _Tapes()


def is_recording() -> bool:
    """Whether tensors have to remember how they were made."""
    return bool(_TAPES.active) and not _TAPES.paused


def is_watched() -> bool:
    """Whether there is a tape, be it one that is paused."""
    return bool(_TAPES.active)


@contextlib.contextmanager
def tape() -> Iterator[Leaves]:
    """Remember inside; gives the variables that were read there."""
    leaves: Leaves = {}
    _TAPES.active.append(leaves)
    watch("tape", True)
    try:
        yield leaves
    finally:
        _TAPES.active[:] = [t for t in _TAPES.active if t is not leaves]
        if not _TAPES.active:
            watch("tape", False)
            _TAPES.standing.clear()


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """Remember nothing inside."""
    before, _TAPES.paused = _TAPES.paused, True
    try:
        yield
    finally:
        _TAPES.paused = before


def note(variable: Any, leaf: Any) -> None:
    """Tell the tapes what stands for a variable."""
    for leaves in _TAPES.active:
        known = leaves.setdefault(variable, [])
        if not any(leaf is x for x in known):
            known.append(leaf)


def standing_for(variable: Any, make: Callable[[], Any]) -> Any:
    """The tensor that tapes know as the variable's present value; made at its first reading."""
    leaf = _TAPES.standing.get(variable)
    if leaf is None:
        leaf = _TAPES.standing[variable] = make()
    note(variable, leaf)
    return leaf


def forget(variable: Any) -> None:
    """The variable was assigned: what stood for its old value does no longer stand for its present one."""
    _TAPES.standing.pop(variable, None)


@contextlib.contextmanager
def bound(variable: Any, leaf: Any) -> Iterator[None]:
    """Inside, who reads the variable reads `leaf`, until it is assigned."""
    active = current()
    place = _TAPES.standing if active is None else active.now
    before = place.get(variable)
    place[variable] = leaf
    try:
        yield
    finally:
        if place.get(variable) is leaf:
            if before is None:
                del place[variable]
            else:
                place[variable] = before
