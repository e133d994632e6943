"""The team: threads parked in native code until a program is launched.

They are Python threads inside of one ctypes call (`work` in `compiler/emit/driver.py`), which has let go of
the interpreter's lock. After a launch they wait awake for a while, since in a training loop the next step
follows at once; then they sleep, and cost nothing.
"""

from __future__ import annotations

import ctypes
import functools
import mmap
import platform
import sys
import threading
from collections.abc import Callable

from wengert.compiler.cache import functions
from wengert.compiler.emit.driver import WORKER_WORDS, driver_text
from wengert.compiler.emit.driver import Team as Word
from wengert.compiler.jit import host_target

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
        self._driver = driver()  # made here, by one thread
        self._threads = [
            threading.Thread(target=self._work, args=(n,), name=f"wengert-{n}", daemon=True)
            for n in range(1, size)
        ]
        try:
            for thread in self._threads:
                thread.start()
        except BaseException:  # of a signal's handler; those that were started end by themselves
            self._driver.stop(self.address)
            raise

    def _work(self, n: int) -> None:
        """What a thread does. It holds the team, and with it the memory that it looks at."""
        self._driver.work(self.address, n)

    def stop(self) -> None:
        """End the threads, after the program they are at. Later launches do without them."""
        self._driver.stop(self.address)
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
