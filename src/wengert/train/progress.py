"""The progress bar of `fit`: Keras's look on a terminal, one plain line an epoch when piped."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from wengert.base.errors import ValueRangeError

Logs = dict[str, float]
_WIDTH = 20
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
        terminal = notebook or (hasattr(self.stream, "isatty") and self.stream.isatty())
        if verbose not in ("auto", 0, 1, 2):
            raise ValueRangeError(f'verbose: must be "auto", 0, 1 or 2; got {verbose!r}.')
        self.verbose = (1 if terminal else 2) if verbose == "auto" else int(verbose)
        self.terminal, self.interval = terminal, _NOTEBOOK_INTERVAL if notebook else _INTERVAL
        self.steps, self.begun, self.last, self.drawn = 0, 0.0, 0.0, 0
        self.before = 0, 0
        self.asked, self.columns = 0.0, 80

    def epoch(self, number: int, epochs: Any) -> None:
        """Say which epoch begins."""
        if self.verbose:
            self.stream.write(f"Epoch {number + 1}/{epochs}\n")
            self.stream.flush()

    def begin(self, steps: int, done: int = 0, samples: int = 0) -> None:
        """Start the clock. done, samples: what was done before, by a run that is resumed."""
        self.steps, self.begun, self.last, self.drawn = steps, time.perf_counter(), 0.0, 0
        self.before = done, samples

    def step(self, done: int, samples: int, logs: Callable[[], Logs]) -> None:
        """After step number `done`; logs: makes them, if the bar is drawn."""
        if self.verbose == 1 and self.terminal:
            now = time.perf_counter()
            if now - self.last >= self.interval:
                self.last = now
                if now - self.asked >= _RESIZED:
                    self.asked, self.columns = now, shutil.get_terminal_size().columns
                columns = self.columns
                line = self._line(done, self._pace(done, samples, now) + show_logs(logs()), columns)
                self._draw(line if len(line) < columns else line[: columns - 2] + "…")

    def end(self, done: int, samples: int, logs: Logs) -> None:
        """After the last step."""
        if not self.verbose:
            return
        elapsed = max(time.perf_counter() - self.begun, 1e-9)
        new, new_samples = done - self.before[0], samples - self.before[1]
        rate = f"{new_samples / elapsed:,.0f} samples/s"
        pace = f"{elapsed:.0f}s {_duration(elapsed / max(new, 1))}/step - {rate}"
        if self.verbose == 1:
            columns = shutil.get_terminal_size().columns
            self._draw(self._line(done, pace + show_logs(logs), columns, full=True))
            self.stream.write("\n")
        else:
            self.stream.write(f"{done}/{self.steps or done} - {pace}{show_logs(logs)}\n")
        self.stream.flush()

    def note(self, text: str | None) -> None:
        """A line beneath what is shown."""
        if text and self.verbose:
            self.stream.write(text + "\n")
            self.stream.flush()

    def _line(self, done: int, rest: str, columns: int, full: bool = False) -> str:
        """Steps, bar and rest. The bar is shorter where the terminal is narrow: a line that wraps is never redrawn."""
        if not self.steps and not full:
            return f"{done} steps {rest}"
        steps = done if full else self.steps
        counted = f"{done:>{len(str(steps))}}/{steps}"
        width = max(0, min(_WIDTH, columns - len(f"{counted}  {rest}") - 1))
        filled = width * done // max(steps, 1)
        return f"{counted} {'━' * filled}{'╺' * (width - filled)} {rest}"

    def _pace(self, done: int, samples: int, now: float) -> str:
        elapsed = max(now - self.begun, 1e-9)
        new, new_samples = done - self.before[0], samples - self.before[1]
        left = f"{(self.steps - done) * elapsed / new:.0f}s left, " if self.steps else ""
        return f"{left}{_duration(elapsed / new)}/step - {new_samples / elapsed:,.0f} samples/s"

    def _draw(self, line: str) -> None:
        if self.terminal:
            self.stream.write("\r" + line + " " * max(0, self.drawn - len(line)))
        else:
            self.stream.write(line)
        self.drawn = len(line)
        self.stream.flush()


def in_notebook(stream: Any) -> bool:
    """Whether what is written goes to a notebook, which draws a line anew after a carriage return, as terminals do."""
    return type(stream).__module__.partition(".")[0] in ("ipykernel", "google")


def show_logs(logs: Logs) -> str:
    """` - loss: 0.1234 - accuracy: 0.9876`"""
    return "".join(f" - {k}: {_number(v)}" for k, v in logs.items())


def _number(value: float) -> str:
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e5 else f"{value:.4e}"


def _duration(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"
