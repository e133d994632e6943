"""Who looks at each step that runs at once, in this thread. While nobody does, a step may take the short way."""

from __future__ import annotations

import contextvars
import threading

import numpy as np


class _Watch(threading.local):
    """who: tapes, checks and the like that are on. quiet: calls a function in a context without NumPy's warnings."""

    def __init__(self) -> None:
        self.who: set[str] = set()
        context = contextvars.Context()
        context.run(np.seterr, all="ignore")
        self.quiet = context.run  # entering np.errstate costs more than a short ufunc


WATCH = _Watch()


def watch(what: str, on: bool) -> None:
    """From here on `what` looks at the steps of this thread, or does no longer."""
    (WATCH.who.add if on else WATCH.who.discard)(what)
