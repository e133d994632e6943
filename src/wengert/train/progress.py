"""The progress bar of `fit`: Keras's look on a terminal, one plain line an epoch when piped."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from wengert.base.errors import ValueRangeError
from wengert.base.settings import SETTINGS
from wengert.base.terminal import columns, cut, encodable, is_terminal

Logs = dict[str, float]
_WIDTH = 20
_LEAST = 10  # a narrower bar says less than the pace that it takes the place of
_INTERVAL = 0.1  # seconds between two updates of the bar: more often nobody can read it
_RESIZED = 1.0  # seconds within which a terminal's new width is noticed
_NOTEBOOK_INTERVAL = 0.25  # each goes to a browser


class Progress:
    """Prints how an epoch (or an evaluation) goes on.

    Args:
        verbose: 0 prints nothing, 1 a bar, 2 one line at the end; "auto" is 1 on a terminal and in a notebook, else 2.
        steps: how many there will be; 0 if that is not known.
    """

    def __init__(self, verbose: int | str = "auto", stream: TextIO | None = None) -> None:
        self.stream = stream if stream is not None else sys.stdout
        notebook = in_notebook(self.stream)
        terminal = SETTINGS.interactive_logging and (notebook or is_terminal(self.stream))
        if verbose not in ("auto", 0, 1, 2):
            raise ValueRangeError(f'verbose: must be "auto", 0, 1 or 2; got {verbose!r}.')
        self.verbose = (1 if terminal else 2) if verbose == "auto" else int(verbose)
        self.terminal, self.interval = terminal, _NOTEBOOK_INTERVAL if notebook else _INTERVAL
        self.steps, self.begun, self.last, self.drawn = 0, 0.0, 0.0, 0
        self.before = 0, 0
        self.first: tuple[float, int, int] | None = None
        self.asked, self.columns = -_RESIZED, 80
        self.width, self.unit = _WIDTH, "step"

    def epoch(self, number: int, epochs: Any) -> None:
        """Say which epoch begins."""
        if self.verbose:
            self._write(f"Epoch {number + 1}/{epochs}\n")

    def begin(self, steps: int, done: int = 0, samples: int = 0) -> None:
        """Start the clock. done, samples: what was done before, by a run that is resumed."""
        self.steps, self.begun, self.last, self.drawn = steps, time.perf_counter(), 0.0, 0
        self.before, self.first = (done, samples), None
        if self.verbose == 1 and self.terminal and steps:
            self._draw(self._line(done, [""], ""))

    def step(self, done: int, samples: int, logs: Callable[[], Logs]) -> None:
        """After step number `done`; logs: makes them, if the bar is drawn."""
        if self.verbose == 1 and self.terminal:
            now = time.perf_counter()
            self.first = self.first or (now, done, samples)
            if now - self.last >= self.interval:
                self.last = now
                line = self._line(done, self._paces(done, samples, now, left=True), show_logs(logs()))
                self._draw(cut(line, self._columns() - 1))

    def end(self, done: int, samples: int, logs: Logs) -> None:
        """After the last step."""
        if not self.verbose:
            return
        paces = self._paces(done, samples, time.perf_counter(), left=False)
        if self.verbose == 1:
            self._draw(self._line(done, paces, show_logs(logs), full=True))
            self._write("\n")
        else:
            self._write(f"{done}/{self.steps or done} - {paces[0]}{show_logs(logs)}\n")

    def note(self, text: str | None) -> None:
        """A line beneath what is shown."""
        if text and self.verbose:
            self._write(text + "\n")

    def _line(self, done: int, paces: list[str], logs: str, full: bool = False) -> str:
        """Steps, bar, pace and metrics. A line that wraps is never redrawn: where the terminal is narrow the bar is
        shorter, and less is said of the pace.
        """
        if not self.steps and not full:
            return " ".join(filter(None, [f"{done} steps", paces[0]])) + logs
        steps = done if full else self.steps
        counted = f"{done:>{len(str(steps))}}/{steps}"
        columns = self._columns()
        for pace in paces:
            room = columns - len(f"{counted}  {pace}{logs}") - 1
            if room >= (0 if full else _LEAST):
                break
        width = min(self.width, room) if room >= _LEAST else 0
        filled = width * done // max(steps, 1)
        return " ".join(filter(None, [counted, "━" * filled + "╺" * (width - filled), pace])) + logs

    def _columns(self) -> int:
        now = time.perf_counter()
        if now - self.asked >= _RESIZED:
            self.asked, self.columns = now, columns(self.stream, 100 if self.terminal else sys.maxsize)
        return self.columns

    def _paces(self, done: int, samples: int, now: float, left: bool) -> list[str]:
        """How long it takes, said at length, shorter, and in a word."""
        begun, before, samples_before = self.begun, *self.before
        if left and self.first:  # it compiled: that says nothing of the others
            begun, before, samples_before = self.first
            if done == before:
                return [""]
        elapsed = max(now - begun, 1e-9)
        each = elapsed / max(done - before, 1)
        clock = _clock(elapsed)
        if left:
            clock = f"{_clock((self.steps - done) * each)} left," if self.steps else ""
        middle = f"{clock} {_duration(each)}/{self.unit}".lstrip()
        if not samples:  # a bar of a user's, which counts none
            return [middle, clock.removesuffix(",")]
        rate = f"{(samples - samples_before) / elapsed:,.0f} samples/s"
        return [f"{middle} - {rate}", middle, clock.removesuffix(",")]

    def _draw(self, line: str) -> None:
        self._write("\r" * self.terminal + line + " " * max(0, self.drawn - len(line)) * self.terminal)
        self.drawn = len(line)

    def _write(self, text: str) -> None:
        if not SETTINGS.interactive_logging:
            if line := text.strip():
                import logging  # which few programs need

                logging.getLogger("wengert").info(line)
            return
        self.stream.write(encodable(text, self.stream))
        self.stream.flush()


def in_notebook(stream: Any) -> bool:
    """Whether what is written goes to a notebook, which draws a line anew after a carriage return, as terminals do."""
    return type(stream).__module__.partition(".")[0] in ("ipykernel", "google")


def show_logs(logs: Logs) -> str:
    """` - loss: 0.1234 - accuracy: 0.9876`"""
    return "".join(f" - {k}: {_number(v)}" for k, v in logs.items())


def _number(value: float) -> str:
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e5 else f"{value:.4e}"


def _clock(seconds: float) -> str:
    """`59s`, `1:05`, `2:00:00`"""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest}s"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


def _duration(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"
