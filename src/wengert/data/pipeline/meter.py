"""What the stages of a pipeline measure of themselves, and the sentence that follows from it."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

MOST_ADVISED = 64  # threads: where more were needed, the step does next to nothing, or nobody knows yet


@dataclass
class Meter:
    """Seconds and counts of one stage, over all its threads.

    reading: spent in what comes before, `source`. steps: for each step, seconds. waited: who takes from the queue
    waited for it. filled: the sum of the queue's lengths, one for each of `takes`.
    """

    name: str
    source: str
    threads: int
    capacity: int = 0
    reading: float = 0.0
    waited: float = 0.0
    taken: int = 0
    takes: int = 0
    filled: int = 0
    skipped: int = 0
    steps: dict[str, float] = field(default_factory=dict)
    began: float = field(default_factory=perf_counter)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def busy(self, step: str, seconds: float) -> None:
        """A step took so long."""
        with self._lock:
            self.steps[step] = self.steps.get(step, 0.0) + seconds

    def stats(self) -> StageStats:
        """What it comes to so far."""
        elapsed = max(perf_counter() - self.began, 1e-9)
        with self._lock:
            work = dict(self.steps)
        return StageStats(
            name=self.name,
            source=self.source,
            threads=self.threads,
            elements=self.taken,
            seconds=elapsed,
            busy={f"reading {self.source}": self.reading, **work},
            queue=self.filled / self.takes / self.capacity if self.takes and self.capacity else 0.0,
            skipped=self.skipped,
        )


@dataclass(frozen=True)
class StageStats:
    """What one stage of a pipeline did.

    name, source: its steps, and what it reads from. threads: 0 where who takes the elements does the work.
    elements: given so far. seconds: since the iteration began. busy: seconds of work of reading and of each step, over
    all threads. queue: how full its queue was on average, 0 to 1. skipped: elements left out by on_error="skip".
    """

    name: str
    source: str
    threads: int
    elements: int
    seconds: float
    busy: dict[str, float]
    queue: float
    skipped: int

    @property
    def per_second(self) -> float:
        """Elements a second."""
        return self.elements / self.seconds

    @property
    def share(self) -> float:
        """How much of their time its threads worked, 0 to 1."""
        return min(1.0, sum(self.busy.values()) / (self.seconds * max(self.threads, 1)))

    def brief(self) -> str:
        """For a line with others."""
        queue = f" (queue {self.queue:.0%})" if self.threads else ""
        return f"{self.name} {self.per_second:,.0f}/s {self.share:.0%} busy{queue}"

    def __str__(self) -> str:
        queue = f", queue {self.queue:.0%} full" if self.threads else ""
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.name}: {self.per_second:,.0f}/s, {self.share:.0%} busy{queue}{skipped}"


def advice(stages: Sequence[StageStats], waited: float, seconds: float) -> str:
    """Which stage holds up whoever takes the elements, and what would help; stages in the order of the data.

    Args:
        waited: seconds of `seconds` that whoever takes the elements waited for them.
    """
    busiest = max(stages, key=lambda s: s.share, default=None)
    share = waited / max(seconds, 1e-9)
    start = f"the step waited for data {share:.0%} of the time"
    if busiest is None or not busiest.busy or not busiest.elements:
        return f"{start}."
    part = max(busiest.busy, key=lambda k: busiest.busy[k])
    start += f": {part} is the bottleneck, {busiest.share:.0%} busy"
    if part.startswith("reading ") and busiest.threads:
        return f"{start}; one thread reads at a time: read several files at once with interleave(num_threads=...)."
    own = max(seconds - waited, 1e-9)  # seconds that the steps themselves took
    needed = max(1, math.ceil(sum(busiest.busy.values()) / own))
    feed = f"{needed} would feed the step" if needed <= MOST_ADVISED else ""
    if busiest.threads == 0:
        more = f"num_threads={feed}" if feed else "num_threads would help"
        return f"{start} where the elements are taken: {more}."
    threads = f"{busiest.threads} thread{'s' if busiest.threads > 1 else ''}"
    return f"{start} with {threads}" + (f": {feed}." if feed and needed > busiest.threads else ".")
