"""What a stream shows: whether lines can be drawn over, how long they may be, which characters there are."""

from __future__ import annotations

import shutil
from typing import Any

from wengert.base.config import draws_over_lines

PLAIN = str.maketrans("─━╺…×→", "-=-.x>")
"""One for one: a table in plain characters keeps its columns."""


def is_terminal(stream: Any) -> bool:
    """Whether a carriage return goes back on the line that the stream shows."""
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty()) and draws_over_lines()


def columns(stream: Any, otherwise: int) -> int:
    """How long a line may be: as the terminal is wide, or as long as is said where there is none."""
    isatty = getattr(stream, "isatty", None)
    return shutil.get_terminal_size().columns if isatty and isatty() else otherwise


def cut(line: str, width: int) -> str:
    """The line, or as much of it as fits."""
    return line if len(line) <= width else line[: max(width - 1, 0)] + "…"


def encodable(text: str, stream: Any) -> str:
    """The text in characters that the stream can write."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(PLAIN).encode(encoding, "replace").decode(encoding)
    return text
