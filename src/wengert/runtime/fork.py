"""What the child of a fork makes anew.

A fork copies locks as they are, held ones too, but not the threads that would release them; and a thread may
have been in the midst of changing what its lock guards.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_owners: weakref.WeakKeyDictionary[object, Callable[[object], None]] = weakref.WeakKeyDictionary()


def renew_in_child(owner: T, renew: Callable[[T], None]) -> None:
    """Call `renew(owner)` now, and in every child of a fork for as long as the owner lives."""
    renew(owner)
    _owners[owner] = renew  # type: ignore[assignment]


def _renew_all() -> None:
    for owner, renew in list(_owners.items()):
        renew(owner)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)


class Lock:
    """A lock that one thread may take several times.

    The child of a fork, and a copy of its owner, find it free.
    """

    def __init__(self) -> None:
        renew_in_child(self, Lock._renew)

    def _renew(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def __reduce__(self) -> tuple[type[Lock], tuple[()]]:
        return Lock, ()
