"""Kernels as data: what is computed, not how. `compiler/emit` chooses vectors, tiles and threads.

A kernel sees numbered slots (buffers) and numbered run-time integers (`param`), nothing else, so two
kernels of one structure are one piece of machine code.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from wengert.loop.expr import Expr, show


@dataclass(frozen=True, slots=True)
class Slot:
    """A buffer argument: its dtype, and whether the kernel writes it."""

    dtype: str
    written: bool = False


@dataclass(frozen=True, slots=True)
class Loop:
    """for var in range(extent)"""

    var: str
    extent: Expr


SIGNS = {None: "=", "sum": "+=", "prod": "*=", "max": "max=", "min": "min="}


@dataclass(frozen=True, slots=True)
class Store:
    """slot[index] = value, or joined to what is there: its 'sum', 'prod', 'max' or 'min' with the value."""

    slot: int
    index: Expr
    value: Expr
    accumulate: str | None = None


@dataclass(frozen=True, slots=True)
class Carry:
    """A value that runs through the serial loops: `init` before them, `update` after each turn."""

    name: str
    init: Expr
    update: Expr


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Nest:
    """Loops around stores.

    `loops` are independent: any order, any thread, vectors. `serial` loops lie inside of them and run in
    order (cumulative sums, scatters); `carries` are their running values and the stores happen on each
    turn. Stores to one slot from different turns of `loops` never meet.
    """

    loops: tuple[Loop, ...]
    stores: tuple[Store, ...]
    slots: tuple[Slot, ...]
    params: int = 0
    serial: tuple[Loop, ...] = ()
    carries: tuple[Carry, ...] = ()

    @property
    def values(self) -> list[Expr]:
        """What is stored and carried."""
        return [s.value for s in self.stores] + [e for c in self.carries for e in (c.init, c.update)]

    @property
    def roots(self) -> list[Expr]:
        """Every expression of the nest that is not a part of another."""
        return self.values + [s.index for s in self.stores] + [x.extent for x in self.loops + self.serial]

    def __str__(self) -> str:
        lines, depth = [], 0
        for kind, loops in (("for", self.loops), ("serial", self.serial)):
            for loop in loops:
                lines.append("  " * depth + f"{kind} {loop.var} < {show(loop.extent)}:")
                depth += 1
        for c in self.carries:
            lines.append("  " * depth + f"{c.name} = {show(c.update)}  from {show(c.init)}")
        for s in self.stores:
            sign = SIGNS[s.accumulate]
            lines.append("  " * depth + f"b{s.slot}[{show(s.index)}] {sign} {show(s.value)}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a contraction, and how far one step along it moves in A, B (in elements).

    a and b: a batch axis. a only: a row of the product (m). b only: a column (n).
    `reduced` axes are summed over and have both.
    """

    var: str
    extent: Expr
    a: Expr  # const 0 if A does not move
    b: Expr
    reduced: bool = False


@dataclass(frozen=True, slots=True)
class Inside:
    """Terms of a contraction are 0 but where low <= step * outer + turn * reduced < high.

    There an operand has its border of zeros. outer, reduced: variables of axes; extents: their lengths.
    """

    outer: str
    reduced: str
    extents: tuple[int, int]
    step: int
    turn: int
    low: int
    high: int

    def backwards(self) -> Inside:
        """The same where the reduced axis is walked from its end."""
        moved = self.turn * (self.extents[1] - 1)
        return replace(self, turn=-self.turn, low=self.low - moved, high=self.high - moved)

    def pairs(self) -> int:
        """For how many indices of both axes there is a term."""
        outer, reduced = map(range, self.extents)
        return sum(self.low <= self.step * i + self.turn * k < self.high for i in outer for k in reduced)

    def __str__(self) -> str:
        moves = [
            v if c == 1 else f"{c} * {v}" for v, c in ((self.outer, self.step), (self.reduced, self.turn))
        ]
        return f"{self.low} <= {' + '.join(moves)} < {self.high}"


@dataclass(frozen=True, slots=True)
class Contraction:
    """acc[outer axes] = sum over reduced axes of A[a0 + sum_i i * a_i] * B[b0 + sum_i i * b_i].

    Then `stores` write it: their indices and values use the outer axes' variables and the leaf `acc`
    (bias, activation, residual, ... ride here). Terms that are not `inside` may be left out.
    """

    axes: tuple[Axis, ...]
    a_slot: int
    a_offset: Expr
    b_slot: int
    b_offset: Expr
    stores: tuple[Store, ...]
    slots: tuple[Slot, ...]
    params: int = 0
    inside: tuple[Inside, ...] = ()

    def __str__(self) -> str:
        lines = []
        for depth, x in enumerate(self.axes):
            kind = "sum" if x.reduced else "for"
            lines.append(
                "  " * depth + f"{kind} {x.var} < {show(x.extent)}:  a += {show(x.a)}, b += {show(x.b)}"
            )
        lines += [f"b{s.slot}[{show(s.index)}] = {show(s.value)}" for s in self.stores]
        return "\n".join(lines)


Kernel = Nest | Contraction
