"""Room for results: a large one lies where the last one lay, once nobody holds that one any more.

Memory fresh from the operating system costs a page fault every few KiB, which is more than the kernel that fills it.
"""

from __future__ import annotations

import functools
import sys

import numpy as np

from wengert.ir.types import TensorType

_LARGE = 1 << 20  # bytes; smaller ones come from NumPy's and the C library's own stores


class Room:
    """Where the results of one type are put, one after the other."""

    def __init__(self, type_: TensorType) -> None:
        self.type = type_
        self._dtype = np.dtype(type_.dtype)
        if type_.nbytes < _LARGE:
            self.array = functools.partial(np.empty, type_.shape, self._dtype)  # type: ignore[method-assign]
        self._last: np.ndarray | None = None
        self._unheld = 0  # references to the last one where nobody else has any

    def array(self) -> np.ndarray:
        """An array that is not initialised and nobody else's."""
        if self._last is None or sys.getrefcount(self._last) > self._unheld:
            self._last = np.empty(self.type.shape, self._dtype)
            self._unheld = sys.getrefcount(self._last)
        return self._last[...]  # a view; every view of it holds the array that it was made of
