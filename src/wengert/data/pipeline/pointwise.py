"""Steps that make each output from inputs of its own: look up, map, number, batch.

Such steps remember nothing, so any number of threads can run them, each on a chunk of its own (`segment.py`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from wengert.data.pipeline.elements import (
    Chunk,
    Columns,
    Failure,
    Spec,
    column,
    leaves,
    map_leaves,
    rows,
    stack,
    with_axis,
    zipped,
)
from wengert.data.pipeline.faults import located
from wengert.data.pipeline.functions import Call, as_element
from wengert.data.pipeline.node import Run
from wengert.data.pipeline.processes import Pool
from wengert.data.pipeline.segment import Pointwise
from wengert.data.pipeline.sources import Lookup, Slices, first_spec
from wengert.data.records import Indexed
from wengert.ir.dim import Dim
from wengert.ir.types import TensorType


@dataclass(frozen=True, eq=False)
class Gather(Pointwise):
    """The elements of a source with the numbers that come in."""

    source: Lookup
    threads: int | None = None

    def apply(self, chunk: Chunk, first: int, key: int) -> Chunk:
        ks = np.asarray(chunk.tree if isinstance(chunk, Columns) else chunk, np.int64)
        if isinstance(self.source, Slices):
            return Columns(self.source.gather(ks), len(ks))
        if getattr(type(self.source), "gather", None) is not Indexed.gather:  # it has a way that is faster
            with contextlib.suppress(Exception):  # one of them is at fault: below we see which
                return Columns(self.source.gather(ks), len(ks))
        return [self._record(k) for k in ks.tolist()]

    @cached_property
    def depth(self) -> int:
        return self.input.depth  # a step draws the same numbers whether it comes before the look-up or after

    def _record(self, k: int) -> Any:
        try:
            return self.source.record(k)
        except Exception as error:
            return Failure(located(error, f"record {k} of {self.name}"), self)

    @property
    def wanted_threads(self) -> int | None:
        return self.threads

    def identity(self) -> tuple[Any, ...]:
        return (self.source,)

    @property
    def name(self) -> str:
        return "arrays" if isinstance(self.source, Slices) else type(self.source).__name__

    def spec(self) -> Spec:
        return first_spec(self.source)


@dataclass(frozen=True, eq=False)
class Map(Pointwise):
    """f(element) of each element."""

    call: Call
    seed: int
    threads: int
    processes: int
    ordered: bool

    @property
    def name(self) -> str:
        return f"map({self.call.name})"

    def apply(self, chunk: Chunk, first: int, key: int) -> Chunk:
        return [self._one(x, key, k) for k, x in enumerate(rows(chunk), first)]

    def _one(self, element: Any, key: int, number: int) -> Any:
        if isinstance(element, Failure):
            return element
        try:
            return as_element(self.call(element, key, number))
        except (Exception, SystemExit) as error:
            return Failure(located(error, f"in {self.name}, element {number}"), self)

    def identity(self) -> tuple[Any, ...]:
        return (self.call.f, self.seed)

    @property
    def wanted_threads(self) -> int:
        return max(self.threads, self.processes)

    def pool(self, run: Run) -> Pool | None:
        return Pool(self, self.processes, run) if self.processes else None

    @property
    def in_order(self) -> bool:
        return self.ordered

    @property
    def random_seed(self) -> int:
        return self.seed


@dataclass(frozen=True, eq=False)
class Enumerate(Pointwise):
    """(number, element), numbers from `first_number` on."""

    first_number: int

    def apply(self, chunk: Chunk, first: int, key: int) -> Chunk:
        first += self.first_number
        if isinstance(chunk, Columns):
            return Columns((np.arange(first, first + len(chunk)), chunk.tree), len(chunk))
        return [x if isinstance(x, Failure) else (np.int64(k), x) for k, x in enumerate(chunk, first)]

    def spec(self) -> Spec:
        return (TensorType((), "int64"), self.input.spec())


@dataclass(frozen=True, eq=False)
class Batch(Pointwise):
    """`count` elements at a time, stacked along a new first axis."""

    count: int
    drop_remainder: bool

    @property
    def unit(self) -> int:
        return self.count

    def apply(self, chunk: Chunk, first: int, key: int) -> Chunk:
        whole = len(chunk) - len(chunk) % self.count if self.drop_remainder else len(chunk)
        return [
            self._one(
                chunk.part(k, k + self.count) if isinstance(chunk, Columns) else chunk[k : k + self.count],
                (first + k) // self.count,
            )
            for k in range(0, whole, self.count)
        ]

    def _one(self, part: Chunk, number: int) -> Any:
        if isinstance(part, Columns):
            return map_leaves(column, part.tree)
        failed = next((x for x in part if isinstance(x, Failure)), None)
        if failed is not None:
            return failed
        try:
            return self.collate(part)
        except Exception as error:
            return Failure(located(error, f"in {self.name} {number}"), self)

    def collate(self, elements: Sequence[Any]) -> Any:
        return stack(elements)

    def size(self) -> float | None:
        whole = self.input.size()
        if whole is None or whole == float("inf"):
            return whole
        return int(whole) // self.count if self.drop_remainder else -(-int(whole) // self.count)

    @cached_property
    def length(self) -> int | Dim:
        """Length of the first axis of a batch."""
        return self.count if self.drop_remainder else Dim.named("batch")

    def spec(self) -> Spec:
        return with_axis(self.input.spec(), self.length)


@dataclass(frozen=True, eq=False)
class PaddedBatch(Batch):
    """A batch of arrays of one rank: each axis as long as its longest, filled up at the end.

    values: what to fill up with, for each leaf or for all.
    lengths: for each leaf a list of lengths, -1 where the longest decides; None: everywhere.
    """

    values: Any
    lengths: Any

    @property
    def name(self) -> str:
        return "padded_batch"

    def collate(self, elements: Sequence[Any]) -> Any:
        return pad(elements, self.values, self.lengths)

    def apply(self, chunk: Chunk, first: int, key: int) -> Chunk:
        return super().apply(rows(chunk), first, key)

    def spec(self) -> Spec:
        count, found = 0, self.input.spec()

        def grown(t: Any) -> Any:
            nonlocal count
            if not isinstance(t, TensorType):
                return t
            shape: list[int | Dim] = []
            for _ in t.shape:
                shape.append(Dim.named("time" if count == 0 else f"time_{count}"))
                count += 1
            return TensorType((self.length, *shape), t.dtype)

        return map_leaves(grown, found)


def pad(elements: Sequence[Any], values: Any, lengths: Any) -> Any:
    """The elements stacked, each filled up at the end with a value to the longest."""
    places = iter(range(len(leaves(elements[0]))))
    fills, shapes = leaves(values), None if lengths is None else leaves(lengths)

    def padded(column: list[Any]) -> Any:
        at = next(places)
        arrays = [np.asarray(x) for x in column]
        longest = np.max([a.shape for a in arrays], axis=0).astype(int)
        if shapes is not None:
            asked = np.asarray(shapes[at % len(shapes)], np.int64)
            longest = np.where(asked < 0, longest, asked)
        out = np.full((len(arrays), *longest), fills[at % len(fills)], arrays[0].dtype)
        for k, a in enumerate(arrays):
            out[k, ...][tuple(slice(n) for n in a.shape)] = a
        return out

    return zipped(elements, padded, "padded_batch")
