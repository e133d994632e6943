"""Running a segment: where the elements are asked for, or ahead of that, by threads with a queue that keeps order.

A thread draws a ticket: it reads a chunk from the spine, alone, and its ticket takes the next place in the queue. It
then does the work, beside the others, and puts the outputs into its ticket. Whoever takes from the queue waits for
the first ticket, so the order is that of reading, whatever thread was faster. An element that fails is an element.
"""

from __future__ import annotations

import threading
from collections import deque
from time import perf_counter
from typing import TYPE_CHECKING

from wengert.base.errors import UsageError
from wengert.data.pipeline.elements import Chunk, Columns, Failure
from wengert.data.pipeline.faults import stall
from wengert.data.pipeline.node import Cursor, Run, State

if TYPE_CHECKING:
    from wengert.data.pipeline.segment import Work

LOOK = 0.5  # seconds between looks at whether anything still runs
JOIN = 1.0  # seconds that closing waits for a thread
FAST, SLOW = 0.001, 0.004  # seconds of work between which a ticket's should lie
AHEAD = 64  # elements that a thread may be ahead where nothing says how many


class Inline(Cursor):
    """The work is done when an element is asked for."""

    def __init__(self, work: Work, run: Run, epoch: int, state: State) -> None:
        self.work, self.count = work, state["n"] if state else 0
        self.input = work.spine.start(run, epoch, state["in"] if state else None)
        self.skip = state["done"] if state else 0  # outputs that were taken before

    def block(self, n: int) -> Chunk:
        while self.skip and len(passed := self._made(self.skip)):
            self.skip -= len(passed)
        return self._made(n)

    def _made(self, n: int) -> Chunk:
        began = perf_counter()
        chunk = self.input.block(n) if self.work.unit == 1 else self.input.exactly(self.work.unit)
        self.work.meter.reading += perf_counter() - began
        first, self.count = self.count, self.count + len(chunk)
        if not len(chunk):
            self.work.finish()
            return []
        found = self.work(chunk, first)
        self.work.meter.taken += len(found)
        return found

    def state(self) -> State:
        return {"in": self.input.state(), "n": self.count, "done": self.skip}


class _Ticket:
    """A chunk's place in the queue. `before`, `after`: the places in the spine around it."""

    __slots__ = ("after", "before", "chunk", "cost", "outputs")

    def __init__(self, before: tuple[State, int], chunk: Chunk, after: tuple[State, int], cost: int) -> None:
        self.before, self.chunk, self.after, self.cost = before, chunk, after, cost
        self.outputs: Chunk | None = None


class Background(Cursor):
    """The work is done ahead, by threads.

    Args:
        threads: how many.
        buffer: how many outputs may be ahead of who takes them; None: a few for each thread.
    """

    def __init__(
        self, work: Work, run: Run, epoch: int, state: State, threads: int, buffer: int | None
    ) -> None:
        self.work, self.run, self.meter = work, run, work.meter
        ahead = (2 if work.unit > 1 else AHEAD) * threads
        self.capacity = self.meter.capacity = max(buffer or ahead, threads)
        self.input = work.spine.start(run, epoch, state["in"] if state else None)
        self.place = (state["in"] if state else self.input.state(), state["n"] if state else 0)
        self.end = self.place  # after the last output that was taken
        self.skip = state["done"] if state else 0
        self.tickets: deque[_Ticket] = deque()
        self.current: _Ticket | None = None
        self.used = 0  # outputs taken of the current ticket
        self.ahead = 0  # outputs, about, that the tickets in the queue are
        self.chunks = 1  # units that a ticket takes: more where they are fast
        self.ended = self.stopped = False
        self.reading, self.changed = threading.Lock(), threading.Condition()
        self.threads = [
            threading.Thread(target=self._labour, name=f"wengert {self.meter.name} {k}", daemon=True)
            for k in range(threads)
        ]
        self.started = False

    # --- who takes --------------------------------------------------------------------------------
    def block(self, n: int) -> Chunk:
        if not self.started:
            self._start()
        while True:
            if self.current is not None:
                assert self.current.outputs is not None
                found = part(self.current.outputs, self.used, self.used + n)
                self.used += len(found)
                if len(found):
                    self.meter.taken += len(found)
                    return found
                self.end = self.current.after
            self.current = self._next()
            if self.current is None:
                self.run.leave(self)
                self.work.finish()
                return []
            self.used = min(self.skip, len(self.current.outputs or []))
            self.skip -= self.used

    def _next(self) -> _Ticket | None:
        """The first ticket of the queue when its outputs are there; None at the end."""
        began = perf_counter()
        with self.changed:
            self.meter.takes += 1
            self.meter.filled += sum(t.cost for t in self.tickets if t.outputs is not None)
            while (ticket := self._ready()) is None:
                if (self.ended and not self.tickets) or self.stopped:
                    return None
                if not any(t.is_alive() for t in self.threads):
                    raise RuntimeError(
                        f"{self.meter.name}: all threads of this stage ended before the data did."
                    )
                waited = perf_counter() - began
                if (
                    waited > self.run.timeout + 0.1 * self.work.spine.depth
                ):  # the innermost stage speaks first
                    raise stall(self.meter.name, self.run.timeout, self.threads)
                self.changed.wait(min(LOOK, self.run.timeout / 4))
            self.tickets.remove(ticket)
            self.ahead -= ticket.cost
            self.changed.notify_all()
        self.meter.waited += perf_counter() - began
        return ticket

    def _ready(self) -> _Ticket | None:
        if self.work.segment.ordered:
            return self.tickets[0] if self.tickets and self.tickets[0].outputs is not None else None
        return next((t for t in self.tickets if t.outputs is not None), None)

    def state(self) -> State:
        if not self.work.segment.ordered:
            raise UsageError(
                f"state: elements must come in one order; got ordered=False in {self.meter.name}. Use ordered=True."
            )
        if self.current is not None and self.used < len(self.current.outputs or []):
            (place, n), done = self.current.before, self.used
        else:
            (place, n), done = self.end if self.current is None else self.current.after, self.skip
        return {"in": place, "n": n, "done": done}

    # --- who makes --------------------------------------------------------------------------------
    def _start(self) -> None:
        self.started = True
        self.run.enter(self)
        for thread in self.threads:
            thread.start()

    def _labour(self) -> None:
        ticket = None
        try:
            while (ticket := self._draw()) is not None:
                began = perf_counter()
                outputs = self.work(ticket.chunk, ticket.before[1])
                self._pace(perf_counter() - began)
                self._hand_in(ticket, outputs)
        except BaseException as error:  # SystemExit too: whoever takes must hear of it
            if ticket is not None:
                self._hand_in(ticket, [Failure(error, self.work)])

    def _hand_in(self, ticket: _Ticket, outputs: Chunk) -> None:
        with self.changed:
            ticket.outputs, ticket.chunk = outputs, []
            self.changed.notify_all()

    def _draw(self) -> _Ticket | None:
        """A ticket with the next chunk, when there is room for it; None: there is nothing more to do."""
        with self.reading:
            with self.changed:
                while (
                    self.ahead
                    and self.ahead + self.chunks > self.capacity
                    and not (self.stopped or self.ended)
                ):
                    self.changed.wait(LOOK)
                if self.stopped or self.ended:
                    return None
                cost = self.chunks
                self.ahead += cost
            ticket = self._read(cost)
            with self.changed:
                if ticket is None:
                    self.ended = True
                else:
                    self.tickets.append(ticket)
                self.changed.notify_all()
            return None if self.ended else ticket

    def _read(self, units: int) -> _Ticket | None:
        began, before = perf_counter(), self.place
        try:
            chunk = self.input.exactly(units * self.work.unit)
            self.place = (self.input.state(), before[1] + len(chunk))
        except BaseException as error:
            self.ended = True
            ticket = _Ticket(before, [], before, units)
            ticket.outputs = [Failure(error, self.work)]
            return ticket
        self.meter.reading += perf_counter() - began
        return _Ticket(before, chunk, self.place, units) if len(chunk) else None

    def _pace(self, seconds: float) -> None:
        """Tickets of a few milliseconds at most: cheap elements are taken many at a time."""
        if seconds < FAST and self.work.unit == 1:
            self.chunks = max(1, min(2 * self.chunks, self.capacity // (2 * len(self.threads))))
        elif seconds > SLOW:
            self.chunks = max(1, self.chunks // 2)

    def stop(self, wait: bool = True) -> None:
        """End the threads; from any thread, at any time."""
        self.stopped = True
        if self.changed.acquire(timeout=LOOK):
            self.changed.notify_all()
            self.changed.release()
        for thread in self.threads if wait else ():
            if thread.is_alive() and thread is not threading.current_thread():
                thread.join(JOIN)


def part(chunk: Chunk, start: int, stop: int) -> Chunk:
    """Elements from start to stop."""
    return chunk.part(start, stop) if isinstance(chunk, Columns) else chunk[start:stop]
