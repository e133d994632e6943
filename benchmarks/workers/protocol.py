"""The worker's side of the conversation: JSON lines, commands on stdin, answers on stdout.

A worker says {"ready": ...} once it is warm, then sleeps in a read of stdin. {"run": n} makes n steps and is
answered by {"seconds": [...]}; the end of stdin ends the worker.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from workloads import WORKLOADS, Workload

WARM_UP = 20  # steps before the first timed one; their first and last loss show that all learn the same


@dataclass(frozen=True)
class Trainer:
    """A model, ready to train.

    step: makes one step; when it returns, the new weights are in memory and the loss can be read.
    loss: makes one step and returns the loss it saw.
    versions: what is being timed.
    memory: the bytes that the framework itself says it takes, part by part, where it knows.
    """

    step: Callable[[], object]
    loss: Callable[[], float]
    versions: dict[str, str]
    memory: Callable[[], dict[str, int]] = dict


Build = Callable[[Workload, str, int], Trainer]


def serve(build: Build) -> None:
    """Run a worker: `python -m workers.NAME WORKLOAD THREADS [VARIANT]`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("threads", type=int)
    parser.add_argument("variant", nargs="?", default="")
    args = parser.parse_args()
    answers = private_stdout()
    start = time.perf_counter()
    trainer = build(WORKLOADS[args.workload], args.variant, args.threads)
    built = time.perf_counter()
    first = trainer.loss()
    stepped = time.perf_counter()
    for _ in range(WARM_UP - 2):
        trainer.step()
    losses = [first, trainer.loss()]
    ready = {
        "versions": trainer.versions,
        "losses": losses,
        "build_seconds": built - start,
        "first_step_seconds": stepped - built,
    }
    serve_steps(answers, trainer.step, ready)


def serve_steps(answers: IO[str], step: Callable[[], object], ready: dict[str, Any]) -> None:
    """Say `ready`, then make steps and tell their times until stdin ends."""
    _answer(answers, ready=ready)
    for line in sys.stdin:
        _answer(answers, seconds=_burst(step, json.loads(line)["run"]))


def _burst(step: Callable[[], object], steps: int) -> list[float]:
    """Seconds of each of `steps` steps. The garbage collector waits, as in `timeit`."""
    clock, seconds = time.perf_counter, []
    gc.collect()
    gc.disable()
    for _ in range(steps):
        start = clock()
        step()
        seconds.append(clock() - start)
    gc.enable()
    return seconds


def private_stdout() -> IO[str]:
    """The stdout that the coordinator reads; what a library prints goes to stderr from here on."""
    private = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return private


def _answer(stream: IO[str], **message: Any) -> None:
    stream.write(json.dumps(message) + "\n")
    stream.flush()
