"""Run several workers in turn: one works while the others sleep in a read, round after round."""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import machine

HERE = Path(__file__).parent
PAUSE = 0.05  # seconds of silence before a burst: OpenMP's threads spin for some ms after their last work
IDLE = 0.15  # share of the CPUs' time below which a pause was silent (ticks are 10 ms: this is one)
PATIENCE = 20  # pauses to wait for silence
BURST = 0.4  # seconds a burst should last
FEWEST, MOST = 4, 2000  # steps in a burst


class WorkerError(Exception):
    """A worker ended before it was asked to."""


@dataclass(frozen=True)
class Contestant:
    """A framework, and which of its ways to run a workload."""

    framework: str
    variant: str = ""


class Worker:
    """A process that holds one workload in one framework, warm and asleep."""

    def __init__(self, contestant: Contestant, workload: str, threads: int, python: str) -> None:
        self.contestant = contestant
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 (open as long as the process)
        module = f"workers.{contestant.framework}"
        self._process = subprocess.Popen(
            [python, "-m", module, workload, str(threads), contestant.variant],
            cwd=HERE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self.pid = self._process.pid

    def wait_ready(self) -> dict[str, Any]:
        """What the worker says of itself once it is warm."""
        ready: dict[str, Any] = self._read()["ready"]
        return ready

    def run(self, steps: int) -> list[float]:
        """Seconds of each of `steps` steps."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"run": steps}) + "\n")
        self._process.stdin.flush()
        seconds: list[float] = self._read()["seconds"]
        return seconds

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()
        self._log.close()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            said = self._log.read().strip().splitlines()
            raise WorkerError(said[-1] if said else f"ended with code {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@dataclass
class Timing:
    """What was measured of one contestant."""

    ready: dict[str, Any]
    steps: int  # a burst
    seconds: list[float] = field(default_factory=list)
    rounds: list[float] = field(default_factory=list)  # the median of each burst
    own: float = 0.0  # CPU seconds that it used during the bursts
    others: float = 0.0  # and anybody else
    wall: float = 0.0  # CPU seconds there were


def wait_for_silence(cpus: list[int]) -> None:
    """Sleep until the CPUs did nothing for one pause, or `PATIENCE` is at its end."""
    for _ in range(PATIENCE):
        busy = machine.busy_seconds(cpus)
        time.sleep(PAUSE)
        if machine.busy_seconds(cpus) - busy < IDLE * PAUSE * len(cpus):
            return


def measure(worker: Worker, timing: Timing, cpus: list[int]) -> None:
    """One burst: silence, then `timing.steps` steps.

    The first tenth (at least one) meets cold caches and is thrown away. What else the CPUs did is counted.
    """
    wait_for_silence(cpus)
    busy, own, start = machine.busy_seconds(cpus), machine.process_seconds(worker.pid), time.perf_counter()
    seconds = worker.run(timing.steps)
    wall = (time.perf_counter() - start) * len(cpus)
    own = machine.process_seconds(worker.pid) - own
    kept = seconds[max(1, timing.steps // 10) :]
    timing.seconds += kept
    timing.rounds.append(statistics.median(kept))
    timing.own += own
    timing.others += machine.busy_seconds(cpus) - busy - own
    timing.wall += wall


def prepare(worker: Worker) -> Timing:
    """Wait until a worker is warm, and choose how many steps make a burst."""
    ready = worker.wait_ready()
    pace = statistics.median(worker.run(FEWEST)[1:])
    return Timing(ready, min(MOST, max(FEWEST, round(BURST / pace))))


def race(
    contestants: dict[Contestant, str], workload: str, cpus: list[int], rounds: int
) -> dict[Contestant, Timing | str]:
    """Time every contestant (each with its Python) on one workload; one that fails has its error instead."""
    results: dict[Contestant, Timing | str] = {}
    workers: dict[Contestant, Worker] = {}
    try:
        for contestant, python in contestants.items():
            worker = workers[contestant] = Worker(contestant, workload, len(cpus), python)
            try:
                results[contestant] = prepare(worker)
            except WorkerError as error:
                results[contestant] = str(error)
        order = list(contestants)
        for _ in range(rounds):
            for contestant in order:
                timing = results[contestant]
                if isinstance(timing, Timing):
                    try:
                        measure(workers[contestant], timing, cpus)
                    except WorkerError as error:
                        results[contestant] = str(error)
            order = order[1:] + order[:1]  # the race does not always start with the same one
    finally:
        for worker in workers.values():
            worker.close()
    return results
