"""Time training steps in Wengert, PyTorch eager, JAX jit and Keras on TensorFlow, interleaved in one run.

Where nothing is learned, ONNX Runtime runs too.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import interleave
import machine
import peak
import report
from interleave import Contestant
from workloads import WORKLOADS, Workload

HERE = Path(__file__).parent
RESULTS = HERE / "results"
FRAMEWORKS = ("wengert", "torch", "jax", "keras", "onnxruntime")
EXAMPLES = """
examples:
  python benchmarks/steps.py --setup                 make .venv-peers with the frameworks to compare with
  python benchmarks/steps.py                         everything; prints the table, writes results/steps.json
  python benchmarks/steps.py --only mlp --rounds 3   one workload, quickly
  python benchmarks/steps.py --frameworks wengert --name tuned
  python benchmarks/steps.py --show steps            print a stored result again
"""


def variants(framework: str, workload: Workload) -> tuple[str, ...]:
    """The ways a framework is run: all that are sensible, and the faster one is the peer to beat; none: not at all."""
    match framework:
        case "wengert" if workload.precision == "mixed":
            return ("float32", "mixed")
        case "keras" | "jax" if workload.precision == "mixed":
            return ()
        case "keras":
            return ("graph", "xla")
        case "torch" if workload.is_image:
            return ("contiguous", "channels_last")
        case "jax" if workload.is_image:
            return ("NHWC", "NCHW")
        case "onnxruntime" if workload.optimizer is not None or not workload.is_image:
            return ()
    return ("",)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", nargs="+", choices=WORKLOADS, default=list(WORKLOADS), help="workloads to run"
    )
    parser.add_argument("--frameworks", nargs="+", choices=FRAMEWORKS, default=FRAMEWORKS)
    parser.add_argument("--rounds", type=int, default=10, help="bursts of each framework (default: 10)")
    parser.add_argument(
        "--threads", type=int, default=2, help="threads, and CPUs, for each framework (default: 2)"
    )
    parser.add_argument(
        "--peers",
        metavar="PATH",
        default=os.environ.get("WENGERT_PEERS", str(HERE.parent / ".venv-peers")),
        help="the peers' virtual environment (default: $WENGERT_PEERS, or .venv-peers)",
    )
    parser.add_argument("--name", default="steps", help="name of the file in results/ (default: steps)")
    parser.add_argument("--show", metavar="NAME", help="print a stored result and stop")
    parser.add_argument("--setup", action="store_true", help="create the peers' environment and stop")
    return parser.parse_args()


def set_up(peers: Path) -> None:
    """Create the peers' environment, with the versions in requirements-peers.txt."""
    venv.create(peers, with_pip=True)
    pip = [str(peers / "bin" / "python"), "-m", "pip", "install", "-r", str(HERE / "requirements-peers.txt")]
    subprocess.run(pip, check=True)


def pythons(frameworks: Sequence[str], peers: Path) -> dict[str, str]:
    """The interpreter that has each framework: this one for Wengert, the peers' for those that are there."""
    theirs = peers / "bin" / "python"
    if theirs.exists():
        return {f: sys.executable if f == "wengert" else str(theirs) for f in frameworks}
    print(f"steps: no environment in {peers}: only Wengert is timed. --setup makes one.", file=sys.stderr)
    return {"wengert": sys.executable}


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure everything asked for, saying where it is on stderr."""
    found, cpus = pythons(args.frameworks, Path(args.peers)), machine.take_cpus(args.threads)
    peaks, workloads = [peak.measure(args.threads)], []
    for name in args.only:
        workload = WORKLOADS[name]
        print(f"{name} ...", file=sys.stderr)
        contestants = {Contestant(f, v): python for f, python in found.items() for v in variants(f, workload)}
        results = interleave.race(contestants, name, cpus, args.rounds)
        workloads.append(report.record(workload, results))
        peaks.append(peak.measure(args.threads))
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": {"cpu": machine.cpu_name(), "system": f"{platform.system()} {platform.machine()}"},
        "peak": asdict(max(peaks, key=lambda p: p.gflops)),
        "settings": {
            "rounds": args.rounds,
            "threads": args.threads,
            "pause_ms": round(interleave.PAUSE * 1e3),
        },
        "workloads": workloads,
    }


def load(name: str) -> dict[str, Any]:
    """A stored record."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in RESULTS.glob("*.json"))) or "none yet"
        raise SystemExit(f"steps: --show must name a stored result; got {name}, and there are: {known}.")
    stored: dict[str, Any] = json.loads(path.read_text())
    return stored


def main() -> int:
    args = parse_arguments()
    if args.setup:
        set_up(Path(args.peers))
        return 0
    if args.show:
        print(report.table(load(args.show)))
        return 0
    stored = run(args)
    path = RESULTS / f"{args.name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(stored, indent=1) + "\n")
    print(report.table(stored))
    print(f"\nwritten to {path}")
    return any("error" in r for w in stored["workloads"] for r in w["rows"])


if __name__ == "__main__":
    sys.exit(main())
