"""One pass over a data set, as users hold it: elements, state, statistics, an end."""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Generator
from time import perf_counter
from types import TracebackType
from typing import Any

from wengert.base.errors import UsageError, ValueRangeError
from wengert.base.progress import bar
from wengert.data.pipeline.elements import Chunk, Failure, rows
from wengert.data.pipeline.meter import StageStats, advice
from wengert.data.pipeline.node import Cursor, Node, Run, State, finite

REDRAW = 0.25  # seconds between what the live line says of the stages


class Iterator:
    """The elements of one epoch, from the start or from a state. `Dataset.iterate` makes it.

    Threads start with the first element, and end with the last one, with `close`, at the end of a with-block, or when
    nothing refers to the iterator any more. In a process that was forked off it goes on from where it stood.

    Example:
        >>> from wengert.data import Dataset
        >>> data = Dataset.range(5).shuffle()
        >>> with data.iterate() as iterator:
        ...     first, state = next(iterator), iterator.state()
        >>> sorted([int(first), *(int(x) for x in data.iterate(state))])
        [0, 1, 2, 3, 4]
    """

    def __init__(self, node: Node, fingerprint: str, epoch: int, place: State, timeout: float) -> None:
        if not timeout > 0:
            raise ValueRangeError(f"iterate: timeout must be a number of seconds above 0; got {timeout!r}.")
        self._node, self._fingerprint, self._timeout = node, fingerprint, timeout
        self._total = finite(node.size()) if place is None else None
        self.epoch = epoch
        self._open(place)

    def _open(self, place: State) -> None:
        self._run = Run(self._timeout)
        self._pid = os.getpid()
        self._closed = False
        self._began = self._waited = 0.0
        self._cursor: Cursor = self._node.start(self._run, self.epoch, place)
        self._finalizer = weakref.finalize(self, self._run.close, wait=False)

    def __iter__(self) -> Iterator:
        return self

    def __next__(self) -> Any:
        if self._pid != os.getpid():
            self._reopen()
        if self._closed:
            raise StopIteration
        began = perf_counter()
        self._began = self._began or began
        found: Chunk = self._cursor.block(1)
        self._waited += perf_counter() - began
        if not len(found):
            self.close()
            raise StopIteration
        (element,) = rows(found)
        if isinstance(element, Failure):
            raise element.take()
        return element

    def _reopen(self) -> None:
        """Go on in a process that was forked off: the threads stayed in the other one."""
        place = self._cursor.state()
        self._finalizer.detach()
        self._open(place)

    def state(self) -> dict[str, Any]:
        """Where this iterator stands, in values of JSON: `Dataset.iterate(state)` goes on with the next element.

        Raises:
            UsageError: a step of the data set gives elements in the order in which threads are done.
        """
        return {"dataset": self._fingerprint, "epoch": self.epoch, "at": self._cursor.state()}

    def stats(self) -> list[StageStats]:
        """What each stage did so far, in the order of the data."""
        return [meter.stats() for meter in reversed(self._run.meters.values())]

    @property
    def waited(self) -> float:
        """The share of the time since the first element that was spent waiting for elements, 0 to 1."""
        return self._waited / max(perf_counter() - self._began, 1e-9) if self._began else 0.0

    def advice(self, least: float = 0.1) -> str | None:
        """What to change, in a sentence, when the share of the time that elements are waited for is above `least`."""
        seconds = perf_counter() - self._began
        return advice(self.stats(), self._waited, seconds) if self.waited > least else None

    def watch(self) -> Generator[Any]:
        """The elements, with a live line on stderr: how far it is, and what each stage does; then what to change.

        The line needs a terminal and tqdm (`pip install 'wengert[datasets]'`); what comes at the end does not.
        """
        with self, bar(total=self._total, unit=" elements") as line:
            drawn = perf_counter()
            try:
                for element in self:
                    yield element
                    if line is not None and not line.disable:
                        line.update()
                        if perf_counter() - drawn > REDRAW:
                            line.set_postfix_str(", ".join(stage.brief() for stage in self.stats()))
                            drawn = perf_counter()
            finally:
                if line is not None:
                    line.close()
                for text in [
                    *map(str, self.stats()),
                    self.advice() or f"waited {self.waited:.0%} of the time",
                ]:
                    sys.stderr.write(text + "\n")

    def close(self) -> None:
        """Stop the threads; there are no more elements then."""
        self._closed = True
        self._finalizer.detach()
        if self._pid == os.getpid():
            self._run.close()

    def __enter__(self) -> Iterator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def place_of(state: Any, fingerprint: str) -> tuple[int, State]:
    """Epoch and place that a state of a data set says.

    Raises:
        UsageError: it is no state, or one of another data set.
    """
    if not isinstance(state, dict) or not {"dataset", "epoch", "at"} <= state.keys():
        raise UsageError(f"iterate: state must be one that an iterator's state() gave; got {state!r:.200}.")
    if state["dataset"] != fingerprint:
        raise UsageError(
            f"iterate: state must be of this data set, {fingerprint}; got one of {state['dataset']}. "
            "Data, steps, their order and their seeds must be the same as when it was taken."
        )
    return state["epoch"], state["at"]
