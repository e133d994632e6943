"""Storage: where a variable's array lies, and the last change to it.

Programs keep what they have made of variables alone (`compiler/prologue.py`) until one of these has changed. So
whoever writes to a variable's memory does it inside of `changing`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


class Change:
    """A change to some variables, under way until it is `done`.

    seen: somebody has looked at it, or another has taken its place in one of them: it cannot stand for a further one.
    """

    __slots__ = ("done", "seen")

    def __init__(self, done: bool = False, seen: bool = False) -> None:
        self.done, self.seen = done, seen


class Storage:
    """An array that programs read and write in place. change: the last one, or one that is under way."""

    __slots__ = ("array", "change")

    def __init__(self, array: np.ndarray) -> None:
        self.array = array
        self.change = Change(done=True)

    def look(self) -> Change:
        """The last change: as long as that is the same, and was done when it was looked at, so is the array."""
        change = self.change
        change.seen = True
        return change


class changing:  # noqa: N801  # as contextlib's
    """Inside, these arrays are written to. Whoever has looked at them, or does meanwhile, finds another change later.

    It may be entered again and again, by one thread at a time: a change that nobody has seen is taken again. Of
    several that write at once the last one to end counts. Where Ctrl-C cuts the marking short, the change is never
    done, and nobody keeps what is made of the arrays.
    """

    __slots__ = ("_change", "_storages")

    def __init__(self, storages: Sequence[Storage]) -> None:
        self._storages = storages
        self._change = Change(done=True, seen=True)

    def __enter__(self) -> None:
        if self._change.seen:
            self._mark()
        else:
            self._change.done = False

    def __exit__(self, *_: object) -> None:
        if self._change.seen:  # meanwhile, and the arrays with it
            self._mark()
        self._change.done = True

    def _mark(self) -> None:
        new = Change()
        for s in self._storages:
            s.change.seen = True
            s.change = new
        self._change = new
