"""`wg.data.Dataset`: where elements come from and what is done with them, as one object that methods extend."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from wengert.base.errors import ArgumentError, ValueRangeError
from wengert.base.numbers import require_count
from wengert.data.pipeline.cache import Cache
from wengert.data.pipeline.combine import Concatenate, SampleFrom, Zip
from wengert.data.pipeline.compiled import CompiledMap
from wengert.data.pipeline.elements import Spec
from wengert.data.pipeline.fingerprint import fingerprint
from wengert.data.pipeline.functions import Call
from wengert.data.pipeline.interleave import Interleave
from wengert.data.pipeline.iterator import Iterator, place_of
from wengert.data.pipeline.node import Node, finite
from wengert.data.pipeline.order import Repeat, Shard, Share, Skip, Take
from wengert.data.pipeline.pointwise import Batch, Enumerate, Gather, Map, PaddedBatch
from wengert.data.pipeline.readers import Readers
from wengert.data.pipeline.segment import Prefetch
from wengert.data.pipeline.select import Filter, SkipFailures, Unbatch
from wengert.data.pipeline.shuffle import Shuffle
from wengert.data.pipeline.sources import Range, Windows
from wengert.data.pipeline.window import Bucket, Window
from wengert.runtime.function import Function

OnError = Literal["raise", "skip"]


class Dataset(Readers):
    """Elements, where they come from and what is done with them: lazy, and the same for any number of threads.

    An element is an array, a number or text, or a nested dict or tuple of these. Each method gives a new data set;
    nothing is read before elements are asked for. `docs/data.md` goes through what there is.

    Example:
        >>> from wengert.data import Dataset
        >>> data = Dataset.range(10).map(lambda x: x * x, num_threads=2).batch(4)
        >>> for batch in data:
        ...     print(batch)
        [0 1 4 9]
        [16 25 36 49]
        [64 81]
    """

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._epochs = itertools.count()
        self._fingerprint: str | None = None

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
        """An epoch from its start, or from a state of an iterator on.

        Args:
            state: what `Iterator.state` gave, of a data set with the same `fingerprint`.
            epoch: which; shuffles and keys differ from one to the next. A state has its own.
            timeout: seconds without an element after which a stage in the background is stuck: StallError.
        """
        place = None
        if state is not None:
            epoch, place = place_of(state, self.fingerprint())
        return Iterator(self._node, self.fingerprint(), epoch, place, timeout)

    def watch(self) -> Generator[Any]:
        """The next epoch, with a live line on a terminal: elements a second, how busy stages and how full queues are.

        When it ends, or the loop is left, stderr has a line for each stage and the sentence that follows from them.
        """
        return iter(self).watch()

    # --- order ------------------------------------------------------------------------------------
    def shuffle(
        self, buffer: int | None = None, *, seed: int = 0, reshuffle_each_epoch: bool = True
    ) -> Dataset:
        """Random order, through a buffer of `buffer` elements; None: of all."""
        if buffer is not None:
            require_count("shuffle", "buffer", buffer)
        return self._reordered(lambda node: Shuffle(node, buffer, seed, reshuffle_each_epoch))

    def repeat(self, count: int | None = None) -> Dataset:
        """The epochs one after the other, as one; None: without end."""
        if count is not None:
            require_count("repeat", "count", count, 0)
        return self._reordered(lambda node: Repeat(node, count))

    def take(self, count: int) -> Dataset:
        """The first `count` elements."""
        require_count("take", "count", count, 0)
        return self._reordered(lambda node: Take(node, count))

    def skip(self, count: int) -> Dataset:
        """All but the first `count` elements."""
        require_count("skip", "count", count, 0)
        return self._reordered(lambda node: Skip(node, count))

    def shard(self, count: int, index: int) -> Dataset:
        """Every `count`-th element, from number `index` on."""
        if not 0 <= index < count:
            raise ValueRangeError(f"shard: index must be from 0 to count - 1; got {index} of {count}.")
        return self._reordered(lambda node: Shard(node, count, index))

    def _reordered(self, make: Callable[[Node], Node]) -> Dataset:
        """Where elements are looked up by number, their numbers are reordered."""
        node = self._node
        return Dataset(replace(node, input=make(node.input)) if isinstance(node, Gather) else make(node))

    def split(self, *fractions: float, seed: int | None = None) -> tuple[Dataset, ...]:
        """Parts that hold these fractions of the elements, each element in one part; with a seed, drawn at random.

        Example:
            >>> train, test = Dataset.range(10).split(0.8, 0.2)
            >>> [int(x) for x in test]
            [8, 9]
        """
        if not fractions or min(fractions) <= 0 or abs(sum(fractions) - 1) > 1e-9:
            raise ValueRangeError(f"split: fractions must be positive and add up to 1; got {fractions}.")
        limits = [0.0, *itertools.accumulate(fractions)]
        limits[-1] = 1.0
        size = finite(self._node.size())
        if size is None:
            return tuple(Dataset(Share(self._node, a, b, seed or 0)) for a, b in itertools.pairwise(limits))
        whole = self if seed is None else self.shuffle(seed=seed, reshuffle_each_epoch=False)
        ends = [round(x * size) for x in limits]
        return tuple(whole.skip(a).take(b - a) for a, b in itertools.pairwise(ends))

    # --- elements ---------------------------------------------------------------------------------
    def map(
        self,
        f: Callable[..., Any],
        num_threads: int = 0,
        *,
        num_processes: int = 0,
        ordered: bool = True,
        on_error: OnError = "raise",
        seed: int = 0,
    ) -> Dataset:
        """f(element) of each element; the parts of a tuple are arguments: f(x, y).

        A `wg.function` of Wengert's operations is compiled for many elements at once: one native call a batch.

        Args:
            f: may have a parameter `key`: an int that depends on (seed, epoch, number of the element), to seed what is
                random.
            num_threads: how many threads may call f at a time, ahead of who takes the elements; 0: who takes calls.
            num_processes: how many processes call f, instead of threads: worth it where f is slow and pure Python. They
                are forked off when the iteration starts; elements, results and exceptions are pickled on their way.
            ordered: False: elements come as they are done, which saves waiting for slow ones; there is no state then.
            on_error: "raise" gives an exception of f to whoever takes the element, "skip" leaves the element out.
            seed: of the keys.

        Example:
            >>> [int(x) for x in Dataset.range(3).map(lambda x: x * x, num_threads=2)]
            [0, 1, 4]
        """
        require_count("map", "num_threads", num_threads, 0)
        require_count("map", "num_processes", num_processes, 0)
        kind = CompiledMap if isinstance(f, Function) and not num_processes else Map
        node = kind(self._node, Call(f), seed, num_threads, num_processes, ordered)
        return self._skipping("map", node, on_error)

    def filter(self, f: Callable[..., Any], *, on_error: OnError = "raise", seed: int = 0) -> Dataset:
        """The elements of which f(element) is true."""
        return self._skipping("filter", Filter(self._node, Call(f), seed), on_error)

    @staticmethod
    def _skipping(operation: str, node: Node, on_error: str) -> Dataset:
        if on_error not in ("raise", "skip"):
            raise ValueRangeError(f"{operation}: on_error must be 'raise' or 'skip'; got {on_error!r}.")
        return Dataset(SkipFailures(node, node) if on_error == "skip" else node)

    def skip_errors(self) -> Dataset:
        """All elements but those that a reader or a function failed to make; `Iterator.stats` counts them."""
        return Dataset(SkipFailures(self._node, None))

    def flat_map(self, f: Callable[..., Dataset], *, seed: int = 0) -> Dataset:
        """All elements of the data set f(element), for one element after the other."""
        return Dataset(Interleave(self._node, Call(f), _node_of, 1, None, 0, seed))

    def interleave(
        self,
        f: Callable[..., Dataset],
        cycle: int = 4,
        block: int = 1,
        num_threads: int = 0,
        *,
        seed: int = 0,
    ) -> Dataset:
        """`block` elements in turn from each of `cycle` data sets f(element).

        Args:
            num_threads: how many of those in the cycle are read ahead, by a thread each.
        """
        require_count("interleave", "cycle", cycle)
        require_count("interleave", "block", block)
        require_count("interleave", "num_threads", num_threads, 0)
        return Dataset(Interleave(self._node, Call(f), _node_of, cycle, block, num_threads, seed))

    def enumerate(self, start: int = 0) -> Dataset:
        """(number, element)."""
        return Dataset(Enumerate(self._node, start))

    # --- several together -------------------------------------------------------------------------
    def batch(self, size: int, *, drop_remainder: bool = False) -> Dataset:
        """`size` elements at a time, stacked along a new first axis; the last batch may be shorter, or dropped.

        Example:
            >>> [x.tolist() for x in Dataset.range(5).batch(2)]
            [[0, 1], [2, 3], [4]]
        """
        require_count("batch", "size", size)
        return Dataset(Batch(self._node, size, drop_remainder))

    def padded_batch(
        self, size: int, *, values: Any = 0, lengths: Any = None, drop_remainder: bool = False
    ) -> Dataset:
        """As `batch`, of arrays of different lengths, each filled up at the end to the longest.

        Args:
            values: what to fill up with: one, or one for each leaf.
            lengths: for each leaf a list of lengths, -1 where the longest decides; None: it decides everywhere.

        Example:
            >>> data = Dataset.range(1, 4).map(lambda n: list(range(n))).padded_batch(3, values=-1)
            >>> next(iter(data)).tolist()
            [[0, -1, -1], [0, 1, -1], [0, 1, 2]]
        """
        require_count("padded_batch", "size", size)
        return Dataset(PaddedBatch(self._node, size, drop_remainder, values, lengths))

    def bucket_by_length(
        self,
        length: Callable[..., int],
        boundaries: Sequence[int],
        batch_sizes: Sequence[int],
        *,
        values: Any = 0,
        drop_remainder: bool = False,
    ) -> Dataset:
        """Padded batches of elements of similar length: less of them is padding.

        Args:
            length: the length of an element.
            boundaries: lengths, rising: the first bucket has those below the first, the last those from the last on.
            batch_sizes: for each bucket, one more than there are boundaries.
        """
        limits, counts = tuple(boundaries), tuple(batch_sizes)
        if list(limits) != sorted(set(limits)) or len(counts) != len(limits) + 1 or min(counts) < 1:
            raise ValueRangeError(
                f"bucket_by_length: boundaries must rise, and batch_sizes be one more, each >= 1; "
                f"got {list(limits)} and {list(counts)}."
            )
        return Dataset(Bucket(self._node, Call(length), limits, counts, values, drop_remainder))

    def window(
        self, length: int, *, shift: int | None = None, stride: int = 1, drop_remainder: bool = True
    ) -> Dataset:
        """`length` elements that are `stride` apart, stacked; the next window starts `shift` (`length`) later.

        Example:
            >>> [x.tolist() for x in Dataset.range(5).window(3, shift=1)]
            [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
        """
        shift = length if shift is None else shift
        for what, value in (("length", length), ("shift", shift), ("stride", stride)):
            require_count("window", what, value)
        node = self._node
        whole = (
            isinstance(node, Gather)
            and isinstance(node.input, Range)
            and node.input.size() == len(node.source)
        )
        if isinstance(node, Gather) and whole and drop_remainder:
            return self._indexed(Windows(node.source, length, shift, stride))
        return Dataset(Window(node, length, shift, stride, drop_remainder))

    def unbatch(self) -> Dataset:
        """The rows of each element, one by one."""
        return Dataset(Unbatch(self._node))

    @staticmethod
    def zip(*datasets: Dataset) -> Dataset:
        """(element of the first, element of the second, ...), until one ends."""
        return Dataset(Zip(_nodes("zip", datasets)))

    def concatenate(self, *others: Dataset) -> Dataset:
        """The elements of this one, then those of the others."""
        return Dataset(Concatenate(_nodes("concatenate", (self, *others))))

    @staticmethod
    def sample_from(
        datasets: Sequence[Dataset], weights: Sequence[float] | None = None, *, seed: int = 0
    ) -> Dataset:
        """Each element from a data set drawn by weight; one that has ended is not drawn any more."""
        chances = [1.0] * len(datasets) if weights is None else [float(w) for w in weights]
        if len(chances) != len(datasets) or min(chances, default=0) < 0 or not 0 < sum(chances) < math.inf:
            raise ValueRangeError(
                f"sample_from: there must be a weight >= 0 for each of {len(datasets)} data sets; got {weights}."
            )
        return Dataset(SampleFrom(_nodes("sample_from", tuple(datasets)), tuple(chances), seed))

    # --- when -------------------------------------------------------------------------------------
    def cache(self, path: str | Path | None = None) -> Dataset:
        """Elements are made once, in epoch 0, and kept for the others: in memory, or in a file, which stays."""
        return Dataset(Cache(self._node, None if path is None else Path(path)))

    def prefetch(self, buffer: int = 2) -> Dataset:
        """The same elements, up to `buffer` of them made ahead in the background."""
        require_count("prefetch", "buffer", buffer)
        return Dataset(Prefetch(self._node, buffer))


def _nodes(operation: str, datasets: tuple[Dataset, ...]) -> tuple[Node, ...]:
    if not datasets:
        raise ArgumentError(f"{operation}: there must be a data set; got none.")
    return tuple(_node_of(d, operation) for d in datasets)


def _node_of(dataset: Any, operation: str = "flat_map") -> Node:
    if not isinstance(dataset, Dataset):
        raise ArgumentError(f"{operation}: must be given a Dataset; got {type(dataset).__name__}.")
    return dataset._node
