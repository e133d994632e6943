"""Elements a second of input pipelines, beside tf.data and PyTorch's DataLoader (the best of 0, 1 and 2 workers).

    python benchmarks/pipeline.py --peers /path/to/venv     # a Python with tensorflow, torch and pillow

One step is an epoch: 512 JPEGs decoded, cropped and mirrored at random, in batches of 32; 60,000 images in memory,
shuffled, in batches of 128; 50,000 rows of CSV; 20,000 records of TFRecord.
CPU time says how much work it is where others use the machine too: then rates depend on who got how much of it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

import machine
import reading_data
from interleave import Contestant, Timing, race

PEERS = ("tensorflow", "torch0", "torch1", "torch2")
AIMS = {"jpeg": 1.0, "arrays": 3.0, "csv": 1.0, "tfrecord": 1.0}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", type=Path, default=Path(".venv-peers"))
    parser.add_argument("--only", choices=AIMS, nargs="+", default=list(AIMS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    reading_data.make()
    cpus = machine.take_cpus(args.threads)
    contestants = {Contestant("reading", "wengert"): sys.executable}
    contestants |= {Contestant("reading", p): str(args.peers / "bin" / "python") for p in PEERS}
    for workload in args.only:
        report(workload, race(contestants, workload, cpus, args.rounds))


def report(workload: str, results: dict[Contestant, Timing | str]) -> None:
    """A line for each contestant, and what Wengert's speed is of the best peer's: by the clock and by CPU time."""
    elements = reading_data.ELEMENTS[workload]
    rates, costs = {}, {}
    for contestant, result in results.items():
        name = contestant.variant
        if isinstance(result, str):
            print(f"{workload:9} {name:11} {result}")
            continue
        rates[name] = elements / statistics.median(result.rounds)
        costs[name] = result.own / (result.steps * len(result.rounds) * elements)
        others = result.others / result.wall
        print(
            f"{workload:9} {name:11} {rates[name]:12,.0f}/s  CPU {costs[name] * 1e6:7.1f} us each  others {others:.0%}"
        )
    if len(rates) > 1 and "wengert" in rates:
        faster = rates.pop("wengert") / max(rates.values())
        cheaper = min(v for k, v in costs.items() if k != "wengert") / costs["wengert"]
        print(
            f"{workload:9} {faster:.2f} of the best peer, {cheaper:.2f} by CPU time; aim {AIMS[workload]}",
            flush=True,
        )


if __name__ == "__main__":
    main()
