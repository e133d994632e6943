"""The time that each launch or call of Python in a program takes, noted by the program itself."""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Iterator, Sequence

import numpy as np

from wengert.compiler.cache import functions
from wengert.compiler.emit.measure import emit_stamp
from wengert.compiler.instructions import Instructions
from wengert.compiler.jit import Function, host_target
from wengert.compiler.steps import Barrier, HostCall, Launch, Stamp, Step
from wengert.runtime.program import FIRST_VALUE, Program, address_of


def stamped(steps: Sequence[Step]) -> list[Step]:
    """The steps with a stamp before and after each launch or call of Python, when no thread is in another."""
    result: list[Step] = []
    calls = 0
    for step in steps:
        if isinstance(step, Launch | HostCall):
            result += [Barrier(), Stamp(-1), Barrier(), step, Barrier(), Stamp(calls)]
            calls += 1
        else:
            result.append(step)
    return result


class Stopwatch:
    """Where stamps write: the ticks of the last one, then for no call and for each: all its ticks, its runs.

    kernel: what `Stamp` runs. entries: addresses for the table of the program: of the last stamp, of the rows.
    """

    def __init__(self, calls: int) -> None:
        self.kernel = stamp()
        self._rows = np.zeros((calls + 2, 2), np.int64)
        self.entries = [address_of(row) for row in self._rows]
        self._calls: list[np.ndarray] = []

    @contextlib.contextmanager
    def call(self) -> Iterator[None]:
        """Inside, the program is called once."""
        self._rows[...] = 0
        yield
        self._calls.append(self._rows[2:].copy())

    def fastest(self) -> list[tuple[float, int]]:
        """(seconds, runs) of each, in the call of the program where it took least, of those where it ran."""
        found = []
        for of_one in np.stack(self._calls, axis=1):
            ran = of_one[of_one[:, 1] > 0] if of_one[:, 1].any() else of_one
            ticks, runs = ran[ran[:, 0].argmin()].tolist()
            found.append((ticks / ticks_per_second(), runs))
        return found


def stamp() -> Function:
    """The kernel that a `Stamp` runs."""
    return functions([("stamp", emit_stamp())], host_target())[0]


@functools.cache
def ticks_per_second() -> float:
    """Of the counter that stamps read."""
    notes = np.zeros((2, 2), np.int64)
    code = Instructions()
    code.kernel(0, [FIRST_VALUE, FIRST_VALUE + 1])
    code.end()
    program = Program(code, [stamp()], FIRST_VALUE + 2, threads=1)

    def now() -> tuple[float, int]:
        """The time and the ticks, as close together as in the best of ten tries: others may run in between."""
        tries = []
        for _ in range(10):
            start = time.perf_counter()
            program.run(*map(address_of, notes))
            tries.append((time.perf_counter() - start, start, int(notes[0, 0])))
        return min(tries)[1:]

    seconds, ticks = now()
    time.sleep(0.02)
    later = now()
    return (later[1] - ticks) / (later[0] - seconds)
