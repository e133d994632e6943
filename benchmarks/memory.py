"""Measure the peak memory of a training step in Wengert and its peers, each alone in a process; and our own plan."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
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


def variants(framework: str, workload: str) -> tuple[str, ...]:
    """As for times; Wengert with nothing compiled yet, and from the second process on."""
    return (
        ("cold cache", "warm cache")
        if framework == "wengert"
        else steps.variants(framework, WORKLOADS[workload])
    )


def measure(
    framework: str, python: str, workload: str, threads: int, variant: str, cache: str
) -> dict[str, Any]:
    """The answer of one fresh process, or its error."""
    command = [python, "-m", "workers.peak_memory", framework, workload, str(threads), variant]
    around = machine.with_bytecode() | {"WENGERT_CACHE_DIR": cache}
    done = subprocess.run(command, cwd=steps.HERE, env=around, capture_output=True, text=True, check=False)
    row = {"framework": framework, "variant": variant}
    if done.returncode:
        return {
            **row,
            "error": (done.stderr.strip().splitlines() or [f"ended with code {done.returncode}"])[-1],
        }
    answer = json.loads(done.stdout)
    return {**row, **answer, "data": answer["peak"] - answer["files"]}


def table(workload: str, rows: list[dict[str, Any]]) -> str:
    """The rows of a workload, and what our plan says."""
    least = {figure: report.fastest_peer(rows, figure) for figure in ("peak", "data")}
    lines = [
        WORKLOADS[workload].title,
        f"  {'':34}{'peak MiB':>10}{'x peer':>8}{'less code':>12}{'x peer':>8}",
    ]
    for r in rows:
        name = report.NAMES.get(r["framework"], r["framework"]) + (
            f", {r['variant']}" if r["variant"] else ""
        )
        if "error" in r:
            lines.append(f"  {name:34}failed: {r['error']}")
            continue
        ratios = [f"{r[figure] / best:8.2f}" if best else f"{'-':>8}" for figure, best in least.items()]
        lines.append(f"  {name:34}{r['peak'] / MEBI:10.1f}{ratios[0]}{r['data'] / MEBI:12.1f}{ratios[1]}")
    says = next((r["says"] for r in rows if r.get("says")), {})
    if says:
        parts = ", ".join(f"{part} {size / MEBI:.1f}" for part, size in says.items() if size >= MEBI / 20)
        lines.append(f"  {'model.memory() says':34}{sum(says.values()) / MEBI:10.1f}  {parts}")
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
    print(
        "building the model, compiling and five steps are in it. less code: without pages of files that came in"
    )
    print(
        "since, which are libraries: PyTorch's are there after the import, Wengert's compiler comes at the first step."
    )
    failed = False
    for name in args.only:
        for f, python in found.items():
            measure(f, python, name, args.threads, "", "")  # leaves bytecode behind
        with tempfile.TemporaryDirectory() as cache:
            rows = [
                measure(f, python, name, args.threads, v, cache)
                for f, python in found.items()
                for v in variants(f, name)
            ]
        failed |= any("error" in r for r in rows)
        print("\n" + table(name, rows))
    return failed


if __name__ == "__main__":
    sys.exit(main())
