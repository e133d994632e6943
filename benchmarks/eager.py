"""Time small operations called one by one, beside NumPy and PyTorch, and a long elementwise chain, compiled.

The former is what a call costs before any arithmetic; one library works while the others sleep, as in `steps.py`.
The latter should take one pass over memory: its GB/s stand beside those of the triad of `peak.py`, which like it
reads two arrays and writes one.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np

import interleave
import machine
import peak
import wengert as wg
from interleave import Contestant
from workers.eager import CALLS, CASES

HERE = Path(__file__).parent
LONG = 1 << 24  # floats in the chain's arrays: 64 MiB, more than any cache
TURNS = 7


def microseconds(case: str, pythons: dict[str, str], cpus: list[int], rounds: int) -> dict[str, str]:
    """For each library the median over rounds, in microseconds a call, or why there is none."""
    contestants = {Contestant("eager", library): python for library, python in pythons.items()}
    results = interleave.race(contestants, case, cpus, rounds)
    return {
        c.variant: r if isinstance(r, str) else f"{statistics.median(r.rounds) / CALLS * 1e6:.2f}"
        for c, r in results.items()
    }


def chain_rates() -> tuple[float, float]:
    """GB/s of the compiled chain and of the triad, by turns; of each the best."""

    @wg.function
    def chain(x: wg.Tensor, y: wg.Tensor) -> wg.Tensor:
        return wg.maximum(x * 2.0 + 1.0, 0.0) * y - 0.5 * x

    x, y = (wg.Tensor(np.random.default_rng(k).random(LONG, np.float32)) for k in range(2))
    chain(x, y)
    best, triad = float("inf"), 0.0
    for _ in range(TURNS):
        start = time.perf_counter()
        chain(x, y)
        best = min(best, time.perf_counter() - start)
        triad = max(triad, peak.measure(len(os.sched_getaffinity(0))).triad_gb)
    return 3 * 4 * LONG / best / 1e9, triad


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=list(CASES), metavar="CASE", help="e.g. 'a + b'")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", default=os.environ.get("WENGERT_PEERS", str(HERE.parent / ".venv-peers")))
    parser.add_argument("--no-chain", action="store_true", help="small operations only")
    args = parser.parse_args()
    pythons = {"wengert": sys.executable, "numpy": sys.executable}
    peers = Path(args.peers) / "bin" / "python"
    if peers.exists():
        pythons["torch"] = str(peers)
    everywhere = os.sched_getaffinity(0)
    cpus = machine.take_cpus(1)
    print(f"{machine.cpu_name()}; microseconds a call, 8 floats (a table: 4 x 8)")
    print(f"{'':20}" + "".join(f"{library:>10}" for library in pythons))
    for case in args.only:
        found = microseconds(case, pythons, cpus, args.rounds)
        print(f"{case:20}" + "".join(f"{found[library]:>10}" for library in pythons), flush=True)
    os.sched_setaffinity(0, everywhere)
    if not args.no_chain:
        ours, triad = chain_rates()
        print(f"max(2x + 1, 0) * y - x / 2 over {LONG:,} floats, compiled:")
        print(f"{ours:.1f} GB/s, {ours / triad:.0%} of the triad")


if __name__ == "__main__":
    main()
