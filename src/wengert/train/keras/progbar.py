"""Progbar: the progress bar of `fit`, for loops that users write themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from wengert.base.errors import UsageError
from wengert.train.progress import Progress


class Progbar:
    """A bar that shows how far a loop is.

    Args:
        target: how many steps there will be; None if that is not known.
        width: columns of the bar.
        verbose: 0 prints nothing, 1 a bar (on a terminal; else its last line), 2 one line at the end.
        interval: seconds between two drawings, at least.
        stateful_metrics: names whose values are shown as they are; of all others, the mean over the steps.
        stateless_metrics: instead, names of which the mean is shown; all others as they are.
        unit_name: what a step is called.

    Example:
        >>> import wengert as wg
        >>> bar = wg.utils.Progbar(2, verbose=0)
        >>> bar.update(1, [("loss", 3.0)])
        >>> bar.add(1, [("loss", 1.0)])
        >>> bar.shown()
        {'loss': 2.0}
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        if stateful_metrics is not None and stateless_metrics is not None:
            raise UsageError(
                "Progbar: stateful_metrics or stateless_metrics must be given, not both; got both."
            )
        self.target, self.unit_name = target, unit_name
        self._as_they_are = set(stateful_metrics or ())
        self._means = None if stateless_metrics is None else set(stateless_metrics)
        self._progress = Progress(verbose)
        self._progress.width, self._progress.interval, self._progress.unit = width, interval, unit_name
        self._progress.begin(target or 0)
        self._done = 0
        self._sums: dict[str, tuple[float, float]] = {}

    def update(
        self, current: int, values: Iterable[tuple[str, Any]] | None = None, finalize: bool | None = None
    ) -> None:
        """After step number `current`.

        Args:
            values: pairs of a name and its value for this step.
            finalize: whether it was the last; None: whether `target` is reached. Its values are shown as they are.
        """
        last = (self.target is not None and current >= self.target) if finalize is None else finalize
        count = max(current - self._done, 1)
        for name, value in values or ():
            number = float(np.mean(value))
            averaged = name not in self._as_they_are if self._means is None else name in self._means
            total, weight = (
                self._sums.get(name, (0.0, 0.0)) if averaged and finalize is not True else (0.0, 0.0)
            )
            self._sums[name] = total + number * count, weight + count
        self._done = current
        if last:
            self._progress.end(current, 0, self.shown())
        else:
            self._progress.step(current, 0, self.shown)

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """After n more steps."""
        self.update(self._done + n, values)

    def shown(self) -> dict[str, float]:
        """The values that are shown now."""
        return {name: total / weight for name, (total, weight) in self._sums.items()}
