"""The progress bar: one line that is drawn over itself, whatever the terminal's width."""

import io

import pytest

from wengert.train import progress
from wengert.train.progress import Progress

LOGS = {"loss": 0.25, "accuracy": 0.5, "val_loss": 0.5}


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_a_bar_never_wraps_before_its_end(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(progress, "_INTERVAL", 0.0)
    stream = Terminal()
    bar = Progress("auto", stream)
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
