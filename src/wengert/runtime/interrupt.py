"""Ctrl-C during a native call.

Python handles signals between its own instructions, of which a native call has none. So the driver calls
back into the interpreter every 0.1 s, between two kernels; if a handler raises there, the exception is kept
and all threads stop at the next barrier.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Generator
from types import GeneratorType
from typing import cast

_Poll = ctypes.CFUNCTYPE(ctypes.c_int32)


class Watch:
    """What the driver calls back, and what a signal's handler raised meanwhile.

    `address` is that of `i32 poll()`; it is of use to the one `thread` that handles signals, the main one.
    """

    def __init__(self) -> None:
        self.raised: list[BaseException] = []
        self.rearm()

    @property
    def handling(self) -> bool:
        """Whether a handler runs now, called by a run that is under way."""
        return self._watching.gi_running

    def reraise(self) -> None:
        """Raise what a handler raised during the run."""
        error = self.raised.pop()
        self.rearm()
        raise error

    def rearm(self) -> None:
        """Watch anew: after an exception, and in the child of a fork, whose main thread is another."""
        self.thread = threading.main_thread().ident
        self._watching = cast("GeneratorType[int, None, None]", _watch(self.raised))
        next(self._watching)  # into the `try`
        self._callback = _Poll(self._watching.__next__)
        self.address = ctypes.cast(self._callback, ctypes.c_void_p).value or 0


def _watch(raised: list[BaseException]) -> Generator[int, None, None]:
    """Yields 0 until a handler raises, then 1.

    A generator, not a function: Python may run handlers as soon as a function is entered, before any `try`
    of its own; a generator goes on inside of the `try` where it had stopped.
    """
    try:
        while True:
            yield 0
    except GeneratorExit:
        return
    except BaseException as error:
        raised.append(error)
    yield 1


watch = Watch()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=watch.rearm)
