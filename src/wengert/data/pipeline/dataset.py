"""`wg.data.Dataset`: where elements come from and what is done with them, as one object that methods extend."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any

from wengert.base.errors import ValueRangeError
from wengert.data.pipeline.elements import Spec
from wengert.data.pipeline.fingerprint import fingerprint
from wengert.data.pipeline.functions import Call
from wengert.data.pipeline.iterator import Iterator, place_of
from wengert.data.pipeline.node import Node
from wengert.data.pipeline.order import Repeat, Shard, Skip, Take
from wengert.data.pipeline.pointwise import Batch, Enumerate, Gather, Map, PaddedBatch
from wengert.data.pipeline.segment import Prefetch
from wengert.data.pipeline.shuffle import Shuffle
from wengert.data.pipeline.sources import Generated, Range, Slices, Stream, as_records, lookup


class Dataset:
    """Elements, and what is done with them."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._epochs = itertools.count()
        self._fingerprint: str | None = None

    # --- sources ----------------------------------------------------------------------------------
    @staticmethod
    def from_tensor_slices(tensors: Any) -> Dataset:
        """The rows of arrays: of one array, or of arrays of one length in a dict or tuple."""
        return _indexed(Slices(tensors))

    @staticmethod
    def from_tensors(tensors: Any) -> Dataset:
        """One element: the arrays as they are."""
        return Dataset(Generated(lambda: [tensors]))

    @staticmethod
    def from_generator(make: Callable[[], Iterable[Any]], element_spec: Spec | None = None) -> Dataset:
        """What iterating over `make()` gives; it is called once an epoch."""
        return Dataset(Generated(make, element_spec))

    @staticmethod
    def from_records(records: Any) -> Dataset:
        """The records of a format (`wengert.data.records`)."""
        source = lookup(records)
        return Dataset(Stream(as_records(records))) if source is None else _indexed(source)

    @staticmethod
    def range(*limits: int) -> Dataset:
        """Whole numbers, as Python's range."""
        numbers = range(*limits)
        return Dataset(Range(numbers.start, numbers.stop, numbers.step))

    # --- what it is -------------------------------------------------------------------------------
    @property
    def element_spec(self) -> Spec:
        """The types of an element."""
        return self._node.spec()

    def __len__(self) -> int:
        """How many elements an epoch has."""
        size = self._node.size()
        if size is None or math.isinf(size):
            what = "not known before the data is read" if size is None else "without end"
            raise TypeError(f"len: the number of elements must be known; it is {what}.")
        return int(size)

    def __bool__(self) -> bool:
        return True

    def fingerprint(self) -> str:
        """Equal for equal elements: of the data, the steps, their functions and seeds; not of numbers of threads."""
        if self._fingerprint is None:
            self._fingerprint = fingerprint(self._node)
        return self._fingerprint

    # --- iterating --------------------------------------------------------------------------------
    def __iter__(self) -> Iterator:
        """The next epoch: the first call gives epoch 0."""
        return self.iterate(epoch=next(self._epochs))

    def iterate(self, state: Any = None, *, epoch: int = 0, timeout: float = 300.0) -> Iterator:
        """An epoch from its start, or from a state of an iterator on."""
        place = None
        if state is not None:
            epoch, place = place_of(state, self.fingerprint())
        return Iterator(self._node, self.fingerprint(), epoch, place, timeout)

    # --- order ------------------------------------------------------------------------------------
    def shuffle(
        self, buffer: int | None = None, *, seed: int = 0, reshuffle_each_epoch: bool = True
    ) -> Dataset:
        """Random order, through a buffer of `buffer` elements; None: of all."""
        if buffer is not None:
            _at_least("shuffle", "buffer", buffer, 1)
        return self._reordered(lambda node: Shuffle(node, buffer, seed, reshuffle_each_epoch))

    def repeat(self, count: int | None = None) -> Dataset:
        """The epochs one after the other, as one; None: without end."""
        if count is not None:
            _at_least("repeat", "count", count, 0)
        return self._reordered(lambda node: Repeat(node, count))

    def take(self, count: int) -> Dataset:
        """The first `count` elements."""
        _at_least("take", "count", count, 0)
        return self._reordered(lambda node: Take(node, count))

    def skip(self, count: int) -> Dataset:
        """All but the first `count` elements."""
        _at_least("skip", "count", count, 0)
        return self._reordered(lambda node: Skip(node, count))

    def shard(self, count: int, index: int) -> Dataset:
        """Every `count`-th element, from number `index` on."""
        if not 0 <= index < count:
            raise ValueRangeError(f"shard: index must be from 0 to count - 1; got {index} of {count}.")
        return self._reordered(lambda node: Shard(node, count, index))

    def _reordered(self, make: Callable[[Node], Node]) -> Dataset:
        """Where elements are looked up by number, their numbers are reordered."""
        node = self._node
        return Dataset(Gather(make(node.input), node.source) if isinstance(node, Gather) else make(node))

    # --- elements ---------------------------------------------------------------------------------
    def map(
        self, f: Callable[..., Any], num_threads: int = 0, *, ordered: bool = True, seed: int = 0
    ) -> Dataset:
        """f(element) of each element."""
        _at_least("map", "num_threads", num_threads, 0)
        return Dataset(Map(self._node, Call(f), seed, num_threads, ordered))

    def enumerate(self, start: int = 0) -> Dataset:
        """(number, element)."""
        return Dataset(Enumerate(self._node, start))

    def batch(self, size: int, *, drop_remainder: bool = False) -> Dataset:
        """`size` elements at a time, stacked along a new first axis."""
        _at_least("batch", "size", size, 1)
        return Dataset(Batch(self._node, size, drop_remainder))

    def padded_batch(
        self, size: int, *, values: Any = 0, lengths: Any = None, drop_remainder: bool = False
    ) -> Dataset:
        """As `batch`, of arrays of different lengths."""
        _at_least("padded_batch", "size", size, 1)
        return Dataset(PaddedBatch(self._node, size, drop_remainder, values, lengths))

    def prefetch(self, buffer: int = 2) -> Dataset:
        """The same elements, made ahead by a thread."""
        _at_least("prefetch", "buffer", buffer, 1)
        return Dataset(Prefetch(self._node, buffer))


def _indexed(source: Any) -> Dataset:
    return Dataset(Gather(Range(0, len(source), 1), source))


def _at_least(operation: str, what: str, value: object, least: int) -> None:
    if not isinstance(value, int) or value < least:
        raise ValueRangeError(f"{operation}: {what} must be a whole number >= {least}; got {value!r}.")
