"""Batches: rows of arrays in buffers that are used again, or what an iterable of batches gives."""

from __future__ import annotations

import collections
import functools
import hashlib
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.base.errors import ShapeError, UsageError, ValueRangeError
from wengert.base.numbers import require_count
from wengert.ir.types import TensorType

if TYPE_CHECKING:
    from wengert.runtime.gather import Gather
    from wengert.runtime.program import Program

Array = np.ndarray[Any, Any]
Batch = list[Array]
_SEEN = 64  # rows whose values tell whether data are the same as before


class ArrayBatches:
    """Arrays cut into batches of rows, in order or shuffled; the last batch may be shorter.

    A batch is valid until the next one is taken: shuffled and converted rows lie in buffers that are reused.

    Args:
        columns: arrays with as many rows each.
        types: what the batches of each column must be.
        seed: None keeps the order; an int shuffles, differently in each pass over the rows, always the same
            for one seed.
        steps: how many batches make an epoch, which then goes on where the last one ended; None: one pass.
    """

    def __init__(
        self,
        columns: Sequence[Array],
        types: Sequence[TensorType],
        batch_size: int,
        seed: int | None = None,
        steps: int | None = None,
    ) -> None:
        self.columns, self.batch_size, self.seed = list(columns), batch_size, seed
        self.rows = len(columns[0])
        self._in_a_pass = -(-self.rows // batch_size)
        self._in_an_epoch = self._in_a_pass if steps is None else steps
        dtypes = [np.dtype(t.dtype) for t in types]
        self._buffers = [
            None
            if seed is None and self._as_it_is(c, d)
            else np.empty((min(batch_size, self.rows), *c.shape[1:]), d)
            for c, d in zip(self.columns, dtypes, strict=True)
        ]

    @staticmethod
    def _as_it_is(column: Array, dtype: np.dtype[Any]) -> bool:
        return column.dtype == dtype and column.flags.c_contiguous

    def __len__(self) -> int:
        return self._in_an_epoch

    def state(self) -> dict[str, Any]:
        """What decides the batches, beside the number of the epoch."""
        return {
            "rows": self.rows,
            "batch_size": self.batch_size,
            "steps": self._in_an_epoch,
            "digest": _digest(self.columns),
            "seed": self.seed,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Give the batches that belong to such a state.

        Raises:
            UsageError: these are not the data, or not the way to cut and shuffle them, that the state was of.
        """
        mine = self.state()
        for what, value in mine.items():
            fits = (
                (state.get(what) is None) == (value is None) if what == "seed" else state.get(what) == value
            )
            if not fits:
                name = {"seed": "shuffle", "digest": "the values of the data"}.get(what, what)
                raise UsageError(
                    f"fit: to resume, {name} must be as before; got {value!r} for {state.get(what)!r}."
                )
        self.seed = state["seed"]

    def epoch(self, number: int, start: int = 0) -> Iterator[Batch]:
        """The batches of an epoch, without the first `start`."""
        for batch in self.unfilled(number, start):
            if isinstance(batch, Unfilled):
                batch.first.run()
            yield batch

    def unfilled(self, number: int, start: int = 0) -> Iterator[Batch]:
        """As `epoch`; but what is `Unfilled` is to be filled by whoever takes it."""
        order = None
        first = number * self._in_an_epoch
        for at in range(first + start, first + self._in_an_epoch):
            turn, k = divmod(at, self._in_a_pass)
            if self.seed is not None and (k == 0 or order is None):
                order = np.random.default_rng([self.seed, turn]).permutation(self.rows)
            start, stop = k * self.batch_size, min((k + 1) * self.batch_size, self.rows)
            if order is None:
                yield [_rows(c, b, start, stop) for c, b in zip(self.columns, self._buffers, strict=True)]
            else:
                yield self._picked(order[start:stop])

    def _picked(self, picks: Array) -> Batch:
        batch, gather = self._whole, self._gather
        if len(picks) < len(batch[0]):
            first_rows = [b[: len(picks)] for b in batch]
            batch = Unfilled(first_rows, batch.first) if isinstance(batch, Unfilled) else first_rows
        if gather is not None:
            gather.pick(picks)
        else:
            for column, into in zip(self.columns, batch, strict=True):
                into[...] = column[picks]
        return batch

    @functools.cached_property
    def _whole(self) -> Batch:
        """A whole batch of shuffled rows: the buffers."""
        buffers = [b for b in self._buffers if b is not None]
        return buffers if self._gather is None else Unfilled(buffers, self._gather.program)

    @functools.cached_property
    def _gather(self) -> Gather | None:
        """What fills the buffers natively, if it can."""
        from wengert.runtime.gather import Gather, can_gather  # which imports the compiler, as a program does

        buffers = [b for b in self._buffers if b is not None]
        fits = all(can_gather(c, b.dtype) for c, b in zip(self.columns, buffers, strict=True))
        return Gather(self.columns, buffers) if fits else None


class Unfilled(list[Array]):
    """A batch whose rows are not there yet. first: a native program that puts them there; it may run within the same
    call as what reads them.
    """

    def __init__(self, arrays: Batch, first: Program) -> None:
        super().__init__(arrays)
        self.first = first


def _rows(column: Array, buffer: Array | None, start: int, stop: int) -> Array:
    if buffer is None:
        return column[start:stop]
    into = buffer[: stop - start]
    into[...] = column[start:stop]
    return into


def _digest(columns: Sequence[Array]) -> str:
    """A digest of shapes, dtypes and some rows: it tells other data, or another order, in no time."""
    found = hashlib.blake2b(digest_size=16)
    for c in columns:
        found.update(repr((c.shape, c.dtype.str)).encode())
        rows = np.unique(np.linspace(0, len(c) - 1, _SEEN).astype(np.int64))
        found.update(np.ascontiguousarray(c[rows]).tobytes())
    return found.hexdigest()


class IterableBatches:
    """Batches out of an iterable of `x`, `(x, y)` or `(x, y, sample_weight)`.

    Args:
        call: "fit", "evaluate" or "predict", for messages.
        source: iterated anew for each epoch; its length, if it has one, is the number of steps.
        prepare: checks one element and gives its arrays in the types that programs want.
        steps: how many batches make an epoch; an iterator goes on where it was.

    Raises:
        UsageError: the source gives no batches.
    """

    def __init__(
        self, call: str, source: Iterable[Any], prepare: Callable[[Any], Batch], steps: int | None = None
    ) -> None:
        if not hasattr(source, "__iter__"):
            raise UsageError(f"{call}: batches must come from an iterable; got {source!r}.")
        self.call, self.source, self.prepare, self.steps = call, source, prepare, steps
        self._endless = iter(source) if steps is not None else None
        self._taken = 0  # of the pass over the source that is under way

    def __len__(self) -> int:
        if self.steps is not None:
            return self.steps
        length = getattr(self.source, "__len__", None)
        return 0 if length is None else int(length())  # 0: not known

    def state(self) -> dict[str, Any]:
        """How far the source was read."""
        return {"steps": self.steps, "taken": self._taken}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Read on from there. The source is read again up to there, so it must give the same batches again.

        Raises:
            UsageError: epochs were of another length.
        """
        if state.get("steps") != self.steps:
            raise UsageError(
                f"fit: to resume, steps_per_epoch must be as before, {state.get('steps')}; got {self.steps}."
            )
        self._taken = state["taken"]
        if self._endless is not None:
            collections.deque(itertools.islice(self._endless, self._taken), maxlen=0)

    def epoch(self, number: int, start: int = 0) -> Iterator[Batch]:
        """The batches of one epoch, without the first `start`.

        Raises:
            UsageError: the iterable is at its end.
        """
        if self._endless is None:
            self._taken = start
            elements = itertools.islice(self.source, start, None)
        else:
            elements = itertools.islice(self._rounds(), (self.steps or 0) - start)
        found = False
        for element in elements:
            found = True
            self._taken += 1
            yield self.prepare(element)
        if not found and not start:
            raise UsageError(
                f"{self.call}: the iterable must give batches in every epoch; got none in epoch {number + 1}. Pass one "
                f"that starts again."
            )

    def _rounds(self) -> Iterator[Any]:
        """Elements; from the start again when the iterable is one that can start again."""
        while True:
            for element in self._endless or ():  # noqa: UP028  # `yield from` would close it with the epoch
                yield element
            if iter(self.source) is self.source:
                return
            self._endless, self._taken = iter(self.source), 0


def require_frequency(epochs: Any, steps: Any) -> tuple[int | Collection[int], int | None]:
    """How often to validate: `validation_freq` and `validation_interval`.

    Raises:
        ValueRangeError: one is no positive int, or collection of them.
    """
    steps = None if steps is None else require_count("fit", "validation_interval", steps)
    if isinstance(epochs, Collection) and not isinstance(epochs, str):
        return frozenset(require_count("fit", "validation_freq", e) for e in epochs), steps
    return require_count("fit", "validation_freq", epochs), steps


def require_batch_size(call: str, batch_size: Any) -> int:
    """The batch size, 32 if None."""
    return 32 if batch_size is None else require_count(call, "batch_size", batch_size)


def split_rows(call: str, columns: Sequence[Array | None], share: Any) -> tuple[list[Any], list[Any]]:
    """(the first rows, the last `share` of the rows) of each column.

    Raises:
        ValueRangeError: the share is not within (0, 1). ShapeError: one side would be empty.
    """
    if not isinstance(share, int | float | np.number) or not 0 < share < 1:
        raise ValueRangeError(f"{call}: validation_split must be in [0, 1); got {share!r}.")
    rows = next(len(c) for c in columns if c is not None)
    cut = int(rows * (1 - share))
    if not 0 < cut < rows:
        raise ShapeError(f"{call}: validation_split={share} of {rows} rows must leave rows on both sides.")
    parts = [(None, None) if c is None else (c[:cut], c[cut:]) for c in columns]
    return [p[0] for p in parts], [p[1] for p in parts]
