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
from wengert.compiler.emit.driver import STOP, WORKER_WORDS, driver_text
from wengert.compiler.emit.driver import Team as Word
from wengert.compiler.jit import Function, host_target
from wengert.runtime.cpu import allowed_threads

# In turns of the CPU's pause instruction, 15-50 ns each.
_PARK_SPINS = 4096  # 60-200 us
_YIELD_SPINS = 256
_FUTEX_NUMBERS = {"x86_64": 202, "aarch64": 98, "riscv64": 98}
_FUTEX_WAKE_PRIVATE = 129


@functools.cache
def driver() -> tuple[Function, Function]:
    """The native functions `launch` and `work`."""
    target = host_target()
    text = driver_text(target.triple)
    launch, work = functions([("launch", text), ("work", text)], target, passes=2)
    return launch, work


class Team:
    """Threads 1..size-1, and the memory in which thread 0, a caller of `launch`, tells them what to do."""

    def __init__(self, size: int, cpus: int) -> None:
        self.size = size
        self._memory = mmap.mmap(-1, 8 * (Word.WORKERS + size * WORKER_WORDS))
        self._words = (ctypes.c_int64 * (len(self._memory) // 8)).from_buffer(self._memory)
        self.address = ctypes.addressof(self._words)
        # With more threads than CPUs, who waits keeps another from working.
        crowded = size > cpus
        self._words[Word.PARK_SPINS] = 0 if crowded else _PARK_SPINS
        self._words[Word.YIELD_SPINS] = 1 if crowded else _YIELD_SPINS
        self._give_system_calls()
        work = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64)(driver()[1].address)
        self._threads = [
            threading.Thread(target=work, args=(self.address, n), name=f"wengert-{n}", daemon=True)
            for n in range(1, size)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the threads. Nobody may be running a program on them."""
        for n in range(1, self.size):
            self._words[Word.WORKERS + n * WORKER_WORDS] = STOP
            if self._words[Word.FUTEX]:
                at = self.address + 8 * (Word.WORKERS + n * WORKER_WORDS)
                ctypes.CDLL(None).syscall(
                    ctypes.c_long(self._words[Word.FUTEX_NUMBER]), ctypes.c_void_p(at), _FUTEX_WAKE_PRIVATE, 1
                )
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
        self.busy = threading.Lock()  # held while a program runs on the team
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
        """The team to run on, by who holds `busy`; None once the interpreter is leaving."""
        if self._team is None and not self._closed:
            self._team = Team(self.size, allowed_threads())
        return self._team

    def resize(self, size: int) -> None:
        with self.busy:
            self._size = size
            self._stop()

    def close(self) -> None:
        """At exit: let a program of another thread finish, then end the team."""
        with self.busy:
            self._closed = True
            self._stop()

    def forget(self) -> None:
        """After a fork: the child has none of its parent's threads, and a lock in any state."""
        self.__dict__ |= {"busy": threading.Lock(), "_team": None}

    def _stop(self) -> None:
        if self._team is not None:
            self._team.stop()
            self._team = None


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
    if n < 1:
        raise ValueRangeError(f"set_threads: there must be at least 1 thread; got {n}.")
    crew.resize(n)
