"""Prologue: what depends on variables alone is computed once, and again only after one of them has changed.

Weights in panels, kernels in Winograd's tiles, folded scales: a program for inference makes them of variables that it
does not assign. Their launches move to the front, behind a branch that calls pass by until the executable finds that
a variable has changed; what the rest of the program reads of them lies in memory that belongs to the executable.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence, Set
from dataclasses import replace

from wengert.compiler.contraction import LITTLE
from wengert.compiler.steps import (
    Branch,
    Buffer,
    HostCall,
    Jump,
    Launch,
    Mark,
    Repeat,
    Step,
    base_of,
    can_fail,
    uses,
)
from wengert.ir.node import among

WORTH = (
    2 * LITTLE
)  # bytes that a prologue moves; to skip less is not worth a branch and a look at the variables
MOST = 5  # bytes made of each that is read: Winograd's tiles are 4 times the kernel, and memory is for a long time


def with_prologue(
    steps: Sequence[Step], buffers: list[Buffer], steady: Set[int], label: int
) -> tuple[list[Step], int]:
    """The steps with a prologue if there is one, and of how many launches it is: the first ones.

    What the others read of it becomes a "derived" buffer.

    Args:
        steady: buffers that no step writes, and no caller but by a change to a variable.
        label: for the place behind the prologue.
    """
    once = launches_once(steps, buffers, steady)
    if not once or sum(_moved(launch, buffers) for launch in once) < WORTH:
        return list(steps), 0
    rest = [s for s in steps if not (isinstance(s, Launch) and among(s, once))]
    made, used = set().union(*(launch.written for launch in once)), set().union(*uses(rest, buffers))
    for b in made & used:
        buffers[b] = replace(buffers[b], kind="derived")
    buffers.append(Buffer("changed", "bool", 1))
    return [Branch(len(buffers) - 1, label), *once, Mark(label), *rest], len(once)


def launches_once(steps: Sequence[Step], buffers: Sequence[Buffer], steady: Set[int]) -> list[Launch]:
    """The launches, outside of control flow, that need nothing but what is steady and each other, and cannot fail."""
    base = functools.partial(base_of, buffers)
    inside = _inside_control_flow(steps)
    once = [
        s
        for at, s in enumerate(steps)
        if isinstance(s, Launch) and at not in inside and not can_fail(s.kernel) and _is_modest(s, buffers)
    ]
    others = [s for s in steps if isinstance(s, Launch | HostCall) and not among(s, once)]
    while True:
        ours = {base(b) for s in once for b in s.written} - {base(b) for s in others for b in s.written}
        ours = {b for b in ours if buffers[b].kind == "arena"}
        kept = [s for s in once if s.written <= ours and {base(b) for b in s.read} <= ours | steady]
        if len(kept) == len(once):
            return once
        others += [s for s in once if not among(s, kept)]
        once = kept


def _inside_control_flow(steps: Sequence[Step]) -> set[int]:
    """Numbers of the steps that are jumped over, or run again."""
    place = {step.label: at for at, step in enumerate(steps) if isinstance(step, Mark)}
    jumps = ((at, place[s.label]) for at, s in enumerate(steps) if isinstance(s, Branch | Jump | Repeat))
    return {n for ends in jumps for n in range(min(ends), max(ends))}


def _is_modest(launch: Launch, buffers: Sequence[Buffer]) -> bool:
    """Whether what it makes is of known size, and not much larger than what it is made of."""
    made, read = (
        [buffers[b].nbytes for b in side] for side in (launch.written, launch.read - launch.written)
    )
    return all(isinstance(n, int) for n in (*made, *read)) and sum(made) <= MOST * sum(read)


def _moved(launch: Launch, buffers: Sequence[Buffer]) -> int:
    return sum(int(buffers[b].nbytes) for b in launch.read | launch.written)
