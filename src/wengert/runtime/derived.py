"""Derived: the memory of what a program makes of variables alone, and whether it is what these hold now."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from wengert.compiler.plan import Plan
from wengert.runtime.storage import Change, Storage
from wengert.runtime.variable import aligned

LINE = 64  # bytes: each begins at a multiple


def room(nbytes: int) -> int:
    """Bytes, whole lines of them, for so many."""
    return -(-nbytes // LINE) * LINE


class Derived:
    """What the prologue of a plan makes (`compiler/prologue.py`). It belongs to one call at a time.

    changed: whether the prologue is to run, where the program looks.

    Args:
        state: what the inputs behind the first `arguments` are.
    """

    def __init__(self, plan: Plan, state: Sequence[Storage], arguments: int) -> None:
        read = sorted(set().union(*(launch.read for launch in plan.launches[: plan.once])))
        inputs = (plan.buffers[b].index for b in read if plan.buffers[b].kind == "input")
        self._watched = [state[k - arguments] for k in inputs]
        self._sizes = {at: int(b.nbytes) for at, b in enumerate(plan.buffers) if b.kind == "derived"}
        self._made_of: list[Change] | None = None
        self.changed = np.ones(1, np.bool_)
        self._memory: dict[int, np.ndarray] = {}

    def memory(self) -> dict[int, np.ndarray]:
        """The place of each derived buffer, from the first call on: in one block, which has large pages where it can.

        Raises:
            MemoryError: there is none.
        """
        if not self._memory:
            try:
                whole = aligned((sum(map(room, self._sizes.values())),), np.uint8)
            except MemoryError:
                raise MemoryError(
                    f"program: what is made of its variables once must fit into memory; it takes "
                    f"{sum(self._sizes.values()):,} bytes. Give a memory_budget: then it is made at each call."
                ) from None
            ends = itertools.accumulate(map(room, self._sizes.values()))
            self._memory = {
                at: whole[end - room(n) :][:n] for (at, n), end in zip(self._sizes.items(), ends, strict=True)
            }
        return self._memory

    def look(self) -> list[Change] | None:
        """Before a run: the variables' last changes, None while one is under way. Anew if they are others."""
        now = [s.change for s in self._watched]
        if now == self._made_of:
            self.changed[0] = False
            return now
        self.forget()
        now = [s.look() for s in self._watched]
        return now if all(c.done for c in now) else None

    def forget(self) -> None:
        """Make it anew in the next run."""
        self._made_of = None
        self.changed[0] = True

    def keep(self, seen: list[Change] | None) -> None:
        """After a run to the end: what is there was made of the variables as `look` has found them."""
        self._made_of = seen
