"""GFLOP/s of the contraction kernels alone, beside the machine's peak.

python benchmarks/kernels.py [--only WORD] [--dtype bfloat16] [--threads 1 2] [--schedule] [--torch PYTHON]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import peak

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.compiler.contractions import Case, batched, conv, conv_dw, conv_dx, dense, dense_dw, dense_dx  # noqa: E402
from tests.compiler.emit.jit_for_tests import HOST, NativeKernel  # noqa: E402
from wengert.base.dtypes import available  # noqa: E402
from wengert.compiler.contraction import schedule_contraction  # noqa: E402
from wengert.compiler.emit.contraction import emit_contraction  # noqa: E402
from wengert.compiler.emit.target import Target  # noqa: E402
from wengert.loop.interpret import evaluate  # noqa: E402

CASES: list[tuple[str, tuple[int, ...], dict[str, int]]] = [
    ("dense", (128, 784, 512), {}),
    ("dense", (128, 512, 512), {}),
    ("dense", (128, 512, 10), {}),
    ("dense", (128, 9216, 128), {}),
    ("dense_dx", (128, 784, 512), {}),
    ("dense_dx", (128, 512, 10), {}),
    ("dense_dx", (128, 9216, 128), {}),
    ("dense_dw", (128, 784, 512), {}),
    ("dense_dw", (128, 512, 512), {}),
    ("dense_dw", (128, 512, 10), {}),
    ("dense_dw", (128, 9216, 128), {}),
    ("dense", (512, 512, 512), {}),
    ("dense", (1024, 1024, 1024), {}),
    ("batched", (32, 128, 64, 128), {}),
    ("conv", (128, 28, 28, 1, 32), {}),
    ("conv", (128, 26, 26, 32, 64), {}),
    ("conv", (32, 34, 34, 64, 64), {}),
    ("conv", (16, 58, 58, 64, 64), {}),
    ("conv", (32, 28, 28, 128, 128), {"kernel": 1}),
    ("conv", (32, 33, 33, 64, 128), {"stride": 2}),
    ("conv", (32, 9, 9, 256, 256), {}),
    ("conv_dw", (128, 28, 28, 1, 32), {}),
    ("conv_dw", (128, 26, 26, 32, 64), {}),
    ("conv_dw", (32, 34, 34, 64, 64), {}),
    ("conv_dw", (16, 58, 58, 64, 64), {}),
    ("conv_dw", (32, 28, 28, 128, 128), {"kernel": 1}),
    ("conv_dw", (32, 33, 33, 64, 128), {"stride": 2}),
    ("conv_dw", (32, 9, 9, 256, 256), {}),
    ("conv_dx", (128, 26, 26, 32, 64), {}),
    ("conv_dx", (32, 34, 34, 64, 64), {}),
    ("conv_dx", (16, 58, 58, 64, 64), {}),
    ("conv_dx", (32, 9, 9, 256, 256), {}),
]
MAKE = {f.__name__: f for f in (dense, dense_dx, dense_dw, batched, conv, conv_dw, conv_dx)}


def make(kind: str, sizes: tuple[int, ...], options: dict[str, int], dtype: str = "float32") -> Case:
    """The contraction; its batch is known at run time only. What it stores is of the dtype, too."""
    batch = {"dense": ("m",), "conv": ("b",)}.get(kind.split("_")[0], ())
    return MAKE[kind](*sizes, **options, symbolic=batch, dtype=available(dtype))


def torch_rates(python: str, cases: list[tuple[str, tuple[int, ...], dict[str, int]]]) -> list[float]:
    """PyTorch's FLOP/s on one thread, by a Python that has it."""
    script = Path(__file__).with_name("kernels_torch.py")
    done = subprocess.run(
        [python, str(script)], input=json.dumps(cases), stdout=subprocess.PIPE, text=True, check=True
    )
    rates: list[float] = json.loads(done.stdout)
    return rates


def best(run: Callable[[], None], seconds: float) -> float:
    """The shortest of several runs, for at least so long."""
    run()
    times: list[float] = []
    while sum(times) < seconds or len(times) < 7:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


class Timed:
    """A compiled contraction on random data."""

    def __init__(self, case: Case, target: Target) -> None:
        self.scheduled = schedule_contraction(case.contraction, target)
        start = time.perf_counter()
        texts = [emit_contraction(k, target, "kernel") for k in self.scheduled.kernels]
        middle = time.perf_counter()
        self.kernels = [NativeKernel(t, target) for t in texts]
        self.emitted, self.compiled = middle - start, time.perf_counter() - middle
        rng = np.random.default_rng(0)
        slots = case.contraction.slots
        sizes = [(n, x.dtype) for n, x in zip((*case.sizes, int(np.prod(case.out))), slots, strict=True)]
        sizes += [(evaluate(x.size, case.params), x.dtype) for x in self.scheduled.scratch]
        self.buffers = [_aligned(rng.standard_normal(n, np.float32).astype(dtype)) for n, dtype in sizes]
        entries = [b.ctypes.data for b in self.buffers] + list(case.params)
        self.table, self.slots = np.array(entries, np.int64), np.arange(len(entries), dtype=np.int32)
        self.flops = case.flops

    def run(self, tid: int, threads: int, turns: int) -> None:
        for _ in range(turns):
            for k in self.kernels:
                k.call(self.table.ctypes.data, self.slots.ctypes.data, tid, threads)

    def seconds(self, threads: int, seconds: float) -> float:
        """Time of one contraction. The threads run side by side without a barrier: right for timing only."""
        if threads == 1:
            return self.alone(seconds)
        turns = max(1, round(0.002 * threads * 2e11 / max(1, self.flops)))

        def all_threads() -> None:
            others = [threading.Thread(target=self.run, args=(n, threads, turns)) for n in range(1, threads)]
            for t in others:
                t.start()
            self.run(0, threads, turns)
            for t in others:
                t.join()

        return best(all_threads, seconds) / turns

    def alone(self, seconds: float) -> float:
        """Time on one core that others use too: the sum of the shortest times of parts of a millisecond."""
        turns = max(1, round(2e8 / max(1, self.flops)))
        parts = min(256, max(1, round(self.flops / 2e8)))
        times = np.full((len(self.kernels), parts), np.inf)
        table, slots = self.table.ctypes.data, self.slots.ctypes.data
        begin, passes = time.perf_counter(), 0
        while time.perf_counter() - begin < seconds or passes < 5:
            for n, k in enumerate(self.kernels):
                for part in range(parts):
                    start = time.perf_counter()
                    for _ in range(turns):
                        k.call(table, slots, part, parts)
                    times[n, part] = min(times[n, part], time.perf_counter() - start)
            passes += 1
        return float(times.sum()) / turns


def _aligned(x: np.ndarray) -> np.ndarray:
    raw = np.empty(x.nbytes + 64, np.uint8)
    start = -raw.ctypes.data % 64
    view = raw[start : start + x.nbytes].view(x.dtype)
    view[:] = x
    return view


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    parser.add_argument("--threads", type=int, nargs="*", default=[1])
    parser.add_argument("--seconds", type=float, default=0.2, help="for each case and number of threads")
    parser.add_argument("--schedule", action="store_true", help="print the loops")
    parser.add_argument("--torch", metavar="PYTHON", help="a Python that has PyTorch, to time it too")
    parser.add_argument("--dtype", default="float32", help="of the operands and of the result")
    options = parser.parse_args()
    target = HOST
    top = peak.measure(1).gflops * 1e9
    cases = [case for case in CASES if options.only in make(*case).name]
    torch = torch_rates(options.torch, cases) if options.torch else []
    print(f"{target.cpu}: {top / 1e9:.0f} GFLOP/s a core")
    for number, sizes in enumerate(cases):
        timed = Timed(make(*sizes, options.dtype), target)
        columns = [f"{make(*sizes).name:40}"]
        for threads in options.threads:
            rate = timed.flops / timed.seconds(threads, options.seconds)
            columns.append(
                f"{threads} thread{'s' * (threads > 1)}: {rate / 1e9:5.0f} {rate / top / threads:4.0%}"
            )
        if torch:
            columns.append(f"torch, 1 thread: {torch[number] / 1e9:5.0f}")
        columns.append(f"emit {timed.emitted * 1e3:.0f} ms, compile {timed.compiled * 1e3:.0f} ms")
        print("  ".join(columns), flush=True)
        if options.schedule:
            print(timed.scheduled)


if __name__ == "__main__":
    main()
