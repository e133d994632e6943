"""What every format gives: records, lazily, one after the other, from any position.

    Records    iterate(position)         from the start, or from where an earlier run stopped
    Indexed    len(), record(k)          any record at any time: files in memory or mapped into it
    Blocked    blocks(position)          many records at once as columns: what makes a batch fast

A *record* is an array, a number, text, bytes, or a dict or tuple of these. A *position* is a small value of JSON
(None, numbers, strings, lists); the one given with a record is where the next record starts, so `iterate` continues
exactly there, in another process too. Whoever wraps records needs no more than `iterate`; the other two are faster
ways to the same records in the same order.

A damaged file raises FormatError, which names file and byte or line; where only one record is damaged it is a
RecordError, and `iterate(error.resume)` continues after that record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from wengert.base.errors import IndexRangeError, UsageError

__all__ = ["Block", "Blocked", "Indexed", "Position", "Record", "Records", "columns_of", "rows"]

Record = Any
Position = Any  # a value of JSON
Columns = Any  # an array or list with one entry a record, or a dict or tuple of these


@runtime_checkable
class Records(Protocol):
    """Records in an order that does not change."""

    def iterate(self, position: Position = None) -> Iterator[tuple[Record, Position]]:
        """Each record with the position after it, from a position that was given so; None is the start."""
        ...

    def __iter__(self) -> Iterator[Record]:
        """The records from the start."""
        for record, _ in self.iterate():
            yield record


@runtime_checkable
class Indexed(Records, Protocol):
    """Records of which any can be had at any time. Positions are their numbers."""

    def __len__(self) -> int: ...

    def record(self, k: int) -> Record:
        """Record `k`, from 0 to len - 1."""
        ...

    def gather(self, ks: Sequence[int] | np.ndarray[Any, Any]) -> Columns:
        """Records `ks` as columns, for a batch."""
        return columns_of([self.record(int(k)) for k in ks])

    def iterate(self, position: Position = None) -> Iterator[tuple[Record, Position]]:
        """Each record with the number of the next."""
        for k in range(start_of(position, len(self)), len(self)):
            yield self.record(k), k + 1


@dataclass(frozen=True, slots=True)
class Block:
    """Successive records as columns: an array or list with one entry a record, or a dict or tuple of these."""

    start: Position  # of the first; `[start, k]` is the position of record k
    columns: Columns
    length: int

    def after(self, k: int) -> Position:
        """The position after the first `k` records."""
        return [self.start, k]


@runtime_checkable
class Blocked(Records, Protocol):
    """Records that are read many at a time. Positions are `[start of a block, records of it that were taken]`."""

    def blocks(self, start: Position = None) -> Iterator[Block]:
        """Blocks from the start of one on; None is the first."""
        ...

    def iterate(self, position: Position = None) -> Iterator[tuple[Record, Position]]:
        """Each record with the position after it."""
        start, skip = part_of(position)
        for block in self.blocks(start):
            for k, record in enumerate(rows(block.columns), 1):
                if k > skip:
                    yield record, [block.start, k]
            skip = max(0, skip - block.length)


def start_of(position: Position, length: int) -> int:
    """A position of `Indexed` as a number."""
    if position is None:
        return 0
    if type(position) is not int or not 0 <= position <= length:
        raise UsageError(f"iterate: position must be a number from 0 to {length}; got {position!r}.")
    return position


def part_of(position: Position) -> tuple[Position, int]:
    """A position of `Blocked` as the start of a block, and how many of its records to skip."""
    if position is None:
        return None, 0
    if not isinstance(position, list | tuple) or len(position) != 2 or type(position[1]) is not int:
        raise UsageError(f"iterate: position must be one that iterate gave, [start, k]; got {position!r}.")
    return position[0], position[1]


def index_of(operation: str, k: int, length: int) -> int:
    """`k`, checked: from 0 to length - 1."""
    if not 0 <= k < length:
        raise IndexRangeError(f"{operation}: record must be from 0 to {length - 1}; got {k}.")
    return k


def rows(columns: Columns) -> Iterator[Record]:
    """The records of columns, one by one.

    Example:
        >>> list(rows({"x": [1, 2], "y": ["a", "b"]}))
        [{'x': 1, 'y': 'a'}, {'x': 2, 'y': 'b'}]
    """
    if isinstance(columns, dict):
        names = tuple(columns)
        return (dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True))
    if isinstance(columns, tuple):
        return zip(*columns, strict=True)
    return iter(columns)


def columns_of(records: Sequence[Record]) -> Columns:
    """Records as columns, the inverse of `rows`: numbers and arrays of one shape are stacked, the rest are lists.

    Example:
        >>> columns_of([(1.5, "a"), (2.5, "b")])
        (array([1.5, 2.5]), ['a', 'b'])
    """
    first = records[0] if records else None
    if isinstance(first, dict):
        return {name: _column([record[name] for record in records]) for name in first}
    if isinstance(first, tuple):
        return tuple(_column(list(column)) for column in zip(*records, strict=True))
    return _column(list(records))


def _column(values: list[Any]) -> Any:
    if values and all(isinstance(v, int | float | complex | np.ndarray | np.generic) for v in values):
        arrays = [np.asarray(v) for v in values]
        if all(a.shape == arrays[0].shape and a.dtype.kind != "O" for a in arrays):
            return np.stack(arrays)
    return values
