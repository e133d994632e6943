"""Peak resident memory of training steps: `python -m workers.peak_memory FRAMEWORK WORKLOAD THREADS [VARIANT]`.

Linux: VmHWM of this process, less what was resident once the framework was imported and the data were made. Building
the model, compiling, `STEPS` steps: all of it is in.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import re
from pathlib import Path

from workers.protocol import private_stdout
from workloads import WORKLOADS

STEPS = 5
RESET_PEAK = "5"  # proc(5), clear_refs


def resident(row: str) -> int:
    """Bytes of VmRSS (now), RssFile (of it, libraries and other files) or VmHWM (at most so far)."""
    found = re.search(rf"{row}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("framework")
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("threads", type=int)
    parser.add_argument("variant", nargs="?", default="")
    args = parser.parse_args()
    answers, workload = private_stdout(), WORKLOADS[args.workload]
    build = importlib.import_module(f"workers.{args.framework}").build
    data = workload.data()  # as large as what `build` makes
    gc.collect()
    before, files = resident("VmRSS"), resident("RssFile")
    Path("/proc/self/clear_refs").write_text(RESET_PEAK)
    del data
    trainer = build(workload, args.variant, args.threads)
    for _ in range(STEPS):
        trainer.step()
    peak = resident("VmHWM") - before
    files = resident("RssFile") - files
    answer = {"peak": peak, "files": files, "versions": trainer.versions, "says": trainer.memory()}
    answers.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
