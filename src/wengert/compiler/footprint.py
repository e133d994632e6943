"""Footprint: the bytes that a program takes, part by part, before it runs: numbers or formulas."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from wengert.compiler.plan import Plan
from wengert.ir.dim import Dim, evaluate

Length = int | Dim


class Longest:
    """The longest of some sums of lengths; prints as `max(a, b)`."""

    def __init__(self, sums: tuple[Length, ...]) -> None:
        self.sums = sums

    def __add__(self, more: Length) -> Longest:
        return Longest(tuple(s + more for s in self.sums))

    def evaluate(self, lengths: Mapping[str, int]) -> int:
        """Its value when the unknowns have these lengths."""
        return max((evaluate(s, lengths) for s in self.sums), default=0)

    def names(self) -> set[str]:
        """The unknowns it depends on."""
        return set().union(*(s.names() for s in self.sums if isinstance(s, Dim)))

    def __str__(self) -> str:
        texts = [str(s) for s in self.sums] or ["0"]
        return texts[0] if len(texts) == 1 else f"max({', '.join(texts)})"


Size = int | Dim | Longest


class Memory(Mapping[str, Size]):
    """Bytes by what they are for, `total` among all; `memory["arena"]` is one of them. Prints as a table.

    arguments: what a call hands in. results: what it hands out. variables: what it reads and assigns, in place.
    constants: arrays that are part of the program. copies: of variables that cannot be overwritten in place.
    derived: what is made of variables alone, such as packed weights, once for all calls until one of them changes.
    arena: everything else: values on the way, gradients and other scratch, planned to the byte.
    Machine code, the few words that Python keeps of each array, and what NumPy takes while it runs a step of a
    program are not counted.
    """

    def __init__(self, parts: Mapping[str, Size]) -> None:
        self._parts = dict(parts)

    @property
    def total(self) -> Size:
        """The sum of all parts."""
        plain: Length = 0
        longest: Longest | None = None
        for size in self._parts.values():
            if isinstance(size, Longest):
                longest = size
            else:
                plain = size + plain
        return plain if longest is None else longest + plain

    def at(self, lengths: Mapping[str, int]) -> Memory:
        """In numbers, for these lengths of the symbolic dimensions."""
        return Memory({k: _number(size, lengths) for k, size in self._parts.items()})

    def bytes_at(self, lengths: Mapping[str, int]) -> int:
        """The total for these lengths."""
        return sum(_number(size, lengths) for size in self._parts.values())

    def split(self, part: str, into: Mapping[str, int]) -> Memory:
        """With several parts in place of one."""
        return Memory(
            {k: v for name, size in self.items() for k, v in (into if name == part else {name: size}).items()}
        )

    def __getitem__(self, part: str) -> Size:
        return self._parts[part]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def __str__(self) -> str:
        rows = [(k, size) for k, size in self.items() if not isinstance(size, int) or size]
        return "\n".join(f"{k:10} {_text(size)}" for k, size in [*rows, ("total", self.total)])

    __repr__ = __str__


def _number(size: Size, lengths: Mapping[str, int]) -> int:
    return size.evaluate(lengths) if isinstance(size, Longest) else evaluate(size, lengths)


def _text(size: Size) -> str:
    return f"{size:,}" if isinstance(size, int) else str(size)


def memory_of(plan: Plan, arguments: int, donated: Collection[int]) -> Memory:
    """What a plan takes.

    Args:
        arguments: how many of the graph's inputs come with each call; the others are variables.
        donated: numbers of the outputs that replace variables.
    """
    written = frozenset().union(*(call.written for call in plan.calls))
    touched = frozenset().union(*(call.read for call in plan.calls)) | written
    parts: dict[str, Size] = dict.fromkeys(
        ("arguments", "results", "variables", "constants", "copies", "derived"), 0
    )
    for k, b in enumerate(plan.buffers):
        match b.kind:
            case "input":
                name = "arguments" if b.index < arguments else "variables"
            case "output" if b.index not in donated:
                name = "results"
            case "output" if k in written:
                name = "copies"
            case "constant" if k in touched:
                name = "constants"
            case "derived":
                name = "derived"
            case _:
                continue
        parts[name] = b.nbytes + parts[name]  # type: ignore[operator]
    return Memory({**parts, "arena": Longest(plan.arena.sums) if plan.arena.sums else 0})
