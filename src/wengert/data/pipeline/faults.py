"""What goes wrong in a pipeline, said so that it can be found: errors keep their type and gain the place."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable
from threading import Thread

from wengert.base.errors import StallError


def located(error: BaseException, where: str) -> BaseException:
    """The error itself, with the place in the data as a note. StopIteration would end loops silently: PEP 479."""
    if isinstance(error, StopIteration):
        wrong = RuntimeError(f"a function raised StopIteration, which must not end the data: {error!r}")
        wrong.__cause__, error = error, wrong
    error.add_note(where)
    return error


def stall(stage: str, seconds: float, threads: Iterable[Thread]) -> StallError:
    """The error of a stage that gives nothing, with what its threads are doing."""
    frames = sys._current_frames()
    stacks = [
        f"{thread.name}:\n" + "".join(traceback.format_stack(frames[thread.ident]))
        for thread in threads
        if thread.ident in frames
    ]
    return StallError(
        f"{stage}: an element must come within {seconds:g} s; got none. Its threads are at\n"
        + "".join(stacks)
        + "Pass iterate(timeout=...) to wait longer."
    )
