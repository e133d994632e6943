"""Measure what the machine can do at most: float32 FMAs a second and memory bandwidth.

Generated machine code does both: 16 independent chains of FMAs on the widest vectors, and the triad
a = b + s * c over arrays larger than any cache; its bytes count as in STREAM: two reads, one write.
"""

from __future__ import annotations

import argparse
import ctypes
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import llvmlite.binding as llvm
import numpy as np

import machine

CHAINS = 16  # independent FMAs in flight; two pipes of latency 5 would need 10
FMA_ROUNDS = 1_000_000  # some 30 ms
TRIAD_FLOATS = 1 << 24  # 64 MiB an array
REPEATS = 7  # the fastest counts

SOURCE = """
declare {vec} @llvm.fma.v{width}f32({vec}, {vec}, {vec})

define void @chains(i64 %n, ptr %state) {{
entry:
{loads}
  br label %body
body:
  %i = phi i64 [0, %entry], [%next, %body]
{phis}
{fmas}
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %body, label %end
end:
{stores}
  ret void
}}

define void @triad(i64 %n, ptr noalias %a, ptr noalias %b, ptr noalias %c) {{
entry:
  br label %body
body:
  %i = phi i64 [0, %entry], [%next, %body]
  %pa = getelementptr float, ptr %a, i64 %i
  %pb = getelementptr float, ptr %b, i64 %i
  %pc = getelementptr float, ptr %c, i64 %i
  %vb = load {vec}, ptr %pb, align 4
  %vc = load {vec}, ptr %pc, align 4
  %r = call {vec} @llvm.fma.v{width}f32({vec} %vc, {vec} splat (float 3.0), {vec} %vb)
  store {vec} %r, ptr %pa, align 4
  %next = add i64 %i, {width}
  %more = icmp ult i64 %next, %n
  br i1 %more, label %body, label %end
end:
  ret void
}}
"""


@dataclass(frozen=True)
class Peak:
    """The most that `threads` threads reached together."""

    threads: int
    gflops: float
    triad_gb: float  # GB/s


def vector_floats() -> int:
    """Floats in the widest vector register of this CPU."""
    features = llvm.get_host_cpu_features()
    return 16 if features.get("avx512f") else 8 if features.get("avx") else 4


def source(width: int) -> str:
    """Both functions as LLVM text. The chains start from memory, or LLVM would see that they are one."""
    vec, half, one = f"<{width} x float>", "splat (float 0.5)", "splat (float 1.0)"

    def lines(form: str) -> str:
        return "\n".join(
            "  " + form.format(j=j, vec=vec, width=width, half=half, one=one) for j in range(CHAINS)
        )

    return SOURCE.format(
        vec=vec,
        width=width,
        loads=lines(
            "%p{j} = getelementptr {vec}, ptr %state, i64 {j}\n  %s{j} = load {vec}, ptr %p{j}, align 4"
        ),
        phis=lines("%x{j} = phi {vec} [%s{j}, %entry], [%y{j}, %body]"),
        fmas=lines("%y{j} = call {vec} @llvm.fma.v{width}f32({vec} %x{j}, {vec} {half}, {vec} {one})"),
        stores=lines("store {vec} %y{j}, ptr %p{j}, align 4"),
    )


def compile_source(text: str) -> Any:
    """Machine code for this CPU; keep the engine alive as long as its functions."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    # LLVM prefers 256-bit vectors on some CPUs that have 512: the point here is the widest
    features = llvm.get_host_cpu_features().flatten() + ",-prefer-256-bit"
    target = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=3
    )
    module = llvm.parse_assembly(text)
    module.verify()
    engine = llvm.create_mcjit_compiler(module, target)
    engine.finalize_object()
    return engine


def seconds_together(calls: list[Callable[[], object]]) -> float:
    """Seconds from the first start to the last end of `calls`, one thread each; the best of `REPEATS`."""
    gate = threading.Barrier(len(calls))

    def timed(call: Callable[[], object]) -> tuple[float, float]:
        gate.wait()
        start = time.perf_counter()
        call()
        return start, time.perf_counter()

    best = float("inf")
    with ThreadPoolExecutor(len(calls)) as pool:
        for _ in range(REPEATS):
            spans = list(pool.map(timed, calls))
            best = min(best, max(end for _, end in spans) - min(start for start, _ in spans))
    return best


def measure(threads: int) -> Peak:
    """Run both functions on `threads` threads (ctypes lets go of the interpreter's lock)."""
    width = vector_floats()
    engine = compile_source(source(width))
    pointer = ctypes.c_void_p
    chains = ctypes.CFUNCTYPE(None, ctypes.c_int64, pointer)(engine.get_function_address("chains"))
    triad = ctypes.CFUNCTYPE(None, ctypes.c_int64, pointer, pointer, pointer)(
        engine.get_function_address("triad")
    )
    states = [np.arange(CHAINS * width, dtype=np.float32) for _ in range(threads)]
    arrays = [[np.ones(TRIAD_FLOATS, np.float32) for _ in "abc"] for _ in range(threads)]
    fma = seconds_together([partial(chains, FMA_ROUNDS, s.ctypes.data) for s in states])
    stream = seconds_together([partial(triad, TRIAD_FLOATS, *(a.ctypes.data for a in t)) for t in arrays])
    flops = 2 * CHAINS * width * FMA_ROUNDS * threads
    return Peak(threads, flops / fma / 1e9, 3 * 4 * TRIAD_FLOATS * threads / stream / 1e9)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog="examples:\n  python benchmarks/peak.py\n  python benchmarks/peak.py --threads 1 2 4",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="thread counts (default: 1 2)")
    print(f"{machine.cpu_name()}, vectors of {vector_floats()} floats")
    for threads in parser.parse_args().threads:
        peak = measure(threads)
        print(f"{threads} threads: {peak.gflops:6.1f} GFLOP/s  {peak.triad_gb:5.1f} GB/s (triad)")


if __name__ == "__main__":
    main()
