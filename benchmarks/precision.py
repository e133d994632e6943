"""Rates of the micro-kernel in float32, bfloat16 and 8-bit integers, on one core, beside the measured float32 peak.

Two shapes: a product of 512 x 512 matrices, and a 3x3 convolution of 64 to 64 channels over 32x32 images with
their padding inside. What it takes to make words of the operands counts, too.
"""

from __future__ import annotations

import argparse

import peak
from kernels import HOST, Timed, conv, dense
from wengert.base.dtypes import available

DTYPES = (("float32", "float32"), ("bfloat16", "bfloat16"), ("uint8", "int8"), ("int8", "int8"))
SHAPES = (
    lambda a, b: dense(512, 512, 512, symbolic=("m",), dtype=available(a), b_dtype=b),
    lambda a, b: conv(32, 34, 34, 64, 64, symbolic=("b",), dtype=available(a), b_dtype=b),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=0.5, help="for each figure (default: 0.5)")
    seconds = parser.parse_args().seconds
    top = max(peak.measure(1).gflops for _ in range(2))
    print(f"{HOST.cpu}: {top:.0f} GFLOP/s float32 a core")
    print(f"{'':40}{'G/s':>8}{'of peak':>9}{'x float32':>11}")
    for shape in SHAPES:
        base = None
        for a, b in DTYPES:
            case = shape(a, b)
            timed = Timed(case, HOST)
            rate = timed.flops / timed.seconds(1, seconds) / 1e9
            base = base or rate
            name = a if a == b else f"{a} x {b}"
            print(f"{f'{case.name}, {name}':40}{rate:8.0f}{rate / top:9.0%}{rate / base:11.2f}", flush=True)


if __name__ == "__main__":
    main()
