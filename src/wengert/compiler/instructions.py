"""A program for the driver, as data: kernels by number, positions in the table, labels resolved.

code = Instructions()
top = code.label()
code.kernel(0, slots=[1, 2])
code.barrier()
code.add(2, 4096)
code.branch_less(3, 4, top)
print(code)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wengert.base.errors import GraphError
from wengert.compiler.emit.driver import WIDTH, Op

# Which operands of an instruction are positions in the table, by letter.
_ENTRIES = {
    Op.BRANCH_FALSE: "b",
    Op.BRANCH_LESS: "bc",
    Op.SET: "a",
    Op.ADD: "a",
    Op.ADD_ENTRY: "ab",
    Op.MOVE: "ab",
    Op.COPY: "ab",
}
_JUMPS = (Op.JUMP, Op.BRANCH_FALSE, Op.BRANCH_LESS, Op.CHECK)


@dataclass(slots=True, eq=False)
class Label:
    """A place in a program, to jump to."""

    at: int | None = None


class Instructions:
    """Appends instructions. What each does: `emit/driver.py`, class Op."""

    def __init__(self) -> None:
        self._rows: list[tuple[Op, int | Label, int, int]] = []
        self._slots: list[int] = []

    def kernel(self, number: int, slots: Sequence[int], work: int = 0) -> None:
        """Call kernel `number`; its arguments are the table's entries at `slots`.

        Args:
            work: the entry that tells about how many operations it is; 0: few.
        """
        self._slots.append(work)
        self._add(Op.KERNEL, number, len(self._slots), len(slots))
        self._slots += slots

    def barrier(self) -> None:
        """Wait until all threads are here: before reading what another thread has written."""
        self._add(Op.BARRIER)

    def jump(self, label: Label) -> None:
        self._add(Op.JUMP, label)

    def branch_false(self, entry: int, label: Label) -> None:
        """Barrier; then go to `label` if the byte at the address in `entry` is 0."""
        self._add(Op.BRANCH_FALSE, label, entry)

    def branch_less(self, x: int, y: int, label: Label) -> None:
        """Go to `label` if entry x < entry y."""
        self._add(Op.BRANCH_LESS, label, x, y)

    def set(self, entry: int, value: int) -> None:
        self._add(Op.SET, entry, value)

    def add(self, entry: int, value: int) -> None:
        self._add(Op.ADD, entry, value)

    def add_entry(self, entry: int, other: int) -> None:
        """table[entry] += table[other]"""
        self._add(Op.ADD_ENTRY, entry, other)

    def move(self, entry: int, other: int) -> None:
        """table[entry] = table[other]"""
        self._add(Op.MOVE, entry, other)

    def copy(self, to: int, source: int, size: int) -> None:
        """Copy a few bytes between the addresses in two entries; thread 0 does it."""
        self._add(Op.COPY, to, source, size)

    def check(self, label: Label) -> None:
        """Barrier; then go to `label` if a kernel has recorded an error."""
        self._add(Op.CHECK, label)

    def host(self, number: int) -> None:
        """Thread 0 calls host function `number` with its table; the run ends at the next barrier if that fails."""
        self._add(Op.HOST, number)

    def end(self) -> None:
        self._add(Op.END)

    def label(self) -> Label:
        """A label for the next instruction."""
        return self.place(Label())

    def place(self, label: Label) -> Label:
        """Put a label, jumped to already or not, before the next instruction."""
        if label.at is not None:
            raise GraphError(f"place: a label has one place; it is at {label.at} already.")
        label.at = len(self._rows)
        return label

    def encode(
        self, kernels: Sequence[int], words: int, hosts: Sequence[int] = ()
    ) -> tuple[np.ndarray, np.ndarray]:
        """What the driver reads: the instructions (int64) and the slots they point to (int32).

        Args:
            kernels: the address of each kernel.
            words: how long the table is.
            hosts: the address of each host function.

        Raises:
            GraphError: an instruction names a kernel, an entry or a place that is not there.
        """
        self._verify(len(kernels), words, len(hosts))
        slots = np.array([*self._slots, 0], np.int32)
        code = np.zeros((len(self._rows) + 1, WIDTH), np.int64)  # the last is END
        for row, (op, a, b, c) in zip(code, self._rows, strict=False):
            if op == Op.KERNEL:
                row[:] = op, kernels[_number(a)], slots.ctypes.data + b * slots.itemsize, self._slots[b - 1]
            elif op == Op.HOST:
                row[:] = op, hosts[_number(a)], b, c
            else:
                row[:] = op, _number(a), b, c
        return code, slots

    def _add(self, op: Op, a: int | Label = 0, b: int = 0, c: int = 0) -> None:
        self._rows.append((op, a, b, c))

    def _verify(self, kernels: int, words: int, hosts: int) -> None:
        if any(not 0 <= s < words for s in self._slots):
            raise GraphError(f"instructions: slots must be below {words}; got {max(self._slots)}.")
        for n, (op, a, b, c) in enumerate(self._rows):
            if op in _JUMPS and not (isinstance(a, Label) and a.at is not None):
                raise GraphError(f"instructions: {self._show(n)} must jump to a label that has a place.")
            if op == Op.KERNEL and not 0 <= _number(a) < kernels:
                raise GraphError(f"instructions: {self._show(n)} must call one of {kernels} kernels.")
            if op == Op.HOST and not 0 <= _number(a) < hosts:
                raise GraphError(f"instructions: {self._show(n)} must call one of {hosts} host functions.")
            entries = {"a": a, "b": b, "c": c}
            if any(not 0 <= _number(entries[x]) < words for x in _ENTRIES.get(op, "")):
                raise GraphError(f"instructions: {self._show(n)} must use entries below {words}.")

    def _show(self, n: int) -> str:
        op, a, b, c = self._rows[n]
        if op == Op.KERNEL:
            return f"{n:4} KERNEL {a} {self._slots[b : b + c]}"
        place = f"-> {a.at}" if isinstance(a, Label) else a
        return f"{n:4} {op.name} {place} {b} {c}"

    def __str__(self) -> str:
        return "\n".join(map(self._show, range(len(self._rows))))


def _number(a: int | Label) -> int:
    return a if isinstance(a, int) else -1 if a.at is None else a.at
