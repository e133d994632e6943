"""Time what a user waits for: `import wengert`, and the first step with a cold and a warm code cache.

Everything runs in fresh processes, which find compiled bytecode as a user's do, from the second process on. The
first step is `fit(...)` over exactly one batch, from call to return.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import machine

HERE = Path(__file__).parent
EXAMPLES = """
examples:
  python benchmarks/startup.py
  python benchmarks/startup.py --only lenet --repeats 3
"""
IMPORT = """
import json, sys, time
start = time.perf_counter()
import {module}
print(json.dumps([time.perf_counter() - start, "llvmlite" in sys.modules]))
"""


def fresh(*command: str, **environment: str) -> Any:
    """The JSON value that a fresh Python prints."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=HERE,
        env=machine.with_bytecode() | environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def import_line(module: str, repeats: int) -> str:
    """Median and minimum of importing a module."""
    seen = [fresh("-c", IMPORT.format(module=module)) for _ in range(repeats)]
    seconds = [s for s, _ in seen]
    llvmlite = "imports llvmlite" if any(llvm for _, llvm in seen) else "does not import llvmlite"
    return f"import {module:10}{summary(seconds)}   {llvmlite}"


def first_step_lines(workload: str, repeats: int) -> list[str]:
    """The first step, cold and warm, each time with a cache folder of its own."""
    cold, warm = [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as cache:
            cold.append(fresh("-m", "workers.first_step", workload, WENGERT_CACHE_DIR=cache))
            warm.append(fresh("-m", "workers.first_step", workload, WENGERT_CACHE_DIR=cache))
    return [
        f"first step, {workload:6} cold cache {summary(cold)}",
        f"first step, {workload:6} warm cache {summary(warm)}",
    ]


def summary(seconds: list[float]) -> str:
    """Median, count and minimum."""
    return f"{statistics.median(seconds):7.3f} s (median of {len(seconds)}; minimum {min(seconds):.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=["mlp", "lenet"], default=["mlp", "lenet"])
    parser.add_argument("--repeats", type=int, default=5, help="fresh processes for each figure (default: 5)")
    args = parser.parse_args()
    fresh("-m", "workers.first_step", args.only[0])  # leaves bytecode behind, and all files in memory
    print(import_line("numpy", args.repeats) + ", for comparison")
    print(import_line("wengert", args.repeats))
    for workload in args.only:
        print(*first_step_lines(workload, args.repeats), sep="\n")


if __name__ == "__main__":
    main()
