"""The team: threads parked in native code until a program is launched.

They are Python threads inside of one ctypes call (`work` in `compiler/emit/driver.py`), which has let go of
the interpreter's lock. After a launch they wait awake for a while, since in a training loop the next step
follows at once; then they sleep, and cost nothing.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import mmap
import os
import platform
import sys
import threading
from collections.abc import Callable

from wengert.base import config
from wengert.base.errors import ValueRangeError
from wengert.compiler.cache import functions
from wengert.compiler.emit.driver import WORKER_WORDS, driver_text
from wengert.compiler.emit.driver import Team as Word
from wengert.compiler.jit import host_target
from wengert.runtime.cpu import allowed_threads

# In turns of the CPU's pause instruction, 15-50 ns each.
_PARK_SPINS = 4096  # 60-200 us
_YIELD_SPINS = 256
_FUTEX_NUMBERS = {"x86_64": 202, "aarch64": 98, "riscv64": 98}


class Driver:
    """The native functions of `compiler/emit/driver.py`, callable from Python."""

    def __init__(self) -> None:
        target = host_target()
        text = driver_text(target.triple)
        names = ("launch", "work", "stop")
        self._code = functions([(name, text) for name in names], target, passes=2)
        launch, work, stop = (f.address for f in self._code)
        self.launch: Callable[[int], int] = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)(launch)
        self.work = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64)(work)
        self.stop = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)(stop)


@functools.cache
def driver() -> Driver:
    """The one driver of this process."""
    return Driver()


class Team:
    """Threads 1..size-1, and the memory in which thread 0, a caller of `launch`, tells them what to do."""

    def __init__(self, size: int, cpus: int) -> None:
        self.size = size
        self._memory = mmap.mmap(-1, 8 * (Word.WORKERS + size * WORKER_WORDS))
        self._words = (ctypes.c_int64 * (len(self._memory) // 8)).from_buffer(self._memory)
        self.address = ctypes.addressof(self._words)
        # With more threads than CPUs, who waits keeps another from working.
        crowded = size > cpus
        self._words[Word.SIZE] = size
        self._words[Word.PARK_SPINS] = 0 if crowded else _PARK_SPINS
        self._words[Word.YIELD_SPINS] = 1 if crowded else _YIELD_SPINS
        self._give_system_calls()
        self._threads = [
            threading.Thread(target=driver().work, args=(self.address, n), name=f"wengert-{n}", daemon=True)
            for n in range(1, size)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the threads, after the program they are at. Later launches do without them."""
        driver().stop(self.address)
        for thread in self._threads:
            thread.join()

    def _give_system_calls(self) -> None:
        """Hand the driver the addresses of what it needs of the system: generated code names no symbol."""
        libc = ctypes.CDLL(None)
        self._words[Word.YIELD] = _address(libc.sched_yield)
        self._words[Word.SLEEP] = _address(libc.usleep)
        number = _FUTEX_NUMBERS.get(platform.machine())
        if sys.platform == "linux" and number is not None:
            self._words[Word.FUTEX] = _address(libc.syscall)
            self._words[Word.FUTEX_NUMBER] = number


def _address(function: Callable[..., object]) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0  # type: ignore[arg-type]


class _Crew:
    """The process's team: made when first needed, and anew after its size changes or the process forks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._team: Team | None = None
        self._size: int | None = None
        self._closed = False

    @property
    def size(self) -> int:
        if self._size is None:
            self._size = config.threads() or allowed_threads()
        return self._size

    @property
    def team(self) -> Team | None:
        """The team to run on; None once the interpreter is leaving."""
        return self._team or self._new_team()

    def resize(self, size: int) -> None:
        with self._lock:
            self._size = size
            self._stop()

    def close(self) -> None:
        """At exit: let a program of another thread finish, then end the team."""
        with self._lock:
            self._closed = True
            self._stop()

    def forget(self) -> None:
        """After a fork: the child has none of its parent's threads, and a lock in any state."""
        self._lock = threading.Lock()
        self._team = None

    def _new_team(self) -> Team | None:
        with self._lock:
            if self._team is None and not self._closed:
                self._team = Team(self.size, allowed_threads())
            return self._team

    def _stop(self) -> None:
        team, self._team = self._team, None
        if team is not None:
            team.stop()


crew = _Crew()
atexit.register(crew.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=crew.forget)


def get_threads() -> int:
    """How many threads a program runs on, the caller included."""
    return crew.size


def set_threads(n: int) -> None:
    """Run programs on n threads, the caller included; the results do not depend on it.

    Raises:
        ValueRangeError: n is not positive.
    """
    if type(n) is not int or n < 1:
        raise ValueRangeError(f"set_threads: there must be at least 1 thread, a whole number; got {n!r}.")
    crew.resize(n)
