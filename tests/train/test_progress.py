"""The progress bar: one line that is drawn over itself, whatever the terminal's width."""

import io

import pytest

from wengert.train.progress import Progress

LOGS = {"loss": 0.25, "accuracy": 0.5, "val_loss": 0.5}


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_a_bar_never_wraps_before_its_end(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    bar = Progress("auto", stream)
    bar.interval = 0.0
    bar.begin(50)
    for done in range(1, 51):
        bar.step(done, 32 * done, lambda: LOGS)
    drawn = stream.getvalue().split("\r")[1:]
    assert len(drawn) == 50
    assert max(map(len, drawn)) < columns
    bar.end(50, 1600, LOGS)
    last = stream.getvalue().split("\r")[-1]
    assert last.rstrip().endswith("loss: 0.2500 - accuracy: 0.5000 - val_loss: 0.5000")
    assert last.startswith("50/50")


def test_a_wide_terminal_shows_everything(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    stream = Terminal()
    bar = Progress(1, stream)
    bar.begin(4)
    bar.step(1, 32, lambda: LOGS)
    line = stream.getvalue()
    assert line.startswith("\r1/4 " + "━" * 5 + "╺" * 15)
    assert "left" in line
    assert "samples/s - loss: 0.2500 - accuracy: 0.5000" in line


class NotebookStream(io.StringIO):
    """As the one that ipykernel puts in the place of stdout: no terminal."""


NotebookStream.__module__ = "ipykernel.iostream"


def test_a_notebook_gets_a_bar_that_is_drawn_over_itself_now_and_then(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    stream = NotebookStream()
    bar = Progress("auto", stream)
    assert bar.verbose == 1
    bar.begin(1000)
    for done in range(1, 1001):
        bar.step(done, done, lambda: LOGS)
    bar.end(1000, 1000, LOGS)
    drawn = stream.getvalue().split("\r")[1:]
    assert 2 <= len(drawn) < 100
    assert drawn[-1].startswith("1000/1000")


def test_what_is_resumed_is_not_counted_as_fast(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    stream = Terminal()
    bar = Progress("auto", stream)
    bar.begin(1000, 998, 99800)
    bar.begun -= 2.0  # seconds ago
    bar.step(999, 99900, lambda: LOGS)
    assert "2s left, 2s/step - 50 samples/s" in stream.getvalue()
