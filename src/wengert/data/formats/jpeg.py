"""JPEG by simplejpeg, where it is installed: the pixels are those of Pillow, and other threads go on meanwhile."""

from __future__ import annotations

import functools
import importlib
from types import ModuleType
from typing import Any

import numpy as np

START = b"\xff\xd8\xff"


@functools.cache
def _decoder() -> ModuleType | None:
    try:
        return importlib.import_module("simplejpeg")
    except ImportError:
        return None


def rgb_of_jpeg(data: bytes, most: int) -> np.ndarray[Any, Any] | None:
    """Pixels uint8 `[h, w, 3]`, or None: it is no JPEG of grey or YCbCr, has more than `most` pixels, or is damaged.

    Pillow reads those, or says what is wrong with them.
    """
    decoder = _decoder() if data.startswith(START) else None
    if decoder is None:
        return None
    try:
        height, width, space, _ = decoder.decode_jpeg_header(data)
        if space not in ("YCbCr", "Gray") or height * width > most:
            return None
        pixels: np.ndarray[Any, Any] = decoder.decode_jpeg(data)
    except ValueError:
        return None
    return pixels
