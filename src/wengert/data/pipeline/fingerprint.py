"""What a data set is, in one short text: equal texts, equal elements in equal order."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from wengert.data.pipeline.functions import describe_function
from wengert.data.pipeline.node import Node
from wengert.data.pipeline.sources import Slices, Windows

SAMPLE = 2**20  # bytes of an array that count: all of a small one, evenly spaced pages of a large one
PAGE = 4096


def fingerprint(node: Node) -> str:
    """32 hexadecimal digits of a pipeline."""
    digest = hashlib.blake2b(digest_size=16)
    _add(digest, node)
    return digest.hexdigest()


def _add(digest: Any, value: Any) -> None:
    if isinstance(value, Node):
        _text(digest, type(value).__name__)
        for part in (*value.identity(), *value.inputs):
            _add(digest, part)
    elif isinstance(value, Slices):
        _add(digest, value.tree)
    elif isinstance(value, Windows):
        _add(digest, (value.source, value.shift, value.offsets))
    elif isinstance(value, np.ndarray):
        _array(digest, value)
    elif isinstance(value, dict):
        for k, v in value.items():
            _text(digest, str(k))
            _add(digest, v)
    elif isinstance(value, tuple | list):
        _text(digest, f"{len(value)} parts")
        for v in value:
            _add(digest, v)
    elif callable(value):
        _text(digest, str(describe_function(value)))
    else:
        _text(digest, str(value.fingerprint()) if hasattr(value, "fingerprint") else _plain(value))


def _plain(value: Any) -> str:
    """A parameter by its value; an object, whose `repr` may be a place in memory, by its class."""
    plain = isinstance(value, bool | int | float | str | bytes | type(None))
    return repr(value) if plain else f"{type(value).__module__}.{type(value).__qualname__}"


def _text(digest: Any, text: str) -> None:
    digest.update(text.encode() + b"\0")


def _array(digest: Any, x: np.ndarray[Any, Any]) -> None:
    _text(digest, f"{x.dtype.str}{x.shape}")
    if x.dtype.kind == "O":
        _text(digest, str([_plain(v) for v in x.ravel()[:: max(1, x.size // 1024)]]))
    elif x.flags.c_contiguous and x.nbytes > SAMPLE:
        flat = x.reshape(-1).view(np.uint8)
        for at in np.linspace(0, x.nbytes - PAGE, SAMPLE // PAGE).astype(np.int64).tolist():
            digest.update(flat[at : at + PAGE].data)
    else:
        digest.update(np.ascontiguousarray(x).tobytes())
