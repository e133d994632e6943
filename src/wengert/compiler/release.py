"""Give back the memory that compiling leaves in use, before a program asks for much.

    release_before(nbytes)

Pages of LLVM's library count as this process's once they were touched, some 75 MiB of them, though the file holds them;
what LLVM freed, the C library keeps for later. Both come again when they are needed. Linux only; others keep them.
"""

from __future__ import annotations

import ctypes
import itertools
import re
import sys
from pathlib import Path

MANY = 16 << 20  # bytes; to release takes some 10 ms, and to have the pages again about as long
_MADV_DONTNEED = 4  # madvise(2): forget pages; those of a file are read from it when next touched
_MAPPED = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (r[w-][x-]p) \S+ \S+ \d+ +(/.*)$", re.MULTILINE)


def release_before(nbytes: int) -> None:
    """Take LLVM's library, and what the heap does not use, out of resident memory, if `nbytes` to come are many."""
    if nbytes < MANY or not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):  # glibc
        libc.malloc_trim(ctypes.c_size_t(0))
    try:
        maps = Path("/proc/self/maps").read_text()
    except OSError:
        return
    for address, size in read_only(maps, "llvm"):
        libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(size), _MADV_DONTNEED)


def read_only(maps: str, name: str) -> list[tuple[int, int]]:
    """(address, bytes) of what is mapped of files called like that and is as in the file for good.

    What the loader changes and then protects lies right before what stays writable, and is left out.

    Args:
        maps: as proc(5) tells.
    """
    libraries = (m.groups() for m in _MAPPED.finditer(maps) if name in Path(m[4]).name.lower())
    found = []
    for (start, end, access, path), (_, _, next_access, next_path) in itertools.pairwise(libraries):
        if "w" not in access + next_access and path == next_path:
            found.append((int(start, 16), int(end, 16) - int(start, 16)))
    return found
