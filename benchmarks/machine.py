"""What the operating system (Linux) knows of the machine: its name, our CPUs, and who used them."""

from __future__ import annotations

import contextlib
import os
import platform
import tempfile
from pathlib import Path

_BYTECODE = tempfile.TemporaryDirectory()
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_name() -> str:
    """The processor's model name."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def take_cpus(count: int) -> list[int]:
    """Keep this process and its future children on `count` of the CPUs it may use."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < count:
        raise SystemExit(
            f"steps: --threads must be at most the CPUs allowed here; got {count}, of {len(allowed)}."
        )
    os.sched_setaffinity(0, allowed[:count])
    return allowed[:count]


def busy_seconds(cpus: list[int]) -> float:
    """Seconds the CPUs have worked since boot, for anybody, time stolen by the hypervisor included."""
    rows = {f"cpu{c}" for c in cpus}
    total = 0
    for line in Path("/proc/stat").read_text().splitlines():
        name, *fields = line.split()
        if name in rows:
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields[:8])
            total += user + nice + system + irq + softirq + steal
    return total / TICKS


def with_bytecode() -> dict[str, str]:
    """An environment for processes that keep and find bytecode, as users' do, whatever is said of it here.

    The first one to import something compiles it, so run one that nobody measures.
    """
    around = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return around | {"PYTHONPYCACHEPREFIX": _BYTECODE.name}


def process_seconds(pid: int) -> float:
    """CPU seconds that a process and the processes under it have used, with all their threads."""
    seconds: dict[str, float] = {}
    under: dict[str, list[str]] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile: its parent counts what it used
            fields = file.read_text().rpartition(")")[2].split()
            under.setdefault(fields[1], []).append(file.parent.name)
            seconds[file.parent.name] = sum(map(int, fields[11:15])) / TICKS  # utime, stime, and of the dead
    family = [str(pid)]
    for member in family:
        family += under.get(member, [])
    return sum(seconds.get(member, 0.0) for member in family)


def resident_bytes() -> int:
    """Memory of this process that is in RAM now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
