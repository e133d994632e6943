"""The driver: one fixed native function in which every thread of a team walks a program given as data.

A program is a row of instructions over a table of 64-bit words (addresses and integers). Each thread has a
copy of the table, so moving a pointer along a loop needs no agreement; what all must agree on (which way a
branch goes, whether to stop) is decided by the last thread to reach a barrier, and read by the others from
the word that releases them. No thread can therefore run ahead and change the answer under a slower one.

A kernel whose work is long is called several times by each thread, with a part of its turns each time: between
two parts, as between two kernels, thread 0 looks for signals. As what a kernel computes does not depend on the
number of threads, it does not depend on that of the parts.

A kernel is `void kernel(ptr table, ptr slots, i64 thread, i64 threads)`; `slots` are i32 positions in the
table.

    launch(header) -> i64    run by the caller, who is thread 0: 0, the error code, or CANCELLED
    work(team, thread)       run by the other threads for as long as the team lives
    stop(team)               ends them

Source of the barrier: Mellor-Crummey & Scott, "Algorithms for scalable synchronization on shared-memory
multiprocessors", ACM TOCS 9(1), 1991, algorithm 7 (sense-reversing centralized barrier).
"""

from __future__ import annotations

import functools
from enum import IntEnum
from importlib import resources

CANCELLED = -1
ERROR_WORDS = 8  # a cache line: code, index, and what a kernel may add
WIDTH = 4  # words of an instruction: the opcode and three operands
PART_BITS, MOST_PARTS = (
    21,
    1 << 16,
)  # a part is 2**21 operations or more: 0.2 ms for additions, 20 ms for long sums
TABLE_MULTIPLE = 16  # words; each thread's table has cache lines of its own, two by two as CPUs prefetch them


class Op(IntEnum):
    """What an instruction does. `t` is the thread's table, `a b c` are the operands."""

    END = 0
    KERNEL = 1  # call the function at address a with the slots at address b; t[c] is its work, if c is not 0
    BARRIER = 2  # wait for all threads
    JUMP = 3  # go to a
    BRANCH_FALSE = 4  # barrier; go to a if the byte at address t[b] is 0
    BRANCH_LESS = 5  # go to a if t[b] < t[c]
    SET = 6  # t[a] = b
    ADD = 7  # t[a] += b
    ADD_ENTRY = 8  # t[a] += t[b]
    MOVE = 9  # t[a] = t[b]
    COPY = 10  # thread 0 copies c bytes from address t[b] to address t[a]
    CHECK = 11  # barrier; go to a if an error is recorded
    HOST = 12  # thread 0 calls `i64 host(ptr table)` at address a; the run is cancelled unless it returns 1


class Header(IntEnum):
    """Words of what `launch` is given: a program, and the team that runs it."""

    INSTRUCTIONS = 0
    TABLE = 1
    WORDS = 2  # of the table; a multiple of TABLE_MULTIPLE
    COPIES = 3  # address of a table for each thread
    ERROR = 4  # address of the error cell
    THREADS = 5
    TEAM = 6
    POLL = 7  # address of `i32 poll()`, called by thread 0 now and then: not 0 cancels the run. 0: none
    POLL_TICKS = 8  # how often, in ticks of the CPU's counter
    FIRST = 9  # address of the header of a program to run before this one, by the same threads; 0: none
    SIZE = 10


class Team(IntEnum):
    """Words of a team, each in a pair of cache lines of its own where several threads write."""

    HEADER = 0
    CANCEL = 1
    BUSY = 2  # 1 while a program runs on it, and once it is stopped
    ARRIVED = 16
    SENSE = 32  # generation of the barrier * 4 + cancelled * 2 + verdict
    DONE = 48
    PARK_SPINS = 64  # turns that a worker waits awake for the next launch
    YIELD_SPINS = 65  # turns between two yields at a barrier; a power of two
    YIELD = 66  # address of `i32 sched_yield()`
    FUTEX = 67  # address of `i64 syscall(i64, ...)`; 0: sleep instead
    FUTEX_NUMBER = 68
    SLEEP = 69  # address of `i32 usleep(i32)`, where there is no futex
    SIZE = 70
    WORKERS = 80  # thread i: generation (negative ends it) and asleep, from WORKERS + i * WORKER_WORDS


WORKER_WORDS = 16
_FUTEX_WAIT_PRIVATE, _FUTEX_WAKE_PRIVATE = 128, 129


@functools.cache
def driver_text(triple: str) -> str:
    """The driver as an LLVM module: `driver.ll`, with names like <Op.END> replaced by their numbers."""
    pause, declaration = "", ""
    if triple.startswith("x86_64"):
        pause, declaration = "call void @llvm.x86.sse2.pause()", "declare void @llvm.x86.sse2.pause()"
    elif triple.startswith(("aarch64", "arm64")):
        pause, declaration = "call void @llvm.aarch64.hint(i32 1)", "declare void @llvm.aarch64.hint(i32)"
    words = {f"{kind.__name__}.{w.name}": str(int(w)) for kind in (Op, Header, Team) for w in kind}
    constants = {
        "PART_BITS": PART_BITS,
        "MOST_PARTS": MOST_PARTS,
        "WIDTH": WIDTH,
        "WORKER_WORDS": WORKER_WORDS,
        "CANCELLED": CANCELLED,
    }
    constants |= {"FUTEX_WAIT": _FUTEX_WAIT_PRIVATE, "FUTEX_WAKE": _FUTEX_WAKE_PRIVATE}
    words |= {name: str(value) for name, value in constants.items()} | {"PAUSE": pause}
    text = resources.files(__package__).joinpath("driver.ll").read_text(encoding="utf-8")
    for name, value in words.items():
        text = text.replace(f"<{name}>", value)
    return text + declaration + "\n"
