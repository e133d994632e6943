"""Choices: how a contraction runs, where several ways compute the same bits.

The cost model makes them (`contraction.py`). `wengert tune` measures others; what it finds faster is kept
(`tuned.py`) and obeyed by every later compile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from wengert.base.errors import FormatError

# The smallest and the largest that a file may ask for: whatever it holds, compiling and running end soon.
_LIMITS = {
    "rows": (1, 64),
    "vectors": (1, 64),
    "pack": (0, 1),
    "columns_first": (0, 1),
    "tiles": (1, 1 << 20),
    "panel": (1 << 10, 1 << 30),
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What was chosen; None: as the cost model says, or of no matter. No choice changes the order of a sum.

    rows, vectors: of the register tile; rows in groups, where an inner axis lies in the tile as a whole. What does
    not fit in the registers is as None.
    pack: whether B is copied to panels where it could be read in place. columns_first: whether the loop over
    columns is around that over rows. tiles: how many a thread does at a time. panel: bytes of operands that go
    through a cache together; longer sums are done in parts.
    """

    rows: int | None = None
    vectors: int | None = None
    pack: int | None = None
    columns_first: int | None = None
    tiles: int | None = None
    panel: int | None = None

    def __str__(self) -> str:
        return (
            ", ".join(f"{k} {v}" for k, v in self.as_dict().items() if v is not None) or "as the model says"
        )

    def as_dict(self) -> dict[str, int | None]:
        """By name, as `parse` reads it."""
        values = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {name: None if v is None else int(v) for name, v in values}

    @staticmethod
    def parse(values: Any) -> Choices:
        """The choices of a dictionary that may come from anywhere.

        Raises:
            FormatError: it is none of ours.
        """
        if not isinstance(values, Mapping) or values.keys() != _LIMITS.keys():
            raise FormatError(f"choices: must name {', '.join(_LIMITS)}; got {str(values)[:200]}.")
        for name, (low, high) in _LIMITS.items():
            v = values[name]
            if v is not None and (type(v) is not int or not low <= v <= high):
                raise FormatError(f"choices: {name} must be null or lie in {low}..{high}; got {str(v)[:40]}.")
        return Choices(**values)


MODEL = Choices()  # everything as the cost model says


DECISIONS = ("vectors", "rows", "pack", "columns_first", "tiles", "panel")  # the weightiest first


def alternatives(decision: str, now: Choices) -> list[Choices]:
    """What is worth a try beside the choices made now: another answer to one question, and what hangs on it anew."""
    value = getattr(now, decision)
    if value is None:
        return []
    match decision:
        case "vectors":
            return [replace(now, vectors=v, rows=None, tiles=None) for v in range(1, 7) if v != value]
        case "rows":
            near = (value - 1, value + 1, value - 2, value // 2)
            return [replace(now, rows=r, tiles=None) for r in dict.fromkeys(near) if r >= 1]
        case "tiles" | "panel":
            others = (value // 2, value * 2, value // 4, value * 4)
            return [replace(now, **{decision: n}) for n in dict.fromkeys(others) if n >= _LIMITS[decision][0]]
        case _:
            return [replace(now, **{decision: 1 - value})]
