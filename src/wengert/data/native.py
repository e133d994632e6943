"""The loops over bytes that neither Python nor NumPy runs at the speed of a disk: `*.ll` beside this file.

They are compiled at their first call, kept with the other kernels of the compiler's cache, and let other threads of
Python run meanwhile.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from importlib import resources
from typing import Any

import numpy as np

from wengert.compiler.cache import functions
from wengert.compiler.jit import host_target

Array = np.ndarray[Any, Any]

# For each symbol: the texts that make its module, and how many arguments (addresses and i64) it takes.
MODULES = {"decimals": (("decimals.ll",), 7)}


@functools.cache
def native(symbol: str) -> Callable[..., int]:
    """The compiled function, which takes addresses and integers, and gives an integer."""
    files, arguments = MODULES[symbol]
    folder = resources.files("wengert.data")
    text = "\n".join((folder / file).read_text(encoding="utf-8") for file in files)
    (code,) = functions([(symbol, text)], host_target(), passes=2)
    call = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * arguments)(code.address)
    call.code = code  # type: ignore[attr-defined]  # the machine code lives as long
    return call


def address(data: bytes | Array) -> int:
    """Where the bytes lie. The caller holds the object meanwhile."""
    return np.frombuffer(data, np.uint8).ctypes.data if isinstance(data, bytes) else data.ctypes.data
