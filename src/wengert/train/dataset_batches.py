"""Batches out of a `wg.data.Dataset`, with its exact place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wengert.base.errors import UsageError
from wengert.train.batches import Batch


class DatasetBatches:
    """Batches that are the elements of a data set: `x`, `(x, y)` or `(x, y, sample_weight)`.

    Epoch k of training is epoch k of the data set; where `steps` says how long an epoch of training is, each goes on
    where the one before has ended.

    Args:
        call: "fit", "evaluate" or "predict", for messages.
        source: has `iterate(state, epoch=)` and `fingerprint()`; its iterators `state()`, `advice()`, `close()`.
        prepare: checks one element and gives its arrays in the types that programs want.
        steps: how many batches make an epoch.
    """

    def __init__(
        self, call: str, source: Any, prepare: Callable[[Any], Batch], steps: int | None = None
    ) -> None:
        self.call, self.source, self.prepare, self.steps = call, source, prepare, steps
        self.advice: str | None = None
        self._open: Any = None  # the iterator under way
        self._turn = 0  # the epoch of the data set that comes next, where `steps` decides

    def __len__(self) -> int:
        if self.steps is not None:
            return self.steps
        try:
            return len(self.source)
        except TypeError:  # not known before the data is read
            return 0

    def state(self) -> dict[str, Any]:
        """Which data set, and how far it was read."""
        at = None if self._open is None else self._open.state()
        return {"dataset": self.source.fingerprint(), "steps": self.steps, "turn": self._turn, "at": at}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on with the very next batch.

        Raises:
            UsageError: it is another data set, or epochs were of another length.
        """
        if state.get("dataset") != self.source.fingerprint():
            raise UsageError(
                f"{self.call}: to resume, the data set must be as before: data, steps, their order and their seeds."
            )
        if state["steps"] != self.steps:
            raise UsageError(
                f"{self.call}: to resume, steps_per_epoch must be as before, {state['steps']}; got {self.steps}."
            )
        self._turn = state["turn"]
        self._open = None if state["at"] is None else self.source.iterate(state["at"])

    def epoch(self, number: int, start: int = 0) -> Iterator[Batch]:
        """The batches of an epoch, without the first `start`, which `restore` has left behind.

        Raises:
            UsageError: there are none.
        """
        elements = self._whole(number, start) if self.steps is None else self._some(self.steps - start)
        found = False
        for element in elements:
            found = True
            yield self.prepare(element)
        if not found and not start:
            raise UsageError(f"{self.call}: the data set must give batches; got none in epoch {number + 1}.")

    def _whole(self, number: int, start: int) -> Iterator[Any]:
        """One epoch of the data set; nothing, if it was left at its end."""
        if not start:
            self._open = self.source.iterate(epoch=number)
        iterator = self._open
        if iterator is None:
            return
        try:
            yield from iterator
            self.advice, self._open = iterator.advice(), None
        finally:
            iterator.close()

    def _some(self, count: int) -> Iterator[Any]:
        """So many elements, of as many epochs of the data set as it takes."""
        empty = False
        while count:
            if self._open is None:
                self._open = self.source.iterate(epoch=self._turn)
                self._turn += 1
            element = next(self._open, self)
            if element is not self:
                count, empty = count - 1, False
                yield element
                continue
            self.advice, self._open = self._open.advice(), None
            if empty:  # twice in a row
                return
            empty = True
