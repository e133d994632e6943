"""Words among which a user chooses, and the one that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from wengert.base.errors import ValueRangeError


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """` Did you mean 'same'?`, or nothing where no known word is like it."""
    close = difflib.get_close_matches(str(word), list(known), 1)
    return f" Did you mean {close[0]!r}?" if close else ""


def require_word(operation: str, what: str, value: Any, known: Iterable[str]) -> None:
    """Raise ValueRangeError unless the value is one of the known words."""
    words = list(known)
    if not isinstance(value, str) or value not in words:
        *most, last = (f'"{w}"' for w in words)
        must = f"{', '.join(most)} or {last}" if most else last
        raise ValueRangeError(
            f"{operation}: {what} must be {must}; got {value!r}.{did_you_mean(value, words)}"
        )
