"""Storage: where a variable's array lies, and the last change to it.

Programs keep what they have made of variables alone (`compiler/prologue.py`) until one of these has changed. So
whoever writes to a variable's memory does it inside of `changing`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


class Change:
    """A change to some variables, under way until it is `done`."""

    __slots__ = ("done",)

    def __init__(self, done: bool = False) -> None:
        self.done = done


class Storage:
    """An array that programs read and write in place. change: the last one, or one that is under way."""

    __slots__ = ("array", "change")

    def __init__(self, array: np.ndarray) -> None:
        self.array = array
        self.change = Change(done=True)


class changing:  # noqa: N801  # as contextlib's
    """Inside, these arrays are written to. Whoever looked at them before or meanwhile sees it by another `change`.

    They are marked on the way in and on the way out: of two threads that write at once the last one to end counts.
    Where Ctrl-C cuts the marking short, the change is never done, and nobody keeps what is made of the arrays.
    """

    __slots__ = ("_change", "_storages")

    def __init__(self, storages: Sequence[Storage]) -> None:
        self._storages = storages

    def __enter__(self) -> None:
        self._change = change = Change()
        for s in self._storages:
            s.change = change

    def __exit__(self, *_: object) -> None:
        change = self._change
        for s in self._storages:
            s.change = change
        change.done = True
