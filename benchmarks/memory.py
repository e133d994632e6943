"""Measure the peak memory of a training step in Wengert and its peers, each alone in a process; and our own plan."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import machine
import report
import steps
from workloads import WORKLOADS

EXAMPLES = """
examples:
  python benchmarks/memory.py                        ResNet-18; PyTorch in both memory layouts
  python benchmarks/memory.py --only lenet gpt --frameworks wengert torch jax
"""
MEBI = 2**20


def measure(framework: str, python: str, workload: str, threads: int, variant: str) -> dict[str, Any]:
    """The answer of one fresh process, or its error."""
    command = [python, "-m", "workers.peak_memory", framework, workload, str(threads), variant]
    done = subprocess.run(command, cwd=steps.HERE, capture_output=True, text=True, check=False)
    row = {"framework": framework, "variant": variant}
    if done.returncode:
        return {
            **row,
            "error": (done.stderr.strip().splitlines() or [f"ended with code {done.returncode}"])[-1],
        }
    return {**row, **json.loads(done.stdout)}


def table(workload: str, rows: list[dict[str, Any]]) -> str:
    """The rows of a workload, and what our plan says."""
    least = report.fastest_peer(rows, "peak")
    lines = [WORKLOADS[workload].title, f"  {'':34}{'peak MiB':>10}{'x peer':>8}"]
    for r in rows:
        name = report.NAMES.get(r["framework"], r["framework"]) + (
            f", {r['variant']}" if r["variant"] else ""
        )
        if "error" in r:
            lines.append(f"  {name:34}failed: {r['error']}")
            continue
        ratio = f"{r['peak'] / least:8.2f}" if least else f"{'-':>8}"
        lines.append(f"  {name:34}{r['peak'] / MEBI:10.1f}{ratio}")
        if r["says"]:
            parts = ", ".join(
                f"{part} {size / MEBI:.1f}" for part, size in r["says"].items() if size >= MEBI / 20
            )
            lines.append(f"  {'  memory() says':34}{sum(r['says'].values()) / MEBI:10.1f}          {parts}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=WORKLOADS, default=["resnet18"])
    parser.add_argument("--frameworks", nargs="+", choices=steps.FRAMEWORKS, default=["wengert", "torch"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--peers", default=os.environ.get("WENGERT_PEERS", str(steps.HERE.parent / ".venv-peers"))
    )
    args = parser.parse_args()
    machine.take_cpus(args.threads)
    found = steps.pythons(args.frameworks, Path(args.peers))
    print(
        "peak: resident memory at most, less that after the import of the framework and with the data in memory;"
    )
    print("building the model, compiling (Wengert's compiler is imported then) and five steps are in it.")
    failed = False
    for name in args.only:
        rows = [
            measure(f, python, name, args.threads, v)
            for f, python in found.items()
            for v in steps.variants(f, WORKLOADS[name])
        ]
        failed |= any("error" in r for r in rows)
        print("\n" + table(name, rows))
    return failed


if __name__ == "__main__":
    sys.exit(main())
