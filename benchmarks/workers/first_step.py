"""Seconds from a built model to the end of its first step: `python -m workers.first_step WORKER WORKLOAD [VARIANT]`."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import time
from collections.abc import Callable

from workers.protocol import private_stdout
from workloads import WORKLOADS, Workload


def first_step(worker: str, workload: Workload, variant: str) -> Callable[[], object]:
    """What makes the first step: for Wengert `fit` over one batch, for others their step."""
    module = importlib.import_module(f"workers.{worker}")
    if worker != "wengert":
        return module.build(workload, variant, len(os.sched_getaffinity(0))).loss  # type: ignore[no-any-return]
    model, (x, y) = module.model_of(workload), workload.data()
    return lambda: model.fit(x, y, batch_size=workload.batch, epochs=1, verbose=0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("worker")
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("variant", nargs="?", default="")
    args = parser.parse_args()
    answers = private_stdout()
    step = first_step(args.worker, WORKLOADS[args.workload], args.variant)
    start = time.perf_counter()
    step()
    answers.write(json.dumps(time.perf_counter() - start) + "\n")


if __name__ == "__main__":
    main()
