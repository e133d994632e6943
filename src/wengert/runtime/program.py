"""A compiled program in memory, and how Python runs it: one native call, some 1 us of Python around it."""

from __future__ import annotations

import ctypes
import functools
import platform
import struct
import threading
from collections.abc import Callable, Sequence
from threading import get_ident

import numpy as np

from wengert.base.errors import UsageError
from wengert.compiler.emit.driver import ERROR_WORDS, TABLE_MULTIPLE, Header
from wengert.compiler.instructions import Instructions
from wengert.compiler.jit import Function
from wengert.runtime.fork import renew_in_child
from wengert.runtime.interrupt import watch
from wengert.runtime.team import Team, driver
from wengert.runtime.threads import crew

ERROR_ENTRY = 0  # of the table: the address of the error cell
FIRST_VALUE = 1  # of the table: where the values given to `run` go
_LINES = 8 * TABLE_MULTIPLE  # bytes
# An enum's are slow to look up.
_POLL, _THREADS, _FIRST = int(Header.POLL), int(Header.THREADS), int(Header.FIRST)

# About 0.1 s. The counter of x86 runs at 1-5 GHz, that of ARM at 24 MHz to 1 GHz.
_POLL_TICKS = 2**28 if platform.machine() in ("x86_64", "AMD64") else 2**21


class Program:
    """Instructions, a table, and all that must stay alive while they run.

    Args:
        instructions: what to do.
        kernels: the functions that the instructions call by number.
        words: entries of the table: the error cell's address, the values given to `run`, then what the
            planner writes into `table`.
        threads: how many are worth waking; None for all. What takes a few microseconds runs best on 1.
        keep: anything that must live as long as the program, such as its arena.
        hosts: addresses of the functions in Python that the instructions call by number.
    """

    def __init__(
        self,
        instructions: Instructions,
        kernels: Sequence[Function],
        words: int,
        threads: int | None = None,
        keep: object = None,
        hosts: Sequence[int] = (),
    ) -> None:
        self._code, self._slots = instructions.encode([k.address for k in kernels], words, hosts)
        self._keep = (tuple(kernels), keep)
        self._words = -(-words // TABLE_MULTIPLE) * TABLE_MULTIPLE
        self._threads = threads
        self._table, self._error, self._copies = map(_aligned, (self._words, ERROR_WORDS, self._words))
        self._table[ERROR_ENTRY] = self._error.ctypes.data
        header = _aligned(Header.SIZE)
        header[Header.INSTRUCTIONS] = self._code.ctypes.data
        header[Header.TABLE] = self._table.ctypes.data
        header[Header.WORDS] = self._words
        header[Header.COPIES] = self._copies.ctypes.data
        header[Header.ERROR] = self._error.ctypes.data
        header[Header.POLL_TICKS] = _POLL_TICKS
        self._at = header.ctypes.data
        self._header = header.data  # quicker to write to than the array
        self.table = self._table.data
        self._launch = driver().launch
        self._join(None)
        renew_in_child(self, Program._release)

    def _release(self) -> None:
        self._lock = threading.Lock()
        self._runner: int | None = None

    def set_threads(self, threads: int | None) -> None:
        """From the next run on, run on so many threads; None for all."""
        self._threads = threads
        self._join(None)

    def refuse_itself(self) -> None:
        """Raise UsageError if this thread is in a run of the program."""
        if self._runner == get_ident():
            raise UsageError(
                "run: a program must not run itself: neither a signal's handler the program that it interrupts, nor "
                "a step in Python the program that it is a step of."
            )

    def run(self, *values: int, first: Program | None = None) -> tuple[int, ...] | None:
        """Run with `values` (addresses and integers) in the table from FIRST_VALUE on.

        first: a program without checks, run before this one within the same native call, with what its table holds; it
        must be nobody else's meanwhile.

        Safe to call from several threads. Calls of one program wait for each other; a call that finds the
        team at work for another program runs on its own thread alone, with the same results.

        Returns:
            None; or the words of the error cell, if a kernel has recorded an error: its code, then its own.

        Raises:
            UsageError: a signal's handler, or a step in Python, runs the program that it interrupts.
            BaseException: what a signal's handler raised during the run, such as KeyboardInterrupt. The run
                was cut short between two kernels.
        """
        thread = get_ident()
        if self._runner == thread:
            self.refuse_itself()
        main = thread == watch.thread
        with self._lock:
            self._runner = thread
            try:
                if values:
                    _packer(len(values))(self.table, 8 * FIRST_VALUE, *values)
                self._header[_POLL] = watch.address if main and not watch.handling else 0
                team = None if self._threads == 1 else crew.present or crew.team
                if team is not self._team:
                    self._join(team)
                self._header[_FIRST] = 0 if first is None else first._place(self._header[_THREADS])
                code = self._launch(self._at)
                if main and watch.raised:
                    watch.reraise()
                return tuple(self._error.tolist()) if code else None
            finally:
                self._runner = None

    def _join(self, team: Team | None) -> None:
        """From now on, run on this team; None: on the caller's thread alone."""
        threads = 1 if team is None else min(self._threads or team.size, team.size)
        self._place(threads)
        self._header[_THREADS] = threads
        self._header[Header.TEAM] = 0 if team is None else team.address
        self._team = team

    def _place(self, threads: int) -> int:
        """Where the header lies, ready for so many threads."""
        if threads * self._words > self._copies.size:
            self._copies = _aligned(threads * self._words)
            self._header[Header.COPIES] = self._copies.ctypes.data
        return self._at


@functools.cache
def _packer(count: int) -> Callable[..., None]:
    return struct.Struct(f"={count}q").pack_into


def _aligned(words: int) -> np.ndarray:
    """Zeros from the start of a cache line on."""
    room = np.zeros(8 * words + _LINES, np.uint8)
    skip = -room.ctypes.data % _LINES
    return room[skip : skip + 8 * words].view(np.int64)


_DATA_OFFSET = object.__basicsize__
_word_at = ctypes.c_int64.from_address


def address_of(array: np.ndarray) -> int:
    """Address of an array's first element: `array.ctypes.data`, ten times as fast."""
    return _word_at(id(array) + _DATA_OFFSET).value


# NumPy's C interface fixes that the address comes first in an array object; that an object's id is where it
# lies, CPython alone.
_probe = np.zeros(1)
if address_of(_probe) != _probe.ctypes.data:

    def address_of(array: np.ndarray) -> int:
        """Address of an array's first element."""
        return int(array.ctypes.data)
