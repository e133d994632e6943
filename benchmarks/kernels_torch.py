"""FLOP/s of PyTorch on one thread for the cases of `kernels.py`, which runs this with the peers' Python.

Reads [[kind, sizes, options], ...] from stdin; writes one number for each to stdout.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence

import torch

SECONDS = 0.2


def product(a: torch.Tensor, b: torch.Tensor) -> tuple[Callable[[], object], int]:
    out = a @ b
    return lambda: torch.matmul(a, b, out=out), 2 * out.numel() * a.shape[-1]


def images(*shape: int) -> torch.Tensor:
    """Random, in the order that oneDNN likes best."""
    return torch.randn(*shape).to(memory_format=torch.channels_last)


def convolution(
    kind: str, sizes: Sequence[int], size: int = 3, stride: int = 1
) -> tuple[Callable[[], object], int]:
    batch, h, w, c, out = sizes
    x, weights = images(batch, c, h, w), images(out, c, size, size)
    y = torch.conv2d(x, weights, stride=stride)
    flops = 2 * y.numel() * c * size * size
    if kind == "conv":
        return lambda: torch.conv2d(x, weights, stride=stride), flops
    wanted = [kind == "conv_dx", kind == "conv_dw", False]
    steps = ([stride] * 2, [0, 0], [1, 1], False, [0, 0], 1)
    return lambda: torch.ops.aten.convolution_backward(y, x, weights, None, *steps, wanted), flops


def call_of(kind: str, sizes: Sequence[int], options: dict[str, int]) -> tuple[Callable[[], object], int]:
    if kind.startswith("conv"):
        call, flops = convolution(kind, sizes, options.get("kernel", 3), options.get("stride", 1))
        if kind == "conv_dx":  # ours counts every position of dX; at its border PyTorch has fewer terms
            batch, h, w, c, out = sizes
            flops = 2 * batch * h * w * c * out * 9
        return call, flops
    if kind == "batched":
        batch, m, k, n = sizes
        return product(torch.randn(batch, m, k), torch.randn(batch, k, n))
    m, k, n = sizes
    match kind:
        case "dense_dx":
            return product(torch.randn(m, n), torch.randn(k, n).T)
        case "dense_dw":
            return product(torch.randn(m, k).T, torch.randn(m, n))
    return product(torch.randn(m, k), torch.randn(k, n))


def best(call: Callable[[], object]) -> float:
    call()
    times: list[float] = []
    while sum(times) < SECONDS or len(times) < 7:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    torch.set_num_threads(1)
    rates = []
    for kind, sizes, options in json.load(sys.stdin):
        call, flops = call_of(kind, sizes, options)
        rates.append(flops / best(call))
    json.dump(rates, sys.stdout)


if __name__ == "__main__":
    main()
