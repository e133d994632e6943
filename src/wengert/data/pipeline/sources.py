"""Where elements come from: arrays, ranges, the records of a format, generators."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from wengert.base.errors import ShapeError, UsageError
from wengert.data.pipeline.elements import Chunk, Columns, Failure, Spec, leaves, map_leaves, spec_of
from wengert.data.pipeline.faults import located
from wengert.data.pipeline.node import Cursor, Node, Run, State
from wengert.data.records import Block, Blocked, Indexed, Records
from wengert.ir.types import TensorType


@dataclass(frozen=True, eq=False)
class Range(Node):
    """Whole numbers `start, start + step, ...` below `stop`."""

    first: int
    stop: int
    step: int

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        return _Counting(range(self.first, self.stop, self.step), state or 0)

    def size(self) -> int:
        return len(range(self.first, self.stop, self.step))

    def spec(self) -> Spec:
        return TensorType((), "int64")


class _Counting(Cursor):
    def __init__(self, numbers: range, at: int) -> None:
        self.numbers, self.at = numbers, at

    def block(self, n: int) -> Chunk:
        part = self.numbers[self.at : self.at + n]
        self.at += len(part)
        return Columns(np.arange(part.start, part.stop, part.step), len(part))

    def state(self) -> State:
        return self.at


@dataclass(frozen=True, eq=False)
class One(Node):
    """One element."""

    element: Any

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        return _Giving(self.element, bool(state))

    def size(self) -> int:
        return 1

    def spec(self) -> Spec:
        return spec_of(self.element)


class _Giving(Cursor):
    def __init__(self, element: Any, given: bool) -> None:
        self.element, self.given = element, given

    def block(self, n: int) -> Chunk:
        found, self.given = [] if self.given else [self.element], True
        return found

    def state(self) -> State:
        return self.given


class Lookup(Protocol):
    """Elements of which any can be had at any time, from several threads at once."""

    def __len__(self) -> int: ...

    def record(self, k: int) -> Any: ...

    def gather(self, ks: np.ndarray[Any, Any]) -> Any:
        """Elements `ks` as columns."""
        ...


class Slices:
    """The rows of arrays."""

    def __init__(self, tree: Any) -> None:
        self.tree = map_leaves(_as_rows, tree)
        lengths = {len(x) for x in leaves(self.tree)}
        if len(lengths) != 1:
            raise ShapeError(
                f"from_tensor_slices: arrays must have one length along the first axis; got {sorted(lengths)}."
            )
        (self._length,) = lengths

    def __len__(self) -> int:
        return self._length

    def record(self, k: int) -> Any:
        return map_leaves(lambda x: x[k], self.tree)

    def gather(self, ks: np.ndarray[Any, Any]) -> Any:
        return map_leaves(lambda x: np.take(x, ks, axis=0, mode="clip"), self.tree)


class Windows:
    """Windows of successive elements of a source: window k starts at element `k * shift`."""

    def __init__(self, source: Lookup, length: int, shift: int, stride: int) -> None:
        self.source, self.shift = source, shift
        self.offsets = np.arange(length) * stride

    def __len__(self) -> int:
        return max(0, (len(self.source) - 1 - int(self.offsets[-1])) // self.shift + 1)

    def record(self, k: int) -> Any:
        return self.source.gather(k * self.shift + self.offsets)

    def gather(self, ks: np.ndarray[Any, Any]) -> Any:
        places = (ks[:, None] * self.shift + self.offsets).reshape(-1)
        shape = (len(ks), len(self.offsets))
        return map_leaves(lambda x: x.reshape(*shape, *x.shape[1:]), self.source.gather(places))


def _as_rows(x: Any) -> np.ndarray[Any, Any]:
    rows = x.to_numpy() if hasattr(x, "to_numpy") else np.asarray(x)
    if rows.ndim == 0:
        raise ShapeError(f"from_tensor_slices: arrays must have a first axis to cut along; got {x!r}.")
    return rows


@dataclass(frozen=True, eq=False)
class Stream(Node):
    """The records of a format, one after the other."""

    records: Records

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        return (_Blocks if isinstance(self.records, Blocked) else _Records)(self, state)

    def size(self) -> int | None:
        return len(self.records) if isinstance(self.records, Sized) else None

    @property
    def name(self) -> str:
        return type(self.records).__name__


class _Reading(Cursor):
    """Reads on after a record that is damaged; what else goes wrong ends the data.

    `error.resume` is the position after a damaged record.
    """

    def __init__(self, node: Stream, position: State) -> None:
        self.node, self.position = node, position
        self.reader: Iterator[Any] | None = None
        self.ended = False

    def failure(self, error: Exception) -> list[Any]:
        self.reader = None
        self.ended = not hasattr(error, "resume")
        if not self.ended:
            self.position = error.resume  # type: ignore[attr-defined]
        return [Failure(located(error, f"while reading {self.node.name}"), self.node)]

    def state(self) -> State:
        return {"ended": True} if self.ended else {"at": self.position}


class _Records(_Reading):
    def __init__(self, node: Stream, state: State) -> None:
        super().__init__(node, None if state is None else state.get("at"))
        self.ended = bool(state and state.get("ended"))
        self.pending: Exception | None = None

    def block(self, n: int) -> Chunk:
        if self.pending is not None:
            error, self.pending = self.pending, None
            return self.failure(error)
        found: list[Any] = []
        if self.ended:
            return found
        try:
            if self.reader is None:
                self.reader = self.node.records.iterate(self.position)
            for record, position in self.reader:
                found.append(record)
                self.position = position
                if len(found) == n:
                    return found
        except Exception as error:
            if not found:
                return self.failure(error)
            self.pending = error
        return found


class _Blocks(_Reading):
    """Takes parts of the blocks, without cutting them into records."""

    records: Blocked

    def __init__(self, node: Stream, state: State) -> None:
        at = None if state is None else state.get("at")
        super().__init__(node, at)
        self.ended = bool(state and state.get("ended"))
        self.block_: Block | None = None
        self.used = 0

    def block(self, n: int) -> Chunk:
        if self.ended:
            return []
        try:
            current = self._current()
        except Exception as error:
            return self.failure(error)
        if current is None:
            return []
        part = Columns(current.columns, current.length).part(self.used, self.used + n)
        self.used += len(part)
        self.position = current.after(self.used)
        return part

    def _current(self) -> Block | None:
        """The block that has the next record."""
        skip = 0
        if self.reader is None:
            first, skip = (None, 0) if self.position is None else (self.position[0], self.position[1])
            self.reader, self.block_ = self.node.records.blocks(first), None  # type: ignore[attr-defined]
        while self.block_ is None or self.used >= self.block_.length:
            self.block_ = next(self.reader, None)
            if self.block_ is None:
                return None
            self.used, skip = min(skip, self.block_.length), max(0, skip - self.block_.length)
        return self.block_


@dataclass(frozen=True, eq=False)
class Generated(Node):
    """What calling `make` and iterating gives, each epoch anew."""

    make: Callable[[], Iterable[Any]]
    types: Spec | None = None

    def start(self, run: Run, epoch: int, state: State = None) -> Cursor:
        return _Generating(self, state)

    @property
    def name(self) -> str:
        return getattr(self.make, "__name__", "generator")

    def spec(self) -> Spec:
        return super().spec() if self.types is None else self.types

    def identity(self) -> tuple[Any, ...]:
        return (self.make,)


class _Generating(Cursor):
    def __init__(self, node: Generated, state: State) -> None:
        self.node, self.count, self.ended = node, 0, False
        self.elements: Iterator[Any] | None = None
        self.pending: Failure | None = None
        self.skip = state["n"] if state else 0
        if state and state.get("ended"):
            self.ended, self.count = True, self.skip

    def block(self, n: int) -> Chunk:
        found: list[Any] = []
        if self.pending is not None:
            found.append(self.pending)
            self.pending, self.ended = None, True
            return found
        if self.ended:
            return found
        try:
            if self.elements is None:
                self.elements = iter(self.node.make())
            for element in self.elements:
                self.count += 1
                if self.count > self.skip:
                    found.append(element)
                if len(found) == n:
                    return found
            self.ended = True
        except Exception as error:
            where = f"in the generator {self.node.name}, after {self.count} elements"
            self.pending = Failure(located(error, where), self.node)
            return found or self.block(n)
        return found

    def state(self) -> State:
        return {"n": max(self.count, self.skip), **({"ended": True} if self.ended else {})}


def lookup(records: Any) -> Lookup | None:
    """The records as something to look up in, if they can be."""
    return records if isinstance(records, Indexed) else None


def as_records(source: Any) -> Records:
    """The source, if it is one of records."""
    if not isinstance(source, Records):
        raise UsageError(
            f"from_records: a source must have iterate(position), as wengert.data.records says; got {source!r}."
        )
    return source


def first_spec(source: Lookup) -> Spec:
    """The types of the first element."""
    if isinstance(source, Slices):
        return map_leaves(lambda x: spec_of(np.empty(x.shape[1:], x.dtype)), source.tree)
    return spec_of(source.record(0)) if len(source) else ()
