"""How many threads run programs, and the team of them that this process has."""

from __future__ import annotations

import atexit
import os
import threading
from typing import TYPE_CHECKING

from wengert.base import config
from wengert.base.errors import ValueRangeError
from wengert.runtime.cpu import allowed_threads

if TYPE_CHECKING:
    from wengert.runtime.team import Team


class _Crew:
    """The process's team: made when first needed, and anew after its size changes or the process forks.

    present: the team, if there is one by now.
    """

    def __init__(self) -> None:
        self.forget()
        self._size: int | None = None
        self._closed = False

    @property
    def size(self) -> int:
        if self._size is None:
            self._size = config.threads() or allowed_threads()
        return self._size

    @property
    def team(self) -> Team | None:
        """The team to run on; None once the interpreter is leaving, and for the handler of a signal that comes while
        the team is made.
        """
        return self.present or self._new_team()

    def resize(self, size: int) -> None:
        with self._lock:
            self._size = size
            self._stop()

    def close(self) -> None:
        """At exit: let a program of another thread finish, then end the team."""
        with self._lock:
            self._closed = True
            self._stop()

    def forget(self) -> None:
        """After a fork: the child has none of its parent's threads, and a lock in any state."""
        self._lock = threading.RLock()
        self.present: Team | None = None
        self._making = False

    def _new_team(self) -> Team | None:
        with self._lock:
            if self.present is None and not self._closed and not self._making:
                from wengert.runtime.team import Team  # which imports the compiler, as a first program does

                self._making = True
                try:
                    self.present = Team(self.size, allowed_threads())
                finally:
                    self._making = False
            return self.present

    def _stop(self) -> None:
        team, self.present = self.present, None
        if team is not None:
            team.stop()


crew = _Crew()
atexit.register(crew.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=crew.forget)


def get_threads() -> int:
    """How many threads a program runs on, the caller included."""
    return crew.size


def set_threads(n: int) -> None:
    """Run programs on n threads, the caller included; the results do not depend on it.

    Raises:
        ValueRangeError: n is not positive.
    """
    if type(n) is not int or n < 1:
        raise ValueRangeError(f"set_threads: there must be at least 1 thread, a whole number; got {n!r}.")
    crew.resize(n)
