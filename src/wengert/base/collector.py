"""Python's garbage collector, put off while much is made that stays."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Iterator

_paused = False


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """Inside, garbage in circles waits; a collector that is off stays off.

    A plan is some 100,000 objects, nearly all of which stay: going through them again and again took a fifth of the
    time. Where two threads pause it, it goes on when the first is done.
    """
    global _paused
    if not gc.isenabled():
        yield
        return
    _paused = True
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        _paused = False


def _go_on() -> None:
    """After a fork, in the child: a thread that paused it is not there to go on."""
    if _paused:
        gc.enable()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_go_on)
