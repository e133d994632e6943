"""Every environment variable that Wengert reads, in one place.

WENGERT_CPU_LEVEL    sse, avx2 or avx512: emit for that x86 level instead of for all this CPU has
WENGERT_CACHE_DIR    folder of compiled kernels and of what tuning found; an empty value keeps nothing on disk
WENGERT_DATA_DIR     folder of data sets that were downloaded (`datasets` in the folder of the cache)
WENGERT_CACHE_MB     how large that folder may grow, in MiB (512)
WENGERT_VERIFY       1: run every compiled function in the interpreter as well, and compare (slow);
                     1 or graphs: check graphs between the passes of the compiler
WENGERT_WINOGRAD     0: sum all windows of convolutions directly, with the smallest rounding error
WENGERT_THREADS      how many threads a program runs on (the CPUs this process may use)
WENGERT_RANK_TIMEOUT seconds that a rank waits for the others before it gives up (1800)
WENGERT_TRACEBACK    full: tracebacks of errors show Wengert's own frames too
WENGERT_DEBUG        1: the command line shows the traceback of an error
TERM                 dumb: no line of the terminal can be drawn over
PMI_SIZE, OMPI_COMM_WORLD_SIZE  how many processes mpiexec has started: MPICH's and Open MPI's word for it
"""

from __future__ import annotations

import os
from pathlib import Path

from wengert.base.errors import ValueRangeError
from wengert.base.settings import SETTINGS

CPU_LEVELS = ("sse", "avx2", "avx512")


def cpu_level() -> str | None:
    """The x86 level asked for, None if the CPU decides."""
    level = os.environ.get("WENGERT_CPU_LEVEL") or None
    if level is not None and level not in CPU_LEVELS:
        raise ValueRangeError(f"WENGERT_CPU_LEVEL: must be one of {', '.join(CPU_LEVELS)}; got {level!r}.")
    return level


def cache_dir() -> Path | None:
    """The folder of compiled kernels, None to keep nothing on disk."""
    chosen = os.environ.get("WENGERT_CACHE_DIR")
    if chosen is not None:
        return Path(chosen) if chosen else None
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "wengert"
    except RuntimeError:  # a user without a home, as in some containers
        return None


def data_dir() -> Path:
    """The folder of downloaded data sets."""
    chosen = os.environ.get("WENGERT_DATA_DIR")
    return Path(chosen) if chosen else (cache_dir() or Path(".wengert")) / "datasets"


def cache_bytes() -> int:
    """How large the folder of compiled kernels may grow."""
    return _count("WENGERT_CACHE_MB", 512) * 2**20


def threads() -> int | None:
    """The number of threads asked for, None if the machine decides."""
    return _count("WENGERT_THREADS", 0) or None


def winograd() -> bool:
    """Whether convolutions may be done by Winograd's method."""
    return _is_on("WENGERT_WINOGRAD", "1")


def verify_graphs() -> bool:
    """Whether graphs are verified after each pass."""
    return _is_on("WENGERT_VERIFY")


def verify_runs() -> bool:
    """Whether compiled results are compared with the interpreter's."""
    return verify_graphs() and os.environ["WENGERT_VERIFY"] != "graphs"


def draws_over_lines() -> bool:
    """Whether terminals are more than typewriters."""
    return os.environ.get("TERM") != "dumb"


def full_traceback() -> bool:
    """Whether tracebacks show Wengert's own frames."""
    if SETTINGS.full_traceback is not None:
        return SETTINGS.full_traceback
    return os.environ.get("WENGERT_TRACEBACK") == "full"


def debug() -> bool:
    """Whether the command line shows the traceback of an error."""
    return _is_on("WENGERT_DEBUG")


def rank_timeout() -> int:
    """How many seconds a rank waits for the others."""
    return _count("WENGERT_RANK_TIMEOUT", 1800)


def started_by_mpi() -> int:
    """How many processes mpiexec has started, this one among them, as MPICH or Open MPI tells them; 1 without it."""
    return max(_count("PMI_SIZE", 1), _count("OMPI_COMM_WORLD_SIZE", 1))


def _is_on(name: str, default: str = "") -> bool:
    return os.environ.get(name, default) not in ("", "0")


def _count(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdecimal():
        raise ValueRangeError(f"{name}: must be a whole number; got {text!r}.")
    return int(text)
