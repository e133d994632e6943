"""Text as numbers and back: the characters of plain English, or the bytes of any other text.

What plain text lacks is written with what it has: "é" as "e", a tab as a space, the rest as "?". A network's number of
classes says which of both it was trained on, so that nothing else has to be kept with it.
"""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np

from wengert.base.errors import UsageError

PLAIN = "\n" + "".join(map(chr, range(32, 127)))
BYTES = 256
MOST_FOREIGN = 0.01  # of plain text

Array = np.ndarray[Any, Any]
_PLAIN_ID = {c: k for k, c in enumerate(PLAIN)}


def encode(text: str, classes: int | None = None) -> Array:
    """The text as numbers 0..95, or as its bytes, where it has many characters that plain text lacks.

    Args:
        classes: how many numbers there are, if it is known.
    """
    if classes is None:
        foreign = sum(c not in _PLAIN_ID and c not in "\r\t" for c in text)
        classes = len(PLAIN) if foreign <= MOST_FOREIGN * len(text) else BYTES
    if require_known(classes) == BYTES:
        return np.frombuffer(text.encode(), np.uint8).astype(np.int64)
    plain = text.replace("\r\n", "\n").replace("\t", " ")
    letters = [c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c)]
    return np.array([_PLAIN_ID.get(c, _PLAIN_ID["?"]) for c in letters], np.int64)


def decode(ids: Any, classes: int) -> str:
    """The text of numbers."""
    if require_known(classes) == BYTES:
        return bytes(map(int, ids)).decode("utf-8", "replace")
    return "".join(PLAIN[k] for k in ids)


def require_known(classes: int) -> int:
    """The number of classes, which must be that of plain text, or of bytes.

    Raises:
        UsageError: it is another one.
    """
    if classes not in (len(PLAIN), BYTES):
        raise UsageError(
            f"text: a network of text must have {len(PLAIN)} classes, for plain text, or {BYTES}, for bytes; got "
            f"{classes}."
        )
    return classes
