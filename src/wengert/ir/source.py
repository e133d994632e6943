"""Where in the user's program a node came from."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType, FrameType

_OURS = (
    str(Path(__file__).resolve().parents[1]) + os.sep,
    contextlib.__file__,  # stands between, where a with-block of ours raises
)


@dataclass(frozen=True, slots=True)
class Source:
    """A line of the user's program, and whose gradient was being taken (0: nobody's, 2: second order)."""

    file: str
    line: int
    gradient: int = 0

    def __str__(self) -> str:
        place = f"{Path(self.file).name}:{self.line}"
        return f"gradient of {place}" if self.gradient else place


class _State(threading.local):
    forced: tuple[Source | None] | None = None  # what `at` says, unknown included; None: nothing is said


_STATE = _State()


def here() -> Source | None:
    """The innermost line that is not Wengert's own, or what `at` says."""
    if _STATE.forced is not None:
        return _STATE.forced[0]
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_ours(frame.f_code):
        frame = frame.f_back
    return None if frame is None else Source(frame.f_code.co_filename, frame.f_lineno)


def is_ours(code: CodeType) -> bool:
    """Wengert's own code, or the `__init__` that a dataclass writes by itself."""
    return code.co_filename.startswith(_OURS) or (code.co_filename, code.co_name) == ("<string>", "__init__")


def is_derivative() -> bool:
    """Whether what runs here is the rule of a derivative."""
    forced = _STATE.forced
    return forced is not None and forced[0] is not None and forced[0].gradient > 0


class at:  # noqa: N801  # used as a function; a class, for it is entered once a step and must be quick
    """Nodes made inside come from `source`; None: unknown. (A transform speaks for the user's line.)"""

    __slots__ = ("before", "said")

    def __init__(self, source: Source | None) -> None:
        self.said = (source,)

    def __enter__(self) -> None:
        self.before, _STATE.forced = _STATE.forced, self.said

    def __exit__(self, *_: object) -> None:
        _STATE.forced = self.before


def gradient_of(source: Source | None) -> Source | None:
    """The same line, as a step of its derivative."""
    return None if source is None else replace(source, gradient=source.gradient + 1)
