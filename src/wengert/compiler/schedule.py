"""Schedule: from what a kernel computes to kernels that run: split reductions, tiles, packing, scratch memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wengert.compiler.emit.target import Target
from wengert.ir.dim import Dim
from wengert.loop.nest import Contraction, Kernel, Nest

Length = int | Dim
ScheduledKernel = Nest


@dataclass(frozen=True)
class Scratch:
    """Memory between the steps of one kernel."""

    dtype: str
    elements: Length


@dataclass(frozen=True)
class Step:
    """A kernel to launch. args: for each of its slots, the slot of the whole, or (counted on from there) scratch."""

    kernel: ScheduledKernel
    args: tuple[int, ...]


@dataclass(frozen=True)
class Scheduled:
    """Steps in order, each to be finished before the next."""

    steps: tuple[Step, ...]
    scratch: tuple[Scratch, ...] = ()


def schedule(kernel: Kernel, target: Target, lengths: Sequence[Length]) -> Scheduled:
    """Choose how a kernel runs. lengths: what its params stand for."""
    if isinstance(kernel, Contraction):
        raise NotImplementedError
    return Scheduled((Step(kernel, tuple(range(len(kernel.slots)))),))
