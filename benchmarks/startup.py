"""Time what a user waits for: `import wengert`, and the first step with a cold and a warm code cache.

Everything runs in fresh processes, which find compiled bytecode as a user's do, from the second process on. The
first step begins with a model that is built and data in memory; what is imported, recorded and compiled for it is in
it. Ours is `fit(...)` over exactly one batch, from call to return.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import machine
from workloads import WORKLOADS

HERE = Path(__file__).parent
EXAMPLES = """
examples:
  python benchmarks/startup.py
  python benchmarks/startup.py --only lenet --repeats 3 --alone
"""
PEERS = {
    "Keras on JAX, jit_compile": ("keras_jax", ""),
    "PyTorch, torch.compile": ("torch", "compile"),
    "PyTorch eager": ("torch", "contiguous"),
}
IMPORT = """
import json, sys, time
start = time.perf_counter()
import {module}
print(json.dumps([time.perf_counter() - start, "llvmlite" in sys.modules]))
"""


def fresh(*command: str, python: str = sys.executable, **environment: str) -> Any:
    """The JSON value that a fresh Python prints."""
    done = subprocess.run(
        [python, *command],
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
            cold.append(fresh("-m", "workers.first_step", "wengert", workload, WENGERT_CACHE_DIR=cache))
            warm.append(fresh("-m", "workers.first_step", "wengert", workload, WENGERT_CACHE_DIR=cache))
    return [
        f"first step, {workload:9} {'Wengert, cold cache':32}{summary(cold)}",
        f"first step, {workload:9} {'Wengert, warm cache':32}{summary(warm)}",
    ]


def peer_line(workload: str, name: str, worker: str, variant: str, python: str) -> str:
    """The first step of a peer with nothing compiled yet: once, for some take a minute; or why there is none."""
    with tempfile.TemporaryDirectory() as cache:
        try:
            seconds = fresh(
                *("-m", "workers.first_step", worker, workload, variant),
                python=python,
                TORCHINDUCTOR_CACHE_DIR=cache,
            )
        except subprocess.CalledProcessError as error:
            return f"first step, {workload:9} {name:32}failed, code {error.returncode}: see above"
    return f"first step, {workload:9} {name:32}{summary([seconds])}"


def summary(seconds: list[float]) -> str:
    """Median, count and minimum."""
    return f"{statistics.median(seconds):7.3f} s (median of {len(seconds)}; minimum {min(seconds):.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=WORKLOADS, default=["mlp", "lenet", "resnet20"])
    parser.add_argument(
        "--peers",
        metavar="PATH",
        default=os.environ.get("WENGERT_PEERS", str(HERE.parent / ".venv-peers")),
        help="the peers' virtual environment (default: $WENGERT_PEERS, or .venv-peers)",
    )
    parser.add_argument("--alone", action="store_true", help="without peers")
    parser.add_argument("--repeats", type=int, default=5, help="fresh processes for each figure (default: 5)")
    args = parser.parse_args()
    fresh(
        "-m", "workers.first_step", "wengert", args.only[0]
    )  # leaves bytecode behind, and all files in memory
    print(import_line("numpy", args.repeats) + ", for comparison")
    print(import_line("wengert", args.repeats))
    for workload in args.only:
        print(*first_step_lines(workload, args.repeats), sep="\n", flush=True)
        python = Path(args.peers) / "bin" / "python"
        if python.exists() and not args.alone:
            for name, (worker, variant) in PEERS.items():
                print(peer_line(workload, name, worker, variant, str(python)), flush=True)


if __name__ == "__main__":
    main()
