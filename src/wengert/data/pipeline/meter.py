"""What a stage measures of itself."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from time import perf_counter


@dataclass
class Meter:
    """Seconds and counts of one stage, over all its threads.

    reading: spent in what comes before. steps: for each step, seconds and elements. full: waited for room in the
    queue. waited: who takes from the queue waited for it. filled: sum of the queue's lengths, one for each take.
    """

    name: str
    threads: int
    capacity: int = 0
    reading: float = 0.0
    read: int = 0
    full: float = 0.0
    waited: float = 0.0
    taken: int = 0
    takes: int = 0
    filled: int = 0
    skipped: int = 0
    steps: dict[str, tuple[float, int]] = field(default_factory=dict)
    began: float = field(default_factory=perf_counter)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def busy(self, step: str, seconds: float, elements: int) -> None:
        """A step took so long for so many elements."""
        with self._lock:
            before, count = self.steps.get(step, (0.0, 0))
            self.steps[step] = (before + seconds, count + elements)
