"""What a program's kernels do, and how long each takes: `fn.kernels()`.

The whole program is run, with a note of the time before and after each kernel; so each finds in caches and
memory what it finds in a run. Only the barriers around the notes are added.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from wengert.base.errors import UsageError
from wengert.compiler.cache import functions
from wengert.compiler.cluster import types_of
from wengert.compiler.counts import flops_of
from wengert.compiler.emit.measure import CHAINS, emit_chains
from wengert.compiler.instructions import Instructions
from wengert.compiler.jit import host_target
from wengert.compiler.steps import HostCall, Launch
from wengert.ir.dim import evaluate
from wengert.loop.nest import Nest
from wengert.loop.schedule import schedule
from wengert.runtime.executable import Executable
from wengert.runtime.interpreted import Interpreted
from wengert.runtime.program import FIRST_VALUE, Program, address_of
from wengert.runtime.threads import get_threads
from wengert.runtime.variable import aligned

PEAK_TURNS = 20_000  # some 1 ms: short, to fall between what else the machine does


@dataclass(frozen=True)
class Kernel:
    """A kernel of a program.

    name: what it computes. lines: the user's, that this comes from. loops: as the compiler runs them.
    runs: how often in one call. seconds: of one call, all runs together; the fastest of the calls.
    nbytes: of one call: every buffer that it reads or writes, once a run, whatever caches hold.
    flops: of one call: additions, multiplications and the like on floats; an exp counts as one. What NumPy does in a
        step of a program is not counted.
    once: runs not in each call, but in the first, and in the first after a change to what it is made of.
    """

    name: str
    lines: tuple[str, ...]
    loops: str
    runs: int
    seconds: float
    nbytes: int
    flops: int
    once: bool = False

    def __str__(self) -> str:
        return "\n".join([f"{self.name}  ({', '.join(self.lines)})", *self.loops.splitlines()])


class Kernels(Sequence[Kernel]):
    """The kernels of a program in running order; prints as a table, the slowest first.

    peak: FLOPs a second of the widest multiply-adds on all threads, as measured. seconds: of a whole call, without
    what runs once.
    """

    def __init__(self, kernels: Sequence[Kernel], peak: float) -> None:
        self._kernels, self.peak = tuple(kernels), peak
        self._each = [k for k in kernels if not k.once]
        self.seconds = sum(k.seconds for k in self._each)

    @overload
    def __getitem__(self, index: int) -> Kernel: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Kernel, ...]: ...
    def __getitem__(self, index: int | slice) -> Kernel | tuple[Kernel, ...]:
        return self._kernels[index]

    def __len__(self) -> int:
        return len(self._kernels)

    def __iter__(self) -> Iterator[Kernel]:
        return iter(self._kernels)

    def share(self, k: Kernel) -> float:
        """Of the peak."""
        return k.flops / k.seconds / self.peak if k.seconds else 0.0

    def __str__(self) -> str:
        lines = [
            f"{'ms':>9} {'runs':>5} {'MB':>9} {'GB/s':>6} {'MFLOP':>10} {'GFLOP/s':>8} {'peak':>5}  kernel"
        ]
        lines += [self._row(k) for k in sorted(self, key=lambda k: -k.seconds)]
        whole = f"{len(self._each)} kernels a call; peak {self.peak / 1e9:.0f} GFLOP/s"
        nbytes, flops = (sum(getattr(k, part) for k in self._each) for part in ("nbytes", "flops"))
        lines.append(
            self._row(Kernel(whole, (), "", sum(k.runs for k in self._each), self.seconds, nbytes, flops))
        )
        return "\n".join(lines)

    def _row(self, k: Kernel) -> str:
        a_second = 1 / k.seconds if k.seconds else 0.0
        runs = "once" if k.once else k.runs
        return (
            f"{k.seconds * 1e3:9.4f} {runs:>5} {k.nbytes / 1e6:9.3f} {k.nbytes * a_second / 1e9:6.1f} "
            f"{k.flops / 1e6:10.3f} {k.flops * a_second / 1e9:8.1f} {self.share(k):5.0%}  {k.name}"
        )


def kernels_of(executable: Executable | Interpreted, args: Sequence[Any] | None, repeats: int) -> Kernels:
    """The kernels in calls with these arguments (None: zeros of the last shapes); state ends as it was."""
    if isinstance(executable, Interpreted):
        raise UsageError("kernels: the interpreter has none. Compile the function to ask.")
    timings = executable.time_launches(executable.zeros() if args is None else args, repeats)
    lengths = executable.lengths
    found = [
        describe(call, executable, lengths, runs, seconds, n < executable.plan.once)
        for n, (call, (seconds, runs)) in enumerate(zip(executable.plan.calls, timings, strict=True))
    ]
    return Kernels(found, peak_flops())


def describe(
    call: Launch | HostCall,
    executable: Executable,
    lengths: Mapping[str, int],
    runs: int,
    seconds: float,
    once: bool,
) -> Kernel:
    """A launch, or a call of Python, and what was measured of it."""
    buffers = executable.plan.buffers
    nbytes = sum(evaluate(buffers[b].nbytes, lengths) for b in (*call.read, *call.written))
    flops, loops = 0, "a call of NumPy"
    if isinstance(call, Launch):
        kernel = call.kernel
        flops = flops_of(kernel, [evaluate(n, lengths) for n in call.lengths])
        loops = str(schedule(kernel, host_target().vector_bytes)) if isinstance(kernel, Nest) else str(kernel)
    lines = tuple(dict.fromkeys(str(n.source) for n in call.nodes if n.source))
    return Kernel(name_of(call), lines, loops, runs, seconds, runs * nbytes, runs * flops, once)


def name_of(call: Launch | HostCall) -> str:
    """What a launch computes: a contraction and what follows it, or what a nest stores; or a call of Python."""
    stored = [f"{n.primitive.name} {', '.join(map(str, types_of(n)))}" for n in call.nodes if n.primitive]
    if isinstance(call, HostCall):
        return f"numpy {stored[0]}"
    core = call.core
    if core is not None and core.primitive is not None and core not in set(call.nodes):
        stored.insert(0, f"{core.primitive.name} {core.type}")
    kind = "" if isinstance(call.kernel, Nest) else f"{type(call.kernel).__name__.lower()} "
    return kind + (", ".join(stored) or "copy")


def peak_flops() -> float:
    """FLOPs a second of multiply-adds that need no memory, on all threads; the best of fifty runs."""
    target, threads = host_target(), get_threads()
    lanes = target.lanes(4)
    state = aligned((threads * CHAINS * lanes,), np.float32)
    state[...] = 0.0
    code = Instructions()
    code.kernel(0, [FIRST_VALUE, FIRST_VALUE + 1])
    code.end()
    program = Program(code, functions([("chains", emit_chains(target))], target), FIRST_VALUE + 2)
    best = float("inf")
    for _ in range(50):
        start = time.perf_counter()
        program.run(address_of(state), PEAK_TURNS)
        best = min(best, time.perf_counter() - start)
    return 2 * CHAINS * lanes * PEAK_TURNS * threads / best
