"""Elements a second of input pipelines, beside tf.data and PyTorch's DataLoader (the best of 0, 1 and 2 workers).

    python benchmarks/pipeline.py --peers /path/to/venv     # a Python with tensorflow, torch and pillow

One step is an epoch: 512 JPEGs decoded, cropped and mirrored at random, in batches of 32; 60,000 images in memory,
shuffled, in batches of 128; 50,000 rows of CSV; 20,000 records of TFRecord.
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
        results = race(contestants, workload, cpus, args.rounds)
        rates = {}
        for contestant, result in results.items():
            if isinstance(result, Timing):
                seconds = statistics.median(result.rounds)
                rates[contestant.variant] = reading_data.ELEMENTS[workload] / seconds
                others = result.others / result.wall
                print(
                    f"{workload:9} {contestant.variant:11} {rates[contestant.variant]:12,.0f}/s  others {others:.0%}"
                )
            else:
                print(f"{workload:9} {contestant.variant:11} {result}")
        best = max((rate for name, rate in rates.items() if name != "wengert"), default=None)
        if best and "wengert" in rates:
            print(
                f"{workload:9} {rates['wengert'] / best:.2f} of the best peer; aim {AIMS[workload]}",
                flush=True,
            )


if __name__ == "__main__":
    main()
